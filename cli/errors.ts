/** How the command ends. */
export const ExitCode = { ok: 0, failed: 1, wrongUsage: 2 } as const;

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
