import assert from "node:assert/strict";
import type { ClusterInput } from "../../config/schema";
import { ApiLoadBalancer } from "../../components/apiLoadBalancer";
import { NodePool } from "../../components/nodePool";
import { deploy, isKnown, value } from "../support/mocks";
import { TYPE, plan, surroundings, usual } from "./support";

function deployBalancer(
  apiEndpoint: ClusterInput["apiEndpoint"] = {},
  more = {},
  options?: { preview: boolean },
) {
  const settings = { ...usual, apiEndpoint };
  const { apiEndpoint: endpoint, controlPlane, tags } = plan(settings);
  const { loadBalancer, vip } = endpoint;
  assert.ok(loadBalancer);
  return deploy(() => {
    const { opts, standing } = surroundings(settings);
    const pool = new NodePool("test-cp", { ...standing, plan: controlPlane, userData: "" }, opts);
    const { network } = standing;
    const args = { plan: loadBalancer, network, vip, machines: pool.machines, tags, ...more };
    return new ApiLoadBalancer("lb", args, opts);
  }, options);
}

describe("ApiLoadBalancer", () => {
  it("defaults: a TCP listener, a pool with a monitor, and a member for each control-plane machine", async () => {
    const deployment = await deployBalancer();
    assert.deepEqual(
      deployment.below("lb").map(({ name, inputs: { tags: _, name: __, ...inputs } }) => [name, inputs]),
      [
        [
          "lb",
          {
            description: "Kubernetes API",
            vipSubnetId: "id-of-test-network-subnet",
            vipAddress: "10.20.0.5",
            loadbalancerProvider: "amphora",
          },
        ],
        [
          "lb-listener",
          {
            loadbalancerId: "id-of-lb",
            protocol: "TCP",
            protocolPort: 6443,
            allowedCidrs: ["10.20.0.0/22", "198.51.100.0/24"],
          },
        ],
        ...[1, 2, 3].map((number) => [
          `lb-member-test-cp-${number}`,
          {
            poolId: "id-of-lb-pool",
            address: `address-of-test-cp-${number}-port`,
            protocolPort: 6443,
            subnetId: "id-of-test-network-subnet",
          },
        ]),
        ["lb-monitor", { poolId: "id-of-lb-pool", type: "TCP", delay: 10, timeout: 5, maxRetries: 3 }],
        ["lb-pool", { listenerId: "id-of-lb-listener", protocol: "TCP", lbMethod: "ROUND_ROBIN" }],
      ],
    );
  });

  it("changes one thing at a time, members in the order of their machines", async () => {
    const deployment = await deployBalancer();
    const first = deployment.only(TYPE.listener);
    assert.deepEqual(deployment.waitsFor(first), ["lb"]);
    assert.ok(deployment.waitsFor(deployment.only(TYPE.pool)).includes("lb-listener"));
    assert.ok(deployment.waitsFor(deployment.only(TYPE.monitor)).includes("lb-pool"));
    const before = deployment
      .ofType(TYPE.member)
      .map((member) => deployment.waitsFor(member).filter((name) => /^lb-(member|monitor)/.test(name)));
    assert.deepEqual(before, [["lb-monitor"], ["lb-member-test-cp-1"], ["lb-member-test-cp-2"]]);
  });

  it("lets monitor and members go with their pool: without it they cannot be deleted", async () => {
    const deployment = await deployBalancer();
    for (const { deletedWith } of [...deployment.ofType(TYPE.monitor), ...deployment.ofType(TYPE.member)])
      assert.equal(deletedWith, deployment.only(TYPE.pool).urn);
  });

  it("for ovn, uses the only algorithm that it has and no allowed CIDRs, which it refuses", async () => {
    const deployment = await deployBalancer({ provider: "ovn" });
    assert.equal(deployment.only(TYPE.pool).inputs.lbMethod, "SOURCE_IP_PORT");
    assert.equal(deployment.only(TYPE.listener).inputs.allowedCidrs, undefined);
  });

  it("passes on provider, flavor, port and monitor", async () => {
    const flavorId = "66666666-6666-4666-8666-666666666666";
    const monitor = { delaySeconds: 20, timeoutSeconds: 9, maxRetries: 5 };
    const deployment = await deployBalancer({ provider: "vendor", flavorId, port: 443, monitor });
    const { inputs } = deployment.only(TYPE.loadBalancer);
    assert.deepEqual([inputs.loadbalancerProvider, inputs.flavorId], ["vendor", flavorId]);
    assert.equal(deployment.only(TYPE.listener).inputs.protocolPort, 443);
    // The API servers listen where they always do.
    assert.equal(deployment.ofType(TYPE.member)[0]?.inputs.protocolPort, 6443);
    const { delay, timeout, maxRetries } = deployment.only(TYPE.monitor).inputs;
    assert.deepEqual([delay, timeout, maxRetries], [20, 9, 5]);
  });

  it("protects the address, and nothing that is in the way of scaling", async () => {
    const deployment = await deployBalancer({}, { protect: true });
    const guarded = deployment.below("lb").filter(({ protect }) => protect);
    assert.deepEqual(
      guarded.map(({ type }) => type),
      [TYPE.loadBalancer],
    );
  });

  it("offers its address and port", async () => {
    const { result } = await deployBalancer();
    assert.deepEqual(await Promise.all([result.address, result.portId].map(value)), [
      "10.20.0.5",
      "port-of-lb",
    ]);
  });

  it("survives a preview, where no address is known", async () => {
    const deployment = await deployBalancer({}, { vip: undefined }, { preview: true });
    assert.equal(deployment.below("lb").length, 7);
    assert.equal(await isKnown(deployment.result.address), false);
  });
});
