import assert from "node:assert/strict";
import type { ClusterInput } from "../../config/schema";
import { ApiEndpoint } from "../../components/apiEndpoint";
import { NodePool } from "../../components/nodePool";
import { deploy, isKnown, value } from "../support/mocks";
import { TYPE, minimal, plan, surroundings, usual } from "./support";

function deployEndpoint(settings: ClusterInput, more = {}, options?: { preview: boolean }) {
  const { apiEndpoint, controlPlane, tags } = plan(settings);
  return deploy(() => {
    const { opts, standing } = surroundings(settings);
    const { machines } = new NodePool("test-cp", { ...standing, plan: controlPlane, userData: "" }, opts);
    return new ApiEndpoint("api", { ...standing, plan: apiEndpoint, machines, tags, ...more }, opts);
  }, options);
}

const kubeVip = { ...usual, apiEndpoint: { type: "kube-vip" as const } };

const outputs = ({ address, host, url }: ApiEndpoint) => Promise.all([address, host, url].map(value));

describe("ApiEndpoint", () => {
  it("defaults: a load balancer with a floating IP, which clients use", async () => {
    const deployment = await deployEndpoint(usual);
    assert.equal(deployment.ofType(TYPE.loadBalancer).length, 1);
    const { tags: _, ...inputs } = deployment.only(TYPE.floatingIp).inputs;
    assert.deepEqual(inputs, {
      pool: "public",
      portId: "port-of-api",
      description: "Kubernetes API of test-api",
    });
    assert.deepEqual(await outputs(deployment.result), [
      "10.20.0.5",
      "address-of-api-floating-ip",
      "https://address-of-api-floating-ip:6443",
    ]);
    const component = deployment.resources.find(({ type }) => type === "opencenter:network:ApiEndpoint");
    assert.deepEqual(component?.outputs, {
      address: "10.20.0.5",
      floatingIp: "address-of-api-floating-ip",
      url: "https://address-of-api-floating-ip:6443",
    });
  });

  it("asks for its floating IP only when a router joins the networks", async () => {
    const deployment = await deployEndpoint(usual);
    const names = deployment.waitsFor(deployment.only(TYPE.floatingIp));
    assert.ok(names.includes("test-network-router-interface"), names.join(", "));
  });

  it("is the load balancer's own address without a floating IP", async () => {
    const deployment = await deployEndpoint({ ...usual, apiEndpoint: { floatingIp: false } });
    assert.deepEqual(deployment.ofType(TYPE.floatingIp), []);
    assert.equal(deployment.result.floatingIp, undefined);
    assert.deepEqual(await outputs(deployment.result), ["10.20.0.5", "10.20.0.5", "https://10.20.0.5:6443"]);
  });

  it("is a host name where there is one, with the port of the listener", async () => {
    const apiEndpoint = { hostname: "api.acme.internal", port: 443 };
    const { result } = await deployEndpoint({ ...usual, apiEndpoint });
    assert.deepEqual((await outputs(result)).slice(1), [
      "api.acme.internal",
      "https://api.acme.internal:443",
    ]);
  });

  it("for kube-vip, reserves the address with a port that no machine has", async () => {
    const deployment = await deployEndpoint(kubeVip);
    assert.deepEqual(deployment.ofType(TYPE.loadBalancer), []);
    const port = deployment.only(TYPE.port, "api-vip");
    const { tags: _, ...inputs } = port.inputs;
    assert.deepEqual(inputs, {
      name: "test-api",
      description: "Virtual address of the Kubernetes API",
      networkId: "id-of-test-network",
      fixedIps: [{ subnetId: "id-of-test-network-subnet", ipAddress: "10.20.0.5" }],
      securityGroupIds: ["id-of-test-control-plane"],
    });
    assert.equal(port.deleteBeforeReplace, true);
    assert.equal(deployment.only(TYPE.floatingIp).inputs.portId, "id-of-api-vip");
    assert.equal(await value(deployment.result.address), "10.20.0.5");
  });

  it("for kube-vip, lets control-plane machines send from the virtual address, and workers not", async () => {
    const { controlPlane, pools } = plan(kubeVip);
    assert.deepEqual(
      controlPlane.machines.map(({ allowedAddresses }) => allowedAddresses),
      [["10.20.0.5"], ["10.20.0.5"], ["10.20.0.5"]],
    );
    assert.deepEqual(pools[0]?.machines[0]?.allowedAddresses, []);
    const port = (await deployEndpoint(kubeVip)).only(TYPE.port, "test-cp-1-port");
    assert.deepEqual(port.inputs.allowedAddressPairs, [{ ipAddress: "10.20.0.5" }]);
  });

  it("for a single machine, is that machine", async () => {
    const deployment = await deployEndpoint(minimal);
    assert.deepEqual(
      deployment.below("api").map(({ name }) => name),
      ["api-floating-ip"],
    );
    assert.equal(deployment.only(TYPE.floatingIp).inputs.portId, "id-of-test-cp-1-port");
    assert.equal(await value(deployment.result.address), "address-of-test-cp-1-port");
  });

  it("protects its addresses", async () => {
    const guarded = async (settings: ClusterInput) =>
      (await deployEndpoint(settings, { protect: true }))
        .below("api")
        .filter(({ custom, protect }) => custom && protect)
        .map(({ name }) => name);
    assert.deepEqual(await guarded(usual), ["api", "api-floating-ip"]);
    assert.deepEqual(await guarded(kubeVip), ["api-floating-ip", "api-vip"]);
    assert.deepEqual(await guarded(minimal), ["api-floating-ip"]);
  });

  for (const [title, settings] of [
    ["octavia", usual],
    ["kube-vip", kubeVip],
    ["single", minimal],
  ] as const) {
    it(`survives a preview, where no address is known (${title})`, async () => {
      const { result } = await deployEndpoint(settings, {}, { preview: true });
      assert.equal(await isKnown(result.url), false);
    });
  }
});
