/** The Day-2 table of Kubespray's own rules: each change, and exactly the playbooks that make it. */
import assert from "node:assert/strict";
import { planConvergence } from "../../../../plan/kubernetes/steps";
import { planRemoval } from "../../../../plan/kubernetes/removal";
import type { ConvergeRequest, EndpointHolder, ObservedCluster } from "../../../../plan/kubernetes/types";
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
    assert.deepEqual(planRemoval(request(ALL), running(ALL), "prod-w-9"), { refusals: [], steps: [] });
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
