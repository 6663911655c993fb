/** The Day-2 table of Kubespray's own rules: each change, and exactly the playbooks that make it. */
import assert from "node:assert/strict";
import { planConvergence } from "../../../../plan/kubernetes/steps";
import { planRemoval } from "../../../../plan/kubernetes/removal";
import { requestFor } from "../../../../plan/kubernetes/roster";
import { numberedMember } from "../../../../plan/kubernetes/etcdMembers";
import { blindApiServers } from "../../../../plan/kubernetes/situation";
import type {
  ConvergeRequest,
  EndpointHolder,
  EtcdMember,
  ObservedCluster,
} from "../../../../plan/kubernetes/types";
import { ALL, DIGESTS, node, observedNode, request, running, shown, THREE, WORKERS } from "./support";

interface Row {
  readonly change: string;
  readonly wanted: ConvergeRequest;
  readonly there: ObservedCluster | undefined;
  readonly digests?: Partial<typeof DIGESTS>;
  readonly playbooks: readonly string[];
  readonly leaving?: readonly string[];
}

const LIMIT = "--limit etcd,kube_control_plane";
/** Before all others: they ask the API where the control plane's kubeconfigs lead. */
const OWN = "opencenter/own-address.yml";
/** Only upgrade-cluster.yml rewrites the manifest of an API server that is there. */
const TOLD = ["playbooks/facts.yml", `upgrade-cluster.yml ${LIMIT} {"kube_version":"1.35.4"}`];
const withVersion = (names: readonly string[], version: string, ref: string) =>
  running(names, {
    nodes: names.map((name) => observedNode(name, versions(name, version))),
    mark: { ...running(names).mark!, version, kubesprayRef: ref },
  });
const versions = (name: string, version: string) =>
  name.includes("-cp-")
    ? { kubeletVersion: version, apiServerVersion: version }
    : { kubeletVersion: version };
const FIVE = [...THREE, "prod-cp-4", "prod-cp-5"];

