import assert from "node:assert/strict";
import { failingChecks, healthFindings } from "../../../../cli/drift/certificates";
import { CloudError } from "../../../../cli/cloud/errors";
import { blindFindings } from "../../../../cli/drift/cloud/blindSpots";
import { parseDigest } from "../../../../cli/drift/cloud/digest";
import { refreshFindings } from "../../../../cli/drift/cloud/findings";
import { namedRoutes, putBack } from "../../../../cli/drift/cloud/routes";
import { unreadableIn } from "../../../../cli/drift/cloud/refreshed";
import { expiryFindings, sift } from "../../../../cli/drift/ignores";
import { nodeFindings, type SeenNode } from "../../../../cli/drift/nodes";
import { platformFindings } from "../../../../cli/drift/platform";
import { exitCodeOf, summaryOf, type Finding, type LayerReport } from "../../../../cli/drift/report";
import type { OpenStackClient } from "../../../../cli/cloud/client";
import { UserError } from "../../../../cli/errors";
import { findOrphans, removeOrphan } from "../../../../cli/recover/orphans";
import type { StackState } from "../../../../cli/recover/state";

const NOW = new Date("2026-11-23T12:00:00Z");
const urn = (type: string, name: string) => `urn:pulumi:prod::opencenter::a$b$${type}::${name}`;
const port = "openstack:networking/port:Port";

const recorded = (name: string, more: object = {}) => ({
  name,
  role: "worker" as const,
  address: "10.0.0.1",
  version: "1.35.4",
  labels: { tier: "web" },
  taints: [],
  ...more,
});
const seen = (name: string, more: Partial<SeenNode> = {}): SeenNode => ({
  name,
  role: "worker",
  address: "10.0.0.1",
  kubeletVersion: "1.35.4",
  ready: true,
  unschedulable: false,
  labels: { tier: "web", "kubernetes.io/os": "linux" },
  taints: [],
  owned: { labels: ["tier"], taints: [] },
  joined: true,
  runtime: "containerd://2.1.4",
  ...more,
});
const codes = (findings: readonly Finding[]) => findings.map(({ code, subject }) => `${code} ${subject}`);

describe("drift of the cloud", () => {
  it("names what is gone and what differs, with both values, and nothing that was only read", () => {
    const state = (outputs: object) => ({
      type: port,
      id: "p1",
      outputs: outputs as Record<string, unknown>,
    });
    const steps = [
      { op: "delete", urn: urn(port, "a"), oldState: state({}) },
      {
        op: "update",
        urn: urn(port, "b"),
        oldState: state({ tags: ["one"], metadata: { "a.b": "x" } }),
        newState: state({ tags: [], metadata: {} }),
        detailedDiff: { "tags[0]": { kind: "delete" }, 'metadata["a.b"]': { kind: "delete" } },
      },
      { op: "refresh", urn: urn(port, "c"), oldState: state({}), newState: state({}) },
      { op: "update", urn: urn("command:local:Command", "d") },
    ];
    const findings = refreshFindings(steps);
    assert.deepEqual(codes(findings), ["deleted Port a", "changed Port b"]);
    assert.deepEqual(findings[1]?.differences, [
      { path: 'metadata["a.b"]', expected: "x" },
      { path: "tags[0]", expected: "one" },
    ]);
    assert.equal(findings[1]?.id, "p1");
  });

  it("puts what Pulumi keeps inside the cluster under the platform", () => {
    const steps = [{ op: "delete", urn: urn("kubernetes:core/v1:Secret", "sops-age") }];
    assert.equal(refreshFindings(steps)[0]?.layer, "platform");
  });

  it("says so when Pulumi gave no document", () => {
    assert.throws(() => parseDigest("error: no such stack", "pulumi refresh"), UserError);
    assert.throws(() => parseDigest('{"steps": 3}', "pulumi refresh"), UserError);
  });
});

