/** Drift that is meant: taken into the configuration, or put off until a day. */
import { parseDigest, isChange } from "../drift/cloud/digest";
import { lookForDrift } from "../drift/layers";
import { findingsOf, type Finding } from "../drift/report";
import { ExitCode, UserError } from "../errors";
import { editedStack, writeStack } from "../stackEdit";
import type { Operation, Outcome } from "../operation";
import { adoption } from "./adopt";

/** @throws UserError where the configuration has no key for it, or the edit does not make the difference go away */
export async function adopt(operation: Operation, urn: string): Promise<Outcome> {
  const { target, options } = operation;
  const report = await operation.step("Looking at the cloud", () =>
    lookForDrift(target, { layers: ["cloud"] }),
  );
  const finding = findingsOf(report).find((one) => one.urn === urn && one.code === "changed");
  if (finding === undefined)
    throw new UserError(`nothing of ${urn} differs that could be adopted.`, undefined, ExitCode.failed);
  const edits = adoption(target.config, finding, (path) => wholeValue(finding, path));
  const { text } = editedStack(target.file, edits);
  const shown = edits.map(({ path, value }) => `${path.join(".")}: ${JSON.stringify(value)}`);
  const json = { adopted: { urn, edits } };
  if (options.dryRun)
    return {
      text: `Would set in ${target.file.shown}:\n  ${shown.join("\n  ")}`,
      json,
      summary: "nothing done",
    };
  await operation.confirm(`Set in ${target.file.shown}: ${shown.join(", ")}?`);
  writeStack(target.file, text);
  try {
    await operation.step("Seeing that nothing would change any more", () => unchanged(operation, urn));
  } catch (error) {
    writeStack({ ...target.file, text }, target.file.text);
    throw error;
  }
  return {
    text: `${target.file.shown} says now what is there:\n  ${shown.join("\n  ")}\nTake it into the state: pulumi up --refresh --stack ${target.stack}`,
    json,
    summary: `adopted ${finding.subject}: ${shown.join(", ")}`,
  };
}

/** Of a list whose members differ, all of it: `dnsNameservers[1]` alone says too little. */
function wholeValue({ differences = [] }: Finding, path: string): string | undefined {
  return differences.find((one) => one.path === path)?.actual;
}

async function unchanged({ target }: Operation, urn: string): Promise<void> {
  const command = ["preview", "--refresh", "--json", "--target", urn];
  const steps = parseDigest(await target.reopened().pulumi(command), "pulumi preview");
  if (!steps.some((step) => step.urn === urn && isChange(step))) return;
  throw new UserError(
    "with that edit it would still be changed; the file is as it was.",
    "Change the configuration by hand.",
    ExitCode.failed,
  );
}

export interface Ignoring {
  readonly subject: string;
  readonly property?: string;
  readonly reason?: string;
  readonly until?: string;
}

/** Writes an entry of `drift.ignore`; the schema checks reason and date. */
export async function ignore(
  operation: Operation,
  { subject, property, reason, until }: Ignoring,
): Promise<Outcome> {
  const { target, options } = operation;
  if (reason === undefined || until === undefined)
    throw new UserError(
      "--ignore needs --reason and --until.",
      'For example --reason "waits for the move" --until 2027-03-31.',
    );
  const entry = { subject, ...(property === undefined ? {} : { property }), reason, until };
  const same = (one: { subject: string; property?: string }) =>
    one.subject === subject && one.property === property;
  const kept = target.config.drift.ignore.filter((one) => !same(one));
  const { text } = editedStack(target.file, [{ path: ["drift", "ignore"], value: [...kept, entry] }]);
  const said = `${subject}${property === undefined ? "" : ` (${property})`} is ignored until ${until}`;
  if (!options.dryRun) {
    await operation.confirm(`Write to ${target.file.shown}: ${said}?`);
    writeStack(target.file, text);
  }
  return { text: `${said}; ${target.file.shown} says why.`, json: { ignored: entry }, summary: said };
}
