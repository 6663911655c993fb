/** How many nodes there are, and where they stand. */
import { at, graver, groupsOf, when, workerCount, type Problem, type Rule } from "./rule";

/** More etcd members than this make every write slower and nothing safer. */
const MOST_CONTROL_PLANE = 7;

const countOrNodes: Rule = {
  // count is short for nodes; with both, one of them would be a dead key.
  code: "count-or-nodes",
  check: (_, written) => {
    const groups = [
      { group: written.controlPlane, path: at("controlPlane") },
      ...Object.entries(written.pools ?? {}).map(([name, group]) => ({ group, path: at("pools", name) })),
    ];
    return groups.flatMap(({ group, path }): readonly Problem[] => {
      const { count, nodes } = group ?? {};
      const because = [
        [...path, "nodes"],
        [...path, "count"],
      ];
      if (count !== undefined && nodes !== undefined) {
        const message = "both count and nodes say how many nodes there are";
        return [
          {
            path: [...path, "nodes"],
            message,
            hint: "Keep one: nodes names them, count numbers from 1.",
            because,
          },
        ];
      }
      return when(count === undefined && nodes === undefined, {
        path: [...path, "count"],
        message: "is missing; neither count nor nodes says how many nodes there are",
        hint: "Add count: 3, or nodes: [1, 2, 3].",
        because,
      });
    });
  },
};

/** Where the number of control-plane nodes was written. */
const SIZE = at("controlPlane");
const sizeBecause = [at("controlPlane", "count"), at("controlPlane", "nodes")];

function sizePath(written: { controlPlane?: { nodes?: unknown; count?: unknown } }) {
  return written.controlPlane?.nodes === undefined ? [...SIZE, "count"] : [...SIZE, "nodes"];
}

const isSized = (written: { controlPlane?: { nodes?: unknown; count?: unknown } }): boolean =>
  written.controlPlane?.nodes !== undefined || written.controlPlane?.count !== undefined;

const controlPlaneEmpty: Rule = {
  // Kubespray's inventory check: there is nothing to install.
  code: "control-plane-empty",
  check: ({ controlPlane }, written) =>
    when(isSized(written) && controlPlane.nodes.length === 0, {
      path: sizePath(written),
      message: "the control plane has no node",
      hint: "Write 3, or 1 for a cluster that may be lost.",
      because: sizeBecause,
    }),
};

const controlPlaneEven: Rule = {
  // Kubespray refuses it, openCenter did not: an even etcd survives no more than the odd one below.
  code: "control-plane-even",
  check: ({ controlPlane }, written) => {
    const size = controlPlane.nodes.length;
    return when(size > 0 && size % 2 === 0, {
      path: sizePath(written),
      message: `${size} control-plane nodes; etcd needs an odd number`,
      hint: `Write ${size + 1} or ${size - 1}.`,
      because: sizeBecause,
    });
  },
};

const controlPlaneLarge: Rule = {
  // etcd's own advice.
  code: "control-plane-large",
  check: ({ controlPlane }, written) =>
    when(controlPlane.nodes.length > MOST_CONTROL_PLANE, {
      severity: "warning",
      path: sizePath(written),
      message: `${controlPlane.nodes.length} control-plane nodes make every write of etcd wait for more members`,
      hint: "Write 3 or 5.",
      because: sizeBecause,
    }),
};

const controlPlaneSingle: Rule = {
  // Allowed, for laboratories call themselves production too.
  code: "control-plane-single",
  check: ({ controlPlane, environment }, written) =>
    when(environment === "production" && controlPlane.nodes.length === 1, {
      severity: "warning",
      path: sizePath(written),
      message: "one control-plane node in production: its loss is the loss of the cluster",
      hint: "Write 3.",
      because: [...sizeBecause, at("environment")],
    }),
};

const singleEndpoint: Rule = {
  // openCenter accepted three masters without a load balancer; two of them never get a request.
  code: "single-needs-one-node",
  check: ({ controlPlane, apiEndpoint }, written) =>
    when(apiEndpoint.type === "single" && controlPlane.nodes.length > 1, {
      path: at("apiEndpoint", "type"),
      message: `single reaches one node; the control plane has ${controlPlane.nodes.length}`,
      hint: "Write octavia or kube-vip, or one control-plane node.",
      because: [sizePath(written), ...sizeBecause],
    }),
};

