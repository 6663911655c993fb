import { execFile } from "node:child_process";
import { accessSync, constants, realpathSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, dirname, join, resolve } from "node:path";
import { promisify } from "node:util";
import { parse, satisfies } from "semver";
import { messageOf } from "./errors";
import type { Part } from "./parts";
import type { Cache } from "./paths";

/** What a look for something that is installed found: its path, or why it will not do. */
export type Found =
  { readonly path: string; readonly version: string; readonly why: string } | { readonly reason: string };

const VERSION_TIMEOUT_MS = 20_000;

/**
 * Looks for a Pulumi CLI that the user installed.
 *
 * @param range what Pulumi.yaml requires, such as `>=3.219.0`
 */
export async function installedCli(cache: Cache, range: string): Promise<Found> {
  const reasons: string[] = [];
  for (const path of onPath("pulumi", cache)) {
    try {
      const version = await cliVersion(path);
      if (satisfies(version, range, { includePrerelease: true })) {
        return { path, version, why: `on PATH, and ${version} is ${range}` };
      }
      reasons.push(`${path} is ${version}, but Pulumi.yaml requires ${range}`);
    } catch (error) {
      reasons.push(`${path} does not work: ${firstLine(messageOf(error))}`);
    }
  }
  return { reason: reasons.join("; ") || "no pulumi on PATH" };
}

/** Looks for the language host of an installation: beside the real CLI, or on PATH. */
export function installedLanguageHost(cache: Cache, cli: string, part: Part): Found {
  const beside = join(dirname(realpathSync(cli)), part.program);
  if (isExecutable(beside)) return { path: beside, version: part.version, why: "comes with the CLI" };
  const path = onPath(part.program, cache)[0];
  if (path !== undefined) return { path, version: part.version, why: "on PATH" };
  return { reason: `none beside ${cli}, none on PATH` };
}

/** Looks for a plugin that the user's own Pulumi has. */
export function installedPlugin(cache: Cache, part: Part): Found {
  const directory = join(userPulumiHome(cache), "plugins", pluginDirectory(part));
  const path = join(directory, part.program);
  if (isExecutable(path)) return { path, version: part.version, why: `installed in ${dirname(directory)}` };
  return { reason: `not in ${dirname(directory)}` };
}

/** The user's Pulumi home, even when an environment file of the sandbox has set PULUMI_HOME to ours. */
export function userPulumiHome(cache: Cache): string {
  const set = process.env.PULUMI_HOME;
  return set && !cache.owns(set) ? resolve(set) : join(homedir(), ".pulumi");
}

export function pluginDirectory(part: Part): string {
  return `resource-${part.name}-v${part.version}`;
}

/** All programs of that name on the PATH, in its order, without those of the sandbox. */
export function onPath(program: string, cache: Cache): string[] {
  return (process.env.PATH ?? "")
    .split(delimiter)
    .filter((directory) => directory !== "")
    .map((directory) => resolve(directory, program))
    .filter((path) => !cache.owns(path) && isExecutable(path));
}

async function cliVersion(path: string): Promise<string> {
  const { stdout } = await promisify(execFile)(path, ["version"], {
    timeout: VERSION_TIMEOUT_MS,
    // Only the version is asked for; a look at the network for a newer one can hang.
    env: { ...process.env, PULUMI_SKIP_UPDATE_CHECK: "1" },
  });
  const version = parse(stdout.trim().replace(/^v/, ""));
  if (version === null) throw new Error(`\`pulumi version\` printed ${JSON.stringify(firstLine(stdout))}`);
  return version.version;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

function firstLine(text: string): string {
  return text.trim().split("\n")[0] ?? "";
}
