/** Who may talk to whom, as a table to read: the first one in full, the others by what differs from it. */
import assert from "node:assert/strict";
import type { ClusterInput } from "../../../config/schema";
import type { SecurityRulePlan } from "../../../plan";
import { planWith, small } from "./support";

/** `worker < tcp 22 bastion`: what worker takes, and from whom. */
function line(group: string, { direction, protocol, ports, peer }: SecurityRulePlan): string {
  const range =
    ports === undefined ? [] : [ports.from === ports.to ? `${ports.from}` : `${ports.from}-${ports.to}`];
  const who = "group" in peer ? peer.group : peer.cidr;
  return [group, direction === "ingress" ? "<" : ">", protocol ?? "all", ...range, who].join(" ");
}

function tableOf(sections: Partial<ClusterInput>): string[] {
  return planWith(sections).securityGroups.flatMap(({ key, rules }) => rules.map((rule) => line(key, rule)));
}

const withBastion: ClusterInput["access"] = { ...small.access };
const withoutBastion: ClusterInput["access"] = { ...small.access, bastion: { enabled: false } };

/** Octavia with amphorae, a bastion, Calico with VXLAN: the defaults. */
const usual = [
  "bastion < tcp 22 198.51.100.0/24",
  "bastion > all 0.0.0.0/0",

  "control-plane < tcp 22 bastion",
  "control-plane < icmp control-plane",
  "control-plane < icmp worker",
  "control-plane < tcp 10250 control-plane",
  "control-plane < tcp 10250 worker",
  "control-plane < tcp 5473 control-plane",
  "control-plane < tcp 5473 worker",
  "control-plane < udp 4789 control-plane",
  "control-plane < udp 4789 worker",
  "control-plane < tcp 6443 control-plane",
  "control-plane < tcp 6443 worker",
  "control-plane < tcp 6443 10.20.0.0/22",
  "control-plane < tcp 2379-2380 control-plane",
  "control-plane > all 0.0.0.0/0",

  "worker < tcp 22 bastion",
  "worker < icmp control-plane",
  "worker < icmp worker",
  "worker < tcp 10250 control-plane",
  "worker < tcp 10250 worker",
  "worker < tcp 5473 control-plane",
  "worker < tcp 5473 worker",
  "worker < udp 4789 control-plane",
  "worker < udp 4789 worker",
  "worker < tcp 30000-32767 10.20.0.0/22",
  "worker < udp 30000-32767 10.20.0.0/22",
  "worker > all 0.0.0.0/0",
];

/** The same for both kinds of nodes, from both kinds of nodes. */
function everyNode(...rules: string[]): string[] {
  const nodes = ["control-plane", "worker"];
  return nodes.flatMap((to) => rules.flatMap((rule) => nodes.map((from) => `${to} < ${rule} ${from}`)));
}

const calico = everyNode("tcp 5473", "udp 4789");
const noBastion = {
  gone: [
    "bastion < tcp 22 198.51.100.0/24",
    "bastion > all 0.0.0.0/0",
    "control-plane < tcp 22 bastion",
    "worker < tcp 22 bastion",
  ],
  added: ["control-plane < tcp 22 198.51.100.0/24", "worker < tcp 22 198.51.100.0/24"],
};
const clients = "control-plane < tcp 6443 203.0.113.0/24";
const subnet = "control-plane < tcp 6443 10.20.0.0/22";
const pods = ["control-plane < all 10.42.0.0/16", "worker < all 10.42.0.0/16"];

interface Difference {
  readonly gone?: readonly string[];
  readonly added?: readonly string[];
}

const octavia = (provider: string) => ({ type: "octavia" as const, provider });
const network = (cni: "calico" | "cilium", encapsulation: "vxlan" | "ipip" | "none") => ({
  kubernetes: { cni, encapsulation },
});

