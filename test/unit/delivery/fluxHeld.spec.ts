/** Volumes that Cinder refuses to delete, in a cluster that knows of no snapshot. */
import { strict as assert } from "node:assert";
import { setTimeout as sleep } from "node:timers/promises";
import { Refusals } from "../../../delivery/flux/held";
import { HELD, type Leftovers } from "../../../delivery/flux/leftovers";
import type { AnyObject, ClusterObjects, ObjectRef } from "../../../runner/kubernetes/objects";
import { said } from "../../support/said";

const SETTLE_MS = 30;
const REFUSAL =
  "rpc error: code = Internal desc = DeleteVolume failed with error: Invalid volume: Volume status must be available " +
  "or error and must not be migrating, attached, belong to a group, have snapshots, awaiting a transfer";

const volume = (name: string, phase = "Released"): AnyObject => ({
  ...{ apiVersion: "v1", kind: "PersistentVolume", metadata: { name } },
  spec: {
    persistentVolumeReclaimPolicy: "Delete",
    claimRef: { namespace: "shop", name },
    csi: { driver: "cinder.csi.openstack.org", volumeHandle: `cinder-${name}` },
  },
  status: { phase },
});

describe("volumes that Cinder refuses to delete", () => {
  let events: AnyObject[];
  let attachments: AnyObject[];
  let merged: { name: string; change: unknown }[];
  const api = {
    list: async () => attachments,
    listExact: async () => events,
    merge: async ({ name }: ObjectRef, change: unknown) => void merged.push({ name, change }),
  } as unknown as ClusterObjects;

  beforeEach(() => ([events, attachments, merged] = [[], [], []]));

  let version = 0;
  const refuses = (name: string, message = REFUSAL) => {
    const involvedObject = { kind: "PersistentVolume", name };
    const metadata = { name: `${name}.1`, uid: `event-${name}`, resourceVersion: String(version++) };
    events = [...events.filter((one) => one.metadata?.uid !== metadata.uid)];
    events.push({ metadata, reason: "VolumeFailedDelete", message, involvedObject });
  };
  const look = async (refusals: Refusals, found: Partial<Leftovers>) => {
    const none = { gateways: [], loadBalancers: [], snapshots: [], claims: [], volumes: [] };
    let kept: Awaited<ReturnType<Refusals["look"]>> = [];
    await said(async () => (kept = await refusals.look(api, { ...none, ...found })));
    return kept.map(({ claim, volume: id, snapshots }) => `${claim} ${id} ${snapshots?.length}`);
  };
  const settled = () => sleep(SETTLE_MS + 10);

  it("stay when they are refused again after a while, and their reclaim policy says so", async () => {
    const refusals = new Refusals(SETTLE_MS);
    const volumes = [volume("data"), volume("other")];
    refuses("data");
    assert.deepEqual(await look(refusals, { volumes }), [], "it may be on its way");
    await settled();
    assert.deepEqual(await look(refusals, { volumes }), [], "nobody has tried again");
    refuses("data");
    assert.deepEqual(await look(refusals, { volumes }), ["shop/data cinder-data 0"]);
    const change = {
      metadata: { annotations: { [HELD]: "" } },
      spec: { persistentVolumeReclaimPolicy: "Retain" },
    };
    assert.deepEqual(merged, [{ name: "data", change }]);
  });

  for (const [why, prepare, found] of [
    ["another reason", () => refuses("data", "rpc error: quota"), {}],
    ["an attachment", () => attachments.push({ spec: { source: { persistentVolumeName: "data" } } }), {}],
    ["snapshots that go with the cluster", () => undefined, { snapshots: [{}] }],
    ["a claim", () => undefined, { volumes: [volume("data", "Bound")] }],
  ] as const)
    it(`are still waited for when it is ${why} that holds them`, async () => {
      const refusals = new Refusals(SETTLE_MS);
      for (let round = 0; round < 3; round++) {
        refuses("data");
        prepare();
        assert.deepEqual(await look(refusals, { volumes: [volume("data")], ...found }), []);
        await settled();
      }
      assert.deepEqual(merged, []);
    });
});
