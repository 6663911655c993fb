/** Who did what to a cluster, when, and what came of it: one line of JSON each. */
import { appendFileSync, mkdirSync } from "node:fs";
import { hostname, userInfo } from "node:os";
import { dirname, join } from "node:path";
import type { Target } from "./target";

export interface AuditLine {
  /** When, as ISO 8601 in UTC. */
  readonly at: string;
  /** `user@host`, and the process, by which a line of the beginning finds its end. */
  readonly who: string;
  readonly pid: number;
  readonly verb: string;
  readonly cluster: string;
  /** What was asked for; never a secret. */
  readonly asked: Readonly<Record<string, unknown>>;
  /** A run that was killed has a beginning and no end. */
  readonly result: "started" | "done" | "failed" | "refused";
  readonly seconds?: number;
  /** In a line: what came of it. */
  readonly message?: string;
}

/** A run in CI is somebody's, too. */
export function whoAmI(env: NodeJS.ProcessEnv = process.env): string {
  const person = env["GITHUB_ACTOR"] ?? env["GITLAB_USER_LOGIN"] ?? systemUser();
  return `${person}@${hostname()}`;
}

function systemUser(): string {
  try {
    return userInfo().username;
  } catch {
    // A container may run under a number that no user has.
    return `uid-${process.getuid?.() ?? "unknown"}`;
  }
}

export function auditFile({ project, paths }: Pick<Target, "project" | "paths">): string {
  return join(project, paths.state, "audit.log");
}

/** Appends a line; two processes may do so at once. */
export function audit(
  target: Target,
  line: Omit<AuditLine, "at" | "who" | "pid" | "cluster">,
  now = new Date(),
): void {
  const file = auditFile(target);
  mkdirSync(dirname(file), { recursive: true, mode: 0o755 });
  const whole: AuditLine = {
    at: now.toISOString(),
    who: whoAmI(),
    pid: process.pid,
    cluster: target.config.name,
    ...line,
  };
  appendFileSync(file, `${JSON.stringify(whole)}\n`, { mode: 0o644 });
}
