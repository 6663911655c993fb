#!/usr/bin/env node
/**
 * `npm test`: every check there is, on a fresh clone too. Plain Node.js, because it runs before anything is installed.
 * Stages go on after a failure, so that one run tells everything.
 */
import { closeSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { installDependencies, requireNode, run } from "../sandbox/dependencies.mjs";
import { leftOut } from "./lateness.mjs";

const begun = Date.now();
/** Of each stage that is over. */
const secondsOf = {};
const root = dirname(dirname(fileURLToPath(import.meta.url)));
const results = mkdtempSync(join(tmpdir(), "opencenter-test-"));

/** One set of real OpenStack services for all suites: the first that wants it starts it, we stop it. */
const openstack = join(tmpdir(), "opencenter-openstack");
const stopOpenstack = ["test/e2e/openstack/main.ts", "down", "--wipe", "--dir", openstack];
const ON_OPENSTACK = ["realLifecycle", "realOpenstack", "fidelity"];

const bin = (name) => join(root, "node_modules", ".bin", name);
const tool = (name, ...args) => ({ command: bin(name), args });
const mocha = (...args) => ({
  mocha: true,
  ...tool("mocha", "--reporter", "test/support/reporter.cjs", ...args),
});

/** Suites on the engine, with what they share. */
const onEngine = (lanes, names) => ({
  lanes,
  suites: names.map((name) => [name, mocha("--timeout", "900000", `test/e2e/${name}.spec.ts`)]),
  env: { OPENCENTER_OPENSTACK_DIR: openstack },
  shared: { by: ON_OPENSTACK, stop: tool("tsx", ...stopOpenstack) },
});

/** What needs nothing but this checkout, one process each; as many side by side as there are cores on a small machine. */
const CHECKS = {
  format: tool("prettier", "--check", "."),
  types: tool("tsc", "--noEmit", "-p", "."),
  lint: tool("eslint", "."),
  unit: mocha("test/unit/{config,plan}/**/*.spec.ts", "test/unit/*.spec.ts", "test/property/**/*.spec.ts"),
  // Some of it asks kubectl and a real API server where they are, so in a whole run it comes after they were built.
  gitops: mocha("test/unit/gitops/**/*.spec.ts"),
  components: mocha("test/components/**/*.spec.ts"),
  policy: mocha("test/policy/**/*.spec.ts"),
  // Where Kubespray is: in a whole run among the programs.
  kubespray: mocha("--timeout", "900000", "test/kubespray/**/*.spec.ts"),
};

/** In the order of their cost: the quick ones say first what is wrong. */
const STAGES = {
  // Each can be asked for by its own name, too. The longest first.
  checks: { lanes: 2, suites: checkSuites(["unit", "lint", "components", "types", "format", "policy"]) },
  // Also what the engine's tests among the programs need. Cached outside of the repository; ten minutes at first.
  toolchain: tool("tsx", "sandbox/toolchain/main.ts"),
  // Cached outside of the repository; a quarter of an hour on an idle machine that has nothing yet.
  "build-kubernetes": tool("tsx", "sandbox/main.ts", "build-kubernetes"),
  // They wait for processes most of the time.
  programs: { lanes: 3, suites: programSuites() },
  e2e: onEngine(4, endToEndNames()),
};

/** Parts of the above, to be asked for. */
const PARTS = { real: onEngine(2, ON_OPENSTACK) };

function checkSuites(names) {
  return names.map((name) => [name, CHECKS[name]]);
}

/** One for each folder, and for each of the parts of the sandbox; by name, the longest first. */
function programSuites() {
  const longest = ["sandbox/plugin", "delivery", "cli", "sandbox/ansible", "kubespray-itself", "gitops"];
  const suites = new Map();
  for (const folder of ["cli", "kubespray", "delivery", "sandbox"])
    // In folders below, too: whole suites were never run because they were in one.
    for (const file of readdirSync(join(root, "test/unit", folder), { recursive: true }).filter((name) =>
      name.endsWith(".spec.ts"),
    )) {
      const suite = folder === "sandbox" ? `sandbox/${file.split("-")[0]}` : folder;
      suites.set(suite, [...(suites.get(suite) ?? []), `test/unit/${folder}/${file}`]);
    }
  const programs = new Map([...suites].map(([name, files]) => [name, mocha(...files)]));
  programs.set("kubespray-itself", CHECKS.kubespray).set("gitops", CHECKS.gitops);
  return longestFirst([...programs.keys()], longest).map((name) => [name, programs.get(name)]);
}

/** What begins last must not be what everybody waits for. */
function longestFirst(names, longest) {
  const others = names.filter((name) => !longest.includes(name)).sort();
  return [...longest.filter((name) => names.includes(name)), ...others];
}

function endToEndNames() {
  const longest = [
    ...ON_OPENSTACK,
    "soak",
    "kubernetes",
    "gitops",
    "rotateMachines",
    "lifecycle",
    "variants",
    "dayTwo",
    "faults",
    "backup",
    "badDays",
  ];
  const names = readdirSync(join(root, "test/e2e"))
    .filter((file) => file.endsWith(".spec.ts"))
    .map((file) => file.slice(0, -".spec.ts".length));
  return longestFirst(names, longest);
}

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

/**
 * @param log gets what the stage says, to be shown in one piece when it is over
 * @param late why it is left out; it says so itself, test by test
 */
async function runStage(name, stage, log = undefined, late = undefined) {
  const started = Date.now();
  if (log === undefined) console.log(`\n━━ ${name} ━━`);
  const file = join(results, `${name.replaceAll("/", "-")}.json`);
  const env = { ...process.env, OPENCENTER_TEST_RESULT: file, ...(late && { OPENCENTER_LATE: late }) };
  const output = log === undefined ? undefined : openSync(log, "w");
  const stdio = output === undefined ? "inherit" : ["ignore", output, output];
  const code = await run(stage.command, stage.args, root, env, stdio);
  if (output !== undefined) closeSync(output);
  return { name, seconds: Math.round((Date.now() - started) / 1000), ...counted(stage, code, file) };
}

/** Suites side by side, each a process of its own: most of their time is pauses of programs that they wait for. */
async function runLanes(name, { lanes, suites, env = {}, shared }) {
  const list = suites.map(([suite]) => suite).join(", ");
  console.log(`\n━━ ${name}: ${list} ━━ (${lanes} at a time; each is shown when it is over)`);
  const waiting = [...suites];
  const finished = [];
  const stop = () => shared && run(shared.stop.command, shared.stop.args, root, process.env, "ignore");
  const isOver = (suite) => finished.some((one) => one.name === `${name}/${suite}`);
  Object.assign(process.env, env);
  // Who wants the real services in any case has the time.
  const gone = (Date.now() - begun) / 60_000;
  const late = process.env.OPENCENTER_REAL === "1" ? {} : leftOut(gone, secondsOf.checks ?? 0);
  // Before, too: a run that was killed has left its services, and what it had built in them.
  await stop();
  const lane = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const [suite, stage] = next;
      const log = join(results, `${name}-${suite.replaceAll("/", "-")}.log`);
      finished.push(await runStage(`${name}/${suite}`, stage, log, late[suite]));
      console.log(`\n━━ ${name}/${suite} ━━\n${readFileSync(log, "utf8")}`);
      // Services that nobody uses any more take memory and time from the others.
      if (shared?.by.includes(suite) && shared.by.every(isOver)) await stop();
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  return finished.sort((a, b) => (a.name < b.name ? -1 : 1));
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
      `${failed.length === 0 ? "✓" : "✗"} ${name.padEnd(26)} ${`${seconds} s`.padStart(7)}  ${numbers}`,
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
const known = { ...CHECKS, ...STAGES, ...PARTS };
const unknown = wanted.filter((name) => !(name in known));
if (unknown.length > 0) {
  console.error(`there is no stage ${unknown.join(", ")}; stages: ${Object.keys(known).join(", ")}`);
  process.exit(2);
}
const names = wanted.length > 0 ? wanted : Object.keys(STAGES);
const stages = [];
for (const name of names) {
  const stage = known[name];
  const started = Date.now();
  if (stage.lanes === undefined) stages.push(await runStage(name, stage));
  else stages.push(...(await runLanes(name, stage)));
  secondsOf[name] = (Date.now() - started) / 1000;
}
rmSync(results, { recursive: true, force: true });
process.exitCode = report(stages) ? 0 : 1;
