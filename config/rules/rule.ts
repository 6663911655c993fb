/** What a rule is, and the few words that rules are written in. */
import type { Finding, Path } from "../issue";
import type { ClusterConfig } from "../resolve";
import type { ClusterInput } from "../schema";

/** A finding of a rule, whose code is the rule's. */
export type Problem = Omit<Finding, "code">;

/** One thing that must hold between values which are each well-formed. */
export interface Rule {
  /** Stable and kebab-case. */
  readonly code: string;
  /**
   * @param config complete, every default filled in
   * @param written what the user wrote, to tell a choice from a default
   */
  readonly check: (config: ClusterConfig, written: ClusterInput) => readonly Problem[];
}

/** A path inside `cluster`. */
export const at = (...path: Path): Path => ["cluster", ...path];

/** The given problems when a condition is met. */
export function when(condition: boolean, ...problems: readonly Problem[]): readonly Problem[] {
  return condition ? problems : [];
}

/** How serious it is in production, and elsewhere a warning. */
export function graver(config: ClusterConfig): "error" | "warning" {
  return config.environment === "production" ? "error" : "warning";
}

/** Every group of nodes with its path. */
export function groupsOf(config: ClusterConfig) {
  const pools = Object.entries(config.pools).map(([name, group]) => ({
    name,
    path: at("pools", name),
    group,
  }));
  return [{ name: "cp", path: at("controlPlane"), group: config.controlPlane }, ...pools];
}

/** Nodes of the pools together. */
export function workerCount(config: ClusterConfig): number {
  return Object.values(config.pools).reduce((sum, pool) => sum + pool.nodes.length, 0);
}
