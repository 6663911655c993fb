import assert from "node:assert/strict";
import { complete, madeCredentials, notMerged, planCredential } from "../../../../cli/rotate/credential";
import { consumersIn, holdersIn, restarted, RESTART_ANNOTATION } from "../../../../cli/rotate/consumers";
import { generationName, generationOf } from "../../../../plan/serviceCredentials";
import { encryptDocument } from "../../../../delivery/seal/document";
import { DIGEST_ANNOTATION } from "../../../../delivery/seal/secret";
import { makeAgeIdentity } from "../../../../delivery/identity";

const credential = (base: string, generation: number) => ({
  base,
  generation,
  id: `${base}-${generation}-id`,
});

describe("the rotation of application credentials", () => {
  it("keeps the first generation's name, and reads a generation from any name", () => {
    assert.equal(generationName("prod-g2-cloud-controller", 1), "prod-g2-cloud-controller");
    for (const number of [1, 2, 31])
      assert.equal(generationOf(generationName("prod-g2-csi", number)), number);
    const type = "openstack:identity/applicationCredential:ApplicationCredential";
    const urn = "urn:pulumi:s::opencenter::t::prod-cloud-controller-g2";
    const state = { resources: [{ urn, type, id: "x" }], pending: [] };
    assert.deepEqual(madeCredentials(state), [{ base: "prod-cloud-controller", generation: 2, id: "x" }]);
  });

  it("comes to the same end from wherever it was interrupted", () => {
    const [old, both, only] = [
      [credential("a", 3)],
      [credential("a", 3), credential("a", 4)],
      [credential("a", 4)],
    ];
    const worlds = [
      [[3], old],
      [[3, 4], old],
      [[3, 4], both],
      [[4], both],
    ] as const;
    for (const [generations, made] of worlds) assert.equal(planCredential(generations, made).next, 4);
    assert.equal(planCredential([4], both).underWay, true);
    assert.equal(planCredential([4], only).underWay, false);
  });

  it("has all new credentials only when each purpose has one", () => {
    const old = [credential("a", 1), credential("b", 1)];
    assert.equal(complete([...old, credential("a", 2)], 2), false);
    assert.equal(complete([...old, credential("a", 2), credential("b", 2)], 2), true);
    assert.equal(complete([], 2), false);
  });

  it("finds the Secrets with a credential, and what reads them in the same namespace", () => {
    const secret = (namespace: string, name: string, text: string) => ({
      metadata: { namespace, name },
      data: { conf: Buffer.from(text).toString("base64") },
    });
    const found = holdersIn(
      [secret("csi", "conf", "id = old-id"), secret("csi", "other", "new-id")],
      ["old-id"],
    );
    assert.deepEqual(found, [{ namespace: "csi", name: "conf" }]);
    const workload = (namespace: string, name: string, spec: object) => ({
      metadata: { namespace, name },
      spec: { template: { spec } },
    });
    const env = (from: object) => ({ containers: [{ env: [{ valueFrom: from }] }] });
    const all = [
      workload("csi", "volume", { volumes: [{ secret: { secretName: "conf" } }] }),
      workload("csi", "projected", { volumes: [{ projected: { sources: [{ secret: { name: "conf" } }] } }] }),
      workload("csi", "key", env({ secretKeyRef: { name: "conf", key: "k" } })),
      workload("csi", "from", { containers: [{ envFrom: [{ secretRef: { name: "conf" } }] }] }),
      workload("csi", "config", env({ configMapKeyRef: { name: "conf", key: "k" } })),
      workload("other", "elsewhere", { volumes: [{ secret: { secretName: "conf" } }] }),
    ];
    const names = consumersIn(all, found).map(({ metadata }) => metadata?.name);
    assert.deepEqual(names, ["volume", "projected", "key", "from"]);
  });

  it("counts a workload as restarted when every pod is new and available", () => {
    const deployment = (mark: string, status: Record<string, unknown>) => ({
      kind: "Deployment",
      metadata: { name: "d", generation: 2 },
      spec: { replicas: 2, template: { metadata: { annotations: { [RESTART_ANNOTATION]: mark } } } },
      status,
    });
    const ready = { observedGeneration: 2, replicas: 2, updatedReplicas: 2, availableReplicas: 2 };
    assert.equal(restarted(deployment("2", ready), "2"), true);
    assert.equal(restarted(deployment("1", ready), "2"), false);
    for (const worse of [
      { observedGeneration: 1 },
      { replicas: 3 },
      { updatedReplicas: 1 },
      { availableReplicas: 1 },
    ])
      assert.equal(restarted(deployment("2", { ...ready, ...worse }), "2"), false, JSON.stringify(worse));
    const daemons = { observedGeneration: 2, desiredNumberScheduled: 3, updatedNumberScheduled: 3 };
    const set = (numberAvailable: number) => ({
      ...deployment("2", { ...daemons, numberAvailable }),
      kind: "DaemonSet",
    });
    assert.equal(restarted(set(3), "2"), true);
    assert.equal(restarted(set(2), "2"), false);
  });

  it("waits for each encrypted file of the proposal, and for no other cluster's", async () => {
    const { recipient } = JSON.parse(await makeAgeIdentity()) as { recipient: string };
    const sealed = (digest: string) => {
      const metadata = { name: "s", annotations: { [DIGEST_ANNOTATION]: digest } };
      return encryptDocument({ apiVersion: "v1", kind: "Secret", metadata, stringData: { a: "b" } }, [
        recipient,
      ]);
    };
    const [one, two] = [await sealed("one"), await sealed("two")];
    const proposal = new Map([
      ["overlays/prod/a.yaml", two],
      ["overlays/prod/b.yaml", one],
      ["overlays/prod-2/c.yaml", two],
    ]);
    const main = new Map([...proposal.keys()].map((path) => [path, one]));
    assert.deepEqual(notMerged(proposal, main, "prod"), ["overlays/prod/a.yaml"]);
  });
});
