import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import type { ClusterInput } from "../../config/schema";
import { Cloud } from "../../components/cloud";
import { Dns } from "../../components/dns";
import { deploy } from "../support/mocks";
import { TYPE, deployCluster, plan, usual } from "./support";

const named = (apiEndpoint: ClusterInput["apiEndpoint"] = {}) => ({
  ...usual,
  domain: "acme.internal",
  apiEndpoint: { hostname: "api.acme.internal", dns: "designate" as const, ...apiEndpoint },
});

function deployDns(settings: ClusterInput, options?: { preview: boolean }) {
  const { dns } = plan(settings);
  assert.ok(dns);
  return deploy(() => {
    const cloud = new Cloud("cloud", { externalNetwork: "public" });
    const addresses = { api: options?.preview ? cloud.provider.id : pulumi.output("203.0.113.9") };
    return new Dns("dns", { plan: dns, cloud, addresses }, { providers: [cloud.provider] });
  }, options);
}

describe("Dns", () => {
  it("defaults: a record in the zone that is there", async () => {
    const deployment = await deployDns(named());
    assert.deepEqual(deployment.ofType(TYPE.zone), []);
    const record = deployment.only(TYPE.recordSet);
    assert.deepEqual(record.inputs, {
      zoneId: "id-of-zone-acme.internal.",
      name: "api.acme.internal.",
      type: "A",
      ttl: 300,
      records: ["203.0.113.9"],
    });
    assert.equal(record.deleteBeforeReplace, true);
  });

  it("makes the zone when it is to manage it, looks nothing up, and leaves it behind", async () => {
    const deployment = await deployDns(named({ manageZone: true }));
    const zone = deployment.only(TYPE.zone);
    assert.deepEqual(zone.inputs, {
      name: "acme.internal.",
      email: "hostmaster@acme.internal",
      type: "PRIMARY",
    });
    assert.equal(zone.retainOnDelete, true);
    assert.equal(deployment.only(TYPE.recordSet).inputs.zoneId, "id-of-dns-zone");
    assert.ok(!deployment.calls.some(({ token }) => token.includes("getDnsZone")));
  });

  it("refuses a record without an address", async () => {
    const { dns } = plan(named());
    assert.ok(dns);
    await assert.rejects(
      deploy(() => {
        const cloud = new Cloud("cloud", { externalNetwork: "public" });
        new Dns("dns", { plan: dns, cloud, addresses: {} });
      }),
      /no address for the DNS record api/,
    );
  });

  it("points to the floating IP, or to the address in the subnet when there is none", async () => {
    const records = async (settings: ClusterInput) =>
      (await deployCluster(settings)).only(TYPE.recordSet).inputs.records;
    assert.deepEqual(await records(named()), ["address-of-test-api-floating-ip"]);
    assert.deepEqual(await records(named({ floatingIp: false })), ["10.20.0.5"]);
  });

  it("is absent without Designate", async () => {
    const deployment = await deployCluster(named({ dns: "none" }));
    assert.deepEqual([...deployment.ofType(TYPE.recordSet), ...deployment.ofType(TYPE.zone)], []);
  });

  it("survives a preview, where the address is not known", async () => {
    const deployment = await deployDns(named({ manageZone: true }), { preview: true });
    assert.deepEqual(
      deployment.below("dns").map(({ name }) => name),
      ["dns-api", "dns-zone"],
    );
  });
});
