/** A plan as a mermaid flowchart, which Git hosts and many wikis draw. */
import type { ClusterPlan, MachinePlan, NodeGroupPlan } from "../../plan";
import { combined, service } from "./text";

/** Mermaid's node ids are words; names hold dashes, which it reads as arrows in some places. */
function id(name: string): string {
  return name.replace(/[^a-zA-Z0-9]/g, "_");
}

/** Quotes end a label. */
function label(...lines: string[]): string {
  return `"${lines.join("<br/>").replaceAll('"', "#quot;")}"`;
}

export function topologyMermaid(plan: ClusterPlan): string {
  const groups = [plan.controlPlane, ...plan.pools];
  return [
    "flowchart TB",
    ...outside(plan),
    `  subgraph network[${label(`${plan.network.name} · ${plan.network.cidr}`)}]`,
    ...(plan.bastion === undefined ? [] : [`    ${machine(plan.bastion)}`]),
    ...endpoint(plan),
    ...groups.filter(({ machines }) => machines.length > 0).flatMap(subgraph),
    "  end",
    ...edges(plan),
    "",
  ].join("\n");
}

function outside(plan: ClusterPlan): string[] {
  const clients = accessOf(plan).map(({ from, key }) => `  ${key}([${label(...from)}])`);
  const names = (plan.dns?.records ?? []).map((record) => `  dns([${label("DNS", record.name)}])`);
  return [...clients, ...names];
}

function machine({ name, flavor, availabilityZone, volumes }: MachinePlan): string {
  const zone = availabilityZone === undefined ? [] : [availabilityZone];
  const disks = volumes.map(({ key, sizeGiB }) => `${key} ${sizeGiB} GiB`);
  return `${id(name)}[${label(name, [flavor, ...zone].join(" · "), ...disks)}]`;
}

function endpoint({ apiEndpoint }: ClusterPlan): string[] {
  const { type, name, vip, port } = apiEndpoint;
  // The one machine is the endpoint.
  if (type === "single") return [];
  return [`    ${id(name)}{{${label(name, `${type} · ${vip ?? "address by Neutron"}:${port}`)}}}`];
}

function subgraph({ name, pool, machines }: NodeGroupPlan): string[] {
  const lines = machines.map((one) => `      ${machine(one)}`);
  return [`    subgraph ${id(`${name}-group`)}[${label(pool)}]`, ...lines, "    end"];
}

/** Who is let in from outside: SSH to the bastion (or the nodes), and clients of the API. */
function accessOf(plan: ClusterPlan) {
  const cidrs = (key: string, what: string) => {
    const group = plan.securityGroups.find((candidate) => candidate.key === key);
    const rules = combined(group?.rules ?? []).filter(({ rule }) => service(rule) === what);
    return rules.flatMap(({ peers }) => peers.filter((peer) => peer.includes("/")));
  };
  const clients = plan.apiEndpoint.loadBalancer?.allowedCidrs ?? cidrs("control-plane", "tcp 6443");
  const outsiders = clients.filter((cidr) => cidr !== plan.network.cidr);
  const ssh = cidrs(plan.bastion === undefined ? "control-plane" : "bastion", "tcp 22");
  return [
    { key: "ssh_clients", from: ["SSH from", ...ssh] },
    { key: "api_clients", from: ["API clients", ...outsiders] },
  ];
}

function edges(plan: ClusterPlan): string[] {
  const { apiEndpoint, bastion, controlPlane, pools, dns } = plan;
  const first = controlPlane.machines[0];
  const target = apiEndpoint.type === "single" && first !== undefined ? first.name : apiEndpoint.name;
  const members = apiEndpoint.type === "single" ? [] : controlPlane.machines;
  const group = (one: NodeGroupPlan) => id(`${one.name}-group`);
  const sshTargets = [controlPlane, ...pools].filter(({ machines }) => machines.length > 0).map(group);
  return [
    `  api_clients -->|${apiEndpoint.port}| ${id(target)}`,
    ...members.map(
      ({ name }) =>
        `  ${id(apiEndpoint.name)} -->|${apiEndpoint.loadBalancer?.memberPort ?? apiEndpoint.port}| ${id(name)}`,
    ),
    ...(bastion === undefined
      ? sshTargets.map((to) => `  ssh_clients -->|22| ${to}`)
      : [
          `  ssh_clients -->|22| ${id(bastion.name)}`,
          ...sshTargets.map((to) => `  ${id(bastion.name)} -->|22| ${to}`),
        ]),
    ...(dns === undefined ? [] : [`  dns -.-> ${id(target)}`]),
  ];
}