const TABLE: readonly Row[] = [
  { change: "nothing", wanted: request(ALL), there: running(ALL), playbooks: [] },
  { change: "a first installation", wanted: request(ALL), there: undefined, playbooks: ["cluster.yml"] },
  {
    change: "a worker more",
    wanted: request([...ALL, "prod-w-3"]),
    there: running(ALL),
    playbooks: ["playbooks/facts.yml", "scale.yml --limit prod-w-3"],
  },
  {
    change: "a pool more",
    wanted: request([...ALL, "prod-gpu-1", "prod-gpu-2"]),
    there: running(ALL),
    playbooks: ["playbooks/facts.yml", "scale.yml --limit prod-gpu-1,prod-gpu-2"],
  },
  {
    change: "a middle worker less",
    wanted: request([...THREE, "prod-w-2"]),
    there: running(ALL),
    playbooks: [],
    leaving: ["prod-w-1"],
  },
  {
    change: "a worker replaced under another name",
    wanted: request([...THREE, "prod-w-1", "prod-w-3"]),
    there: running(ALL),
    playbooks: ["playbooks/facts.yml", "scale.yml --limit prod-w-3"],
    leaving: ["prod-w-2"],
  },
  {
    change: "a worker whose server was replaced, beside the only control-plane node",
    wanted: request(["prod-cp-1", "prod-w-1"]),
    there: running(["prod-cp-1", "prod-w-1"], {
      nodes: ["prod-cp-1", "prod-w-1"].map((name) =>
        observedNode(name, name === "prod-w-1" ? { serverId: "older" } : {}),
      ),
    }),
    playbooks: [
      'remove-node.yml {"node":"prod-w-1","skip_confirmation":true,"reset_nodes":false,"allow_ungraceful_removal":true}',
      "playbooks/facts.yml",
      "scale.yml --limit prod-w-1",
    ],
  },
  {
    change: "a worker whose server was replaced",
    wanted: request(ALL),
    there: running(ALL, {
      nodes: ALL.map((name) => observedNode(name, name === "prod-w-1" ? { serverId: "older" } : {})),
    }),
    playbooks: [
      'remove-node.yml {"node":"prod-w-1","skip_confirmation":true,"reset_nodes":false,"allow_ungraceful_removal":true}',
      "playbooks/facts.yml",
      "scale.yml --limit prod-w-1",
    ],
  },
  {
    change: "a worker whose playbook did not come to its end",
    wanted: request(ALL),
    there: running(ALL, {
      nodes: ALL.map((name) => observedNode(name, { joined: name !== "prod-w-2" })),
    }),
    playbooks: ["playbooks/facts.yml", "scale.yml --limit prod-w-2"],
  },
  {
    change: "control plane 3 → 5",
    wanted: request([...FIVE, ...WORKERS]),
    there: running(ALL),
    playbooks: [
      "playbooks/facts.yml",
      `cluster.yml ${LIMIT} {"etcd_retries":10,"ignore_assert_errors":true}`,
      `cluster.yml ${LIMIT} {"etcd_retries":10}`,
      "cluster.yml",
      `upgrade-cluster.yml ${LIMIT} {"kube_version":"1.35.4"}`,
    ],
  },
  {
    change: "control plane 5 → 3",
    wanted: request(ALL),
    there: running([...FIVE, ...WORKERS]),
    playbooks: [],
    leaving: ["prod-cp-4", "prod-cp-5"],
  },
  {
    change: "a control-plane node replaced under another name",
    wanted: request(["prod-cp-1", "prod-cp-2", "prod-cp-4", ...WORKERS]),
    there: running(ALL),
    playbooks: [
      'playbooks/facts.yml {"ignore_assert_errors":true}',
      `cluster.yml ${LIMIT} {"etcd_retries":10,"ignore_assert_errors":true}`,
      'cluster.yml {"ignore_assert_errors":true}',
      `upgrade-cluster.yml ${LIMIT} {"kube_version":"1.35.4","ignore_assert_errors":true}`,
    ],
    leaving: ["prod-cp-3"],
  },
  {
    change: "a dead control-plane node replaced",
    wanted: request(["prod-cp-1", "prod-cp-2", "prod-cp-4", ...WORKERS]),
    there: running(ALL, {
      nodes: ALL.map((name) => observedNode(name, { ready: name !== "prod-cp-3" })),
      etcd: {
        members: [
          { name: "etcd1", healthy: true },
          { name: "etcd2", healthy: true },
          { name: "etcd3", healthy: false },
        ],
      },
    }),
    playbooks: [
      'remove-node.yml {"node":"prod-cp-3","skip_confirmation":true,"reset_nodes":false,"allow_ungraceful_removal":true}',
      "playbooks/facts.yml",
      `cluster.yml ${LIMIT} {"etcd_retries":10}`,
      "cluster.yml",
      `upgrade-cluster.yml ${LIMIT} {"kube_version":"1.35.4"}`,
    ],
  },
  {
    change: "a patch version",
    wanted: request(ALL),
    there: withVersion(ALL, "1.35.2", "v2.31.0"),
    playbooks: ['upgrade-cluster.yml {"kube_version":"1.35.4"}'],
  },
  {
    change: "a minor version with the next release",
    wanted: request(ALL),
    there: withVersion(ALL, "1.34.3", "v2.30.0"),
    playbooks: ['upgrade-cluster.yml {"kube_version":"1.35.4"}'],
  },
  {
    change: "the release alone",
    wanted: request(ALL),
    there: withVersion(ALL, "1.35.4", "v2.30.0"),
    playbooks: ['upgrade-cluster.yml {"kube_version":"1.35.4"}'],
  },
  {
    change: "an upgrade that stopped half-way",
    wanted: request(ALL),
    there: running(ALL, {
      nodes: ALL.map((name) => observedNode(name, name === "prod-w-2" ? { kubeletVersion: "1.34.3" } : {})),
    }),
    playbooks: ['upgrade-cluster.yml {"kube_version":"1.35.4"}'],
  },
  {
    change: "a minor version and a worker more",
    wanted: request([...ALL, "prod-w-3"]),
    there: withVersion(ALL, "1.34.3", "v2.30.0"),
    playbooks: [
      'upgrade-cluster.yml {"kube_version":"1.35.4"}',
      "playbooks/facts.yml",
      "scale.yml --limit prod-w-3",
    ],
  },
  {
    change: "a variable",
    wanted: request(ALL, { variables: "v2" }),
    there: running(ALL),
    digests: { variables: "v2" },
    playbooks: [OWN, "cluster.yml", ...TOLD],
  },
  {
    change: "another endpoint address",
    wanted: request(ALL),
    there: running(ALL),
    digests: { surroundings: "s2" },
    playbooks: [OWN, "cluster.yml", ...TOLD],
  },
  {
    change: "a variable, and a dead control-plane node that is not wanted any more",
    wanted: request(ALL, { variables: "v2" }),
    there: running([...FIVE, ...WORKERS], {
      nodes: [...FIVE, ...WORKERS].map((name) => observedNode(name, { ready: name !== "prod-cp-5" })),
      etcd: {
        members: [1, 2, 3, 4, 5].map((number) => ({ name: `etcd${number}`, healthy: number !== 5 })),
      },
    }),
    digests: { variables: "v2" },
    playbooks: [
      `${OWN} {"ignore_assert_errors":true}`,
      'remove-node.yml {"node":"prod-cp-5","skip_confirmation":true,"reset_nodes":false,"allow_ungraceful_removal":true}',
      'cluster.yml {"ignore_assert_errors":true}',
      'playbooks/facts.yml {"ignore_assert_errors":true}',
      `upgrade-cluster.yml ${LIMIT} {"kube_version":"1.35.4","ignore_assert_errors":true}`,
    ],
    leaving: ["prod-cp-4"],
  },
  {
    change: "a variable and a version",
    wanted: request(ALL, { variables: "v2" }),
    there: withVersion(ALL, "1.35.2", "v2.31.0"),
    digests: { variables: "v2" },
    playbooks: [OWN, 'upgrade-cluster.yml {"kube_version":"1.35.4"}'],
  },
  {
    change: "a variable and a worker more",
    wanted: request([...ALL, "prod-w-3"], { variables: "v2" }),
    there: running(ALL),
    digests: { variables: "v2" },
    playbooks: [OWN, "cluster.yml", ...TOLD, "playbooks/facts.yml", "scale.yml --limit prod-w-3"],
  },
  {
    change: "the cloud controller's credential",
    wanted: request(ALL),
    there: running(ALL),
    digests: { credential: "c2" },
    playbooks: ["cluster.yml --tags external-cloud-controller"],
  },
  {
    change: "labels and taints",
    wanted: request(ALL, { nodes: ALL.map((name) => node(name, { labels: { a: "b" } })) }),
    there: running(ALL),
    playbooks: [],
  },
  {
    change: "an installation that did not come to its end",
    wanted: request(ALL),
    there: running(ALL.slice(0, 2), { mark: undefined }),
    playbooks: [
      "cluster.yml",
      "playbooks/facts.yml",
      `upgrade-cluster.yml ${LIMIT} {"kube_version":"1.35.4"}`,
    ],
  },
  {
    change: "an unfinished installation, and another version by now",
    wanted: request(ALL),
    there: { ...withVersion(ALL, "1.34.3", "v2.31.0"), mark: undefined },
    playbooks: ['cluster.yml {"kube_version":"1.34.3"}', 'upgrade-cluster.yml {"kube_version":"1.35.4"}'],
  },
  {
    change: "the first control-plane node replaced, behind its flag",
    wanted: request(["prod-cp-2", "prod-cp-3", "prod-cp-4", ...WORKERS], { replaceFirstControlPlane: true }),
    there: running(ALL),
    playbooks: [
      "cluster.yml",
      'playbooks/facts.yml {"ignore_assert_errors":true}',
      `cluster.yml ${LIMIT} {"etcd_retries":10,"ignore_assert_errors":true}`,
      'cluster.yml {"ignore_assert_errors":true}',
      `upgrade-cluster.yml ${LIMIT} {"kube_version":"1.35.4","ignore_assert_errors":true}`,
    ],
    leaving: ["prod-cp-1"],
  },
];

