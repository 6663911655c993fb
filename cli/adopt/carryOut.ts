/** Imports, looks what would follow, and takes the import back where an object would be lost. */
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { parseDigest, type DigestStep } from "../drift/cloud/digest";
import { ExitCode, UserError } from "../errors";
import type { Operation } from "../operation";
import { importState } from "../operation/importState";
import type { Target } from "../operation/target";
import { destroys, effectsOn, type Effect } from "./changes";
import type { ImportFile, ImportFiles } from "./importFiles";
import { unconfirmed, withPortsOfServers } from "./portOfServer";
import { changeLines } from "./show";

export async function previewOf(target: Target): Promise<DigestStep[]> {
  return parseDigest(await target.pulumi(["preview", "--json"]), "pulumi preview");
}

/** Where the files of an import stay: they hold ids and no secrets, and plain Pulumi can be given them. */
const folder = (target: Target) => join(target.project, target.paths.state, "adopt");

function write(target: Target, name: string, content: string): string {
  const path = join(folder(target), name);
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  writeFileSync(path, content, { mode: 0o600 });
  return path;
}

async function importFile(target: Target, name: string, file: ImportFile): Promise<void> {
  if (file.resources.length === 0) return;
  const path = write(target, name, `${JSON.stringify(file, null, 2)}\n`);
  const quietly = ["--protect=false", "--generate-code=false", "--skip-preview", "--yes", "--json"];
  await target.pulumi(["import", "--file", path, ...quietly]);
}

/** Also after a run that was killed between the import and this: whether a port is missing is read from the state. */
async function completeServers(target: Target): Promise<boolean> {
  const exported = await target.pulumi(["stack", "export"]);
  const complete = withPortsOfServers(exported);
  if (complete === undefined) return false;
  await importState(target, complete, exported);
  return true;
}

/**
 * @param urns of everything that the map takes over, by this run or one before it
 * @param steps of the preview before
 * @returns what `pulumi up` would do to the objects
 * @throws UserError when it would replace or delete one; then the stack has none of them
 */
export async function carryOut(
  { target, step }: Operation,
  files: ImportFiles,
  urns: readonly string[],
  steps: readonly DigestStep[],
): Promise<Effect[]> {
  const imports = files.urns.length > 0;
  if (imports)
    await step(`Importing into stack ${target.stack}`, async () => {
      await importFile(target, "components.json", files.components);
      await importFile(target, "objects.json", files.objects);
    });
  const completed = await step("Completing servers with their ports", () => completeServers(target));
  const after =
    imports || completed ? await step("Looking at what would follow", () => previewOf(target)) : steps;
  const effects = effectsOn(new Set(urns), after);
  const lost = effects.filter(destroys);
  if (lost.length === 0) return effects;
  const back = await step("Taking the import back", () => takeBack(target, files, urns));
  throw refusal(lost, back);
}

/** Out of the state only: the objects in the cloud stay. Children first, all in one go. */
async function takeBack(target: Target, files: ImportFiles, urns: readonly string[]): Promise<string[]> {
  const mine = new Set([...files.urns, ...urns]);
  const back = unconfirmed(await target.pulumi(["stack", "export"]), mine);
  // The state has parents before their children, and so must not lose them first.
  if (back.length > 0) await target.pulumi(["state", "delete", "--yes", ...back.reverse()]);
  return back;
}

function refusal(lost: readonly Effect[], back: readonly string[]): UserError {
  const lines = lost.flatMap(({ name, op, changes }) => [`  ${name}: ${op}`, ...changeLines(changes)]);
  const left =
    back.length > 0
      ? "The import was taken back: stack and cloud are as they were."
      : "They were in the stack before this run, which left them there.";
  return new UserError(
    `pulumi up would not leave these objects as they are. ${left}\n${lines.join("\n")}`,
    "Change the configuration to what is there, or take them out of the map.",
    ExitCode.failed,
  );
}
