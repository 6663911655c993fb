/** What the end of a cluster deletes, in a cloud that has things of others beside its own. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { listBelongings, ownerOf } from "../../../../cli/belongings/list";
import type { Owner } from "../../../../cli/belongings/types";
import type { OpenStackClient } from "../../../../cli/cloud/client";
import { carryOut } from "../../../../cli/decommission/carryOut";
import { idsIn, knownIds } from "../../../../cli/decommission/inside";
import { removeAll, sortLeftovers, type Testimony } from "../../../../cli/decommission/leftovers";
import { snapshotsIn } from "../../../../cli/decommission/snapshots";
import { leftoversText } from "../../../../cli/decommission/show";
import type { Operation } from "../../../../cli/operation";
import { validateStackValues } from "../../../../config/validate";
import { findLeftovers } from "../../../../delivery/flux/leftovers";
import type { AnyObject, ClusterObjects } from "../../../../runner/kubernetes/objects";
import { infrastructure } from "../../../e2e/openstack/examples";
import { TestCloud } from "../../sandbox/openstack-support";

const owner: Owner = {
  organization: "acme",
  cluster: "prod",
  names: { serverGroups: ["prod-cp"], keyPairPrefix: "prod-", records: [] },
};

describe("the sweep after a cluster", function () {
  this.timeout(30_000);
  let cloud: TestCloud;
  beforeEach(async () => (cloud = await TestCloud.start()));
  afterEach(() => cloud.stop());

  const claimedVolume = async (name: string) => {
    const metadata = { "cinder.csi.openstack.org/cluster": "prod" };
    const body = { volume: { name, size: 1, metadata } };
    return ((await cloud.ok("POST", `/volume/v3/${cloud.session.projectId}/volumes`, body)) as { id: string })
      .id;
  };
  const group = async (name: string) => {
    const server_group = { name, policy: "soft-anti-affinity" };
    const headers = { "openstack-api-version": "compute 2.64" };
    const made = await cloud.ok("POST", "/compute/v2.1/os-server-groups", { server_group }, headers);
    return (made as { id: string }).id;
  };

  const persistentVolume = (name: string, id: string, policy: string): AnyObject => ({
    metadata: { name },
    spec: {
      persistentVolumeReclaimPolicy: policy,
      claimRef: { namespace: "shop", name },
      csi: { driver: "cinder.csi.openstack.org", volumeHandle: id },
    },
  });

  /** @returns what is still listed afterwards, and what was said of it */
  const swept = async (testimony: Testimony) => {
    const client = await cloud.openstack();
    const leftovers = sortLeftovers(await listBelongings(client, owner), testimony);
    const { stuck } = await removeAll(client, owner, leftovers.ours);
    assert.deepEqual(stuck, []);
    const { found } = await listBelongings(client, owner);
    return { left: found.map(({ id }) => id), leftovers, text: leftoversText(leftovers).join("\n") };
  };

  it("leaves a volume whose reclaim policy is Retain, and says that it is kept", async () => {
    const [photos, scratch] = [await claimedVolume("photos"), await claimedVolume("scratch")];
    const volumes = [
      persistentVolume("photos", photos, "Retain"),
      persistentVolume("scratch", scratch, "Delete"),
    ];
    const list = async (_: string, kind: string) => (kind === "PersistentVolume" ? volumes : []);
    const api = { list } as unknown as ClusterObjects;
    const { kept } = await findLeftovers(api);
    const { left, leftovers, text } = await swept({ known: await knownIds(api), kept });
    assert.deepEqual(left, [photos]);
    assert.deepEqual(leftovers.doubtful, []);
    assert.match(
      text,
      new RegExp(`Kept:\n  volume of shop/photos  ${photos}: its reclaim policy is not Delete`),
    );
  });

  it("leaves a volume whose snapshots stay, though its reclaim policy was Delete when the cluster named it", async () => {
    const [data, scratch] = [await claimedVolume("data"), await claimedVolume("scratch")];
    const kept = [{ claim: "shop/data", volume: data, snapshots: ["snap-1", "snap-2"] }];
    const { left, text } = await swept({ known: new Set([data, scratch]), kept });
    assert.deepEqual(left, [data]);
    const how = `openstack volume snapshot delete snap-1 snap-2, and then openstack volume delete ${data}`;
    assert.ok(text.includes(how), text);
  });

  it("hears from the cloud which volumes have snapshots, but those that are on their way out", async () => {
    const snapshots = [
      { id: "a", volume_id: "v", status: "available" },
      { id: "b", volume_id: "v", status: "error" },
      { id: "c", volume_id: "w", status: "deleting" },
    ];
    const list = async (path: string) => (path === "/snapshots/detail" ? snapshots : []);
    const client = { service: () => ({ list }) } as unknown as OpenStackClient;
    assert.deepEqual([...(await snapshotsIn(client))], [["v", ["a", "b"]]]);
    assert.equal((await snapshotsIn(await cloud.openstack())).size, 0);
  });

  it("leaves what is only called like the cluster's, and deletes what its state had", async () => {
    const [mine, theirs] = [await group("prod-cp"), await group("prod-cp")];
    const type = "openstack:compute/serverGroup:ServerGroup";
    const state = { resources: [{ urn: "urn:x::prod-cp", type, id: mine }], pending: [] };
    const { left, text } = await swept({ known: new Set(idsIn(state)), kept: [] });
    assert.deepEqual(left, [theirs]);
    assert.match(text, new RegExp(`look at them yourself:\n  server group prod-cp  ${theirs}`));
  });

  it("comes after a destroy, whose state is what is known of things without tags", async () => {
    const { config } = validateStackValues({
      organization: "acme",
      cluster: { name: "prod", ...infrastructure("minimal") },
    });
    assert.ok(config !== undefined);
    const [name = ""] = ownerOf(config).names.serverGroups;
    const [mine, theirs] = [await group(name), await group(name)];
    const urn = "urn:pulumi:prod::opencenter::openstack:compute/serverGroup:ServerGroup::prod-cp";
    const resource = { urn, type: "openstack:compute/serverGroup:ServerGroup", id: mine };
    const project = mkdtempSync(join(tmpdir(), "opencenter-sweep-"));
    const target = {
      ...{ stack: "prod", project, config, paths: { state: "state" } },
      state: async () => ({ resources: [resource], pending: [] }),
      kubeconfig: async () => undefined,
      cloud: () => cloud.openstack(),
      pulumi: async () => "{}",
      // A destroy that believes it has deleted what is still there.
      showPulumi: async () => 0,
      forget: () => undefined,
    };
    const step = (_: string, work: () => Promise<unknown>) => work();
    const operation = { target, step, narrator: { note: () => undefined } } as unknown as Operation;
    try {
      const { leftovers, stateFile } = await carryOut(operation, { skip: [], skipUnreachable: false });
      assert.ok(stateFile?.startsWith(project));
      const ids = (all: readonly { id: string }[]) => all.map(({ id }) => id);
      assert.deepEqual([ids(leftovers.ours), ids(leftovers.doubtful)], [[mine], [theirs]]);
    } finally {
      rmSync(project, { recursive: true });
    }
  });

  it("takes nothing of the state for its own that the program only reads", () => {
    const type = "openstack:networking/network:Network";
    const resources = [
      { urn: "urn:x::net", type, id: "made" },
      { urn: "urn:x::theirs", type, id: "read", external: true },
      { urn: "urn:x::command", type: "command:local:Command", id: "command" },
    ];
    assert.deepEqual(idsIn({ resources, pending: [] }), ["made"]);
  });
});
