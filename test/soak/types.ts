/** A sequence of the soak, as plain data: what a seed becomes, what a regression keeps, what a run plays. */
import type { ClusterInput } from "../../config/schema";
import type { Fault as PlaybookFault } from "../../sandbox/ansible/faults";
import type { FaultOrder } from "../../sandbox/openstack/faults";

/** A cluster as a stack's file has it, without its name. */
export type SoakCluster = Omit<ClusterInput, "name">;

/** What somebody else takes away in the cloud. */
export const DRIFTS = [
  "security rule",
  "worker server",
  "floating IP",
  "load balancer member",
  "volume attachment",
  "record",
] as const;
export type Drift = (typeof DRIFTS)[number];

/** What happens to a run. */
export type Disturbance =
  | { readonly kind: "none" }
  /** Sent when so many lines have told of a resource's progress: by count, so that a seed repeats it. */
  | { readonly kind: "signal"; readonly signal: "SIGINT" | "SIGKILL"; readonly lines: number }
  | { readonly kind: "faults"; readonly orders: readonly FaultOrder[] }
  | { readonly kind: "playbook"; readonly fault: PlaybookFault }
  /** `pick` chooses among the objects that there are, in the order of their ids' names. */
  | { readonly kind: "drift"; readonly what: Drift; readonly pick: number };

export interface SoakStep {
  /** For people. */
  readonly change: string;
  /** The configuration after the change. */
  readonly cluster: SoakCluster;
  /** Whether the program must refuse it; the configuration goes back then. */
  readonly refused: boolean;
  readonly disturbance: Disturbance;
  /** Runs `recover` after every run that failed, and not only where the documents ask for it. */
  readonly careful: boolean;
}

export interface SoakSequence {
  readonly seed: number;
  /** The first one makes the cluster. */
  readonly steps: readonly SoakStep[];
  /** What happens to the `destroy` at the end. */
  readonly end: Disturbance;
}
