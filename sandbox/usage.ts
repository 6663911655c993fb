/** What is wrong with the options of a program for developers: said with its usage and without a stack trace. */
export class UsageError extends Error {}

/** Also what `parseArgs` of Node.js throws. */
export const isUsageError = (error: unknown): error is Error =>
  error instanceof UsageError ||
  String((error as NodeJS.ErrnoException | undefined)?.code).startsWith("ERR_PARSE_ARGS");

/** @throws UsageError unless the text is a whole number from `least` on */
export function wholeNumber(text: string, what: string, least = 1): number {
  if (!/^\d+$/.test(text) || Number(text) < least)
    throw new UsageError(`${what} ${text} is no whole number from ${least} on`);
  return Number(text);
}
