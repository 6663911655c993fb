/** Looking at one stack: its file before and after, and its preview. */
import { isAbsolute, join, relative } from "node:path";
import { validateStackFile } from "../../config/validate";
import { planCluster } from "../../plan";
import { byLine } from "../issues";
import { environmentOf, stackFileOf } from "../operation/target";
import { programRoot } from "../project";
import { capturePulumi } from "../pulumi";
import type { Affected } from "./affected";
import { textBefore } from "./change";
import { loweredFrom, stricterEnvironment } from "./environment";
import { readOutcome } from "./outcome";
import { topologyDifference } from "./topology";
import { replacementsOf, type StackReport } from "./verdict";

export interface Range {
  readonly base: string;
  readonly head: string;
}

/** Streams the events, policies among them, which the document of `--json` leaves out. */
export const STREAM = { PULUMI_ENABLE_STREAMING_JSON_PREVIEW: "true" };

/** @throws UserError where Git or Pulumi cannot be asked at all; what they answer is part of the report */
export async function lookAtStack(
  { stack, because }: Affected,
  project: string,
  { base, head }: Range,
): Promise<StackReport> {
  const file = stackFileOf(stack, project);
  const { config, issues } = validateStackFile(file.text);
  const about = { stack, because, issues: byLine(issues) };
  if (config === undefined) return { ...about, replacements: { refused: true, allow: [] } };
  const name = relative(project, file.path);
  // A file elsewhere, as PULUMI_OPTION_CONFIG_FILE may name one, has no past in this repository.
  const outside = name.startsWith("..") || isAbsolute(name);
  const before = outside ? undefined : await textBefore(project, base, head, name);
  const old = before === undefined ? undefined : validateStackFile(before).config;
  const args = ["preview", "--stack", stack, "--json", "--policy-pack", join(programRoot, "policy")];
  const { code, stdout } = await capturePulumi(args, project, { ...environmentOf(stack), ...STREAM });
  const { environment } = config;
  return {
    ...about,
    replacements: replacementsOf(file.text, stricterEnvironment(environment, before)),
    environment,
    loweredFrom: loweredFrom(environment, before),
    outcome: readOutcome(stdout),
    exitCode: code,
    topology: topologyDifference(old && planCluster(old), planCluster(config)),
  };
}