const cases: readonly [string, Partial<ClusterInput>, Difference][] = [
  ["octavia/amphora, bastion", { apiEndpoint: octavia("amphora"), access: withBastion }, {}],
  ["octavia/amphora, no bastion", { apiEndpoint: octavia("amphora"), access: withoutBastion }, noBastion],
  ["octavia/ovn, bastion", { apiEndpoint: octavia("ovn") }, { added: [clients] }],
  [
    "octavia/ovn, no bastion",
    { apiEndpoint: octavia("ovn"), access: withoutBastion },
    { gone: noBastion.gone, added: [...noBastion.added, clients] },
  ],
  // A vendor's balancer may do either, so it gets both.
  ["octavia of a vendor", { apiEndpoint: octavia("f5") }, { added: [clients] }],
  ["kube-vip, bastion", { apiEndpoint: { type: "kube-vip" } }, { gone: [subnet], added: [clients] }],
  [
    "kube-vip, no bastion",
    { apiEndpoint: { type: "kube-vip" }, access: withoutBastion },
    { gone: [...noBastion.gone, subnet], added: [...noBastion.added, clients] },
  ],
  ["single, bastion", { apiEndpoint: { type: "single" } }, { gone: [subnet], added: [clients] }],
  [
    "single, no bastion",
    { apiEndpoint: { type: "single" }, access: withoutBastion },
    { gone: [...noBastion.gone, subnet], added: [...noBastion.added, clients] },
  ],
  ["calico, vxlan", network("calico", "vxlan"), {}],
  [
    "calico, ipip",
    network("calico", "ipip"),
    { gone: everyNode("udp 4789"), added: everyNode("tcp 179", "ipip") },
  ],
  [
    "calico, none",
    network("calico", "none"),
    { gone: everyNode("udp 4789"), added: [...everyNode("tcp 179"), ...pods] },
  ],
  [
    "cilium, vxlan",
    network("cilium", "vxlan"),
    { gone: calico, added: everyNode("tcp 4240", "tcp 4244-4245", "udp 8472") },
  ],
  [
    "cilium, none",
    network("cilium", "none"),
    { gone: calico, added: [...everyNode("tcp 4240", "tcp 4244-4245"), ...pods] },
  ],
];

describe("plan: security groups", () => {
  it("are the known ones for a cluster of defaults", () => {
    assert.deepEqual(tableOf({}), usual);
  });

  for (const [title, sections, { gone = [], added = [] }] of cases) {
    it(`differ as expected with ${title}`, () => {
      const table = tableOf(sections);
      assert.deepEqual(usual.filter((rule) => !table.includes(rule)).sort(), [...gone].sort());
      assert.deepEqual(table.filter((rule) => !usual.includes(rule)).sort(), [...added].sort());
    });
  }

  it("open a pool's NodePorts in a group of that pool's own", () => {
    const nodePorts = [
      { from: 30080, allowedCidrs: ["198.51.100.0/24", "203.0.113.0/24"] },
      { from: 31000, to: 31010, protocol: "udp" as const, allowedCidrs: ["198.51.100.0/24"] },
    ];
    const pools = { edge: { count: 1, flavor: "large", nodePorts }, general: { count: 1, flavor: "large" } };
    const plan = planWith({ pools });
    assert.deepEqual(
      tableOf({ pools }).filter((rule) => !usual.includes(rule)),
      [
        "edge-node-ports < tcp 30080 198.51.100.0/24",
        "edge-node-ports < tcp 30080 203.0.113.0/24",
        "edge-node-ports < udp 31000-31010 198.51.100.0/24",
        "edge-node-ports > all 0.0.0.0/0",
      ],
    );
    assert.deepEqual(
      plan.pools.map(({ pool, machines }) => [pool, machines[0]?.securityGroups]),
      [
        ["edge", ["worker", "edge-node-ports"]],
        ["general", ["worker"]],
      ],
    );
  });

  it("have rules whose keys are known: they are part of URNs", () => {
    const group = planWith({}).securityGroups.find(({ key }) => key === "control-plane");
    assert.deepEqual(
      group?.rules.map((rule) => rule.key),
      [
        "ssh-from-bastion",
        "icmp-from-control-plane",
        "icmp-from-worker",
        "kubelet-from-control-plane",
        "kubelet-from-worker",
        "typha-from-control-plane",
        "typha-from-worker",
        "vxlan-from-control-plane",
        "vxlan-from-worker",
        "api-from-control-plane",
        "api-from-worker",
        "api-from-10-20-0-0-22",
        "etcd-from-control-plane",
        "egress-ipv4",
      ],
    );
  });

  it("tell IPv6 networks apart that differ only in where the zeros are", () => {
    const cidrs = ["2001:db8::1/128", "2001:db8:1::/128"];
    const access = { ...small.access, apiAllowedCidrs: cidrs };
    const group = planWith({ access, apiEndpoint: { type: "single" } }).securityGroups.find(
      ({ key }) => key === "control-plane",
    );
    const rules = (group?.rules ?? []).filter(({ peer }) => "cidr" in peer && cidrs.includes(peer.cidr));
    assert.equal(new Set(rules.map(({ key }) => key)).size, 2);
  });

  it("say why each rule is there, in words that Neutron takes", () => {
    for (const { description, rules } of planWith({}).securityGroups)
      for (const text of [description, ...rules.map((rule) => rule.description)])
        assert.match(text, /^.{4,255}$/);
  });

  it("allow a client's network once, when it is the cluster's own", () => {
    const access = { ...small.access, apiAllowedCidrs: ["10.20.0.0/22"] };
    const plan = tableOf({ access, apiEndpoint: octavia("ovn") });
    assert.equal(plan.filter((rule) => rule === subnet).length, 1);
  });
});
