/** A plan for reading: network, endpoint, machines, who may reach what. */
import type { ClusterPlan, MachinePlan, NodeGroupPlan, SecurityRulePlan } from "../../plan";
import type { Paint } from "../style";
import { table } from "../table";

export function topologyText(plan: ClusterPlan, paint: Paint): string {
  const title = (text: string) => paint("bold", text);
  const sections = [
    `${title(`Cluster ${plan.name}`)} of ${plan.organization}${plan.protection.stateful ? " (production: protected against deletion)" : ""}`,
    `${title("Network")}\n${networkText(plan)}`,
    `${title("API endpoint")}\n${endpointText(plan)}`,
    `${title("Machines")}\n${machinesText(plan)}`,
    `${title("Server groups")}\n${serverGroupsText(plan)}`,
    `${title("Security groups")} (ingress; everything else is refused)\n${securityText(plan)}`,
  ];
  return `${sections.join("\n\n")}\n`;
}

function facts(rows: readonly (readonly [string, string | undefined])[]): string {
  return table(
    rows.filter((row): row is [string, string] => row[1] !== undefined && row[1] !== ""),
    "  ",
  );
}

function networkText({ network }: ClusterPlan): string {
  const { existing, allocationPool: pool } = network;
  return facts([
    ["subnet", network.cidr],
    ["joins", existing && `network ${existing.networkId}, subnet ${existing.subnetId}`],
    ["router", existing ? (existing.routerId ?? "none") : `${network.name}, gateway ${network.gateway}`],
    ["addresses", pool && `${pool.start} to ${pool.end}`],
    ["resolvers", network.dnsServers.join(", ") || "those of the cloud"],
    ["MTU", network.mtu === undefined ? undefined : `${network.mtu} bytes`],
    [
      "routes",
      network.hostRoutes.map(({ destination, nextHop }) => `${destination} via ${nextHop}`).join(", "),
    ],
  ]);
}

function endpointText({ apiEndpoint, dns, backupContainer }: ClusterPlan): string {
  const { type, vip, port, floatingIp, hostname, loadBalancer } = apiEndpoint;
  return facts([
    ["type", loadBalancer === undefined ? type : `${type}, provider ${loadBalancer.provider}`],
    [
      "address",
      `${vip ?? (type === "single" ? "that of the control-plane machine" : "chosen by Neutron")}, port ${port}`,
    ],
    ["floating IP", floatingIp ? "yes" : "no"],
    ["host name", hostname],
    ["DNS", dns && `zone ${dns.zone}${dns.manageZone ? " (made by the program)" : ""}`],
    ["allowed", loadBalancer?.allowedCidrs?.join(", ")],
    ["members", loadBalancer && `${loadBalancer.members.join(", ")} (port ${loadBalancer.memberPort})`],
    ["backups", backupContainer && `container ${backupContainer.name}`],
  ]);
}

function machinesText(plan: ClusterPlan): string {
  const machines = [
    ...(plan.bastion === undefined ? [] : [plan.bastion]),
    ...[plan.controlPlane, ...plan.pools].flatMap((group) => group.machines),
  ];
  const header = ["NAME", "ROLE", "ZONE", "FLAVOR", "IMAGE", "DISKS", "TAINTS"];
  return table([header, ...machines.map(machineRow)], "  ");
}

function machineRow(machine: MachinePlan): string[] {
  const { name, role, availabilityZone, flavor, image, rootVolume, volumes, taints } = machine;
  const disks = [
    rootVolume === undefined ? "flavor's" : `root ${rootVolume.sizeGiB} GiB`,
    ...volumes.map(
      (volume) => `${volume.key} ${volume.sizeGiB} GiB${volume.persistent ? "" : " (goes with the machine)"}`,
    ),
  ];
  const marks = taints.map(({ key, value, effect }) => `${key}${value === "" ? "" : `=${value}`}:${effect}`);
  return [name, role, availabilityZone ?? "any", flavor, image, disks.join(", "), marks.join(", ") || "-"];
}

function serverGroupsText({ controlPlane, pools }: ClusterPlan): string {
  const row = ({ name, serverGroup, machines }: NodeGroupPlan) => [
    name,
    serverGroup?.policy ?? "none",
    `${machines.length} machine${machines.length === 1 ? "" : "s"}`,
  ];
  return table([controlPlane, ...pools].map(row), "  ");
}

/** `tcp 2379-2380`, `udp 4789`, `every protocol`. */
export function service({ protocol, ports }: SecurityRulePlan): string {
  if (protocol === undefined) return "every protocol";
  if (ports === undefined) return protocol;
  return `${protocol} ${ports.from === ports.to ? ports.from : `${ports.from}-${ports.to}`}`;
}

function securityText({ securityGroups }: ClusterPlan): string {
  const rows = securityGroups.flatMap(({ key, rules }) =>
    combined(rules).map(({ rule, peers }, index) => [
      index === 0 ? key : "",
      service(rule),
      `from ${peers.join(", ")}`,
      rule.description,
    ]),
  );
  return table(rows, "  ");
}

/** Rules that differ in their peer only, on one line. */
export function combined(rules: readonly SecurityRulePlan[]): { rule: SecurityRulePlan; peers: string[] }[] {
  const lines = new Map<string, { rule: SecurityRulePlan; peers: string[] }>();
  for (const rule of rules.filter(({ direction }) => direction === "ingress")) {
    const key = `${service(rule)} ${rule.description}`;
    const line = lines.get(key) ?? { rule, peers: [] };
    line.peers.push("cidr" in rule.peer ? rule.peer.cidr : rule.peer.group);
    lines.set(key, line);
  }
  return [...lines.values()];
}
