/** What `doctor` says about one thing that the machine needs. */
export type Status = "ok" | "missing" | "too old" | "warning";

export interface Diagnosis {
  readonly name: string;
  readonly status: Status;
  /** Version or place that was found. */
  readonly found?: string;
  /** Whether nothing works without it. */
  readonly required: boolean;
  readonly neededFor: string;
  /** A command, or a sentence where no command does it. Absent when nothing is to be done. */
  readonly fix?: string;
}

export interface DoctorContext {
  /** Folder of the project. */
  readonly project: string;
  /** Folder of this program, with package.json and node_modules. */
  readonly program: string;
  readonly env: NodeJS.ProcessEnv;
}

/** Whether everything that is required is there. */
export function healthy(diagnoses: readonly Diagnosis[]): boolean {
  return diagnoses.every(({ required, status }) => !required || status === "ok" || status === "warning");
}