describe("playbooks of a change", () => {
  for (const { change, wanted, there, digests, playbooks, leaving = [] } of TABLE) {
    it(change, () => {
      const plan = planConvergence(wanted, { ...DIGESTS, ...digests }, there);
      assert.deepEqual(plan.refusals, []);
      assert.deepEqual(plan.steps.map(shown), playbooks);
      assert.deepEqual(plan.leaving, leaving);
    });
  }

  it("proves changed variables with the word to the API servers, not before", () => {
    for (const names of [ALL, [...FIVE, ...WORKERS]]) {
      const { steps } = planConvergence(request(names), { ...DIGESTS, variables: "v2" }, running(ALL));
      const proving = steps.filter(({ proves }) => proves?.mark?.variables !== undefined);
      assert.deepEqual(
        proving.map(({ playbook }) => playbook),
        ["upgrade-cluster.yml"],
      );
      assert.equal(proving[0]?.proves?.mark?.variables, "v2");
    }
  });

  it("appends new control-plane nodes, and never reorders", () => {
    const there = running(["prod-cp-3", "prod-cp-1", "prod-cp-2"]);
    const { steps } = planConvergence(request([...FIVE, ...WORKERS]), DIGESTS, there);
    assert.deepEqual(steps.at(-1)?.inventory.controlPlane, [
      "prod-cp-3",
      "prod-cp-1",
      "prod-cp-2",
      "prod-cp-4",
      "prod-cp-5",
    ]);
  });

  it("puts a first node that leaves behind the others before it goes", () => {
    const wanted = request(["prod-cp-2", "prod-cp-3", "prod-cp-4", ...WORKERS], {
      replaceFirstControlPlane: true,
    });
    const { steps } = planConvergence(wanted, DIGESTS, running(ALL));
    assert.deepEqual(steps.at(-1)?.inventory.controlPlane, [
      "prod-cp-2",
      "prod-cp-3",
      "prod-cp-4",
      "prod-cp-1",
    ]);
  });

  it("treats a name that comes back as new: behind the others, also when it was the first once", () => {
    const there = running(["prod-cp-2", "prod-cp-3", "prod-cp-4", ...WORKERS], {
      mark: { ...running(ALL).mark!, controlPlane: ["prod-cp-1", "prod-cp-2", "prod-cp-3", "prod-cp-4"] },
    });
    const wanted = request(["prod-cp-1", "prod-cp-2", "prod-cp-3", "prod-cp-4", "prod-cp-5", ...WORKERS]);
    const { steps, refusals } = planConvergence(wanted, DIGESTS, there);
    assert.deepEqual(refusals, []);
    assert.deepEqual(steps.at(-1)?.inventory.controlPlane.slice(0, 3), [
      "prod-cp-2",
      "prod-cp-3",
      "prod-cp-4",
    ]);
  });

  it("keeps nodes that are not in the cluster yet out of an upgrade", () => {
    const { steps } = planConvergence(
      request([...ALL, "prod-w-3"]),
      DIGESTS,
      withVersion(ALL, "1.35.2", "v2.31.0"),
    );
    assert.deepEqual(steps[0]?.inventory, { controlPlane: THREE, workers: WORKERS });
  });
});

