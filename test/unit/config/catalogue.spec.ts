/** The catalogue as a graph, and what is on for whom. */
import assert from "node:assert/strict";
import semver from "semver";
import { catalogue, enabledServices, isEnabled } from "../../../config/catalogue";
import type { ClusterInput } from "../../../config/schema";
import { serviceNames, type ServiceName } from "../../../config/services";
import { configOf } from "../../support/arbitraryCluster";
import { small } from "../plan/support";

const gitops: ClusterInput["gitops"] = { repository: { url: "https://git.acme.org/platform/clusters.git" } };

const configWith = (sections: Partial<ClusterInput>) => configOf({ ...small, gitops, ...sections });
const allOn = Object.fromEntries(serviceNames.map((name) => [name, { enabled: true }]));
const firstOf = (name: ServiceName) => [...catalogue[name].needs, ...catalogue[name].after];

describe("the catalogue", () => {
  it("pins each chart to a release, and takes none from a repository without TLS", () => {
    for (const [name, { chart }] of Object.entries(catalogue)) {
      if (chart === undefined) continue;
      assert.ok(semver.valid(chart.version), `${name}: ${chart.version} is not a version`);
      assert.deepEqual(semver.prerelease(chart.version), null, `${name}: ${chart.version} is no release`);
      assert.match(chart.repository, /^(https|oci):\/\/[^/]+/, name);
      assert.ok(!chart.repository.endsWith(`/${chart.name}.git`), name);
    }
  });

  it("gives each service a namespace that is not one of the cluster's own", () => {
    for (const { namespace } of Object.values(catalogue)) {
      assert.match(namespace, /^[a-z][a-z0-9-]*$/);
      assert.ok(!["default", "kube-system", "kube-public", "flux-system"].includes(namespace), namespace);
    }
  });

  it("has no service that comes before itself", () => {
    const visit = (name: ServiceName, above: readonly ServiceName[]): void => {
      assert.ok(!above.includes(name), [...above, name].join(" → "));
      for (const first of firstOf(name)) visit(first, [...above, name]);
    };
    for (const name of serviceNames) visit(name, []);
  });

  it("turns on by itself only what needs nothing that is off", () => {
    for (const name of serviceNames.filter((candidate) => catalogue[candidate].defaultOn))
      for (const needed of catalogue[name].needs)
        assert.ok(catalogue[needed].defaultOn, `${name} → ${needed}`);
  });
});

describe("enabled services", () => {
  it("are the default set where nothing is said", () => {
    assert.deepEqual(enabledServices(configWith({})), [
      "cert-manager",
      "kyverno",
      "external-snapshotter",
      "cinder-csi",
      "velero",
      "metrics-server",
      "etcd-backup",
    ]);
  });

  it("are without Velero where backups go nowhere, and are none without a repository", () => {
    const nowhere = configWith({ backup: { store: "none" } });
    assert.equal(isEnabled(nowhere, "velero"), false);
    assert.equal(isEnabled(nowhere, "kyverno"), true);
    assert.deepEqual(enabledServices(configOf({ ...small, services: allOn })), []);
  });

  it("have snapshots of etcd beside Velero, unless the backup says otherwise", () => {
    assert.equal(isEnabled(configWith({}), "etcd-backup"), true);
    for (const more of [
      { backup: { etcdSnapshots: false } },
      { services: { velero: { enabled: false } } },
      { services: { "etcd-backup": { enabled: false } } },
    ])
      assert.equal(isEnabled(configWith(more), "etcd-backup"), false, JSON.stringify(more));
  });

  it("are what the user wrote, on and off", () => {
    const config = configWith({
      services: { kyverno: { enabled: false }, loki: { enabled: true }, tempo: {} },
    });
    assert.deepEqual(
      (["kyverno", "loki", "tempo"] as const).map((name) => isEnabled(config, name)),
      [false, true, false],
    );
  });

  it("come in an order in which each has before it what it needs or follows", () => {
    const order = enabledServices(configWith({ services: allOn }));
    assert.deepEqual([...order].sort(), [...serviceNames].sort());
    for (const name of order)
      for (const first of firstOf(name))
        assert.ok(order.indexOf(first) < order.indexOf(name), `${first} before ${name}`);
  });
});
