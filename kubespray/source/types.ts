/** What making Kubespray ready takes and gives, whatever it comes from. */
import type { ConvergeRequest } from "../../plan/kubernetes/types";
import type { Supervisor } from "../../runner/supervisor/supervisor";

export type KubespraySource = ConvergeRequest["kubespray"];

export interface SourceOptions {
  /** Ends what it started when the run ends. */
  readonly supervisor: Pick<Supervisor, "start" | "interrupted">;
  /** @default that of this process */
  readonly environment?: NodeJS.ProcessEnv;
}

export interface Kubespray {
  /** Absolute path of the checkout: Ansible's working directory. */
  readonly checkout: string;
  /** Absolute path of the program. */
  readonly ansiblePlaybook: string;
  /** What the program needs in its environment. */
  readonly env: Readonly<Record<string, string>>;
}