describe("drift of the nodes", () => {
  it("is silent about nodes as they were left", () => {
    assert.deepEqual(nodeFindings({ nodes: [recorded("n1"), recorded("n2")] }, [seen("n1"), seen("n2")]), []);
  });

  it("finds each way to differ", () => {
    const record = { nodes: ["n1", "n2", "n3", "n4", "n5", "n6"].map((name) => recorded(name)) };
    const found = nodeFindings(record, [
      seen("n2", { ready: false, notReady: "KubeletStopped" }),
      seen("n3", { unschedulable: true, kubeletVersion: "1.34.0" }),
      seen("n4", { labels: { tier: "db" } }),
      seen("n5", { taints: [{ key: "a", value: "b", effect: "NoSchedule" }] }),
      seen("n6", { runtime: "containerd://1.7.0" }),
      seen("stranger"),
    ]);
    assert.deepEqual(codes(found), [
      "node-missing Node n1",
      "node-extra Node stranger",
      "node-not-ready Node n2",
      "node-cordoned Node n3",
      "node-version Node n3",
      "node-labels Node n4",
      "node-taints Node n5",
      "node-runtime Node n6",
    ]);
    assert.deepEqual(found[5]?.differences, [{ path: "labels.tier", expected: "web", actual: "db" }]);
  });

  it("leaves Kubernetes' own taints and other people's labels alone", () => {
    const taints = [
      { key: "node.kubernetes.io/unschedulable", value: "", effect: "NoSchedule" as const },
      { key: "node-role.kubernetes.io/control-plane", value: "", effect: "NoSchedule" as const },
    ];
    const labels = { tier: "web", theirs: "x" };
    assert.deepEqual(nodeFindings({ nodes: [recorded("n1")] }, [seen("n1", { taints, labels })]), []);
  });

  it("counts days of certificates, and names failing checks", () => {
    const certificates = [
      { subject: "a", notAfter: "2026-12-01T00:00:00Z" },
      { subject: "b", notAfter: "2027-12-01T00:00:00Z" },
      { subject: "c", notAfter: "2026-11-01T00:00:00Z" },
    ];
    const failing = failingChecks("[+]ping ok\n[-]etcd failed: reason withheld\n[-]poststarthook/x failed");
    const found = healthFindings({ certificates, failing }, 30, NOW);
    assert.deepEqual(codes(found), [
      "certificate-expiry Certificate of a",
      "certificate-expiry Certificate of c",
      "etcd-unhealthy Check etcd of the API server",
      "api-unhealthy Check poststarthook/x of the API server",
    ]);
    assert.match(found[0]?.message ?? "", /ends in 7 days/);
    assert.match(found[1]?.message ?? "", /ended on/);
  });
});

describe("drift of the platform", () => {
  const ready = (message = "Applied") => ({
    observedGeneration: 1,
    conditions: [{ type: "Ready", status: "True", reason: "Succeeded", message, observedGeneration: 1 }],
  });
  const stage = (name: string, more: Record<string, any> = {}) => ({
    apiVersion: "kustomize.toolkit.fluxcd.io/v1",
    kind: "Kustomization",
    metadata: { name, namespace: "flux-system", generation: 1 },
    spec: { sourceRef: { kind: "GitRepository", name: "flux-system" }, ...more["spec"] },
    status: { ...ready(), lastAppliedRevision: "main@sha1:abc", ...more["status"] },
  });
  const head = { branch: "main", commit: "abc" };

  it("finds what is suspended, failing and behind, and waits for what is under way", () => {
    const failing = {
      conditions: [{ type: "Ready", status: "False", reason: "BuildFailed", message: "no such file" }],
    };
    const busy = {
      conditions: [
        { type: "Ready", status: "Unknown", message: "x" },
        { type: "Reconciling", status: "True" },
      ],
    };
    const found = platformFindings(
      [
        stage("fine"),
        stage("held", { spec: { suspend: true } }),
        stage("broken", { status: failing }),
        stage("busy", { status: busy }),
        stage("old", { status: { lastAppliedRevision: "main@sha1:000" } }),
      ],
      head,
    );
    assert.deepEqual(codes(found), [
      "suspended Kustomization flux-system/held",
      "not-ready Kustomization flux-system/broken",
      "behind-git Kustomization flux-system/old",
    ]);
  });

  it("says once that the source itself is behind", () => {
    const source = {
      apiVersion: "source.toolkit.fluxcd.io/v1",
      kind: "GitRepository",
      metadata: { name: "flux-system", namespace: "flux-system", generation: 1 },
      spec: {},
      status: { ...ready(), artifact: { revision: "main@sha1:000" } },
    };
    const old = stage("old", { status: { lastAppliedRevision: "main@sha1:000" } });
    assert.deepEqual(codes(platformFindings([source, old], head)), [
      "behind-git GitRepository flux-system/flux-system",
    ]);
    assert.deepEqual(platformFindings([source, old], undefined), []);
  });

  it("asks nothing of an OCI repository of charts, which has no condition", () => {
    const charts = { kind: "HelmRepository", metadata: { name: "c", namespace: "x" }, spec: { type: "oci" } };
    assert.deepEqual(platformFindings([charts], head), []);
  });
});

