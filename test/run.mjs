#!/usr/bin/env node
/**
 * `npm test`: every check there is, on a fresh clone too. Plain Node.js, because it runs before anything is installed.
 * Stages go on after a failure, so that one run tells everything.
 */
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { installDependencies, requireNode, run } from "../sandbox/dependencies.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const results = mkdtempSync(join(tmpdir(), "opencenter-test-"));

const bin = (name) => join(root, "node_modules", ".bin", name);
const tool = (name, ...args) => ({ command: bin(name), args });
const mocha = (...args) => ({
  mocha: true,
  ...tool("mocha", "--reporter", "test/support/reporter.cjs", ...args),
});

/** In the order of their cost: the quick ones say first what is wrong. */
const STAGES = {
  format: tool("prettier", "--check", "."),
  types: tool("tsc", "--noEmit", "-p", "."),
  lint: tool("eslint", "."),
  unit: mocha("test/unit/{config,plan}/**/*.spec.ts", "test/unit/*.spec.ts", "test/property/**/*.spec.ts"),
  components: mocha("test/components/**/*.spec.ts"),
  programs: mocha("test/unit/{cli,sandbox,kubespray}/**/*.spec.ts"),
  kubespray: mocha("--timeout", "900000", "test/kubespray/**/*.spec.ts"),
  // Cached outside of the repository; ten minutes on an idle machine that has nothing yet.
  "build-kubernetes": tool("tsx", "sandbox/main.ts", "build-kubernetes"),
  e2e: mocha("--timeout", "900000", "test/e2e/!(kubernetes|variants).spec.ts"),
  "e2e-kubernetes": mocha("--timeout", "900000", "test/e2e/@(kubernetes|variants).spec.ts"),
};

/** Runs beside the stage before it: both mostly wait for pauses of the OpenStack provider. */
const ASIDE = "e2e-kubernetes";

/** A check that is not made of tests counts as one. */
function counted(stage, code, file) {
  if (!stage.mocha)
    return { passed: code === 0 ? 1 : 0, failed: code === 0 ? [] : ["the check itself"], skipped: [] };
  try {
    const result = JSON.parse(readFileSync(file, "utf8"));
    // mocha may fail without a failed test: a file that does not load, a hook, a rejection nobody handled.
    if (code !== 0 && result.failed.length === 0) result.failed.push(`mocha ended with exit code ${code}`);
    return result;
  } catch {
    return { passed: 0, failed: [`mocha did not get to its end (exit code ${code})`], skipped: [] };
  }
}

/** @param log gets what the stage says, to be shown in one piece when it is over */
async function runStage(name, log) {
  const stage = STAGES[name];
  const started = Date.now();
  console.log(`\n━━ ${name} ━━${log === undefined ? "" : " (beside the next; shown when it is over)"}`);
  const file = join(results, `${name}.json`);
  const env = { ...process.env, OPENCENTER_TEST_RESULT: file };
  const output = log === undefined ? undefined : openSync(log, "w");
  const stdio = output === undefined ? "inherit" : ["ignore", output, output];
  const code = await run(stage.command, stage.args, root, env, stdio);
  if (output !== undefined) closeSync(output);
  return { name, seconds: Math.round((Date.now() - started) / 1000), ...counted(stage, code, file) };
}

/** A suite that is skipped as a whole says why once. */
function byReason(skipped) {
  const titles = new Map();
  for (const { title, reason } of skipped) titles.set(reason, [...(titles.get(reason) ?? []), title]);
  return titles;
}

function report(stages) {
  console.log("\n━━ summary ━━");
  for (const { name, seconds, passed, failed, skipped } of stages) {
    const numbers = `${passed} passed, ${failed.length} failed, ${skipped.length} skipped`;
    console.log(
      `${failed.length === 0 ? "✓" : "✗"} ${name.padEnd(16)} ${`${seconds} s`.padStart(7)}  ${numbers}`,
    );
  }
  for (const { name, skipped } of stages) {
    for (const [reason, titles] of byReason(skipped)) {
      const what = titles.length === 1 ? titles[0] : `${titles.length} tests, the first: ${titles[0]}`;
      console.log(`skipped (${name}): ${what}: ${reason}`);
    }
  }
  for (const { name, failed } of stages)
    for (const title of failed) console.log(`FAILED (${name}): ${title}`);
  const sum = (count) => stages.reduce((total, stage) => total + count(stage), 0);
  const [passed, failed] = [sum((stage) => stage.passed), sum((stage) => stage.failed.length)];
  console.log(`\n${passed} passed, ${failed} failed, ${sum((stage) => stage.skipped.length)} skipped`);
  return failed === 0 && passed > 0;
}

requireNode(root);
await installDependencies(root);
const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !(name in STAGES));
if (unknown.length > 0) {
  console.error(`there is no stage ${unknown.join(", ")}; stages: ${Object.keys(STAGES).join(", ")}`);
  process.exit(2);
}
const names = wanted.length > 0 ? wanted : Object.keys(STAGES);
const stages = [];
for (const name of names) {
  if (name === ASIDE && names.includes("e2e")) continue;
  if (name !== "e2e" || !names.includes(ASIDE)) stages.push(await runStage(name));
  else {
    const log = join(results, `${ASIDE}.log`);
    const aside = runStage(ASIDE, log);
    stages.push(await runStage(name), await aside);
    console.log(`\n━━ ${ASIDE} ━━\n${readFileSync(log, "utf8")}`);
  }
}
rmSync(results, { recursive: true, force: true });
process.exitCode = report(stages) ? 0 : 1;
