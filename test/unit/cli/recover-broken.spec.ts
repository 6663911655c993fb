import assert from "node:assert/strict";
import type { OpenStackClient } from "../../../cli/cloud/client";
import type { StateResource } from "../../../cli/recover/state";
import { recovered, TYPES, urn, withBackend } from "./support/recovery";

const CREATED = "2026-11-01T10:00:00Z";
const LATER = "2026-11-09T10:00:00Z";

describe("recover and what is in ERROR after a run that failed", () => {
  withBackend();

  /** A cloud that has nothing but these, by the end of their address. */
  function cloudWith(objects: Readonly<Record<string, object>>): OpenStackClient {
    const get = async (path: string) => objects[path] ?? assert.fail(`GET ${path}`);
    return { service: () => ({ get, list: async () => [] }) } as unknown as OpenStackClient;
  }
  const failed = (type: string, name: string, modified: string | undefined): StateResource => ({
    ...{ urn: urn(type, name), type, id: name, inputs: { name }, initErrors: ["refused"] },
    ...{ created: CREATED, modified },
  });

  async function settled(resource: StateResource, key: string, path: string, object: object) {
    const client = cloudWith({ [`${path}/${resource.id}`]: { [key]: object } });
    const state = () => ({ resources: [resource], pending: [] });
    const { lines, recovery, said } = await recovered({ client, state });
    return { tainted: lines.filter((line) => line.startsWith("state taint")), recovery, said };
  }
  const server = (modified: string | undefined, object: object) =>
    settled(failed(TYPES.server, "prod-w-1", modified), "server", "/servers", { status: "ERROR", ...object });
  const volume = (modified: string | undefined, object: object) =>
    settled(failed(TYPES.volume, "prod-w-1-data", modified), "volume", "/volumes", object);
  const balancer = (modified: string) =>
    settled(failed(TYPES.balancer, "prod-api", modified), "loadbalancer", "/lbaas/loadbalancers", {
      provisioning_status: "ERROR",
    });

  it("replaces what the failed run has made", async () => {
    const made = [
      await server(CREATED, { "OS-SRV-USG:launched_at": null }),
      await volume(CREATED, { status: "error", attachments: [] }),
      await balancer(CREATED),
    ];
    for (const { tainted, recovery } of made) {
      assert.equal(tainted.length, 1);
      assert.deepEqual([recovery.replaced.length, recovery.unmended], [1, []]);
    }
  });

  it("replaces a server that has never started, however often a run was tried since", async () => {
    assert.equal((await server(LATER, { "OS-SRV-USG:launched_at": null })).tainted.length, 1);
  });

  it("never replaces what was whole before an update failed: that is named, with its repair", async () => {
    const whole = [
      await server(LATER, { "OS-SRV-USG:launched_at": "2026-11-01T10:01:00.000000" }),
      await volume(LATER, { status: "error_extending", attachments: [] }),
      await volume(LATER, { status: "error", attachments: [] }),
      await balancer(LATER),
    ];
    for (const { tainted, recovery, said } of whole) {
      assert.deepEqual([tainted, recovery.replaced, recovery.unmended.length], [[], [], 1]);
      assert.match(said, /from an update that failed. Left/);
      assert.match(said, /openstack (server set|volume set|loadbalancer failover)/);
      assert.match(said, /pulumi state taint 'urn:pulumi:prod/);
    }
  });

  it("never replaces a volume that somebody has used, whatever the times say", async () => {
    const used = { status: "error", attachments: [{ server_id: "s" }] };
    assert.deepEqual((await volume(CREATED, used)).tainted, []);
    const extended = { status: "error_extending", attachments: [] };
    assert.deepEqual((await volume(CREATED, extended)).tainted, []);
  });

  it("replaces nothing where the state has no times", async () => {
    const resource: StateResource = { ...failed(TYPES.balancer, "prod-api", undefined), created: undefined };
    const { tainted } = await settled(resource, "loadbalancer", "/lbaas/loadbalancers", {
      provisioning_status: "ERROR",
    });
    assert.deepEqual(tainted, []);
  });
});