describe("what is ignored", () => {
  const finding: Finding = {
    layer: "cloud",
    code: "changed",
    subject: "Router prod",
    message: "differs in name, tags",
    differences: [
      { path: "name", expected: "a", actual: "b" },
      { path: "tags", expected: "c", actual: "d" },
    ],
    repair: "",
  };
  const layers: LayerReport[] = [{ layer: "cloud", looked: true, checked: 1, findings: [finding] }];
  const entry = { subject: "Router prod", reason: "known for long", until: "2026-12-01" };
  const policy = (ignored: object[], expired: object[] = []) =>
    ({ ignored, expired, certificateDays: 30 }) as Parameters<typeof sift>[1];
  const left = (entries: object[]) =>
    sift(layers, policy(entries)).layers.flatMap((layer) => (layer.looked ? layer.findings : []));

  it("is the whole finding, or one property of it, or nothing of another subject", () => {
    assert.deepEqual(left([entry]), []);
    const [rest] = left([{ ...entry, property: "name" }]);
    assert.deepEqual(rest?.differences, [{ path: "tags", expected: "c", actual: "d" }]);
    assert.equal(rest?.message, "differs in tags");
    assert.deepEqual(
      left([
        { ...entry, property: "name" },
        { ...entry, property: "tags" },
      ]),
      [],
    );
    assert.deepEqual(left([{ ...entry, subject: "Router prod-2" }]), [finding]);
  });

  it("comes back when its day has passed", () => {
    const [back] = expiryFindings(policy([], [{ ...entry, until: "2026-11-22" }]));
    assert.equal(back?.code, "ignore-expired");
    assert.match(back?.message ?? "", /2026-11-22.*known for long/);
  });
});

describe("how a report ends", () => {
  const clean: LayerReport = { layer: "cloud", looked: true, checked: 3, findings: [] };
  const blind: LayerReport = { layer: "nodes", looked: false, reason: "no answer" };
  const drifted: LayerReport = {
    layer: "platform",
    looked: true,
    checked: 1,
    findings: [{ layer: "platform", code: "suspended", subject: "x", message: "", repair: "" }],
  };

  it("is 0 clean, 2 drift, 1 could not look", () => {
    assert.equal(exitCodeOf({ layers: [clean] }), 0);
    assert.equal(exitCodeOf({ layers: [clean, blind] }), 1);
    assert.equal(exitCodeOf({ layers: [clean, blind, drifted] }), 2);
    assert.equal(summaryOf({ layers: [blind, drifted] }), "1 finding, could not look at: nodes");
  });
});

