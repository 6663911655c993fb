/** Kubespray from a Git repository, at a tag or a commit. */
import { existsSync, mkdirSync, renameSync } from "node:fs";
import { join } from "node:path";
import semver from "semver";
import type { Kubespray, KubespraySource, SourceOptions } from "./types";
import { RunFailure } from "../../runner/errors";
import { status } from "../../runner/output";
import { ensureFolder, shortDigest } from "./cache";
import { type ProgramEnd, runProgram } from "./program";
import { kubesprayIn, makeVenv } from "./venv";

/** Older ones are not tried, and speak an older protocol with servers that give single commits away. */
const OLDEST_GIT = "2.20.0";
const OFFLINE =
  "Without Git or a way to the repository: kubespray.source: directory, with kubespray.directory naming a checkout.";
const UPSTREAM = "https://github.com/kubernetes-sigs/kubespray.git";

export async function ensureGit(
  cache: string,
  source: KubespraySource,
  options: SourceOptions,
): Promise<Kubespray> {
  const { ref, url = UPSTREAM } = source;
  // A fork may have a tag of the same name.
  const name = url === UPSTREAM ? ref : `${ref}-${shortDigest(url)}`;
  const folder = join(cache, "kubespray", name.replaceAll("/", "-"));
  const checkout = join(folder, "checkout");
  await ensureFolder(folder, async () => {
    await requireGit(options);
    status(`fetching Kubespray ${ref}`);
    // Of this process: a git that outlives a killed run by a moment writes to another folder.
    const draft = join(folder, `checkout.${process.pid}.draft`);
    await clone(url, ref, draft, options);
    renameSync(draft, checkout);
    return { ref, source: url, ...(await makeVenv({ folder, checkout, source }, options)) };
  });
  return kubesprayIn(folder, checkout);
}

async function requireGit(options: SourceOptions): Promise<void> {
  const { code, stdout } = await runProgram(options, "git", ["--version"]);
  const version = semver.coerce(stdout);
  if (code === 0 && version !== null && semver.gte(version, OLDEST_GIT)) return;
  const found =
    code === 0 && version !== null ? `git ${version.version} is too old` : "there is no git on PATH";
  throw new RunFailure(`Kubespray cannot be fetched: ${found}; ${OLDEST_GIT} or newer is needed.`, [
    "Install Git.",
    OFFLINE,
  ]);
}

const isCommit = (ref: string) => /^[0-9a-f]{40}$/.test(ref);

async function clone(url: string, ref: string, checkout: string, options: SourceOptions): Promise<void> {
  const git = (...args: string[]) => runProgram(options, "git", ["-c", "advice.detachedHead=false", ...args]);
  const end = isCommit(ref)
    ? await fetchCommit(url, ref, checkout, git)
    : await git("clone", "--quiet", "--depth=1", `--branch=${ref}`, "--", url, checkout);
  if (end.code !== 0)
    throw new RunFailure(`Kubespray ${ref} cannot be fetched from ${url}:\n${end.lastLines}`, [
      "kubespray.ref has to be a tag, or all 40 digits of a commit; kubespray.url the repository.",
      OFFLINE,
    ]);
  if (!existsSync(join(checkout, "cluster.yml")))
    throw new RunFailure(`${url} at ${ref} is no Kubespray: it has no cluster.yml.`);
}

/** One commit alone where the server gives single commits away; all of them where it does not. */
async function fetchCommit(
  url: string,
  ref: string,
  checkout: string,
  git: (...args: string[]) => Promise<ProgramEnd>,
): Promise<ProgramEnd> {
  mkdirSync(checkout, { recursive: true });
  const inside = (...args: string[]) => git("-C", checkout, ...args);
  const made = await inside("init", "--quiet");
  if (made.code !== 0) return made;
  const one = await inside("fetch", "--quiet", "--depth=1", "--", url, ref);
  const got =
    one.code === 0 ? one : await inside("fetch", "--quiet", "--", url, "+refs/heads/*:refs/remotes/origin/*");
  return got.code === 0 ? inside("checkout", "--quiet", ref) : got;
}
