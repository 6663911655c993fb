/** A problem that the user can do something about; its message says what, and needs no stack trace. */
export class ToolchainError extends Error {
  override readonly name = "ToolchainError";
}

/** The message of whatever was thrown, with the cause that `fetch` hides its reasons in. */
export function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message;
}