describe("what the provider cannot read", () => {
  const route = urn("openstack:networking/subnetRoute:SubnetRoute", "r");
  const said = `pulumi refresh failed: error: x\nerror: Preview failed: refreshing ${route}: 1 error occurred:\n\t* subnet s doesn't have a route\n\nerror: preview failed`;

  it("is named with the provider's reason", () => {
    const [found, ...more] = unreadableIn(said);
    assert.deepEqual(more, []);
    assert.deepEqual([found?.subject, found?.urn], ["SubnetRoute r", route]);
    assert.match(found?.message ?? "", /subnet s doesn't have a route$/);
  });

  const state = (type: string): StackState => ({
    pending: [],
    resources: [
      {
        urn: route,
        type,
        inputs: { subnetId: "s", destinationCidr: "192.0.2.0/24", nextHop: "10.0.0.9" },
      },
    ],
  });
  const subnetRoute = state("openstack:networking/subnetRoute:SubnetRoute");

  function subnetWith(host_routes: object[]) {
    const sent: object[] = [];
    const network = {
      get: (path: string) => {
        assert.equal(path, "/subnets/s");
        return Promise.resolve({ subnet: { host_routes } });
      },
      change: (...asked: object[]) => Promise.resolve(void sent.push(asked)),
    };
    return { cloud: { service: () => network } as unknown as OpenStackClient, sent };
  }
  const other = { destination: "198.51.100.0/24", nexthop: "10.0.0.9" };
  const own = { destination: "192.0.2.0/24", nexthop: "10.0.0.9" };

  it("is a missing route where the subnet says so, and nothing else is", async () => {
    const found = unreadableIn(said);
    const codes = async (cloud: OpenStackClient, of = subnetRoute) =>
      (await namedRoutes(cloud, of, found)).map(({ code }) => code);
    assert.deepEqual(await codes(subnetWith([other]).cloud), ["route-missing"]);
    assert.deepEqual(await codes(subnetWith([own]).cloud), ["unreadable"]);
    const instance = state("openstack:compute/instance:Instance");
    assert.deepEqual(await codes(subnetWith([other]).cloud, instance), ["unreadable"]);
  });

  it("is put back beside the routes that are there, once", async () => {
    const { cloud, sent } = subnetWith([other]);
    await putBack(cloud, subnetRoute, route);
    assert.deepEqual(sent, [["PUT", "/subnets/s", { subnet: { host_routes: [other, own] } }]]);
    const whole = subnetWith([other, own]);
    await putBack(whole.cloud, subnetRoute, route);
    assert.deepEqual(whole.sent, []);
  });

  it("does not hide a failure of another kind", () => {
    assert.deepEqual(unreadableIn("pulumi refresh failed: error: no route to keystone"), []);
  });
});

describe("what belongs to something that is gone", () => {
  const member = "openstack:loadbalancer/member:Member";
  const lost = { urn: urn(member, "m"), type: member, id: "p1/m1", inputs: { poolId: "p1", weight: 1 } };
  const listener = "openstack:loadbalancer/listener:Listener";
  const kept = { urn: urn(listener, "l"), type: listener, id: "l1", inputs: { connectionLimit: -1 } };
  const answers = (kind: "not-found" | "request-failed") =>
    ({
      service: () => ({
        list: (path: string) =>
          path.includes("/pools/")
            ? Promise.reject(new CloudError(kind, "no such pool"))
            : Promise.resolve([{ id: "l1", connection_limit: 5 }]),
      }),
    }) as unknown as OpenStackClient;
  const state = { resources: [lost, kept], pending: [{ type: "creating", resource: lost }] };

  it("hides no other drift", async () => {
    const found = await blindFindings(answers("not-found"), state as unknown as StackState);
    assert.deepEqual(codes(found), ["changed-unseen Listener l"]);
    await assert.rejects(
      blindFindings(answers("request-failed"), state as unknown as StackState),
      /no such pool/,
    );
  });

  it("is no orphan, and stops nobody from looking for others", async () => {
    const owner = { organization: "acme", name: "prod" };
    // Members are looked for in a pool that the state knows, and the pool itself may be gone.
    const pool = "openstack:loadbalancer/pool:Pool";
    const known = {
      ...state,
      resources: [...state.resources, { urn: urn(pool, "p"), type: pool, id: "p1" }],
    };
    assert.deepEqual(await findOrphans(answers("not-found"), known as unknown as StackState, owner), []);
    await assert.rejects(findOrphans(answers("request-failed"), known as unknown as StackState, owner));
    await removeOrphan({
      type: "openstack:loadbalancer/member:Member",
      what: "member",
      id: "m1",
      remove: () => Promise.reject(new CloudError("not-found", "")),
    });
  });
});
