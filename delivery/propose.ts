/** Changes of a cluster on which Flux is at work: on a branch of their own, for people to merge. */
import { commitMessage, proposalBranch, proposalPrefix } from "../plan/delivery";
import { RunFailure } from "../runner/errors";
import { status } from "../runner/output";
import { summarize } from "./changes";
import { isOwn, namedBases, type Plan, planEdits } from "./content";
import { listed, requireReadable } from "./rotation";
import { hostOf, type Host } from "./forge";
import type { PullRequest } from "./forge/forge";
import { pause } from "./git/program";
import {
  ATTEMPTS,
  digestOf,
  hasOwnEdits,
  type Outcome,
  proposedBases,
  type Publishing,
  snapshotOf,
  tooBusy,
  warnOfForeign,
} from "./publishing";

export async function propose(publishing: Publishing): Promise<Outcome> {
  const { wanted, gitops, request, token } = publishing;
  const name = proposalBranch(request.cluster, digestOf(wanted));
  const host = hostOf(gitops, token);
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const { head, plan, message } = await planOn(publishing);
    if (!hasOwnEdits(plan, request.cluster)) return nothingToDo(publishing, host, head);
    warnOfForeign(plan);
    const pushed = await bringBranch(publishing, name, head, plan, message);
    if (pushed === undefined) {
      await pause(attempt);
      continue;
    }
    const pullRequest = await requestPull(publishing, host, name, message);
    await supersede(publishing, host, name, `Superseded by ${pullRequest ?? name}.`);
    return { branch: name, ...pushed, pullRequest };
  }
  throw tooBusy(name, "");
}

/** What has to change on the branch that Flux reads. */
async function planOn(publishing: Publishing) {
  const { repository, gitops, wanted, request } = publishing;
  const { branch, url } = gitops.repository;
  await repository.fetch(branch);
  const head = (await repository.branches("")).get(branch);
  if (head === undefined)
    throw new RunFailure(`Branch ${branch}, which Flux reads, is not at ${url} any more.`, [
      "Bring it back (clusters/gitops/ has a copy), or correct gitops.repository.",
    ]);
  const snapshot = await snapshotOf(repository, head);
  requireReadable(snapshot.texts, request.cluster, publishing.recipients);
  // Until the proposal is merged, others may begin to use a base that is there: only what was unused before may go.
  const kept = new Set([...namedBases(snapshot.texts), ...(await proposedBases(repository, head))]);
  const plan = await planEdits(wanted, snapshot, kept);
  return { head, plan, message: commitMessage(summarize(request.config, snapshot.texts, plan)) };
}

async function nothingToDo(publishing: Publishing, host: Host, head: string): Promise<Outcome> {
  const { branch } = publishing.gitops.repository;
  status(`${branch} has everything already`);
  await supersede(publishing, host, undefined, `${branch} is as configured without it.`);
  return { branch, commit: head, published: false };
}

/**
 * Has the content on the proposal's branch, in a way that merges.
 * @returns undefined when somebody else pushed there in between
 */
async function bringBranch(
  publishing: Publishing,
  name: string,
  head: string,
  plan: Plan,
  message: string,
): Promise<Pick<Outcome, "commit" | "published"> | undefined> {
  const { repository } = publishing;
  const tip = (await repository.branches("")).get(name);
  if (tip !== undefined && (await isReady(publishing, tip, head))) {
    status(`the same is proposed already: ${name}`);
    return { commit: tip, published: false };
  }
  const isNew = tip === undefined || (await repository.isAncestor(tip, head));
  if (!isNew) await requireOwnCommits(publishing, name, head, tip);
  // Never rewritten: what is on the branch stays in its history, and the branch that Flux reads is merged in.
  const parents = isNew ? [head] : [head, tip];
  const commit = await repository.commit(parents, plan.edits, message);
  status(`proposing ${plan.edits.size} files on ${name}`);
  const end = await repository.push(commit, name);
  return end.outcome === "pushed" ? { commit, published: true } : undefined;
}

/**
 * The next commit has the content of the branch that Flux reads and this cluster's: what a reviewer put on the proposal
 * would be gone from it, although the history says that it was merged.
 * @throws RunFailure with the commits of others
 */
