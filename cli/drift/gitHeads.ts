/** What the Git host has, asked with the login that Flux has: it is what must work. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { closeAccess, openAccess } from "../../delivery/git/access";
import { remoteHeads } from "../../delivery/git/remote";
import type { ClusterObjects } from "../../runner/kubernetes/objects";
import { Supervisor } from "../../runner/supervisor/supervisor";
import type { Target } from "../operation";

const LOGIN = { apiVersion: "v1", kind: "Secret", name: "flux-system", namespace: "flux-system" } as const;

/**
 * Commits by branch.
 * @throws RunFailure when the host refuses or does not answer
 */
export async function gitHeads(target: Target, api: ClusterObjects): Promise<Map<string, string>> {
  const { gitops } = target.config;
  if (gitops === undefined) return new Map();
  const secret = await api.read(LOGIN);
  const decoded = (key: string): string | undefined => {
    const text = (secret?.["data"] as Record<string, string> | undefined)?.[key];
    return text === undefined ? undefined : Buffer.from(text, "base64").toString();
  };
  const folder = mkdtempSync(join(tmpdir(), "opencenter-git-"));
  const supervisor = new Supervisor();
  try {
    const login = { token: decoded("password"), sshPrivateKey: decoded("identity") };
    const learntHosts = (decoded("known_hosts") ?? "").split("\n").filter(Boolean);
    const access = openAccess(gitops, login, { gitKey: join(folder, "key", "id"), learntHosts });
    try {
      return await remoteHeads(access, supervisor);
    } finally {
      closeAccess(access);
    }
  } finally {
    supervisor.close();
    rmSync(folder, { recursive: true, force: true });
  }
}
