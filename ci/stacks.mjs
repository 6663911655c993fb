/** The part of matrix.sh that reads JSON and YAML. What is not asked for by name leaves out `ci/ignored-stacks`. */
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parse } from "yaml";

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** More jobs than this GitHub does not make of a matrix. */
const MOST_JOBS = 256;

/** Where nobody can tell, the one that asks for approval. */
const STRICTEST = "production";

function lines(file) {
  if (!existsSync(file)) return [];
  const text = readFileSync(file, "utf8");
  return text.split("\n").filter((line) => line.trim() !== "" && !line.startsWith("#"));
}

function stackNames() {
  return readdirSync(join(root, "stacks"))
    .flatMap((file) => /^Pulumi\.(.+)\.ya?ml$/.exec(file)?.[1] ?? [])
    .sort();
}

/** In the order of cli/report/environment.ts; what is not among them is as strict as can be. */
const ENVIRONMENTS = ["development", "staging", STRICTEST];

function environmentIn(text) {
  try {
    const { environment } = parse(text).config["opencenter:cluster"];
    return ENVIRONMENTS.includes(environment) ? environment : STRICTEST;
  } catch {
    return STRICTEST;
  }
}

function environmentNow(file) {
  try {
    return environmentIn(readFileSync(join(root, file), "utf8"));
  } catch {
    return STRICTEST;
  }
}

/** What a stack's file was before the last merge; undefined where it was not there. */
function textBefore(file) {
  try {
    const silent = { cwd: root, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] };
    return execFileSync("git", ["show", `HEAD^:./${file}`], silent);
  } catch {
    return undefined;
  }
}

/** The stricter one of before and after the last merge, as of `affected`: it must not be gone round by a name. */
function environmentOf(stack) {
  const file = `stacks/Pulumi.${stack}.yaml`;
  const before = textBefore(file);
  const found = [environmentNow(file), ...(before === undefined ? [] : [environmentIn(before)])];
  return ENVIRONMENTS[Math.max(...found.map((one) => ENVIRONMENTS.indexOf(one)))];
}

function matrix(stacks) {
  const ignored = lines(join(root, "ci/ignored-stacks"));
  const left = stacks.filter(({ stack }) => ignored.includes(stack)).map(({ stack }) => stack);
  if (left.length > 0) process.stderr.write(`Left out by ci/ignored-stacks: ${left.join(", ")}\n`);
  return { include: stacks.filter(({ stack }) => !ignored.includes(stack)) };
}

const input = () => JSON.parse(readFileSync(0, "utf8"));

const FORMS = {
  affected: () =>
    matrix(input().affected.map(({ stack, environment = STRICTEST }) => ({ stack, environment }))),
  all: () => matrix(stackNames().map((stack) => ({ stack, environment: environmentOf(stack) }))),
  only: (stack) => {
    if (!stackNames().includes(stack)) throw new Error(`there is no stack ${stack}.`);
    return { include: [{ stack, environment: environmentOf(stack) }] };
  },
  blind: () => blind(input()),
  names: () =>
    input()
      .include.map(({ stack }) => stack)
      .join(" "),
};

/** Layers that nobody could look at, of a fleet's drift: exit code 2 tells of drift and hides them. */
function blind({ clusters }) {
  const lines = clusters.flatMap(({ stack, report }) => {
    const layers = (report?.layers ?? []).filter(({ looked }) => !looked);
    return layers.map(({ layer, reason }) => `${stack}: could not look at ${layer}: ${reason}`);
  });
  return lines.join("\n");
}

const [form, ...args] = process.argv.slice(2);
try {
  const result = FORMS[form](...args);
  if (form === "affected" && process.env.GITHUB_ACTIONS && result.include.length > MOST_JOBS)
    process.stderr.write(`GitHub makes ${MOST_JOBS} jobs of a matrix at most: see docs/fleets.md\n`);
  process.stdout.write(`${typeof result === "string" ? result : JSON.stringify(result)}\n`);
} catch (error) {
  process.stderr.write(`error: ${error.message}\n`);
  process.exit(1);
}
