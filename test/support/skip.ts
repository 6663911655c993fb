/** The only way to skip a test: with a reason, which the summary prints. */
import type { Context } from "mocha";

/** Why a long suite is not begun in a run that has little time left; the runner of all suites sets it. */
const LATE = "OPENCENTER_LATE";

export function skipWhenLate(context: Context): void {
  const reason = process.env[LATE];
  if (reason !== undefined) skip(context, reason);
}

/** Skips the running test, or all tests of a suite when called in its `before`. */
export function skip(context: Context, reason: string): never {
  const test = context.test ?? context.currentTest;
  const skipped = (test as { type?: string } | undefined)?.type === "hook" ? test?.parent : test;
  if (skipped !== undefined) Object.assign(skipped, { skipReason: reason });
  console.log(`      skipped: ${reason}`);
  context.skip();
}
