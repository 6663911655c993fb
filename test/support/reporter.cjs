/** mocha's own display, and the numbers in a file for test/run.mjs, which adds up several runs. */
const { writeFileSync } = require("node:fs");
const { reporters, Runner } = require("mocha");

class CountingReporter extends reporters.Spec {
  constructor(runner, options) {
    super(runner, options);
    const counted = { passed: 0, failed: [], skipped: [] };
    runner.on(Runner.constants.EVENT_TEST_PASS, () => (counted.passed += 1));
    runner.on(Runner.constants.EVENT_TEST_FAIL, (test) => counted.failed.push(test.fullTitle()));
    runner.on(Runner.constants.EVENT_TEST_PENDING, (test) =>
      counted.skipped.push({ title: test.fullTitle(), reason: test.skipReason ?? "marked as pending" }),
    );
    runner.once(Runner.constants.EVENT_RUN_END, () => {
      const file = process.env.OPENCENTER_TEST_RESULT;
      if (file) writeFileSync(file, JSON.stringify(counted));
    });
  }
}

module.exports = CountingReporter;
