/** One server for each workspace: the organisation's Git repository and a Helm repository, on the loopback. */
import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { plainEnvironment } from "../../kubernetes/backend";
import { Daemon } from "../../kubernetes/daemons";
import { readJson, writeJson, writePrivate } from "../../kubernetes/files";
import { nodeProgram } from "../../kubernetes/nodeProgram";
import { anyTaken, freePorts } from "../../kubernetes/ports";
import { CHARTS_PATH, portFile, repositoriesFolder, tokenFile } from "./layout";

const NAME = "git-and-charts";
const READY_LIMIT_MS = 60_000;

export interface GitServer {
  /** Of the organisation's repository: http://127.0.0.1:…/<organisation>.git */
  readonly url: string;
  /** Password for any user name; secret. */
  readonly token: string;
  /** Address of the Helm repository; no password. */
  readonly charts: string;
}

/**
 * Starts the server, or finds it running, and makes the organisation's repository unless it is there.
 *
 * @param directory folder of its own, below the workspace
 * @throws Error when git is missing, or its port was taken while it did not run
 */
export async function startGitServer(directory: string, organization: string): Promise<GitServer> {
  if (!/^[A-Za-z0-9][\w.-]*$/.test(organization))
    throw new Error(`"${organization}" is no name for a repository`);
  await ensureRepository(join(repositoriesFolder(directory), `${organization}.git`));
  if (!existsSync(tokenFile(directory))) writePrivate(tokenFile(directory), randomBytes(24).toString("hex"));
  const port = await ensureServer(directory);
  return {
    url: `http://127.0.0.1:${port}/${organization}.git`,
    token: readFileSync(tokenFile(directory), "utf8").trim(),
    charts: `http://127.0.0.1:${port}${CHARTS_PATH.slice(0, -1)}`,
  };
}

/** Ends the server; repositories stay. */
export async function stopGitServer(directory: string): Promise<void> {
  await new Daemon(directory, NAME).stop();
}

async function ensureRepository(folder: string): Promise<void> {
  if (existsSync(join(folder, "HEAD"))) return;
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const env = { ...plainEnvironment(), GIT_CONFIG_NOSYSTEM: "1" };
  try {
    await promisify(execFile)("git", ["init", "--quiet", "--bare", "--initial-branch=main", folder], { env });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT")
      throw new Error("the sandbox's Git repository needs the git command, and there is none on PATH");
    throw error;
  }
}

async function ensureServer(directory: string): Promise<number> {
  const daemon = new Daemon(directory, NAME);
  const known = readJson<{ port: number }>(portFile(directory))?.port;
  if (daemon.pid === undefined && known !== undefined && (await anyTaken([known])))
    throw new Error(
      `port ${known} of 127.0.0.1, where the sandbox's clusters look for their Git repository, is taken by another program. End that one, or begin anew with: npm run sandbox -- destroy`,
    );
  const port = known ?? (await freePorts(1))[0]!;
  writeJson(portFile(directory), { port });
  await daemon.start(nodeProgram("flux/sources/main.ts", { directory, port: String(port) }));
  await daemon.ready(() => answers(`http://127.0.0.1:${port}/ready`), READY_LIMIT_MS);
  return port;
}

async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(url, { signal: AbortSignal.timeout(1000) })).ok;
  } catch {
    return false;
  }
}
