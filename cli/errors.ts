/** How the command ends. */
export const ExitCode = { ok: 0, failed: 1, wrongUsage: 2 } as const;

/** Their 2 says that something differs: a mistyped name must not look like drift to whoever reads exit codes. */
const DRIFT_IS_TWO: readonly string[] = ["drift", "reconcile", "fleet"];

/** How a verb ends when it was not called as it has to be. */
export function usageExitCode(verb: string | undefined): number {
  return verb !== undefined && DRIFT_IS_TWO.includes(verb) ? ExitCode.failed : ExitCode.wrongUsage;
}

/** A mistake that the user can mend: shown as words, never with a stack trace. */
export class UserError extends Error {
  constructor(
    message: string,
    /** What to do about it. */
    readonly hint?: string,
    readonly exitCode: number = ExitCode.wrongUsage,
  ) {
    super(message);
  }
}
