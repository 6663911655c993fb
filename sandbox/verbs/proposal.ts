/** What a person does at the Git host: look at a proposal, and merge it. */
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { repositoriesFolder } from "../flux/sources/layout";
import type { Session } from "../session";
import { readOrganization } from "../stackFile";

/** A command on the organisation's repository. */
export async function git({ workspace }: Session, ...args: string[]): Promise<string> {
  const repository = join(repositoriesFolder(workspace.git), `${readOrganization(workspace.stackFile)}.git`);
  const { stdout } = await promisify(execFile)("git", ["--git-dir", repository, ...args]);
  return stdout.trim();
}

/** Merges the branch that the last `up` published. */
export async function mergeProposal(session: Session): Promise<void> {
  const { gitops } = (await session.pulumi.outputs()) as { readonly gitops?: { readonly branch: string } };
  if (gitops === undefined) throw new Error("nothing was published");
  const { branch } = gitops;
  console.log(`\n$ git log -1 --stat ${branch}\n${await git(session, "log", "-1", "--stat", branch)}`);
  await session.progress.step(`Merging ${branch} into main, as a person would`, async () => {
    await git(session, "merge-base", "--is-ancestor", "main", branch);
    await git(session, "update-ref", "refs/heads/main", branch);
  });
}
