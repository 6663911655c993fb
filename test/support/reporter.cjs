/**
 * mocha's own display, and the numbers in a file for test/run.mjs, which adds up several runs. A rejection that
 * nobody handled counts as a failure of the file that was running: mocha itself lets it pass without a word, and with
 * it every assertion in a promise that a test forgot to wait for.
 */
const { writeFileSync } = require("node:fs");
const { relative } = require("node:path");
const { reporters, Runner } = require("mocha");

/** Characters of a failure's message in the summary: its beginning says what was expected, its end what came. */
const EXCERPT = 600;

class CountingReporter extends reporters.Spec {
  constructor(runner, options) {
    super(runner, options);
    const counted = { passed: 0, failed: [], skipped: [] };
    runner.on(Runner.constants.EVENT_TEST_PASS, () => (counted.passed += 1));
    runner.on(Runner.constants.EVENT_TEST_FAIL, (test, error) =>
      counted.failed.push(`${test.fullTitle()}: ${excerpt(error)}`),
    );
    runner.on(Runner.constants.EVENT_TEST_PENDING, (test) =>
      counted.skipped.push({ title: test.fullTitle(), reason: reasonOf(test) }),
    );
    const rejections = countRejections(runner);
    const finish = () => {
      const failed = [...counted.failed, ...rejections];
      const file = process.env.OPENCENTER_TEST_RESULT;
      if (file) writeFileSync(file, JSON.stringify({ ...counted, failed }));
      if (failed.length > 0) process.exitCode ||= 1;
    };
    // Not with the last test: what the tests left running may fail until the process ends. Not before it either, or
    // a test that ends the process would look like a whole run. And behind mocha, which sets the exit code there too.
    runner.once(Runner.constants.EVENT_RUN_END, () => {
      setImmediate(() => process.once("exit", finish));
      // What a test left open must not hold up every suite after it, for ever.
      setTimeout(endAnyway, PATIENCE_MS).unref();
    });
  }
}

/** Unref'd, the timer alone keeps nothing alive: it goes off only where something else does. */
const PATIENCE_MS = 60_000;

function endAnyway() {
  const open = process.getActiveResourcesInfo().join(", ");
  console.error(`      the tests are over, and this kept their process alive for a minute: ${open}`);
  process.exit();
}

/** On one line: where only the end of a run's output is kept, the summary has to say what happened, too. */
function excerpt(error) {
  const text = String(error?.message ?? error)
    .replace(/\s+/g, " ")
    .trim();
  return text.length <= EXCERPT ? text : `${text.slice(0, EXCERPT / 3)} … ${text.slice(-EXCERPT * (2 / 3))}`;
}

/** The test's own, or that of the suite whose hook skipped it. */
function reasonOf(test) {
  for (let at = test; at !== undefined; at = at.parent) if (at.skipReason !== undefined) return at.skipReason;
  return "marked as pending";
}

/** One entry for each file and message: one broken promise chain can reject a hundred times. */
function countRejections(runner) {
  const rejections = new Set();
  let running = "before the first test";
  const inFile = (test) => test.file && (running = relative(process.cwd(), test.file));
  runner.on(Runner.constants.EVENT_TEST_BEGIN, inFile);
  runner.on(Runner.constants.EVENT_HOOK_BEGIN, inFile);
  process.on("unhandledRejection", (reason) => {
    const message = reason instanceof Error ? reason.message : String(reason);
    const entry = `${running}: a rejection that nobody handled: ${message}`;
    if (!rejections.has(entry)) console.error(`      ✗ ${entry}`);
    rejections.add(entry);
  });
  return rejections;
}

module.exports = CountingReporter;
