/** How git logs in: with a token that it asks a helper for, or with a key; neither is ever in an argument or a URL. */
import { execFileSync } from "node:child_process";
import { chmodSync, existsSync, readFileSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import type { ClusterConfig } from "../../config/resolve";
import type { DeliverySecrets } from "../../plan/delivery";
import { RunFailure } from "../../runner/errors";
import { writePrivate } from "../../runner/files";
import { status } from "../../runner/output";
import { hostInKnownHosts, hostKeys } from "./knownHosts";

export type GitopsConfig = NonNullable<ClusterConfig["gitops"]>;

export interface GitAccess {
  readonly url: string;
  readonly auth: GitopsConfig["auth"];
  /** For git. */
  readonly environment: Readonly<Record<string, string>>;
  /** Lines of known_hosts by now, for ssh. */
  readonly knownHosts: () => string | undefined;
  /** Public half of the key, for ssh: what the Git host has to know. */
  readonly publicKey: () => string | undefined;
}

export interface AccessPlaces {
  /** The private key's file, in a folder of its own. */
  readonly gitKey: string;
  /** Host keys that earlier runs on any machine learnt, as lines of known_hosts. */
  readonly learntHosts: readonly string[];
}

/** Git asks it with «Username for …» and «Password for …». */
const ASKPASS = `#!/bin/sh
case "$1" in
Username*) printf '%s\\n' "$OPENCENTER_GIT_USERNAME" ;;
*) printf '%s\\n' "$OPENCENTER_GIT_PASSWORD" ;;
esac
`;

const CONNECT_SECONDS = 20;

/** @throws RunFailure when what it needs to log in is not there */
export function openAccess(
  { repository, auth, username }: Pick<GitopsConfig, "repository" | "auth" | "username">,
  secrets: Pick<DeliverySecrets, "token" | "sshPrivateKey">,
  places: AccessPlaces,
): GitAccess {
  const { url } = repository;
  if (new URL(url).password !== "")
    throw new RunFailure("gitops.repository.url has a password in it.", [
      "Take it out, and give it as secret: pulumi config set --secret opencenter:gitToken",
    ]);
  return auth === "ssh"
    ? withKey(repository, secrets.sshPrivateKey, places)
    : withToken(url, username, secrets.token, places);
}

function withToken(
  url: string,
  username: string,
  token: string | undefined,
  { gitKey }: AccessPlaces,
): GitAccess {
  const askpass = join(dirname(gitKey), "askpass");
  writePrivate(askpass, ASKPASS);
  chmodSync(askpass, 0o700);
  return {
    url,
    auth: "token",
    environment: {
      GIT_ASKPASS: askpass,
      OPENCENTER_GIT_USERNAME: new URL(url).username || username,
      OPENCENTER_GIT_PASSWORD: token ?? "",
    },
    knownHosts: () => undefined,
    publicKey: () => undefined,
  };
}

function withKey(
  { url, knownHosts }: GitopsConfig["repository"],
  privateKey: string | undefined,
  { gitKey, learntHosts }: AccessPlaces,
): GitAccess {
  if (privateKey === undefined)
    throw new RunFailure("There is no private key for the Git repository.", [
      "Give one: pulumi config set --secret opencenter:gitSshKey",
    ]);
  writePrivate(gitKey, privateKey.endsWith("\n") ? privateKey : `${privateKey}\n`);
  const hosts = `${gitKey}.known_hosts`;
  const keys = hostKeys(url, knownHosts, [...learntHosts, ...linesOf(hosts)]);
  writePrivate(hosts, keys.lines.map((line) => `${line}\n`).join(""));
  if (keys.from === "none") warnOfFirstContact(url);
  return {
    url,
    auth: "ssh",
    environment: { GIT_SSH_COMMAND: sshCommand(gitKey, hosts, keys.from === "none"), GIT_SSH_VARIANT: "ssh" },
    knownHosts: () => readFileSync(hosts, "utf8"),
    publicKey: () => publicHalf(gitKey),
  };
}

function warnOfFirstContact(url: string): void {
  const host = hostInKnownHosts(url);
  status(`warning: the host key of ${host} is not known; the one that it shows now is believed and kept`);
  status(
    `warning: compare it with what the operator of ${host} says, and put it in gitops.repository.knownHosts`,
  );
}

function linesOf(path: string): string[] {
  return existsSync(path) ? readFileSync(path, "utf8").split("\n").filter(Boolean) : [];
}

const quote = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`;

function sshCommand(key: string, hosts: string, learn: boolean): string {
  const options = {
    IdentitiesOnly: "yes",
    // Another key of the person at the keyboard might do here, and Flux would not get in afterwards.
    IdentityAgent: "none",
    BatchMode: "yes",
    StrictHostKeyChecking: learn ? "accept-new" : "yes",
    UserKnownHostsFile: quote(`"${hosts}"`),
    GlobalKnownHostsFile: "/dev/null",
    HashKnownHosts: "no",
    UpdateHostKeys: "no",
    ConnectTimeout: String(CONNECT_SECONDS),
    ServerAliveInterval: "15",
    ServerAliveCountMax: "4",
  };
  const words = Object.entries(options).map(([name, value]) => `-o ${name}=${value}`);
  return ["ssh", "-i", quote(key), ...words].join(" ");
}

function publicHalf(key: string): string | undefined {
  try {
    return execFileSync("ssh-keygen", ["-y", "-f", key], {
      encoding: "utf8",
      timeout: 10_000,
      stdio: ["ignore", "pipe", "ignore"],
    }).trim();
  } catch {
    // Only part of a hint.
    return undefined;
  }
}

/** Keeps nothing of the login once the run is over that a later one does not write itself. */
export function closeAccess({ environment }: GitAccess): void {
  const { GIT_ASKPASS } = environment;
  if (GIT_ASKPASS !== undefined) rmSync(GIT_ASKPASS, { force: true });
}
