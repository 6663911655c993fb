/** What a change would do to the objects that Flux applies. */
import { isEnabled } from "../../config/catalogue";
import type { ClusterConfig } from "../../config/resolve";
import {
  differencesAsText,
  type ObjectDifference,
  objectDifferences,
} from "../../gitops/compare/differences";
import { renderTree } from "../../gitops";
import { ExitCode, UserError } from "../errors";
import { generateTree } from "./generated";
import { type GivenCluster, repositoryFolder, requireGitops } from "./cluster";
import { editedStack } from "../stackEdit";
import { requireServices } from "./services";
import { readWorkTree } from "./workTree";

export interface DiffOptions {
  readonly service?: string;
  readonly version?: string;
  readonly baseTag?: string;
  readonly out?: string;
}

const CHART =
  "What a chart makes of its version and values, Helm decides in the cluster: see the chart's release notes.";

/** The configuration as it would be, or nothing where no change was asked for. */
function changedConfig(
  given: GivenCluster,
  { service, version, baseTag }: DiffOptions,
): ClusterConfig | undefined {
  if ((service === undefined) !== (version === undefined))
    throw new UserError(
      "--service and --version go together.",
      "For example: --service harbor --version 1.19.1",
    );
  if (baseTag !== undefined && typeof requireGitops(given).base !== "object")
    throw new UserError(
      `${given.config.name} has no external base: its defaults and versions come with this program.`,
      "Look at one service: --service NAME --version X",
    );
  const [name] = requireServices(service === undefined ? [] : [service]);
  if (name !== undefined && !isEnabled(given.config, name))
    throw new UserError(
      `${name} is off on ${given.config.name}.`,
      `Switch it on first: npx opencenter service enable ${given.config.name} ${name}`,
      ExitCode.failed,
    );
  const edits = [
    ...(name === undefined ? [] : [{ path: ["services", name, "version"], value: version }]),
    ...(baseTag === undefined ? [] : [{ path: ["gitops", "base", "tag"], value: baseTag }]),
  ];
  return edits.length === 0 ? undefined : editedStack(given.file, edits).config;
}

export interface ServiceDiff {
  /** By service, or by stage for what belongs to none; only those where something differs. */
  readonly differences: ReadonlyMap<string, readonly ObjectDifference[]>;
  /** What is not seen here; null where all is. */
  readonly note: string | null;
}

/** @throws UserError for a change that makes no sense */
export async function serviceDiff(
  given: GivenCluster,
  options: DiffOptions,
  cwd: string,
): Promise<ServiceDiff> {
  const { config } = given;
  const changed = changedConfig(given, options);
  if (changed !== undefined) {
    const differences = objectDifferences(renderTree(config), renderTree(changed), config.name);
    return { differences, note: differences.size === 0 ? null : CHART };
  }
  const present = readWorkTree(repositoryFolder(given, options.out, cwd));
  const { tree } = await generateTree(given, present);
  return { differences: objectDifferences(present, tree, config.name), note: null };
}

export function diffAsText({ differences, note }: ServiceDiff): string {
  const lines = [...differencesAsText(differences), ...(note === null ? [] : [note])];
  return lines.length === 0 ? "No difference." : lines.join("\n");
}

export function diffAsJson({ differences, note }: ServiceDiff): string {
  return JSON.stringify({ differences: Object.fromEntries(differences), note }, null, 2);
}
