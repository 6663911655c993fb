/**
 * The folder in which a user sees what is published. The user's own changes in it are never lost and never published:
 * commits are made elsewhere, and a file that was changed here stays as it is.
 */
import { existsSync, mkdirSync, readFileSync, renameSync, rmdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Supervisor } from "../../runner/supervisor/supervisor";
import { status } from "../../runner/output";
import { gitIn, type Git } from "./program";

export interface Published {
  /** Git directory that has the commit. */
  readonly source: string;
  readonly url: string;
  readonly branch: string;
  readonly commit: string;
}

/** Of this program, in the Git directory; whoever finds the marker knows that a run was killed. */
const MARKER = "opencenter-updating";
const INDEX = "opencenter-index";
const STAGE = "opencenter-stage";

const MOST_NAMED = 5;

/** Brings the folder to what is published; says so where it must leave something alone. */
export async function updateWorkTree(
  folder: string,
  published: Published,
  supervisor: Supervisor,
): Promise<void> {
  const said = await update(folder, published, supervisor);
  if (said !== undefined) status(`note: ${folder} ${said}`);
}

/** @returns what was left alone, and why */
async function update(
  folder: string,
  { source, url, branch, commit }: Published,
  supervisor: Supervisor,
): Promise<string | undefined> {
  const places = placesIn(folder);
  mkdirSync(folder, { recursive: true });
  const git = gitIn(supervisor, folder);
  if ((await git(["rev-parse", "--git-dir"])).code !== 0) {
    // Without a work tree named: `git init` would write it down.
    await make(git, gitIn(supervisor, places.git, true), places, url, branch);
  }
  const resumed = read(places.marker);
  // Only then: otherwise somebody else is at work in the folder right now.
  if (resumed !== undefined) removeLeftovers(places, branch);
  if (existsSync(places.lock)) return "is locked by another git (index.lock); it stays as it is";
  const origin = (await text(git, ["config", "remote.origin.url"])).trim();
  if (origin !== url) return `belongs to ${origin}, not to ${url}; it stays as it is`;
  await git([
    "fetch",
    "--quiet",
    "--prune",
    "--no-tags",
    source,
    "+refs/remotes/origin/*:refs/remotes/origin/*",
  ]);
  const head = (await text(git, ["rev-parse", "--quiet", "--verify", "HEAD"])).trim();
  const refusal = await whyNot(git, branch, head, commit, resumed);
  if (refusal !== undefined) return refusal;
  writeFileSync(places.marker, commit);
  const kept = await bringFiles(git, folder, places, head, commit);
  renameSync(places.index, join(folder, ".git", "index"));
  await git(["update-ref", `refs/heads/${branch}`, commit]);
  rmSync(places.stage, { recursive: true, force: true });
  rmSync(places.marker, { force: true });
  return kept.length > 0
    ? `has changes of its own, which stay and are not published: ${named(kept)}`
    : undefined;
}

function placesIn(folder: string) {
  const inGit = (name: string) => join(folder, ".git", name);
  return {
    git: join(folder, ".git"),
    lock: inGit("index.lock"),
    marker: inGit(MARKER),
    index: inGit(INDEX),
    stage: inGit(STAGE),
  };
}

type Places = ReturnType<typeof placesIn>;

/** A folder that `generate` made, or none at all, becomes a repository; its files stay. */
async function make(git: Git, bare: Git, places: Places, url: string, branch: string): Promise<void> {
  // What a killed `git init` left; it holds nothing yet.
  rmSync(places.git, { recursive: true, force: true });
  await bare(["init", "--quiet"]);
  await git(["symbolic-ref", "HEAD", `refs/heads/${branch}`]);
  await git(["remote", "add", "origin", url]);
}

function removeLeftovers({ git, lock, index, stage }: Places, branch: string): void {
  const refs = [
    join(git, "HEAD.lock"),
    join(git, "refs", "heads", `${branch}.lock`),
    join(git, "packed-refs.lock"),
  ];
  for (const path of [lock, index, `${index}.lock`, ...refs]) rmSync(path, { force: true });
  rmSync(stage, { recursive: true, force: true });
}

