/** First version of a cluster: pushed to the branch that Flux reads, on top of whatever others pushed. */
import { commitMessage } from "../plan/delivery";
import { status } from "../runner/output";
import { summarize } from "./changes";
import { planEdits } from "./content";
import { pause } from "./git/program";
import { requireOwnFolder } from "./ownership";
import {
  ATTEMPTS,
  type Outcome,
  proposedBases,
  type Publishing,
  snapshotOf,
  tooBusy,
  warnOfForeign,
} from "./publishing";

export async function push(publishing: Publishing): Promise<Outcome> {
  const { repository, gitops, wanted, request } = publishing;
  const { branch } = gitops.repository;
  let said = "";
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    await repository.fetch(branch);
    const head = (await repository.branches("")).get(branch);
    const snapshot = head === undefined ? undefined : await snapshotOf(repository, head);
    if (snapshot !== undefined)
      requireOwnFolder(snapshot.texts, request.cluster, publishing.recipients, gitops);
    const plan = await planEdits(wanted, snapshot, await proposedBases(repository, head));
    warnOfForeign(plan);
    if (head !== undefined && plan.edits.size === 0) {
      status(`${branch} has everything already`);
      return { branch, commit: head, published: false };
    }
    const message = commitMessage(summarize(request.config, snapshot?.texts ?? new Map(), plan));
    const commit = await repository.commit(head === undefined ? [] : [head], plan.edits, message);
    status(`pushing ${plan.edits.size} files to ${branch}`);
    const end = await repository.push(commit, branch);
    if (end.outcome === "pushed") return { branch, commit, published: true };
    said = end.said;
    status(`${branch} has moved on; trying again on what it is now`);
    await pause(attempt);
  }
  throw tooBusy(branch, said);
}
