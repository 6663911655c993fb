import assert from "node:assert/strict";
import type { ClusterInput } from "../../config/schema";
import { Network } from "../../components/network";
import { deploy, isKnown, value } from "../support/mocks";
import { EXTERNAL_NETWORK_ID } from "../support/mockState";
import { TYPE, minimal, plan } from "./support";

const ids = {
  networkId: "11111111-1111-4111-8111-111111111111",
  subnetId: "22222222-2222-4222-8222-222222222222",
};

function deployNetwork(network: ClusterInput["network"] = {}, options?: { preview: boolean }) {
  const { network: networkPlan, tags } = plan({ ...minimal, network });
  const args = { plan: networkPlan, tags, externalNetworkId: EXTERNAL_NETWORK_ID };
  return deploy(() => new Network("net", args), options);
}

describe("Network", () => {
  it("defaults: a network, a subnet, and a router to the external network", async () => {
    const deployment = await deployNetwork();
    assert.deepEqual(
      deployment.below("net").map(({ name, inputs: { tags: _, ...inputs } }) => [name, inputs]),
      [
        ["net", { name: "test", adminStateUp: true }],
        ["net-router", { name: "test", adminStateUp: true, externalNetworkId: EXTERNAL_NETWORK_ID }],
        ["net-router-interface", { routerId: "id-of-net-router", subnetId: "id-of-net-subnet" }],
        [
          "net-subnet",
          {
            name: "test",
            networkId: "id-of-net",
            cidr: "10.20.0.0/22",
            ipVersion: 4,
            gatewayIp: "10.20.0.1",
            allocationPools: [{ start: "10.20.0.10", end: "10.20.3.254" }],
            dnsNameservers: [],
            enableDhcp: true,
          },
        ],
      ],
    );
  });

  it("offers the ids of what it made", async () => {
    const { result } = await deployNetwork();
    assert.ok(result.routerId);
    assert.deepEqual(await Promise.all([result.networkId, result.subnetId, result.routerId].map(value)), [
      "id-of-net",
      "id-of-net-subnet",
      "id-of-net-router",
    ]);
  });

  it("passes on MTU, resolvers and allocation pool", async () => {
    const allocationPool = { start: "10.20.0.20", end: "10.20.0.99" };
    const deployment = await deployNetwork({ mtu: 8950, dnsServers: ["9.9.9.9"], allocationPool });
    assert.equal(deployment.only(TYPE.network).inputs.mtu, 8950);
    const { inputs } = deployment.only(TYPE.subnet);
    assert.deepEqual([inputs.dnsNameservers, inputs.allocationPools], [["9.9.9.9"], [allocationPool]]);
  });

  it("makes each host route a resource of its own that goes with the subnet", async () => {
    const hostRoutes = [{ destination: "192.168.50.0/24", nextHop: "10.20.3.251" }];
    const deployment = await deployNetwork({ hostRoutes });
    const route = deployment.only(TYPE.subnetRoute);
    assert.deepEqual(route.inputs, {
      subnetId: "id-of-net-subnet",
      destinationCidr: "192.168.50.0/24",
      nextHop: "10.20.3.251",
    });
    assert.equal(route.deletedWith, deployment.only(TYPE.subnet).urn);
    assert.equal(route.deleteBeforeReplace, true);
  });

  it("makes nothing when it joins an existing network, and hands its ids on", async () => {
    const routerId = "33333333-3333-4333-8333-333333333333";
    const deployment = await deployNetwork({ cidr: "10.20.0.0/22", existing: { ...ids, routerId } });
    assert.deepEqual(deployment.below("net"), []);
    const { result } = deployment;
    assert.ok(result.routerId);
    assert.deepEqual(await Promise.all([result.networkId, result.subnetId, result.routerId].map(value)), [
      ids.networkId,
      ids.subnetId,
      routerId,
    ]);
  });

  it("protects network, subnet and router when asked to", async () => {
    const { network, tags } = plan(minimal);
    const args = { plan: network, tags, externalNetworkId: EXTERNAL_NETWORK_ID, protect: true };
    const deployment = await deploy(() => new Network("net", args));
    const names = deployment.below("net").filter(({ protect }) => protect);
    assert.deepEqual(
      names.map(({ name }) => name),
      ["net", "net-router", "net-subnet"],
    );
  });

  it("survives a preview, where no id is known", async () => {
    const deployment = await deployNetwork({}, { preview: true });
    assert.equal(deployment.below("net").length, 4);
    assert.equal(await isKnown(deployment.result.subnetId), false);
  });
});
