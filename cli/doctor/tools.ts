/** Programs: Node.js and its packages, Git, SSH, Python, Go. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { clean, coerce, gte } from "semver";
import { findProgram, runProgram } from "../programs";
import type { Diagnosis, DoctorContext } from "./check";

const TIMEOUT_MS = 10_000;

interface Tool {
  readonly name: string;
  readonly program: string;
  readonly versionArgs: readonly string[];
  readonly minimum?: string;
  readonly required: boolean;
  readonly neededFor: string;
  readonly fix: string;
}

const TOOLS: readonly Tool[] = [
  {
    name: "git",
    program: "git",
    versionArgs: ["--version"],
    required: true,
    neededFor: "the project itself, later the GitOps repository",
    fix: "apt-get install git",
  },
  {
    name: "ssh",
    program: "ssh",
    versionArgs: ["-V"],
    required: true,
    neededFor: "logging in to bastion and nodes",
    fix: "apt-get install openssh-client",
  },
  {
    name: "python3",
    program: "python3",
    versionArgs: ["--version"],
    minimum: "3.11.0",
    required: false,
    neededFor: "Kubespray",
    fix: "apt-get install python3 python3-venv",
  },
  {
    name: "go",
    program: "go",
    versionArgs: ["version"],
    minimum: "1.21.0",
    required: false,
    neededFor: "building the sandbox's tools where they cannot be downloaded",
    fix: "https://go.dev/doc/install",
  },
];

export function checkNode({ program }: DoctorContext): Diagnosis {
  const { engines } = manifest(program);
  const minimum = coerce(engines.node)?.version ?? "0.0.0";
  const found = process.versions.node;
  const recent = gte(found, minimum);
  return {
    name: "Node.js",
    status: recent ? "ok" : "too old",
    found,
    required: true,
    neededFor: "everything",
    fix: recent ? undefined : "nvm install --lts",
  };
}

interface Manifest {
  readonly engines: { readonly node: string };
  readonly dependencies: Readonly<Record<string, string>>;
}

export function manifest(program: string): Manifest {
  return JSON.parse(readFileSync(join(program, "package.json"), "utf8")) as Manifest;
}

export function checkPackages({ program }: DoctorContext): Diagnosis {
  const wanted = Object.entries(manifest(program).dependencies);
  const wrong = wanted.filter(([name, version]) => installedVersion(program, name) !== version);
  const base = { name: "npm packages", required: true, neededFor: "everything" };
  if (wrong.length === 0) return { ...base, status: "ok", found: `${wanted.length} as pinned` };
  const found = wrong.map(
    ([name, version]) => `${name} ${installedVersion(program, name) ?? "missing"} (not ${version})`,
  );
  const status = wrong.every(([name]) => installedVersion(program, name) === undefined)
    ? "missing"
    : "too old";
  return { ...base, status, found: found.join(", "), fix: "npm ci --ignore-scripts" };
}

function installedVersion(program: string, name: string): string | undefined {
  const path = join(program, "node_modules", name, "package.json");
  if (!existsSync(path)) return undefined;
  const { version } = JSON.parse(readFileSync(path, "utf8")) as { version: string };
  // Pulumi's SDKs write a "v" before theirs.
  return clean(version) ?? version;
}

export function checkTools(context: DoctorContext): Promise<Diagnosis[]> {
  return Promise.all(TOOLS.map((tool) => checkTool(tool, context)));
}

async function checkTool(tool: Tool, { env }: DoctorContext): Promise<Diagnosis> {
  const { name, required, neededFor, fix, minimum } = tool;
  const path = findProgram(tool.program, env);
  if (path === undefined) return { name, status: "missing", required, neededFor, fix };
  const { code, stdout, stderr } = await runProgram(path, tool.versionArgs, { timeoutMs: TIMEOUT_MS, env });
  // ssh tells its version on stderr.
  const found = coerce(stdout || stderr)?.version;
  if (code !== 0 || found === undefined)
    return { name, status: "missing", found: `${path} does not run`, required, neededFor, fix };
  if (minimum !== undefined && !gte(found, minimum))
    return { name, status: "too old", found: `${found} (needs ${minimum})`, required, neededFor, fix };
  return { name, status: "ok", found, required, neededFor };
}