/** @param resumed commit that a killed run was bringing */
async function whyNot(
  git: Git,
  branch: string,
  head: string,
  commit: string,
  resumed: string | undefined,
): Promise<string | undefined> {
  const current = (await text(git, ["symbolic-ref", "--quiet", "HEAD"])).trim();
  if (current !== `refs/heads/${branch}`)
    return `is on ${current.replace("refs/heads/", "") || "no branch"}, not on ${branch}; it stays as it is`;
  if (head === "") {
    const staged = await text(git, ["ls-files", "--cached"]);
    return staged === "" || resumed !== undefined ? undefined : "has staged files; it stays as it is";
  }
  if ((await git(["merge-base", "--is-ancestor", head, commit])).code !== 0)
    return `has commits that are not on ${branch} of the host; it stays as it is`;
  const same = async (tree: string) => (await git(["diff", "--cached", "--quiet", tree])).code === 0;
  if ((await same(head)) || (resumed !== undefined && (await same(resumed)))) return undefined;
  return "has staged changes; it stays as it is";
}

/** @returns files that somebody changed here */
async function bringFiles(
  git: Git,
  folder: string,
  places: Places,
  head: string,
  commit: string,
): Promise<string[]> {
  const environment = { GIT_INDEX_FILE: places.index };
  rmSync(places.index, { force: true });
  await git(["read-tree", commit], { environment });
  const wanted = new Set(await names(git, ["ls-tree", "-r", "-z", "--name-only", commit]));
  const before = new Set(head === "" ? [] : await names(git, ["ls-tree", "-r", "-z", "--name-only", head]));
  const changed =
    head === "" ? [...wanted] : await names(git, ["diff", "--no-renames", "-z", "--name-only", head, commit]);
  const touched = new Set(
    head === "" ? [] : await names(git, ["diff", "--no-renames", "-z", "--name-only", head]),
  );
  const free = changed.filter(
    (path) => !touched.has(path) && (before.has(path) || !existsSync(join(folder, path))),
  );
  await stage(
    git,
    places,
    free.filter((path) => wanted.has(path)),
    environment,
  );
  for (const path of free) {
    if (wanted.has(path)) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      renameSync(join(places.stage, path), join(folder, path));
    } else remove(folder, path);
  }
  await git(["update-index", "-q", "--refresh"], { environment });
  // Compared with what is published: a change that has been published in the meantime is none any more.
  return names(git, ["diff-files", "-z", "--name-only"], environment).then((all) => all.sort());
}

/** Written aside first: a file in the folder is never half there. */
async function stage(
  git: Git,
  places: Places,
  paths: readonly string[],
  environment: Record<string, string>,
): Promise<void> {
  rmSync(places.stage, { recursive: true, force: true });
  const prefix = `--prefix=.git/${STAGE}/`;
  await git(["checkout-index", "--force", prefix, "-z", "--stdin"], { input: paths.join("\0"), environment });
}

function remove(folder: string, path: string): void {
  rmSync(join(folder, path), { force: true });
  for (let parent = dirname(path); parent !== "."; parent = dirname(parent)) {
    try {
      rmdirSync(join(folder, parent));
    } catch {
      // Something else is in it.
      return;
    }
  }
}

async function text(
  git: Git,
  args: readonly string[],
  environment?: Record<string, string>,
): Promise<string> {
  return (await git(args, { environment })).stdout.toString();
}

async function names(
  git: Git,
  args: readonly string[],
  environment?: Record<string, string>,
): Promise<string[]> {
  return (await text(git, args, environment)).split("\0").filter(Boolean);
}

function named(paths: readonly string[]): string {
  const shown = paths.slice(0, MOST_NAMED).join(", ");
  return paths.length > MOST_NAMED ? `${shown} and ${paths.length - MOST_NAMED} more` : shown;
}

function read(path: string): string | undefined {
  return existsSync(path) ? readFileSync(path, "utf8") : undefined;
}
