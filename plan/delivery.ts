/** What is published to the organisation's Git repository, and how it is said. */
import { createHash } from "node:crypto";
import type { ClusterConfig } from "../config/resolve";

/** What the Command that publishes is asked for. */
export interface DeliveryRequest {
  readonly organization: string;
  readonly cluster: string;
  readonly config: ClusterConfig;
  /** Whether Flux is at work: then changes are proposed and never pushed to the branch that it reads. */
  readonly lifecycle: "day-1" | "day-2";
  /** Host keys that an earlier run learnt, as lines of known_hosts. @default none */
  readonly learntHosts?: readonly string[];
}

/** What it is asked with; never in arguments or logs. */
export interface DeliverySecrets {
  /** Of the Git host. */
  readonly token?: string;
  /** In OpenSSH's format. */
  readonly sshPrivateKey?: string;
  /** 64 hexadecimal digits that passwords are derived from. */
  readonly seed: string;
  /** Age keys that decrypt. */
  readonly identities: readonly {
    readonly generation: number;
    /** `AGE-SECRET-KEY-1…` */
    readonly identity: string;
    /** `age1…` */
    readonly recipient: string;
  }[];
  /** Generation that files are encrypted for. */
  readonly active: number;
  /** Logins of the services that call the cloud, by service. */
  readonly credentials: Readonly<Record<string, ServiceLogin | undefined>>;
  readonly store?: { readonly accessKey: string; readonly secretKey: string };
}

interface ServiceLogin {
  readonly authUrl: string;
  readonly region: string;
  readonly id: string;
  readonly secret: string;
}

/** What publishing did. */
export interface DeliveryResult {
  readonly lifecycle: DeliveryRequest["lifecycle"];
  /** Where it is: the branch that Flux reads, or the proposal's. */
  readonly branch: string;
  /** All 40 digits. */
  readonly commit: string;
  /** Whether something was pushed. */
  readonly published: boolean;
  /** Address of the open pull request. */
  readonly pullRequest?: string;
  /** Of the files that are generated from the configuration alone: first 16 digits of SHA-256 by path. */
  readonly files: Readonly<Record<string, string>>;
  /** Whom the encrypted files are for. */
  readonly recipients: readonly string[];
  /** Lines of known_hosts for the Git host, for ssh. */
  readonly knownHosts?: string;
}

/** What happened to one service. */
export interface ServiceChange {
  readonly service: string;
  readonly kind: "enabled" | "removed" | "changed";
  /** Chart versions, where they differ. */
  readonly version?: { readonly from?: string; readonly to?: string };
  readonly valuesChanged?: boolean;
  /** Why, for example the key of the configuration that says so. */
  readonly reason?: string;
}

/** What a commit does. */
export interface ChangeSummary {
  readonly cluster: string;
  /** Whether nothing of the cluster was there before. */
  readonly first: boolean;
  readonly services: readonly ServiceChange[];
  /** Changes that belong to no service, in words. */
  readonly others: readonly string[];
  readonly files: {
    readonly added: readonly string[];
    readonly changed: readonly string[];
    readonly removed: readonly string[];
  };
}

/** Branches of proposals; nothing else begins like this. */
export function proposalPrefix(cluster: string): string {
  return `opencenter/${cluster}/`;
}

export function proposalBranch(cluster: string, digest: string): string {
  return `${proposalPrefix(cluster)}${digest}`;
}

const LONG_DIGEST = 16;
const SHORT_DIGEST = 12;

const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");

/** First 16 digits of each file's SHA-256, in the order of the paths. */
export function fileDigests(files: ReadonlyMap<string, string>): Record<string, string> {
  const sorted = [...files].sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(sorted.map(([path, text]) => [path, sha256(text).slice(0, LONG_DIGEST)]));
}

/**
 * The same for the same content, whatever the order, and although encrypted files differ each time.
 * @param plaintexts of encrypted files by path: keyed digest and recipients
 */
export function contentDigest(
  files: ReadonlyMap<string, string>,
  plaintexts: ReadonlyMap<string, string>,
): string {
  const both = [fileDigests(files), fileDigests(plaintexts)];
  return sha256(JSON.stringify(both)).slice(0, SHORT_DIGEST);
}

function describe({ service, kind, version, valuesChanged, reason }: ServiceChange): string {
  const parts = [
    kind === "removed" ? "removed" : undefined,
    kind === "enabled"
      ? ["enabled", version?.to].filter((word) => word !== undefined).join(" at ")
      : undefined,
    kind === "changed" && version !== undefined ? `${version.from ?? "?"} → ${version.to ?? "?"}` : undefined,
    valuesChanged === true ? "values changed" : undefined,
  ].filter((part) => part !== undefined);
  const what = `${service}: ${parts.length > 0 ? parts.join(", ") : "manifests changed"}`;
  return reason === undefined ? what : `${what} (${reason})`;
}

/** Longest first line; hosts cut longer ones. */
const SUBJECT = 72;

function subject({ cluster, first, services, others }: ChangeSummary): string {
  if (first) return `${cluster}: first version`;
  const words = [...services.map((change) => describe({ ...change, reason: undefined })), ...others];
  const [only] = words;
  const whole = `${cluster}: ${words.join("; ")}`;
  if (only !== undefined && whole.length <= SUBJECT) return whole;
  const names = services.map(({ service }) => service).join(", ");
  const short = `${cluster}: ${names}`;
  if (names !== "" && short.length <= SUBJECT) return short;
  return services.length > 0
    ? `${cluster}: changes of ${services.length} services`
    : `${cluster}: configuration changed`;
}

/** Subject, what changed and why, and the files. */
export function commitMessage(summary: ChangeSummary): string {
  const { services, others, files } = summary;
  const list = (title: string, paths: readonly string[]) =>
    paths.length === 0 ? [] : [`${title}:`, ...paths.map((path) => `  ${path}`)];
  const what = [...services.map(describe), ...others].map((line) => `- ${line}`);
  const lists = [
    ...list("Added", files.added),
    ...list("Changed", files.changed),
    ...list("Removed", files.removed),
  ];
  return `${[[subject(summary)], what, lists]
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join("\n"))
    .join("\n\n")}\n`;
}
