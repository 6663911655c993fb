/** What keeps running when a host, a zone or a machine is gone. */
import { isGiven, list, number, ofType, pools, roleOf, text, TYPE, type Resource } from "../graph";
import { byEnvironment, FROM_STAGING, integer, IN_PRODUCTION, rule, type Level } from "../rule";

function controlPlane(resources: readonly Resource[]): Resource[] {
  return ofType(resources, TYPE.instance).filter((instance) => roleOf(instance) === "control-plane");
}

/** Without one there is no cluster in this stack, and nothing to say. */
function workerPools(resources: readonly Resource[]): [string, Resource[]][] {
  return [...pools(resources)].filter(([, machines]) => machines.every((one) => roleOf(one) === "worker"));
}

function zonesOf(machines: readonly Resource[]): Map<string, number> {
  const zones = new Map<string, number>();
  for (const machine of machines) {
    const zone = text(machine, "availabilityZone");
    if (zone !== undefined) zones.set(zone, (zones.get(zone) ?? 0) + 1);
  }
  return zones;
}

export const availability = [
  rule({
    name: "etcd-odd",
    family: "availability",
    summary: "etcd has an odd number of members, and enough of them.",
    fix: "Set controlPlane.count to 3 or 5.",
    severity: "high",
    levels: FROM_STAGING,
    options: {
      minimum: integer("Fewest control-plane machines.", byEnvironment(1, 1, 3), 1),
    },
    stack(resources, { options: { minimum } }) {
      const count = controlPlane(resources).length;
      if (count === 0) return [];
      return [
        ...(count % 2 === 0
          ? [`There are ${count} members of etcd: that survives no more failures than ${count - 1} do.`]
          : []),
        ...(count < minimum
          ? [`There are ${count} control-plane machines, and at least ${minimum} are wanted.`]
          : []),
      ];
    },
  }),
  rule({
    name: "server-groups",
    family: "availability",
    summary: "Machines of one kind are in a server group, and members of etcd never share a host.",
    fix: "Leave serverGroupPolicy to its default, or set controlPlane.serverGroupPolicy: anti-affinity.",
    severity: "high",
    levels: FROM_STAGING,
    options: {},
    stack(resources) {
      const findings = [...pools(resources).values()]
        .filter((machines) => machines.length > 1)
        .flatMap((machines) => machines.filter((machine) => !isGiven(machine, "schedulerHints")))
        .map(({ urn }) => ({
          message: "is in no server group: Nova may put all of its kind on one host.",
          urn,
        }));
      const ofEtcd = controlPlane(resources).flatMap(({ uses }) => uses["schedulerHints"] ?? []);
      const members = controlPlane(resources).length;
      const soft = [...new Set(ofEtcd)].filter((group) => !list(group, "policies").includes("anti-affinity"));
      return [
        ...findings,
        ...(members < 2 ? [] : soft).map((group) => ({
          message: `holds members of etcd with policy ${list(group, "policies").join(", ")}: two may share a host.`,
          urn: group.urn,
        })),
      ];
    },
  }),
  rule({
    name: "zones-even",
    family: "availability",
    summary: "Machines of one kind are spread over the availability zones.",
    fix: "List the zones in openstack.availabilityZones, and do not give a pool fewer of them.",
    severity: "medium",
    levels: FROM_STAGING,
    options: {
      minimumZones: integer(
        "Fewest zones for a kind of machines that has as many members.",
        byEnvironment(1, 1, 1),
        1,
      ),
    },
    stack(resources, { options: { minimumZones } }) {
      const all = zonesOf(ofType(resources, TYPE.instance).filter((one) => roleOf(one) !== "bastion"));
      const wanted = Math.max(minimumZones, all.size > 1 ? 2 : 1);
      return [...pools(resources)].flatMap(([pool, machines]) => {
        const zones = zonesOf(machines);
        const enough = Math.min(wanted, machines.length);
        if (zones.size >= enough || (zones.size === 0 && minimumZones <= 1)) return [];
        return [
          `The ${machines.length} machines of ${pool} are in ${zones.size} zone(s), and at least ${enough} are wanted.`,
        ];
      });
    },
  }),
  rule({
    name: "pool-minimum",
    family: "availability",
    summary: "No pool is so small that one machine is all of it.",
    fix: "Raise pools.<pool>.count, or set this rule's minimum.",
    severity: "medium",
    levels: FROM_STAGING,
    options: { minimum: integer("Fewest machines of a pool.", byEnvironment(1, 1, 2)) },
    stack: (resources, { options: { minimum } }) =>
      workerPools(resources)
        .filter(([, machines]) => machines.length < minimum)
        .map(
          ([pool, machines]) =>
            `Pool ${pool} has ${machines.length} machine(s), and at least ${minimum} are wanted.`,
        ),
  }),
  rule({
    name: "room-for-disruption",
    family: "availability",
    summary: "There are so many workers that one can be drained while PodDisruptionBudgets hold.",
    fix: "Raise pools.<pool>.count: with three workers a budget of minAvailable: 2 lets a drain go on.",
    severity: "medium",
    levels: IN_PRODUCTION,
    options: { workers: integer("Fewest workers of a cluster.", byEnvironment(1, 2, 3)) },
    stack(resources, { options: { workers } }) {
      if (controlPlane(resources).length === 0) return [];
      const count = workerPools(resources).reduce((sum, [, machines]) => sum + machines.length, 0);
      if (count >= workers) return [];
      return [`There are ${count} workers, and at least ${workers} are wanted: a drain would wait for ever.`];
    },
  }),
  rule({
    name: "api-redundant",
    family: "availability",
    summary: "The address of the Kubernetes API does not die with one machine.",
    fix: "Set apiEndpoint.type to octavia or kube-vip.",
    severity: "high",
    levels: byEnvironment<Level>("disabled", "advisory", "mandatory"),
    options: {},
    stack(resources) {
      const machines = controlPlane(resources).length;
      if (machines === 0) return [];
      const balanced = ofType(resources, TYPE.loadBalancer).length > 0;
      const reserved = ofType(resources, TYPE.port).some((port) => port.name.endsWith("-api-vip"));
      return balanced || reserved ? [] : ["The API's address is that of one control-plane machine."];
    },
  }),
  rule({
    name: "network-room",
    family: "availability",
    summary: "The subnet has room to replace machines and to add load balancers.",
    fix: "Choose a larger network.cidr before the first `pulumi up`; afterwards it cannot change.",
    severity: "medium",
    levels: byEnvironment<Level>("advisory", "advisory", "mandatory"),
    options: { prefix: integer("Longest prefix of the nodes' IPv4 subnet.", byEnvironment(28, 26, 24)) },
    resource(resource, { options: { prefix } }) {
      const cidr = resource.type === TYPE.subnet ? text(resource, "cidr") : undefined;
      const length = Number(cidr?.split("/")[1]);
      if (cidr === undefined || number(resource, "ipVersion") === 6 || !(length > prefix)) return [];
      return [`is ${cidr}, and /${prefix} or larger is wanted.`];
    },
  }),
];
