/** What a restore says that it will do, and how a drill compares. */
import type { ClusterConfig } from "../../../config/resolve";
import { unreadableSecrets } from "../../../cli/restore/etcd";
import assert from "node:assert/strict";
import { compare } from "../../../cli/backup/compare";
import type { Manifest } from "../../../cli/backup/manifest";
import { placedSecrets } from "../../../cli/backup/secrets";
import { isNewer, planRestore, shownPlan, type RestoreOrder } from "../../../cli/restore/plan";
import { sameContent } from "../../../cli/operation/importState";
import { isEmpty } from "../../../cli/restore/state";
import { requireVisible } from "../../../cli/restore/elsewhere";
import type { ClusterObjects } from "../../../runner/kubernetes/objects";

const file = { size: 1, sha256: "0".repeat(64) };
const velero = {
  backup: "s",
  phase: "Completed",
  items: 1,
  warnings: 0,
  errors: 0,
  bucket: "b",
  prefix: "velero",
  files: [],
};
const manifest = {
  name: "s",
  stack: "prod",
  parts: (["state", "etcd", "secrets"] as const).map((part) => ({ part, file: part, ...file })),
  velero,
  without: [],
} as unknown as Manifest;
const bare = {
  ...manifest,
  parts: [],
  velero: undefined,
  without: [{ part: "etcd", why: "the reason" }],
} as unknown as Manifest;
const order: RestoreOrder = { set: "s", into: "prod", objects: true, state: false, keys: false, etcd: false };
const [older, newer] = ["2026-01-01T00:00:00Z", "2026-01-02T00:00:00+01:00"];

describe("restore: its plan", () => {
  it("is objects and Secrets, of the namespaces that were asked for", () => {
    const { steps, refusals } = planRestore(manifest, { ...order, namespaces: ["shop"] }, {});
    assert.deepEqual([steps.map(({ what }) => what), refusals], [["objects", "secrets"], []]);
    assert.ok(steps.every(({ title }) => title.includes("namespace shop")));
  });

  it("has the state first: what takes hours is after it, and nobody's run falls in between", () => {
    const { steps, refusals } = planRestore(manifest, { ...order, namespaces: ["shop"], state: true }, {});
    assert.deepEqual([steps.map(({ what }) => what), refusals], [["state", "objects", "secrets"], []]);
    assert.match(planRestore(bare, { ...order, state: true }, {}).refusals.join(), /no objects/);
  });

  it("says of a set without a part why it has none", () => {
    assert.match(planRestore(bare, order, {}).refusals.join(), /no objects/);
    assert.match(
      planRestore(bare, { ...order, objects: false, etcd: true }, {}).refusals.join(),
      /the reason/,
    );
  });

  it("keeps state and etcd of one cluster out of another", () => {
    const { refusals } = planRestore(manifest, { ...order, into: "other", state: true, etcd: true }, {});
    assert.equal(refusals.length, 2);
  });

  it("refuses a snapshot of etcd whose Secrets no API server of now could read", () => {
    const at = (generation: number, enabled = true) =>
      ({
        kubernetes: { encryptionAtRest: { enabled } },
        secrets: { encryptionKey: { generation, generations: [generation] } },
      }) as unknown as ClusterConfig;
    const then = (generation: number) => `secrets:\n  encryptionKey: { generation: ${generation} }\n`;
    assert.equal(unreadableSecrets(then(2), at(2)), undefined);
    assert.equal(
      unreadableSecrets("secrets: { age: {} }\n", at(1)),
      undefined,
      "a set of before there were generations",
    );
    assert.match(unreadableSecrets(then(1), at(2)) ?? "", /generation 1 .* the cluster has 2/);
    assert.match(unreadableSecrets("secrets: { age: {} }\n", at(2)) ?? "", /generation 1/);
    assert.equal(unreadableSecrets(then(1), at(2, false)), undefined);
  });

  it("warns of a state that is newer than the set's", () => {
    const warned = (present: string | undefined, saved: string | undefined) =>
      planRestore(manifest, { ...order, objects: false, state: true }, { present, saved }).steps[0]?.warning;
    assert.match(warned(newer, older) ?? "", /newer .*--yes --force/);
    assert.deepEqual(
      [warned(older, newer), warned(older, older), warned(undefined, older)],
      [undefined, undefined, undefined],
    );
    assert.ok(isNewer({ present: older }));
    // Edited by hand: the engine's time is that of the last run then.
    assert.ok(isNewer({ present: older, saved: older, edited: true }));
    assert.ok(!isNewer({ present: older, saved: newer, edited: true }));
    const plan = planRestore(
      manifest,
      { ...order, objects: false, state: true },
      { present: newer, saved: older },
    );
    assert.match(shownPlan("s", plan), /! the state of now is newer/);
  });

  it("tells states apart by what they say, not by how it is encrypted", () => {
    const state = (ciphertext: string, protect: boolean) =>
      JSON.stringify({
        deployment: { resources: [{ urn: "x", protect, outputs: { key: { ciphertext } } }] },
      });
    assert.ok(sameContent(state("one", true), state("two", true)));
    assert.ok(!sameContent(state("one", true), state("one", false)));
    assert.ok(sameContent(JSON.stringify({ deployment: null }), "{}"));
    assert.ok(isEmpty("{}") && !isEmpty(state("one", true)));
    assert.ok(isEmpty(JSON.stringify({ deployment: { resources: [{ type: "pulumi:pulumi:Stack" }] } })));
  });

  it("restores only what the other cluster's Velero sees, and says what is missing", async () => {
    const api = (knows: boolean, spec?: object) =>
      ({
        read: async () => (knows ? {} : undefined),
        list: async () => (spec ? [{ metadata: { name: "l" }, spec, status: { phase: "Available" } }] : []),
      }) as unknown as ClusterObjects;
    await requireVisible(api(true), manifest, "other");
    const location = { objectStorage: { bucket: "b", prefix: "velero" } };
    await assert.rejects(
      requireVisible(api(false, location), manifest, "other"),
      /does not know backup s yet/,
    );
    await assert.rejects(
      requireVisible(api(false, { objectStorage: { bucket: "theirs" } }), manifest, "other"),
      (error: { message: string; hint: string }) =>
        /does not look at b/.test(error.message) && /accessMode: ReadOnly/.test(error.hint),
    );
  });
});