const strictAffinity: Rule = {
  // One broken host takes the quorum with it.
  code: "control-plane-affinity",
  check: (config) => {
    const { nodes, serverGroupPolicy } = config.controlPlane;
    return when(nodes.length > 1 && ["affinity", "soft-affinity"].includes(serverGroupPolicy), {
      severity: graver(config),
      path: at("controlPlane", "serverGroupPolicy"),
      message: `${serverGroupPolicy} puts all control-plane nodes on one host`,
      hint: "Write anti-affinity.",
      because: [...sizeBecause, at("environment")],
    });
  },
};

/** As the machines are placed: by a node's own number. */
function zonesOf(group: {
  nodes: readonly number[];
  availabilityZones: readonly string[];
}): Map<string, number> {
  const zones = new Map<string, number>();
  for (const node of group.nodes) {
    const zone = group.availabilityZones[(node - 1) % group.availabilityZones.length];
    if (zone !== undefined) zones.set(zone, (zones.get(zone) ?? 0) + 1);
  }
  return zones;
}

const affinityAcrossZones: Rule = {
  // A host is in one zone: Nova finds no valid host for the second node.
  code: "affinity-across-zones",
  check: (config) =>
    groupsOf(config)
      .filter(({ group }) => group.serverGroupPolicy === "affinity" && zonesOf(group).size > 1)
      .map(({ path, group }) => ({
        path: [...path, "serverGroupPolicy"],
        message: `affinity wants one host, the zones ${[...zonesOf(group).keys()].join(", ")} several`,
        hint: "Write one zone in availabilityZones, or soft-affinity.",
        because: [
          [...path, "availabilityZones"],
          at("openstack", "availabilityZones"),
          [...path, "nodes"],
          [...path, "count"],
        ],
      })),
};

const zoneSpread: Rule = {
  // Zones are there to be lost one at a time; the control plane survives only if each has a minority.
  code: "zone-holds-majority",
  check: (config, written) => {
    const { nodes } = config.controlPlane;
    const zones = zonesOf(config.controlPlane);
    const [zone, inZone] = [...zones].sort((a, b) => b[1] - a[1])[0] ?? ["", 0];
    const majority =
      config.controlPlane.availabilityZones.length > 1 && nodes.length > 1 && inZone * 2 > nodes.length;
    const own = written.controlPlane?.availabilityZones !== undefined;
    return when(majority && config.environment === "production", {
      severity: "warning",
      path: own ? at("controlPlane", "availabilityZones") : at("openstack", "availabilityZones"),
      message: `${inZone} of ${nodes.length} control-plane nodes are in ${zone}: with it goes etcd's majority`,
      hint: "Name three zones, and node numbers that fall on all of them: node n is in zone n modulo their number.",
      because: [
        ...sizeBecause,
        at("environment"),
        at("controlPlane", "availabilityZones"),
        at("openstack", "availabilityZones"),
      ],
    });
  },
};

const noWorkers: Rule = {
  // Kubespray says nothing; legitimate, but nothing of the platform will run.
  code: "no-workers",
  check: (config) =>
    when(workerCount(config) === 0, {
      severity: "warning",
      path: at("pools"),
      message: "there is no worker node: the control plane takes no ordinary pods",
      hint: "Add a pool with count: 2 or more.",
    }),
};

const volumeNames: Rule = {
  // Two volumes of one node would be one resource name.
  code: "duplicate-volume",
  check: ({ pools }) =>
    Object.entries(pools).flatMap(([name, { volumes }]) =>
      volumes.flatMap((volume, index) => {
        const first = volumes.findIndex((other) => other.name === volume.name);
        if (first === index) return [];
        const path = at("pools", name, "volumes", index, "name");
        const because = [at("pools", name, "volumes", first, "name")];
        return [
          { path, message: `${volume.name} is the name of another volume`, hint: "Rename one.", because },
        ];
      }),
    ),
};

export const nodeRules: readonly Rule[] = [
  countOrNodes,
  controlPlaneEmpty,
  controlPlaneEven,
  controlPlaneLarge,
  controlPlaneSingle,
  singleEndpoint,
  strictAffinity,
  affinityAcrossZones,
  zoneSpread,
  noWorkers,
  volumeNames,
];
