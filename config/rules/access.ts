/** Who is let in: open networks, address families, NodePorts. */
import { etherType, isWorld, overlaps } from "../address";
import type { Path } from "../issue";
import type { ClusterConfig } from "../resolve";
import { at, when, type Problem, type Rule } from "./rule";

interface AllowedList {
  readonly path: Path;
  readonly cidrs: readonly string[];
}

function allowedLists({ access, pools }: ClusterConfig): AllowedList[] {
  const ofPorts = Object.entries(pools).flatMap(([name, pool]) =>
    pool.nodePorts.map((entry, index) => ({
      path: at("pools", name, "nodePorts", index, "allowedCidrs"),
      cidrs: entry.allowedCidrs,
    })),
  );
  return [
    { path: at("access", "sshAllowedCidrs"), cidrs: access.sshAllowedCidrs },
    { path: at("access", "apiAllowedCidrs"), cidrs: access.apiAllowedCidrs },
    ...ofPorts,
  ];
}

const openToTheWorld: Rule = {
  // Allowed, for somebody wrote it; openCenter had it as the default.
  code: "open-to-the-world",
  check: (config) =>
    allowedLists(config).flatMap(({ path, cidrs }) =>
      cidrs.flatMap((cidr, index): readonly Problem[] =>
        when(isWorld(cidr), {
          severity: "warning",
          path: [...path, index],
          message: `${cidr} is every address of the Internet`,
          hint: "Write the networks that need access.",
        }),
      ),
    ),
};

const families: Rule = {
  // Octavia refuses allowed CIDRs of another family than the address; in a security group they match nothing.
  code: "cidr-family",
  check: (config) => {
    const own = etherType(config.network.cidr);
    return allowedLists(config).flatMap(({ path, cidrs }) =>
      cidrs.flatMap((cidr, index) =>
        when(etherType(cidr) !== own, {
          path: [...path, index],
          message: `${cidr} is ${etherType(cidr)}; the cluster's network is ${own}`,
          hint: `Write ${own} networks.`,
          because: [at("network", "cidr")],
        }),
      ),
    );
  },
};

const bastionKeys: Rule = {
  // A key without effect hides that the setting is not in force.
  code: "no-effect",
  check: ({ access }, written) =>
    (access.bastion.enabled ? [] : (["flavor", "image"] as const))
      .filter((key) => written.access.bastion?.[key] !== undefined)
      .map((key) => ({
        path: at("access", "bastion", key),
        message: "has no effect: the bastion is not enabled",
        hint: "Remove it, or enable the bastion.",
        because: [at("access", "bastion", "enabled")],
      })),
};

/** The API server's default range, which nothing here changes. */
const [LOWEST, HIGHEST] = [30000, 32767];

const nodePortRange: Rule = {
  // The API server refuses the Service; the open port would be for nothing.
  code: "node-port-range",
  check: ({ pools }) =>
    Object.entries(pools).flatMap(([name, pool]) =>
      pool.nodePorts.flatMap((entry, index) =>
        (["from", "to"] as const).flatMap((end) => {
          const port = entry[end];
          return when(port !== undefined && (port < LOWEST || port > HIGHEST), {
            path: at("pools", name, "nodePorts", index, end),
            message: `${port} is not a NodePort`,
            hint: `Write a port from ${LOWEST} to ${HIGHEST}.`,
          });
        }),
      ),
    ),
};

const nodePortOrder: Rule = {
  // Neutron refuses a range that ends before it begins.
  code: "node-port-order",
  check: ({ pools }) =>
    Object.entries(pools).flatMap(([name, pool]) =>
      pool.nodePorts.flatMap(({ from, to }, index) =>
        when(to !== undefined && to < from, {
          path: at("pools", name, "nodePorts", index, "to"),
          message: `${to} comes before ${from}`,
          hint: "Swap from and to.",
          because: [at("pools", name, "nodePorts", index, "from")],
        }),
      ),
    ),
};

type NodePort = ClusterConfig["pools"][string]["nodePorts"][number];

function collide(a: NodePort, b: NodePort): boolean {
  const meet = a.from <= (b.to ?? b.from) && b.from <= (a.to ?? a.from);
  return (
    meet &&
    a.protocol === b.protocol &&
    a.allowedCidrs.some((x) => b.allowedCidrs.some((y) => overlaps(x, y)))
  );
}

const nodePortOverlap: Rule = {
  // Two entries that say the same end in one security rule; removing one of them would close the other's port.
  code: "node-port-overlap",
  check: ({ pools }) =>
    Object.entries(pools).flatMap(([name, { nodePorts }]) =>
      nodePorts.flatMap((entry, index) => {
        const first = nodePorts.findIndex((other, position) => position < index && collide(other, entry));
        return when(first >= 0, {
          path: at("pools", name, "nodePorts", index, "from"),
          message: `ports and networks overlap those of entry ${first + 1}`,
          hint: "Merge the two, or make them disjoint.",
          because: [at("pools", name, "nodePorts", first), at("pools", name, "nodePorts", index)],
        });
      }),
    ),
};

export const accessRules: readonly Rule[] = [
  openToTheWorld,
  families,
  bastionKeys,
  nodePortRange,
  nodePortOrder,
  nodePortOverlap,
];