describe("changes that are refused", () => {
  const refused = (wanted: ConvergeRequest, there: ObservedCluster) => {
    const plan = planConvergence(wanted, DIGESTS, there);
    assert.deepEqual(plan.steps, [], "nothing is done beside a refusal");
    return plan.refusals.map(({ code }) => code);
  };
  const sick = (...members: string[]) =>
    running(ALL, {
      etcd: {
        members: ["etcd1", "etcd2", "etcd3"].map((name) => ({ name, healthy: !members.includes(name) })),
      },
    });

  it("another pod network", () => {
    const wanted = request(ALL, { immutable: { "kubernetes.podCidr": "10.99.0.0/16" } });
    assert.deepEqual(refused(wanted, running(ALL)), ["immutable-after-installation"]);
  });
  it("another kind of endpoint at an address that the old one still holds, and at no other", () => {
    const [vip, other] = ["10.20.0.5", "10.20.0.6"];
    const there = running(ALL);
    const before = (endpoint: EndpointHolder | undefined) => ({
      ...there,
      mark: there.mark && { ...there.mark, endpoint },
    });
    const now = (endpoint: EndpointHolder | undefined) => request(ALL, { endpoint });
    const reasons = ["endpoint-address-held"];
    assert.deepEqual(refused(now({ type: "octavia", vip }), before({ type: "kube-vip", vip })), reasons);
    assert.deepEqual(refused(now({ type: "kube-vip", vip }), before({ type: "octavia", vip })), reasons);
    for (const [after, held] of [
      [
        { type: "octavia", vip: other },
        { type: "kube-vip", vip },
      ],
      [
        { type: "octavia", vip },
        { type: "octavia", vip },
      ],
      [undefined, { type: "kube-vip", vip }],
      [{ type: "octavia", vip }, undefined],
    ] as const)
      assert.deepEqual(planConvergence(now(after), DIGESTS, before(held)).refusals, []);
  });
  it("encryption at rest, once it was switched on after the installation", () => {
    const encrypting = { ...running(ALL).mark!.immutable, "kubernetes.encryptionAtRest.enabled": true };
    const on = request(ALL, { variables: "v2", immutable: encrypting });
    for (const [there, wanted] of [
      [running(ALL), on],
      [withVersion(ALL, "1.35.2", "v2.31.0"), on],
      [running(ALL), request([...FIVE, ...WORKERS], { variables: "v2", immutable: encrypting })],
    ] as const) {
      const { steps } = planConvergence(wanted, { ...DIGESTS, variables: "v2" }, there);
      const mark = { ...there.mark!, ...Object.assign({}, ...steps.map(({ proves }) => proves?.mark)) };
      const names = wanted.nodes.map(({ name }) => name);
      assert.deepEqual(refused(request(names), running(names, { mark })), ["immutable-after-installation"]);
    }
  });
  it("encryption at rest, where the API servers have it and the mark of an older program does not say so", () => {
    assert.deepEqual(refused(request(ALL), running(ALL, { encrypts: true })), [
      "immutable-after-installation",
    ]);
    const immutable = { ...running(ALL).mark!.immutable, "kubernetes.encryptionAtRest.enabled": true };
    const there = running(ALL, { encrypts: true });
    assert.deepEqual(planConvergence(request(ALL, { immutable }), DIGESTS, there).refusals, []);
  });
  it("another kind of endpoint at the address that a change after the installation gave to the old one", () => {
    const held = { type: "octavia", vip: "10.20.0.6" } as const;
    const moved = planConvergence(
      request(ALL, { endpoint: held }),
      { ...DIGESTS, surroundings: "s2" },
      running(ALL),
    );
    const mark = { ...running(ALL).mark!, ...moved.steps.at(-1)?.proves?.mark };
    const wanted = request(ALL, { endpoint: { ...held, type: "kube-vip" } });
    assert.deepEqual(refused(wanted, running(ALL, { mark })), ["endpoint-address-held"]);
  });
  it("an older version", () => {
    assert.deepEqual(refused(request(ALL, { version: "1.35.1" }), running(ALL)), ["version-step"]);
  });
  it("an older version than any node has by now, where an upgrade stopped half-way", () => {
    const wanted = request(ALL, {
      version: "1.34.3",
      kubespray: { ...request(ALL).kubespray, ref: "v2.30.0" },
    });
    const before = withVersion(ALL, "1.34.3", "v2.30.0");
    for (const done of [{ apiServerVersion: "1.35.4" }, { kubeletVersion: "1.35.4" }]) {
      const nodes = before.nodes.map((one) => (one.name === "prod-cp-1" ? { ...one, ...done } : one));
      assert.deepEqual(refused(wanted, { ...before, nodes }), ["version-step"]);
    }
  });
  describe("where an upgrade was begun, and no version shows it yet", () => {
    const begun = (names: readonly string[]) => {
      const there = withVersion(names, "1.34.7", "v2.31.0");
      return {
        ...there,
        mark: { ...there.mark!, upgrading: { version: "1.35.4", kubesprayRef: "v2.31.0" } },
      };
    };
    const back = (names: readonly string[]) => request(names, { version: "1.34.7" });

    it("the version of before, with whatever change comes", () => {
      for (const names of [ALL, [...ALL, "prod-w-3"]]) {
        const { refusals, steps } = planConvergence(back(names), { ...DIGESTS, variables: "v2" }, begun(ALL));
        assert.deepEqual([refusals.map(({ code }) => code), steps], [["upgrade-begun"], []]);
        assert.match(
          refusals[0]?.message ?? "",
          /Set kubernetes\.version: 1\.35\.4 and kubespray\.ref: v2\.31\.0/,
        );
      }
    });
    it("the Kubespray release of before", () => {
      const there = running(ALL);
      const mark = { ...there.mark!, kubesprayRef: "v2.30.0" };
      const upgrading = { version: "1.35.4", kubesprayRef: "v2.31.0" };
      const wanted = request(ALL, { kubespray: { ...request(ALL).kubespray, ref: "v2.30.0" } });
      assert.deepEqual(refused(wanted, { ...there, mark: { ...mark, upgrading } }), ["upgrade-begun"]);
    });
    it("another first control-plane node: everybody would be told of it in the old version", () => {
      const wanted = request(["prod-cp-2", "prod-cp-3", "prod-cp-4"], { replaceFirstControlPlane: true });
      assert.deepEqual(refused(wanted, begun(ALL)), ["one-at-a-time"]);
    });
    it("the removal of a control-plane node, which tells the API servers in the old version; not of a worker", () => {
      const { refusals, steps } = planRemoval(back(ALL), begun([...FIVE, ...WORKERS]), "prod-cp-5");
      assert.deepEqual([refusals.map(({ code }) => code), steps], [["upgrade-begun"], []]);
      const gone = begun([...THREE.slice(0, 2), ...WORKERS]);
      const untold = { ...gone, mark: { ...gone.mark, controlPlane: THREE } };
      assert.deepEqual(planRemoval(back(ALL), untold, "prod-cp-3").steps, []);
      assert.deepEqual(planRemoval(back(THREE), begun(ALL), "prod-w-1").refusals, []);
    });
    it("but not to finish it, also where every node says that it is there, nor a later patch", () => {
      for (const version of ["1.34.7", "1.35.4"]) {
        const there = withVersion(ALL, version, "v2.31.0");
        const { refusals, steps } = planConvergence(request(ALL), DIGESTS, {
          ...there,
          mark: { ...there.mark!, upgrading: begun(ALL).mark.upgrading },
        });
        assert.deepEqual(refusals, []);
        assert.deepEqual(steps.map(shown), ['upgrade-cluster.yml {"kube_version":"1.35.4"}']);
        assert.deepEqual(Object.entries(steps[0]?.proves?.mark ?? {}).at(-1), ["upgrading", undefined]);
      }
      assert.deepEqual(
        planConvergence(request(ALL, { version: "1.35.5" }), DIGESTS, begun(ALL)).refusals,
        [],
      );
    });
  });
  it("two minors at once", () => {
    assert.deepEqual(refused(request(ALL), withVersion(ALL, "1.33.7", "v2.31.0")), ["version-step"]);
  });
  it("two Kubespray releases at once", () => {
    assert.deepEqual(refused(request(ALL), withVersion(ALL, "1.35.4", "v2.29.1")), ["release-step"]);
  });
  it("the removal of the first control-plane node", () => {
    const wanted = request(["prod-cp-2", "prod-cp-3", "prod-cp-4", ...WORKERS]);
    assert.deepEqual(refused(wanted, running(ALL)), ["first-control-plane"]);
  });
  it("a whole new control plane", () => {
    const wanted = request(["prod-cp-4", "prod-cp-5", "prod-cp-6"], { replaceFirstControlPlane: true });
    assert.deepEqual(refused(wanted, running(ALL)), ["no-control-plane-left"]);
  });
  it("anything while an etcd member that stays does not answer", () => {
    assert.deepEqual(refused(request([...ALL, "prod-w-3"]), sick("etcd2")), ["etcd-unhealthy"]);
  });
  describe("anything while a member that joins does not answer,", () => {
    const wanted = request([...FIVE, ...WORKERS]);
    const at = (name: string) => wanted.facts.machines[name]?.address;
    const three = THREE.map((name) => ({ name: numberedMember(name), healthy: true, address: at(name) }));
    const beside = (...joining: EtcdMember[]) => running(ALL, { etcd: { members: [...three, ...joining] } });
    const added = { name: "", healthy: false, address: at("prod-cp-4") };
    const silent = { ...added, name: "etcd4" };

    it("but not to run again what brings it in, where the others are a majority", () => {
      for (const there of [beside(added), beside(silent)]) {
        const { refusals, steps } = planConvergence(wanted, DIGESTS, there);
        assert.deepEqual(refusals, []);
        assert.match(shown(steps[1]!), /^cluster\.yml --limit etcd,kube_control_plane/);
        assert.equal(steps[1]?.inventory.controlPlane.at(-1), "prod-cp-4");
      }
    });
    it("nor what takes it back: one that was added for a node that is wanted no more", () => {
      const plan = planConvergence(
        request(ALL, { variables: "v2" }),
        { ...DIGESTS, variables: "v2" },
        beside(added),
      );
      assert.deepEqual(plan.refusals, []);
      assert.ok(plan.steps.map(shown).includes("cluster.yml"));
    });
    it("nor to finish an installation in which no node has joined yet", () => {
      const there = beside();
      const nodes = there.nodes.map((one) => ({ ...one, joined: false }));
      const members = three.map((member) => ({ ...member, healthy: member.name !== "etcd3" }));
      const unfinished = { ...there, nodes, etcd: { members }, mark: undefined };
      assert.deepEqual(planConvergence(request(ALL), DIGESTS, unfinished).refusals, []);
    });
    it("where the others are none", () => {
      const two = running(["prod-cp-1", ...WORKERS], { etcd: { members: [three[0]!, added] } });
      assert.deepEqual(refused(wanted, two), ["etcd-unhealthy"]);
      const { refusals } = planConvergence(wanted, DIGESTS, two);
      assert.match(refusals[0]?.message ?? "", /one at 10\.0\.0\.13 that has not started of 2 members/);
    });
    it("where one that has joined is silent too", () => {
      const members = [...three.map((member) => ({ ...member, healthy: member.name !== "etcd2" })), added];
      assert.deepEqual(refused(wanted, { ...beside(), etcd: { members } }), ["etcd-unhealthy"]);
    });
    it("where it is that of a machine of before", () => {
      assert.deepEqual(refused(wanted, beside({ ...silent, address: "10.0.0.77" })), ["etcd-unhealthy"]);
    });
  });
  it("anything while a member does not answer, also when the server of the worker of its number was replaced", () => {
    const there = running(ALL, {
      nodes: ALL.map((name) => observedNode(name, name === "prod-w-2" ? { serverId: "older" } : {})),
      etcd: sick("etcd2").etcd,
    });
    assert.deepEqual(refused(request(ALL), there), ["etcd-unhealthy"]);
  });
  it("two servers of the control plane replaced at once", () => {
    const there = running(ALL, {
      nodes: ALL.map((name) => observedNode(name, /cp-[23]/.test(name) ? { serverId: "older" } : {})),
      etcd: sick("etcd2", "etcd3").etcd,
    });
    assert.ok(refused(request(ALL), there).includes("quorum"));
  });
  it("names every reason at once", () => {
    const wanted = request(["prod-cp-2", "prod-cp-3", "prod-cp-4"], { version: "1.34.0", immutable: {} });
    assert.deepEqual(refused(wanted, running(ALL)).sort(), [
      "first-control-plane",
      "immutable-after-installation",
      "version-step",
    ]);
  });
});