async function requireOwnCommits(
  { repository, gitops }: Publishing,
  name: string,
  head: string,
  tip: string,
): Promise<void> {
  const commits = await repository.commitsOfOthers(head, tip);
  if (commits.length === 0) return;
  throw new RunFailure(
    [
      `Branch ${name} has commits of others, and is not what has to be proposed now: they changed generated files, or ` +
        `${gitops.repository.branch} has changed these since. Nothing was pushed:`,
      ...listed(commits),
    ].join("\n"),
    [
      `Merge the branch with them, or take them to a branch of your own (git cherry-pick) and delete this one: ` +
        `git push origin --delete ${name}. Then run pulumi up again.`,
      "What generated files are to say belongs into the stack's file (services.<name>.values), files of your own into customer-managed/.",
    ],
  );
}

/** Whether a branch has this content, and nothing in its place has changed since it left the branch that Flux reads. */
async function isReady({ repository, wanted }: Publishing, tip: string, head: string): Promise<boolean> {
  const there = await planEdits(wanted, await snapshotOf(repository, tip), new Set());
  if (hasOwnEdits(there, wanted.cluster)) return false;
  const origin = await repository.mergeBase(tip, head);
  if (origin === undefined) return false;
  const [then, now] = [await repository.files(origin), await repository.files(head)];
  const own = [...new Set([...then.keys(), ...now.keys()])].filter((path) => isOwn(path, wanted.cluster));
  return own.every((path) => then.get(path) === now.get(path));
}

/**
 * A failure fails the run: one that succeeded would not be made again before the content changes, and the proposal would
 * wait on its branch for somebody who was never asked.
 * @returns address of the pull request; undefined where none is to be opened
 * @throws RunFailure when the host refuses or does not answer; the next run finds the branch
 */
async function requestPull(
  { gitops }: Publishing,
  host: Host,
  name: string,
  message: string,
): Promise<string | undefined> {
  const into = gitops.repository.branch;
  const page = host.byHand(name, into);
  const byHand = page === undefined ? `merge branch ${name} into ${into}` : `open it by hand: ${page}`;
  if (host.forge === undefined) {
    status(`no pull request was opened (${reasonFor(host)}); ${byHand}`);
    return undefined;
  }
  const [title = "", ...body] = message.split("\n");
  try {
    const open = (await host.forge.open(name)).find(({ branch }) => branch === name);
    const request =
      open ?? (await host.forge.create({ branch: name, into, title, body: body.join("\n").trim() }));
    status(`pull request: ${request.url}`);
    return request.url;
  } catch (error) {
    throw new RunFailure(
      `Branch ${name} is pushed, but its pull request could not be opened: ${(error as Error).message}`,
      [
        "Mend what the host says, then run pulumi up again: it finds the branch, and opens the pull request.",
        `Or ${byHand}`,
        "Where opencenter:gitToken may not open pull requests: gitops.pullRequests.provider: none has them opened by hand.",
      ],
    );
  }
}

function reasonFor({ provider }: Host): string {
  return provider === undefined
    ? "gitops.pullRequests.provider does not say what the host is"
    : "opencenter:gitToken is not set";
}

/** Older proposals of this cluster would take it back to what is not wanted any more. */
async function supersede(
  { repository, request, gitops }: Publishing,
  { forge }: Host,
  current: string | undefined,
  reason: string,
): Promise<void> {
  const prefix = proposalPrefix(request.cluster);
  const branches = await repository.branches("");
  const head = branches.get(gitops.repository.branch) ?? "";
  for (const [name, tip] of branches) {
    if (!name.startsWith(prefix) || name === current || (await repository.isAncestor(tip, head))) continue;
    status(`an older proposal is superseded: ${name}`);
  }
  if (forge === undefined) return;
  const open = await forge.open(prefix).catch((): PullRequest[] => []);
  for (const older of open.filter(({ branch }) => branch !== current)) {
    try {
      await forge.close(older, reason);
      status(`closed ${older.url}: superseded`);
    } catch (error) {
      status(`warning: ${older.url} is superseded, but could not be closed: ${(error as Error).message}`);
    }
  }
}
