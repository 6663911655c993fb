import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { Cluster } from "../../components/cluster";
import { validateStackFile } from "../../config/validate";
import { machinesOf, planCluster } from "../../plan";
import { deploy, isKnown, value } from "../support/mocks";
import { scratch } from "../support/scratch";
import { TYPE, configure, deployCluster, minimal, production, usual } from "./support";

const ofCluster = (role: string) => (name: string) => name.startsWith(`test-${role}-`) && /\d$/.test(name);

describe("Cluster", () => {
  it("defaults: control plane behind a load balancer, workers, bastion, backups", async () => {
    const deployment = await deployCluster(usual);
    assert.deepEqual(
      deployment.ofType(TYPE.instance).map(({ name }) => name),
      ["test-bastion", "test-cp-1", "test-cp-2", "test-cp-3", "test-general-1", "test-general-2"],
    );
    for (const type of [
      TYPE.network,
      TYPE.subnet,
      TYPE.router,
      TYPE.loadBalancer,
      TYPE.container,
      TYPE.keypair,
    ])
      assert.equal(deployment.ofType(type).length, 1, type);
    assert.equal(deployment.ofType(TYPE.floatingIp).length, 2);
  });

  it("offers a table of its nodes, control plane first, the bastion not among them", async () => {
    const { result, resources } = await deployCluster(production);
    const nodes = await value(result.nodes);
    assert.deepEqual(
      nodes.map(({ name }) => name),
      [
        "prod-cp-1",
        "prod-cp-2",
        "prod-cp-3",
        "prod-general-1",
        "prod-general-3",
        "prod-storage-1",
        "prod-storage-2",
      ],
    );
    assert.deepEqual(nodes[4], {
      name: "prod-general-3",
      role: "worker",
      pool: "general",
      address: "address-of-prod-general-3-port",
      id: "id-of-prod-general-3",
      flavor: "large",
      availabilityZone: "az3",
    });
    assert.deepEqual([nodes[0]?.role, nodes[0]?.pool], ["control-plane", "cp"]);
    assert.deepEqual(resources.find(({ type }) => type === "opencenter:cluster:Cluster")?.outputs, {
      url: "https://api.prod.acme.internal:6443",
      nodes,
    });
  });

  it("touches one control-plane machine at a time, and workers all at once", async () => {
    const deployment = await deployCluster(usual);
    const machinesBefore = (name: string, role: string) =>
      deployment.waitsFor(deployment.only(TYPE.instance, name)).filter(ofCluster(role));
    assert.deepEqual(machinesBefore("test-cp-1", "cp"), []);
    assert.deepEqual(machinesBefore("test-cp-3", "cp"), ["test-cp-2"]);
    for (const role of ["cp", "general"]) assert.deepEqual(machinesBefore("test-general-2", role), []);
  });

  it("makes the control plane at once in a stack that has no server yet", async () => {
    const config = configure(usual);
    const previous = { lifecycle: "day-1", servers: false } as const;
    const deployment = await deploy(() => new Cluster(config.name, { config, root: scratch(), previous }));
    for (const name of ["test-cp-1", "test-cp-2", "test-cp-3"])
      assert.ok(!deployment.waitsFor(deployment.only(TYPE.instance, name)).some(ofCluster("cp")), name);
  });

  it("makes load balancer and machines side by side: neither waits for the other", async () => {
    const deployment = await deployCluster(usual);
    for (const server of deployment.ofType(TYPE.instance))
      assert.ok(!deployment.waitsFor(server).some((name) => name.startsWith("test-api")), server.name);
    // The port has the address; the server may still be booting.
    const servers = deployment.ofType(TYPE.instance).map(({ name }) => name);
    for (const member of deployment.ofType(TYPE.member))
      assert.ok(!deployment.waitsFor(member).some((name) => servers.includes(name)), member.name);
  });

  it("gives every machine the key pair of the cluster", async () => {
    const deployment = await deployCluster({ ...usual, secrets: { ssh: { generation: 2 } } });
    for (const { inputs } of deployment.ofType(TYPE.instance)) assert.equal(inputs.keyPair, "test-g2");
  });

  it("hands the time servers and the cloud's CA certificate to the machines", async () => {
    const caCertificate = "-----BEGIN CERTIFICATE-----\nof-the-cloud\n-----END CERTIFICATE-----\n";
    const network = { ntpServers: ["ntp.acme.internal"] };
    const openstack = { ...usual.openstack, caCertificate };
    const deployment = await deployCluster({ ...usual, network, openstack });
    for (const { inputs, name } of deployment.ofType(TYPE.instance)) {
      assert.match(inputs.userData, /ntp\.acme\.internal/, name);
      assert.match(inputs.userData, /of-the-cloud/, name);
    }
    assert.equal(deployment.only(TYPE.cloud).inputs.cacertFile, caCertificate);
  });

  it("offers the private key as a secret, and the endpoint in the open", async () => {
    const { result } = await deployCluster(minimal);
    assert.equal(await pulumi.isSecret(result.sshKey.privateKey), true);
    assert.equal(await pulumi.isSecret(result.endpoint.url), false);
    assert.equal(await pulumi.isSecret(result.nodes), false);
  });

  it("leaves a group's machines alone when another group changes", async () => {
    const general = async (pools: object) => {
      const { inputs, urn, dependencies } = (
        await deployCluster({ ...usual, pools: { ...usual.pools, ...pools } })
      ).only(TYPE.instance, "test-general-1");
      return { inputs, urn, dependencies };
    };
    assert.deepEqual(await general({ other: { count: 2, flavor: "large" } }), await general({}));
  });

  it("survives a preview, where nothing is known but names", async () => {
    const { result } = await deployCluster(usual, { preview: true });
    assert.equal(await isKnown(result.nodes), false);
    assert.equal(await isKnown(result.endpoint.url), false);
    assert.equal(await pulumi.isSecret(result.sshKey.privateKey), true);
  });

  const stacks = join(__dirname, "../../stacks");
  for (const file of readdirSync(stacks).filter((name) => name.endsWith(".yaml"))) {
    it(`makes every machine of ${file}`, async () => {
      const { config } = validateStackFile(readFileSync(join(stacks, file), "utf8"));
      assert.ok(config, "the file is not valid");
      const deployment = await deploy(() => new Cluster(config.name, { config, root: scratch() }));
      const names = machinesOf(planCluster(config)).map(({ name }) => name);
      assert.deepEqual(
        deployment.ofType(TYPE.instance).map(({ name }) => name),
        names.sort(),
      );
    });
  }
});
