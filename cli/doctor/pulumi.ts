/** Pulumi: the CLI, the plugins, the backend, and how secrets in the state are encrypted. */
import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { coerce, gte } from "semver";
import { parse } from "yaml";
import { findProgram, runProgram } from "../programs";
import type { Diagnosis, DoctorContext } from "./check";
import { manifest } from "./tools";

const TIMEOUT_MS = 15_000;
const INSTALL = "curl -fsSL https://get.pulumi.com | sh";

/** Plugins that the program uses; their versions are those of the npm packages. */
const PLUGINS = ["openstack", "tls"] as const;

export async function checkPulumi(context: DoctorContext): Promise<Diagnosis[]> {
  const path = findProgram("pulumi", context.env);
  return [
    await checkCli(path, context),
    checkLanguageHost(path, context),
    ...PLUGINS.map((plugin) => checkPlugin(plugin, context)),
    await checkBackend(path, context),
    checkPassphrase(context),
  ];
}

async function checkCli(path: string | undefined, context: DoctorContext): Promise<Diagnosis> {
  const base = { name: "pulumi", required: true, neededFor: "every preview, up, refresh and destroy" };
  if (path === undefined) return { ...base, status: "missing", fix: INSTALL };
  const { code, stdout } = await runPulumi(path, ["version"], context);
  const found = coerce(stdout)?.version;
  if (code !== 0 || found === undefined)
    return { ...base, status: "missing", found: `${path} does not run`, fix: INSTALL };
  const minimum = minimumCli(context);
  if (!gte(found, minimum))
    return { ...base, status: "too old", found: `${found} (needs ${minimum})`, fix: INSTALL };
  return { ...base, status: "ok", found };
}

/** Pulumi.yaml says it, and the CLI keeps to it. */
function minimumCli({ program }: DoctorContext): string {
  const project = parse(readFileSync(join(program, "Pulumi.yaml"), "utf8")) as {
    requiredPulumiVersion?: string;
  };
  return coerce(project.requiredPulumiVersion)?.version ?? "0.0.0";
}

function runPulumi(path: string, args: readonly string[], { project, env }: DoctorContext) {
  // Without these it may ask, or look for news on the network first.
  const quiet = { ...env, PULUMI_SKIP_UPDATE_CHECK: "true" };
  return runProgram(path, [...args, "--non-interactive"], {
    cwd: project,
    timeoutMs: TIMEOUT_MS,
    env: quiet,
  });
}

function checkLanguageHost(pulumi: string | undefined, { env }: DoctorContext): Diagnosis {
  const name = "pulumi-language-nodejs";
  const beside = pulumi === undefined ? undefined : join(dirname(pulumi), name);
  const found = findProgram(name, env) ?? (beside !== undefined && existsSync(beside) ? beside : undefined);
  const base = {
    name: "pulumi language host",
    required: true,
    neededFor: "running the program (part of Pulumi)",
  };
  return found === undefined
    ? { ...base, status: "missing", fix: INSTALL }
    : { ...base, status: "ok", found };
}

function checkPlugin(plugin: (typeof PLUGINS)[number], { env, program }: DoctorContext): Diagnosis {
  const version = manifest(program).dependencies[`@pulumi/${plugin}`] ?? "";
  const base = {
    name: `plugin ${plugin}`,
    required: true,
    neededFor: plugin === "tls" ? "SSH keys" : "OpenStack",
  };
  const home = env["PULUMI_HOME"] || join(env["HOME"] || homedir(), ".pulumi");
  if (existsSync(join(home, "plugins", `resource-${plugin}-v${version}`)))
    return { ...base, status: "ok", found: version };
  const ambient = findProgram(`pulumi-resource-${plugin}`, env);
  if (ambient !== undefined) return { ...base, status: "ok", found: ambient };
  return { ...base, status: "missing", fix: `pulumi plugin install resource ${plugin} ${version}` };
}

async function checkBackend(path: string | undefined, context: DoctorContext): Promise<Diagnosis> {
  const base = { name: "backend login", required: true, neededFor: "keeping the stacks' state" };
  const fix = "pulumi login, or for a folder of your own: pulumi login 'file://~/pulumi-state?metadata=skip'";
  if (path === undefined) return { ...base, status: "missing", found: "no pulumi to ask", fix };
  const { code, stdout } = await runPulumi(path, ["whoami", "--json"], context);
  if (code !== 0) return { ...base, status: "missing", fix };
  return { ...base, status: "ok", found: backendOf(stdout) };
}

function backendOf(answer: string): string {
  try {
    const { url, user } = JSON.parse(answer) as { url?: string; user?: string };
    // A backend's address may carry a password.
    return url === undefined ? `as ${user}` : url.replace(/\/\/[^@/]*@/, "//");
  } catch {
    return answer.trim();
  }
}

/** Stacks on a backend of one's own are encrypted with a passphrase unless they name another provider. */
function checkPassphrase({ env }: DoctorContext): Diagnosis {
  const base = {
    name: "passphrase",
    required: false,
    neededFor: "secrets in the state (not with Pulumi Cloud or a KMS)",
  };
  const file = env["PULUMI_CONFIG_PASSPHRASE_FILE"];
  const fix = "export PULUMI_CONFIG_PASSPHRASE_FILE=<a file of mode 0600>";
  if (file) {
    const there = existsSync(file);
    return {
      ...base,
      status: there ? "ok" : "missing",
      found: there ? file : `${file} does not exist`,
      fix: there ? undefined : fix,
    };
  }
  if (env["PULUMI_CONFIG_PASSPHRASE"] !== undefined)
    return { ...base, status: "ok", found: "PULUMI_CONFIG_PASSPHRASE" };
  return { ...base, status: "missing", fix };
}
