/** `opencenter service`: the platform services of a cluster: which there are, switching them, what a change would do. */
import { Command } from "commander";
import { isEnabled } from "../../config/catalogue";
import { readCluster, requireGitops } from "../gitops/cluster";
import { type DiffOptions, diffAsJson, diffAsText, serviceDiff } from "../gitops/serviceDiff";
import { editedStack, writeStack } from "../stackEdit";
import { requireServices, serviceRows, servicesAsText, why } from "../gitops/services";

const CLUSTER = "name of a stack, or path of its file";
const AS_JSON = "print the result as JSON";

interface Json {
  readonly json: boolean;
}

export function serviceCommand(): Command {
  const service = new Command("service");
  service
    .command("list")
    .description("Show the catalogue: versions, what is on and why.")
    .argument("<cluster>", CLUSTER)
    .option("--json", AS_JSON, false)
    .action(list);
  for (const [verb, enabled] of [
    ["enable", true],
    ["disable", false],
  ] as const)
    service
      .command(verb)
      .description(`Switch services ${enabled ? "on" : "off"} in the stack's file; pulumi up does the rest.`)
      .argument("<cluster>", CLUSTER)
      .argument("<services...>", "names of services")
      .option("--json", AS_JSON, false)
      .action((cluster: string, names: string[], { json }: Json) =>
        switchServices(cluster, names, enabled, json),
      );
  service
    .command("diff")
    .description(
      "Show what differs in the objects that Flux applies: between the configuration and the repository's folder, " +
        "or between the configuration and a change of it.",
    )
    .argument("<cluster>", CLUSTER)
    .option("--service <name>", "a service to try another version of")
    .option("--version <version>", "that version of its chart")
    .option("--base-tag <tag>", "try another tag of the external base")
    .option("--out <folder>", "the organisation's repository (default: clusters/gitops/<organization>)")
    .option("--json", AS_JSON, false)
    .action(diff);
  return service;
}

function list(cluster: string, { json }: Json): void {
  const rows = serviceRows(readCluster(cluster, process.cwd()).config);
  process.stdout.write(`${json ? JSON.stringify(rows, null, 2) : servicesAsText(rows)}\n`);
}

function switchServices(cluster: string, names: readonly string[], enabled: boolean, json: boolean): void {
  const given = readCluster(cluster, process.cwd());
  requireGitops(given);
  const { config, file } = given;
  const services = [...new Set(requireServices(names))];
  const changed = services.filter((name) => isEnabled(config, name) !== enabled);
  const already = services.filter((name) => !changed.includes(name));
  // All of them or none: half of a change may be what the rules refuse.
  const edits = changed.map((name) => ({ path: ["services", name, "enabled"], value: enabled }));
  if (edits.length > 0) writeStack(file, editedStack(file, edits).text);
  const state = enabled ? "on" : "off";
  const lines = [
    ...already.map((name) => `${name} is ${state} already (${why(config, name)}).`),
    ...(changed.length === 0
      ? []
      : [
          `${file.shown}: ${changed.join(", ")} ${state}.`,
          `What it changes: npx opencenter service diff ${cluster}`,
        ]),
  ];
  const report = { file: file.shown, enabled, changed, already };
  process.stdout.write(`${json ? JSON.stringify(report, null, 2) : lines.join("\n")}\n`);
}

async function diff(cluster: string, options: DiffOptions & Json): Promise<void> {
  const cwd = process.cwd();
  const given = readCluster(cluster, cwd);
  requireGitops(given);
  const found = await serviceDiff(given, options, cwd);
  process.stdout.write(`${options.json ? diffAsJson(found) : diffAsText(found)}\n`);
}