describe("API servers that are told of too few etcd members", () => {
  const servers = (...counts: number[]) =>
    Object.fromEntries(
      counts.map((count, index) => [THREE[index], Array<string>(count).fill("https://e:2379")]),
    );
  const there = running(ALL);

  it("are those that would lose their data source", () => {
    assert.deepEqual(blindApiServers({ ...there, etcdServers: servers(3, 2, 3) }), ["prod-cp-2"]);
    assert.deepEqual(blindApiServers({ ...there, etcdServers: servers(3, 3, 3) }), []);
  });
  it("are not those that miss a member which is on its way in or out: nobody could take it out", () => {
    for (const name of ["", "etcd4"]) {
      const members = [...there.etcd!.members, { name, healthy: name !== "" }];
      assert.deepEqual(blindApiServers({ ...there, etcd: { members }, etcdServers: servers(3, 3, 3) }), []);
    }
  });
});

describe("removal of a node", () => {
  it("drains and resets a worker", () => {
    const { steps } = planRemoval(request([...THREE, "prod-w-1"]), running(ALL), "prod-w-2");
    assert.deepEqual(steps.map(shown), ['remove-node.yml {"node":"prod-w-2","skip_confirmation":true}']);
    assert.deepEqual(steps[0]?.inventory.workers, ["prod-w-1", "prod-w-2"]);
  });
  it("only forgets a worker that does not answer", () => {
    const there = running(ALL, {
      nodes: ALL.map((name) => observedNode(name, { ready: name !== "prod-w-2" })),
    });
    const { steps } = planRemoval(request([...THREE, "prod-w-1"]), there, "prod-w-2");
    assert.deepEqual(steps.map(shown), [
      'remove-node.yml {"node":"prod-w-2","skip_confirmation":true,"reset_nodes":false,"allow_ungraceful_removal":true}',
    ]);
  });
  it("takes the control plane down one by one, and tells the API servers after the last", () => {
    const wanted = request(ALL);
    const first = planRemoval(wanted, running([...FIVE, ...WORKERS]), "prod-cp-5");
    assert.deepEqual(first.steps.map(shown), [
      'remove-node.yml {"node":"prod-cp-5","skip_confirmation":true}',
    ]);
    const second = planRemoval(wanted, running([...FIVE.slice(0, 4), ...WORKERS]), "prod-cp-4");
    assert.deepEqual(second.steps.map(shown), [
      'remove-node.yml {"node":"prod-cp-4","skip_confirmation":true,"ignore_assert_errors":true}',
      "playbooks/facts.yml",
      `upgrade-cluster.yml ${LIMIT} {"kube_version":"1.35.4"}`,
    ]);
  });
  it("does nothing for a node that is gone already", () => {
    const there = running(ALL);
    for (const gone of ["prod-w-9", "prod-cp-9"]) {
      const { refusals, steps } = planRemoval(request(ALL), there, gone);
      assert.deepEqual([refusals, steps], [[], []], gone);
    }
  });

  describe("of one that joined etcd and is no control-plane node yet", () => {
    const ONE = ["prod-cp-1", ...WORKERS];
    const GONE =
      'remove-node.yml {"node":"prod-cp-2","skip_confirmation":true,"reset_nodes":false,"allow_ungraceful_removal":true,"ignore_assert_errors":true}';
    const own = { name: "etcd1", healthy: true, address: "10.0.0.10" };
    const grown = (member: EtcdMember, about: Partial<ObservedCluster> = {}) =>
      running(ONE, { etcd: { members: [own, member] }, ...about });

    it("takes its member away, at the address where etcd has it", () => {
      const there = grown({ name: "etcd2", healthy: true, address: "10.0.0.77" });
      const { refusals, steps, nodes } = planRemoval(request(ONE), there, "prod-cp-2");
      assert.deepEqual(refusals, []);
      assert.equal(shown(steps[0]!), GONE);
      assert.deepEqual(steps[0]?.inventory.controlPlane, ["prod-cp-1", "prod-cp-2"]);
      const { facts } = requestFor(request(ONE), nodes, steps[0].inventory);
      assert.equal(facts.machines["prod-cp-2"]?.address, "10.0.0.77");
    });

    it("takes it away where it was added and has not started", () => {
      const there = grown({ name: "", healthy: false, address: "10.0.0.77" });
      const { steps } = planRemoval(request(ONE), there, "prod-cp-2");
      assert.equal(shown(steps[0]!), GONE);
    });

    it("takes it away where its Node does not say yet that it is one of the control plane", () => {
      const nodes = [...running(ONE).nodes, observedNode("prod-cp-2", { role: "worker", joined: false })];
      const there = grown({ name: "etcd2", healthy: true, address: "10.0.0.77" }, { nodes });
      const { steps } = planRemoval(request(ONE), there, "prod-cp-2");
      assert.equal(steps[0]?.playbook, "remove-node.yml");
      assert.deepEqual(steps[0]?.inventory.controlPlane, ["prod-cp-1", "prod-cp-2"], "no host of etcd");
    });

    it("leaves the members of others alone: of a wanted machine, and of the worker of their number", () => {
      const wanted = request(ALL);
      const members = THREE.map((name) => ({
        ...{ name: numberedMember(name), healthy: name !== "prod-cp-3" },
        address: wanted.facts.machines[name]?.address,
      }));
      const there = running(ALL, { etcd: { members } });
      assert.deepEqual(planRemoval(wanted, there, "prod-cp-4").steps, []);
      const stray = grown({ name: "etcd2", healthy: true, address: "10.0.0.77" }, { nodes: [] });
      assert.deepEqual(planRemoval(request(ONE), stray, "prod-w-2").steps, []);
    });
  });
  it("refuses to lose the quorum", () => {
    const there = running(ALL, {
      etcd: {
        members: [
          { name: "etcd1", healthy: true },
          { name: "etcd2", healthy: false },
          { name: "etcd3", healthy: true },
        ],
      },
    });
    const { refusals, steps } = planRemoval(request(["prod-cp-1", ...WORKERS]), there, "prod-cp-3");
    assert.deepEqual(steps, []);
    assert.match(refusals[0]?.message ?? "", /1 of 2 etcd members would answer and 2 must/);
  });
  it("refuses the first control-plane node while it is the first", () => {
    const { refusals } = planRemoval(request(["prod-cp-2", "prod-cp-3"]), running(ALL), "prod-cp-1");
    assert.deepEqual(
      refusals.map(({ code }) => code),
      ["first-control-plane"],
    );
  });
});
