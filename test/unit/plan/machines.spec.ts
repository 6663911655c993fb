/** What each key of a node group, of the bastion and of the cluster does to machines. */
import assert from "node:assert/strict";
import type { ClusterInput } from "../../../config/schema";
import { machinesOf, type MachinePlan } from "../../../plan";
import { planWith, small } from "./support";

type Pool = Partial<NonNullable<ClusterInput["pools"]>[string]>;

function poolMachine(pool: Pool, sections: Partial<ClusterInput> = {}): MachinePlan {
  const plan = planWith({ ...sections, pools: { general: { count: 1, flavor: "large", ...pool } } });
  const machine = plan.pools[0]?.machines[0];
  assert.ok(machine);
  return machine;
}

const own = { "opencenter-organization": "acme", "opencenter-cluster": "test" };
const ownTags = ["opencenter", "opencenter-organization=acme", "opencenter-cluster=test"];

describe("plan: machines", () => {
  it("of a small cluster are these, with nothing that was not asked for", () => {
    const common = {
      image: "ubuntu",
      rootVolume: undefined,
      volumes: [],
      availabilityZone: undefined,
      configDrive: true,
      extraSecurityGroupIds: [],
      allowedAddresses: [],
      labels: {},
      taints: [],
      tags: ownTags,
      ordinal: 1,
    };
    const { rootVolume: _none, ...bastion } = common;
    assert.deepEqual(machinesOf(planWith({})), [
      {
        ...bastion,
        name: "test-bastion",
        role: "bastion",
        flavor: "medium",
        securityGroups: ["bastion"],
        metadata: { ...own, "opencenter-role": "bastion" },
      },
      {
        ...common,
        name: "test-cp-1",
        role: "control-plane",
        pool: "cp",
        flavor: "medium",
        securityGroups: ["control-plane"],
        metadata: { ...own, "opencenter-role": "control-plane", "opencenter-pool": "cp" },
      },
      {
        ...common,
        name: "test-general-1",
        role: "worker",
        pool: "general",
        flavor: "large",
        securityGroups: ["worker"],
        metadata: { ...own, "opencenter-role": "worker", "opencenter-pool": "general" },
      },
    ]);
  });

  const keys: readonly [string, Pool, Partial<MachinePlan>][] = [
    ["flavor", { flavor: "huge" }, { flavor: "huge" }],
    ["image", { image: "flatcar" }, { image: "flatcar" }],
    [
      "rootVolume",
      { rootVolume: { sizeGiB: 40, type: "fast" } },
      { rootVolume: { sizeGiB: 40, type: "fast" } },
    ],
    ["configDrive", { configDrive: false }, { configDrive: false }],
    ["availabilityZones", { availabilityZones: ["az7"] }, { availabilityZone: "az7" }],
    ["labels", { labels: { tier: "gold" } }, { labels: { tier: "gold" } }],
    [
      "taints",
      { taints: [{ key: "gpu", effect: "NoExecute" }] },
      { taints: [{ key: "gpu", value: "", effect: "NoExecute" }] },
    ],
    [
      "extraSecurityGroupIds",
      { extraSecurityGroupIds: ["3f0c5bb1-8c5d-4d0a-9c7e-1f6a0a8e9b21"] },
      {
        extraSecurityGroupIds: ["3f0c5bb1-8c5d-4d0a-9c7e-1f6a0a8e9b21"],
      },
    ],
    ["tags", { tags: ["b", "a"] }, { tags: [...ownTags, "b", "a"] }],
    [
      "metadata",
      { metadata: { owner: "ops" } },
      { metadata: { owner: "ops", ...own, "opencenter-role": "worker", "opencenter-pool": "general" } },
    ],
    [
      "volumes",
      {
        volumes: [
          { name: "data", sizeGiB: 5, type: "fast" },
          { name: "tmp", sizeGiB: 6, persistent: false },
        ],
      },
      {
        volumes: [
          { key: "data", name: "test-general-1-data", sizeGiB: 5, type: "fast", persistent: true },
          { key: "tmp", name: "test-general-1-tmp", sizeGiB: 6, type: undefined, persistent: false },
        ],
      },
    ],
    [
      "nodePorts",
      { nodePorts: [{ from: 30080, allowedCidrs: ["192.0.2.0/24"] }] },
      { securityGroups: ["worker", "general-node-ports"] },
    ],
    [
      "nodes",
      { count: undefined, nodes: [7] },
      {
        name: "test-general-7",
        ordinal: 7,
      },
    ],
  ];
  for (const [key, pool, expected] of keys) {
    it(`take ${key} from their pool, which changes nothing else`, () => {
      assert.deepEqual(poolMachine(pool), { ...poolMachine({}), ...expected });
    });
  }

  it("cannot be given out as another cluster's by metadata of the user's", () => {
    const metadata = { "opencenter-cluster": "other", "opencenter-role": "x", "opencenter-pool": "y" };
    assert.deepEqual(poolMachine({ metadata }).metadata, poolMachine({}).metadata);
  });

  it("have each tag once", () => {
    const machine = poolMachine({ tags: ["a", "opencenter", "b"] }, { tags: ["b", "a"] });
    assert.deepEqual(machine.tags, [...ownTags, "b", "a"]);
  });

  it("take zones by their own number, whichever others there are", () => {
    const zones = (nodes: number[]) =>
      planWith({
        openstack: { ...small.openstack, availabilityZones: ["az1", "az2", "az3"] },
        pools: { general: { nodes, flavor: "large" } },
      }).pools[0]?.machines.map(({ ordinal, availabilityZone }) => `${ordinal} ${availabilityZone}`);
    assert.deepEqual(zones([1, 2, 3, 4]), ["1 az1", "2 az2", "3 az3", "4 az1"]);
    assert.deepEqual(zones([4, 2]), ["2 az2", "4 az1"]);
  });

  it("have the bastion in the first zone of the cluster", () => {
    const openstack = { ...small.openstack, availabilityZones: ["az2", "az1"] };
    assert.equal(planWith({ openstack }).bastion?.availabilityZone, "az2");
  });

  it("have a bastion only where one is wanted, with its own flavor and image if given", () => {
    const bastion = (settings: object) =>
      planWith({ access: { ...small.access, bastion: settings } }).bastion;
    assert.equal(bastion({ enabled: false }), undefined);
    const { flavor, image } = bastion({ flavor: "tiny", image: "debian" }) ?? {};
    assert.deepEqual({ flavor, image }, { flavor: "tiny", image: "debian" });
  });

  it("may send from the addresses that the network plug-in routes, and kube-vip's from the control plane", () => {
    const addresses = (sections: Partial<ClusterInput>) => {
      const { controlPlane, pools, bastion } = planWith(sections);
      return [controlPlane.machines[0], pools[0]?.machines[0], bastion].map(
        (machine) => machine?.allowedAddresses,
      );
    };
    const pods = ["10.42.0.0/16", "10.43.0.0/16"];
    const kubeVip = { apiEndpoint: { type: "kube-vip" as const, vip: "10.20.0.7" } };
    assert.deepEqual(addresses({}), [[], [], []]);
    assert.deepEqual(addresses({ kubernetes: { encapsulation: "none" } }), [pods, pods, []]);
    assert.deepEqual(addresses({ kubernetes: { encapsulation: "ipip" } }), [pods, pods, []]);
    assert.deepEqual(addresses(kubeVip), [["10.20.0.7"], [], []]);
    assert.deepEqual(addresses({ ...kubeVip, kubernetes: { cni: "cilium", encapsulation: "none" } }), [
      ["10.20.0.7", ...pods],
      pods,
      [],
    ]);
  });
});

