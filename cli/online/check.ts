/** What a look-up in the cloud is made of. */
import type { Finding, Path } from "../../config/issue";
import type { ClusterConfig } from "../../config/resolve";
import type { ClusterPlan, MachinePlan } from "../../plan";
import { machinesOf } from "../../plan";
import { CloudError } from "../cloud/errors";
import type { OpenStackClient } from "../cloud/client";
import type { Inventory } from "./inventory";
import type { Existing } from "./need";

export interface CheckContext {
  readonly config: ClusterConfig;
  readonly plan: ClusterPlan;
  readonly cloud: OpenStackClient;
  readonly inventory: Inventory;
  /** What the cluster already has; looked up once. */
  existing(): Promise<Existing>;
}

/** Looks something up and says what is wrong. It may throw: the runner makes that a finding at the check's path. */
export interface Check {
  /** What is looked up, for messages: `the quota`. */
  readonly subject: string;
  /** The key to change when the look-up itself fails. */
  readonly path: Path;
  run(context: CheckContext): Promise<Finding[]>;
}

/** Where the configuration says what a machine is. */
export function groupPath(machine: MachinePlan): Path {
  if (machine.role === "bastion") return ["cluster", "access", "bastion"];
  return machine.role === "control-plane"
    ? ["cluster", "controlPlane"]
    : ["cluster", "pools", machine.pool ?? ""];
}

/** One machine for each group: machines of a group are alike in all but number and zone. */
export function oneOfEachGroup(plan: ClusterPlan): MachinePlan[] {
  const byPath = new Map(machinesOf(plan).map((machine) => [groupPath(machine).join("."), machine]));
  return [...byPath.values()];
}

/** A failed look-up as a finding: never silently fine. */
export function cannotLookUp(subject: string, path: Path, error: unknown): Finding {
  if (!(error instanceof CloudError)) throw error;
  const { kind, message, hint } = error;
  if (kind === "service-missing")
    return {
      code: kind,
      path,
      message,
      hint: hint ?? "Choose a setting that does without it, or another cloud.",
    };
  return {
    code: "cannot-look-up",
    path,
    message: `${subject} could not be looked up: ${message}`,
    hint: hint ?? "Try again; if it stays, ask the cloud's operator.",
  };
}

/** The same problem at the same key is said once, however many machines have it. */
export function distinct(findings: readonly Finding[]): Finding[] {
  return [
    ...new Map(findings.map((one) => [`${one.code} ${one.path.join(".")} ${one.message}`, one])).values(),
  ];
}
