/**
 * The organisation's repository as this run sees it: a bare copy of its own, in which commits are made without a work
 * tree. Nothing in it is anybody else's, so whatever a killed run leaves can be thrown away.
 */
import { existsSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { RunFailure } from "../../runner/errors";
import type { Supervisor } from "../../runner/supervisor/supervisor";
import type { GitAccess } from "./access";
import { gitFailure } from "./errors";
import { commitStream, type Edits } from "./fastImport";
import { gitIn, type Git, type GitEnd } from "./program";

/** Branches of the host, in the copy. */
const REMOTE = "refs/remotes/origin/";
/** Where commits are made before they are pushed. */
const DRAFT = "refs/opencenter/draft";

const AUTHOR = "opencenter <opencenter@localhost>";
const NETWORK_LIMIT_MS = 300_000;

export interface PushEnd {
  /** `moved`: somebody else pushed to the branch in between. */
  readonly outcome: "pushed" | "moved";
  /** What the host said. */
  readonly said: string;
}

export class Repository {
  private readonly git: Git;

  private constructor(
    readonly directory: string,
    private readonly access: GitAccess,
    supervisor: Supervisor,
  ) {
    this.git = gitIn(supervisor, directory, true);
  }

  /** The copy in a folder, made anew where it is not whole. */
  static async open(directory: string, access: GitAccess, supervisor: Supervisor): Promise<Repository> {
    const repository = new Repository(directory, access, supervisor);
    // Nobody else works here while we hold the lock: what is locked, a killed run left.
    if (existsSync(directory)) removeLocks(directory);
    const { code } = await repository.git(["rev-parse", "--is-bare-repository"]);
    if (code !== 0) await repository.make();
    return repository;
  }

  private async make(): Promise<void> {
    rmSync(this.directory, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
    mkdirSync(this.directory, { recursive: true, mode: 0o700 });
    await this.must(
      ["init", "--quiet", "--bare", this.directory],
      "The copy of the repository cannot be made",
    );
  }

  /** Brings the branches of the host here: the one that Flux reads, and proposals. */
  async fetch(branch: string): Promise<void> {
    const specs = [branch, "opencenter/*"].map((name) => `+refs/heads/${name}:${REMOTE}${name}`);
    const options = { environment: this.access.environment, limitMs: NETWORK_LIMIT_MS };
    const found = await this.git(["ls-remote", "--heads", "--", this.access.url], options);
    if (found.code !== 0) throw gitFailure("The Git repository cannot be read", found, this.access);
    const names = found.stdout.toString();
    if (names.trim() === "") return this.forget();
    // Fetching a branch that is not there is an error, and an empty repository has none.
    const wanted = names.includes(`\trefs/heads/${branch}\n`) ? specs : specs.slice(1);
    if (wanted.length < specs.length) await this.git(["update-ref", "-d", `${REMOTE}${branch}`]);
    const end = await this.git(
      ["fetch", "--quiet", "--prune", "--no-tags", "--", this.access.url, ...wanted],
      options,
    );
    if (end.code !== 0) await this.throwAway(end);
  }

  /** A copy that a fetch cannot go on with is made again the next time. */
  private async throwAway(end: GitEnd): Promise<never> {
    if (/bad object|corrupt|loose object|missing (blob|tree|commit)|not our ref/i.test(end.stderr))
      rmSync(this.directory, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
    throw gitFailure("The Git repository cannot be read", end, this.access);
  }

  private async forget(): Promise<void> {
    for (const [name] of await this.branches("")) await this.git(["update-ref", "-d", `${REMOTE}${name}`]);
  }

  /** @returns commits of the host's branches, as last fetched */
  async branches(prefix: string): Promise<Map<string, string>> {
    const format = "--format=%(refname) %(objectname)";
    const text = await this.read(["for-each-ref", format, REMOTE.slice(0, -1)]);
    const pairs = text
      .split("\n")
      .filter(Boolean)
      .map((line) => line.split(" "))
      .map(([ref = "", commit = ""]) => [ref.slice(REMOTE.length), commit] as const);
    return new Map(pairs.filter(([name]) => name.startsWith(prefix)));
  }

  /** @returns object ids of the files of a commit, by path; a submodule is a commit of another repository, and no file */
  async files(commit: string): Promise<Map<string, string>> {
    const text = await this.read(["ls-tree", "-r", "-z", commit]);
    const rows = text.split("\0").filter(Boolean);
    return new Map(
      rows.flatMap((row) => {
        const tab = row.indexOf("\t");
        const [, type, id = ""] = row.slice(0, tab).split(" ");
        return type === "blob" ? [[row.slice(tab + 1), id] as const] : [];
      }),
    );
  }

  /** @returns texts by object id */
  async texts(ids: Iterable<string>): Promise<Map<string, string>> {
    const wanted = [...new Set(ids)];
    if (wanted.length === 0) return new Map();
    const end = await this.must(["cat-file", "--batch"], "The copy of the repository cannot be read", {
      input: `${wanted.join("\n")}\n`,
    });
    return parseBatch(end.stdout);
  }

  async isAncestor(one: string, other: string): Promise<boolean> {
    return (await this.git(["merge-base", "--is-ancestor", one, other])).code === 0;
  }

  /** @returns the last commit that both have; undefined for histories without one */
  async mergeBase(one: string, other: string): Promise<string | undefined> {
    const { code, stdout } = await this.git(["merge-base", one, other]);
    return code === 0 ? stdout.toString().trim() : undefined;
  }

  /**
   * Commits that `tip` has and `head` has not, with content that is not this program's: of another author, or changed by
   * another committer. A merge that only brings in what is elsewhere has none.
   * @returns a line each, for people
   */
  async commitsOfOthers(head: string, tip: string): Promise<string[]> {
    const format = "--format=%x00%an <%ae>%x00%cn <%ce>%x00%h %an: %s%x00";
    const text = await this.read(["log", "-c", "--name-only", format, `${head}..${tip}`]);
    const [, ...fields] = text.split("\0");
    const lines: string[] = [];
    for (let at = 0; at + 3 < fields.length; at += 4) {
      const [author, committer, line = "", files = ""] = fields.slice(at, at + 4);
      if ((author !== AUTHOR || committer !== AUTHOR) && files.trim() !== "") lines.push(line);
    }
    return lines;
  }

  /**
   * Makes a commit in one go, without index or work tree.
   * @param parents the first is what the edits are to; none for an empty repository
   */
  async commit(parents: readonly string[], edits: Edits, message: string): Promise<string> {
    await this.must(["fast-import", "--quiet", "--force"], "The commit cannot be made", {
      input: commitStream({ ref: DRAFT, author: AUTHOR, parents, edits, message }),
    });
    return (await this.read(["rev-parse", DRAFT])).trim();
  }

  /** @throws RunFailure when the host refuses for any reason but that the branch moved on */
  async push(commit: string, branch: string): Promise<PushEnd> {
    const end = await this.git(
      ["push", "--porcelain", "--", this.access.url, `${commit}:refs/heads/${branch}`],
      {
        environment: this.access.environment,
        limitMs: NETWORK_LIMIT_MS,
      },
    );
    if (end.code === 0) {
      await this.must(
        ["update-ref", `${REMOTE}${branch}`, commit],
        "The copy of the repository cannot be written",
      );
      return { outcome: "pushed", said: "" };
    }
    const said = `${end.stderr}\n${end.stdout.toString()}`;
    // The last ones: two pushes met on the host itself.
    const moved =
      /non-fast-forward|fetch first|cannot lock ref|failed to update ref|incorrect old value|reference already exists/i;
    if (moved.test(said) && !/protected|hook declined/i.test(said))
      return { outcome: "moved", said: said.trim() };
    throw gitFailure(`Branch ${branch} cannot be pushed`, { ...end, stderr: said.trim() }, this.access);
  }

  private async read(args: readonly string[]): Promise<string> {
    return (await this.must(args, "The copy of the repository cannot be read")).stdout.toString();
  }

  private async must(
    args: readonly string[],
    what: string,
    options?: { input: Buffer | string },
  ): Promise<GitEnd> {
    const end = await this.git(args, options);
    if (end.code === 0) return end;
    if (/No space left|Disk quota/i.test(end.stderr)) throw gitFailure(what, end, this.access);
    throw new RunFailure(`${what}:\n${end.stderr}`, [
      `Delete ${this.directory}: it is a copy, and made again by the next run.`,
    ]);
  }
}

function removeLocks(directory: string): void {
  const names = readdirSync(directory, { recursive: true, encoding: "utf8" });
  for (const name of names) if (name.endsWith(".lock")) rmSync(join(directory, name), { force: true });
}

/**
 * `<id> blob <size>\n<content>\n`, one after the other; by hand because the sizes count bytes of the whole. What is not
 * there is one line without a body, `<id> missing\n`: taken for an empty one, it would shift everything that follows.
 */
function parseBatch(output: Buffer): Map<string, string> {
  const texts = new Map<string, string>();
  for (let at = 0; at < output.length;) {
    const newline = output.indexOf("\n", at);
    const [id = "", , size] = output.subarray(at, newline).toString().split(" ");
    if (size === undefined) {
      at = newline + 1;
      continue;
    }
    const end = newline + 1 + Number(size);
    texts.set(id, output.subarray(newline + 1, end).toString());
    at = end + 1;
  }
  return texts;
}
