/** `npm run sandbox`: from nothing to a cluster's infrastructure, and what to do with it. */
import { join } from "node:path";
import { runUpdate, type Session } from "../session";
import { readOrganization } from "../stackFile";
import { kubernetesTable } from "./kubernetesTable";

interface NodeRow {
  readonly name: string;
  readonly role: string;
  readonly address: string;
  readonly flavor: string;
  readonly availabilityZone: string;
}

interface Outputs {
  readonly endpoint?: { readonly url: string; readonly address: string };
  readonly bastion?: { readonly address: string };
  readonly nodes?: readonly NodeRow[];
  readonly gitops?: { readonly branch: string; readonly commit: string };
  readonly lifecycle?: string;
}

/** @param where folder of the sandbox */
const next = (where: string) => `Next
  npm run sandbox -- drift      break the cloud behind Pulumi's back, find it, repair it
  npm run sandbox -- scale      add a pool, add a node, remove a middle node
  npm run sandbox -- upgrade    Kubernetes one minor version further
  npm run sandbox -- change     a service gets other values: proposed in Git, merged, applied by Flux
  npm run sandbox -- tour       all of it and Day 2 in one go, told as it happens; ends with nothing left
  npm run sandbox -- shell      a shell in which plain pulumi commands work (or: . ${where}/env)
  npm run sandbox -- destroy    take everything down again`;

function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => (row[column] ?? "").length)),
  );
  return rows
    .map(
      (row) =>
        `  ${row
          .map((cell, column) => cell.padEnd(widths[column] ?? 0))
          .join("  ")
          .trimEnd()}`,
    )
    .join("\n");
}

export async function up(session: Session): Promise<void> {
  await runUpdate(session, "pulumi up: building the cluster", ["up"]);
  await summarize(session);
}

/** What exists now, where things lie, what to try next. */
export async function summarize(session: Session): Promise<void> {
  const { pulumi, workspace, cloud, toolchain, kubernetes } = session;
  const outputs = (await pulumi.outputs()) as Outputs;
  const nodes = (outputs.nodes ?? []).map((node) => [
    node.name,
    node.role,
    node.address,
    node.flavor,
    node.availabilityZone,
  ]);
  const sources = new Map<string, string[]>();
  for (const { name, source } of toolchain.parts) sources.set(source, [...(sources.get(source) ?? []), name]);
  const where = workspace.show(workspace.directory);
  console.log(`
Cluster ${workspace.stack} (${outputs.lifecycle ?? "not built"})

  Kubernetes API  ${outputs.endpoint?.url ?? "-"}  (inside: ${outputs.endpoint?.address ?? "-"})
  Jump host       ${outputs.bastion?.address ?? "-"}

${table([["NODE", "ROLE", "ADDRESS", "FLAVOR", "ZONE"], ...nodes])}

${await kubernetesTable(session)}

${platform(session, outputs)}  Simulated cloud ${cloud}  (clouds.yaml: ${where}/clouds.yaml)
  Stack file      ${workspace.show(workspace.stackFile)}  (a copy of stacks/Pulumi.${workspace.stack}.yaml)
  State           ${where}/state
  Logs            ${where}/logs
  Tools           ${[...sources].map(([source, names]) => `${source}: ${names.join(", ")}`).join(" · ")}

Real      the Pulumi engine, the program, the OpenStack provider's code${kubernetes.real ? ", etcd, kube-apiserver, kubectl" : ""}${fluxIsReal(session) ? ", Flux" : ""}
Simulated OpenStack, the machines${kubernetes.real ? ", their kubelets (kwok)" : ""}
${
  kubernetes.real
    ? "Played    Kubespray's playbooks, by a double that does on the API what they would"
    : `Recorded  Kubespray's playbooks (${workspace.show(workspace.kubernetes)}/playbooks.jsonl), with a stand-in for the Kubernetes API:
          ${kubernetes.why}`
}${playedFlux(session)}

${next(where)}`);
}

/** Where the platform comes from. */
function platform({ delivery }: Session, { gitops }: Outputs): string {
  if (delivery === undefined || gitops === undefined) return "";
  return `  Git repository  ${delivery.repository}  (${gitops.branch} at ${gitops.commit.slice(0, 12)})
  Charts          ${delivery.charts}  (doubles: their values are in ConfigMaps)
`;
}

function fluxIsReal({ delivery, kubernetes }: Session): boolean {
  return delivery !== undefined && kubernetes.real && kubernetes.whyNoFlux === undefined;
}

/** Nothing of the repository is in the cluster then; it is there to be looked at. */
function playedFlux(session: Session): string {
  const { delivery, kubernetes, workspace } = session;
  if (delivery === undefined || fluxIsReal(session)) return "";
  const work = join("clusters", "gitops", readOrganization(workspace.stackFile));
  return `
          Flux, which applied nothing: ${kubernetes.whyNoFlux ?? kubernetes.why}
          The repository, with what Flux is installed from, is in ${work}/`;
}
