/** The only way to skip a test: with a reason, which the summary prints. */
import type { Context } from "mocha";

/** Skips the running test. */
export function skip(context: Context, reason: string): never {
  const test = context.test ?? context.currentTest;
  if (test !== undefined) Object.assign(test, { skipReason: reason });
  console.log(`      skipped: ${reason}`);
  context.skip();
}
