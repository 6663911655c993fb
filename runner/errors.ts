/** A reason to stop that the person who runs it can do something about: shown without a stack trace. */
export class RunFailure extends Error {
  constructor(
    message: string,
    /** What to do, where to look. */
    readonly hints: readonly string[] = [],
  ) {
    super(message);
  }
}
