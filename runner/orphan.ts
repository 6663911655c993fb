/** A run whose Pulumi was killed: nobody reads its result, and the next run does the same work. */

const CHECK_MS = 1_000;

/** Ends this process when the one that started it is gone. The kernel tells nobody; it only changes the parent. */
export function endWithParent(): void {
  const parent = process.ppid;
  setInterval(() => {
    if (process.ppid !== parent) process.exit(1);
  }, CHECK_MS).unref();
}
