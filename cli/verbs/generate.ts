/** `opencenter generate`: the cluster's part of the organisation's repository, from its configuration alone. */
import { Command } from "commander";
import { ExitCode } from "../errors";
import { readCluster, repositoryFolder, requireGitops } from "../gitops/cluster";
import { generateTree } from "../gitops/generated";
import { sealedProblems } from "../gitops/sealedState";
import { editsOf } from "../gitops/upToDate";
import { readWorkTree, writeWorkTree } from "../gitops/workTree";
import type { Files } from "../../gitops/types";

interface Options {
  readonly out?: string;
  readonly check?: boolean;
  readonly json: boolean;
}

/** What a run found; with `--json` exactly this is printed. */
interface Report {
  /** The organisation's repository on this machine. */
  readonly folder: string;
  /** Whether there was nothing to write and, with `--check`, nothing wrong with encrypted files. */
  readonly upToDate: boolean;
  readonly files: readonly { readonly path: string; readonly change: keyof typeof SIGNS }[];
  /** Of encrypted files; looked for with `--check` only. */
  readonly problems: readonly string[];
  /** Why a file is left out; null where none is. */
  readonly missing: string | null;
}

const SIGNS = { added: "+", changed: "~", removed: "-" } as const;

export function generateCommand(): Command {
  return new Command("generate")
    .argument("<cluster>", "name of a stack, or path of its file")
    .option("--out <folder>", "the organisation's repository (default: clusters/gitops/<organization>)")
    .option("--check", "compare with the folder and change nothing")
    .option("--json", "print the result as JSON", false)
    .action(generate);
}

async function generate(stack: string, { out, check = false, json }: Options): Promise<void> {
  const cwd = process.cwd();
  const given = readCluster(stack, cwd);
  requireGitops(given);
  const folder = repositoryFolder(given, out, cwd);
  const present = readWorkTree(folder);
  const { tree, missing = null } = await generateTree(given, present);
  const edits = editsOf(given.config, tree, present);
  const problems = check ? sealedProblems(given.config, present) : [];
  if (!check) writeWorkTree(folder, edits);
  const files = [...edits].map(([path, text]) => ({ path, change: changeOf(path, text, present) }));
  const upToDate = files.length + problems.length === 0;
  const report: Report = { folder: folder.shown, upToDate, files, problems, missing };
  if (missing !== null && !json) process.stderr.write(`${missing}\n`);
  const again = `npx opencenter generate ${stack}${out === undefined ? "" : ` --out ${out}`}`;
  const text = check ? checked(report, again) : written(report, tree.size);
  process.stdout.write(`${json ? JSON.stringify(report, null, 2) : text.join("\n")}\n`);
  if (check && !upToDate) process.exitCode = ExitCode.failed;
}

function changeOf(path: string, text: string | undefined, present: Files): keyof typeof SIGNS {
  if (text === undefined) return "removed";
  return present.has(path) ? "changed" : "added";
}

const listed = ({ files }: Report) => files.map(({ path, change }) => `${SIGNS[change]} ${path}`);

/** @param again the command that writes */
function checked(report: Report, again: string): readonly string[] {
  const { folder, upToDate, files, problems } = report;
  if (upToDate) return [`${folder} is up to date.`];
  const counts = [
    ...(files.length > 0 ? [`${files.length} file(s) differ`] : []),
    ...(problems.length > 0 ? [`${problems.length} problem(s) of encrypted files`] : []),
  ];
  return [
    ...listed(report),
    ...problems,
    ...(files.length > 0 ? [`Write them: ${again}`] : []),
    `${folder} is not up to date: ${counts.join(", ")}.`,
  ];
}

function written(report: Report, generated: number): readonly string[] {
  const { folder, files } = report;
  if (files.length === 0) return [`${folder}: all ${generated} files are as they should be.`];
  const count = (...changes: string[]) => files.filter(({ change }) => changes.includes(change)).length;
  const sum = `${count("added", "changed")} written, ${count("removed")} removed, of ${generated} generated.`;
  return [...listed(report), `${folder}: ${sum}`];
}