describe("plan: node groups", () => {
  it("have the server group that their policy asks for", () => {
    const group = (serverGroupPolicy?: "affinity" | "none") =>
      planWith({ pools: { general: { count: 1, flavor: "large", serverGroupPolicy } } }).pools[0]
        ?.serverGroup;
    assert.deepEqual(group(), { name: "test-general", policy: "soft-anti-affinity" });
    assert.deepEqual(group("affinity"), { name: "test-general", policy: "affinity" });
    assert.equal(group("none"), undefined);
    assert.deepEqual(planWith({}).controlPlane.serverGroup, { name: "test-cp", policy: "anti-affinity" });
  });

  it("stay when they have no node, so that scaling from zero changes no other thing", () => {
    const [pool] = planWith({ pools: { general: { count: 0, flavor: "large" } } }).pools;
    assert.deepEqual([pool?.name, pool?.machines], ["test-general", []]);
  });

  it("come in the order of their names, and their nodes in that of their numbers", () => {
    const pool = { flavor: "large" };
    const plan = planWith({ pools: { b: { ...pool, nodes: [10, 9] }, a: { ...pool, count: 1 } } });
    assert.deepEqual(
      plan.pools.flatMap(({ machines }) => machines.map(({ name }) => name)),
      ["test-a-1", "test-b-9", "test-b-10"],
    );
  });
});
