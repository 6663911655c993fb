/** Programs whose Pulumi was killed: nobody reads what they say, and a server runs on for ever. The next run does the same work. */

const CHECK_MS = 1_000;

/**
 * Ends this process when the one that started it is gone. The kernel tells nobody; it only changes the parent.
 * @param before what has to end first
 */
export function endWithParent(before?: () => unknown): void {
  const parent = process.ppid;
  setInterval(() => {
    if (process.ppid !== parent) void Promise.resolve(before?.()).finally(() => process.exit(1));
  }, CHECK_MS).unref();
}
