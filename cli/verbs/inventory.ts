/** `opencenter inventory`: what Ansible would be given, for Kubespray's own checks or a look. */
import { join, relative, resolve } from "node:path";
import { Command } from "commander";
import { validateStackFile } from "../../config/validate";
import { writePrivate } from "../../runner/files";
import { inventoryFiles, knownHosts, sshConfig } from "../../plan/kubernetes/inventory";
import { parseRecord } from "../../plan/kubernetes/record";
import { withRecordedMembers } from "../../plan/kubernetes/etcdMembers";
import { planRequest } from "../../plan/kubernetes/request";
import { statePaths } from "../../plan/names";
import { ExitCode, UserError } from "../errors";
import { issuesAsText } from "../issues";
import { factsFrom, type KnownFacts } from "../inventory/facts";
import { findProject, readStackFile } from "../project";
import { stackOutputs } from "../pulumi";
import { hasColours, painter } from "../style";

interface InventoryOptions {
  readonly out: string;
}

export function inventoryCommand(): Command {
  return new Command("inventory")
    .argument("<cluster>", "name of a stack, or path of its file")
    .requiredOption(
      "--out <folder>",
      "folder to write hosts.yaml, group_vars/, ssh_config and known_hosts to",
    )
    .action(inventory);
}

async function inventory(given: string, { out }: InventoryOptions): Promise<void> {
  const cwd = process.cwd();
  const file = readStackFile(given, cwd);
  const { config, issues } = validateStackFile(file.text);
  if (config === undefined) {
    const report = issuesAsText(issues, file.shown, file.text, painter(hasColours(process.stderr)));
    process.stderr.write(`${report}\n`);
    process.exitCode = ExitCode.failed;
    return;
  }
  const project = findProject(cwd);
  const { outputs, why } = await readOutputs(file.stack, project);
  const known = factsFrom(config, outputs);
  const record = parseRecord(outputs.kubernetes);
  const planned = planRequest(config, known.facts);
  const request = { ...planned, nodes: withRecordedMembers(planned.nodes, record) };
  const folder = resolve(cwd, out);
  const files = {
    ...inventoryFiles(request),
    ssh_config: sshConfig({
      request,
      directory: folder,
      privateKey: join(project, statePaths(config).sshPrivateKey),
    }),
    known_hosts: knownHosts(request.facts.bastion, record?.hostKeys ?? []),
  };
  for (const [path, text] of Object.entries(files)) writePrivate(join(folder, path), text);
  process.stdout.write(`${summary(relative(cwd, folder) || folder, Object.keys(files), known, why)}\n`);
}

interface Outputs {
  readonly outputs: Readonly<Record<string, unknown>>;
  /** Why there are none. */
  readonly why?: string;
}

/** Outputs of the stack; without a stack, Pulumi or a login there are none, and the reason is told. */
async function readOutputs(stack: string | undefined, project: string): Promise<Outputs> {
  if (stack === undefined) return { outputs: {}, why: "the file's name does not say which stack it is" };
  try {
    return { outputs: await stackOutputs(stack, project, { secrets: false }) };
  } catch (error) {
    if (error instanceof UserError) return { outputs: {}, why: error.message };
    throw error;
  }
}

function summary(folder: string, files: readonly string[], known: KnownFacts, why?: string): string {
  const { invented } = known;
  const source =
    known.source === "outputs"
      ? "addresses: those of the stack's outputs"
      : `addresses: PLACEHOLDERS; ${why ?? "the stack has no machines yet"}`;
  return [
    ...files.map((path) => `${folder}/${path}`),
    source,
    ...(known.source === "outputs" && invented.length > 0
      ? [`placeholders, for they are not there yet: ${invented.join(", ")}`]
      : []),
    "Ansible also needs OPENCENTER_KUBEADM_CERTIFICATE_KEY, OPENCENTER_ENCRYPTION_TOKEN and the cloud's OS_* variables.",
  ].join("\n");
}