describe("backup drill: comparison", () => {
  const saved = {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: {
      name: "web",
      namespace: "shop",
      uid: "1",
      labels: { app: "web" },
      annotations: { "deployment.kubernetes.io/revision": "3" },
    },
    spec: { replicas: 2, template: { spec: { containers: [{ image: "web:1" }] } } },
    status: { replicas: 2 },
  };
  const binding = {
    kind: "RoleBinding",
    metadata: { name: "b", namespace: "shop" },
    subjects: [{ kind: "ServiceAccount", name: "a", namespace: "shop" }],
  };
  const into = { shop: "drill" };
  const restored = (change: object = {}) => ({
    ...saved,
    metadata: {
      name: "web",
      namespace: "drill",
      uid: "2",
      labels: { app: "web", "velero.io/backup-name": "s" },
    },
    status: {},
    ...change,
  });

  it("sees what a cluster gives anew as no difference", () => {
    const there = {
      ...binding,
      metadata: { name: "b" },
      subjects: [{ ...binding.subjects[0], namespace: "drill" }],
    };
    assert.deepEqual(compare([saved, binding], [restored(), there], into), {
      kinds: [
        { kind: "Deployment", saved: 1, restored: 1 },
        { kind: "RoleBinding", saved: 1, restored: 1 },
      ],
      missing: [],
      different: [],
    });
  });

  it("names what is missing, and the fields that differ without their values", () => {
    const changed = restored({ spec: { replicas: 1, template: saved.spec.template } });
    assert.deepEqual(compare([saved], [changed], into).different, [
      { object: "Deployment/web", fields: ["spec.replicas"] },
    ]);
    assert.deepEqual(compare([saved], [], into).missing, ["Deployment/web"]);
    assert.deepEqual(compare([binding], [binding], {}).different, []);
    const secret = (data: object) => ({ kind: "Secret", metadata: { name: "s" }, data });
    const { different } = compare([secret({ password: "one" })], [secret({ password: "two" })], into);
    assert.deepEqual(different, [{ object: "Secret/s", fields: ["data.password"] }]);
  });

  it("places Secrets of the chosen namespaces only", () => {
    const one = (namespace: string) => ({ metadata: { name: "s", namespace } });
    const placed = placedSecrets([one("shop"), one("other")], ["shop"], into);
    assert.deepEqual(
      placed.map(({ metadata }) => metadata.namespace),
      ["drill"],
    );
    assert.equal(placedSecrets([one("shop"), one("other")], undefined).length, 2);
  });
});
