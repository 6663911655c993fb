import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import type { ClusterInput } from "../../config/schema";
import { Cluster, type ClusterArgs } from "../../components/cluster";
import type { DeliverySecrets } from "../../plan/delivery";
import { CLUSTER_INFO_KEYS } from "../../plan/clusterInfo";
import { deploy, value } from "../support/mocks";
import { CREDENTIAL_MARK, PRIVATE_KEY_MARK } from "../support/mockState";
import { scratch } from "../support/scratch";
import { configure, deployCluster, production, TYPE, usual } from "./support";

const gitops = { repository: { url: "ssh://git@git.acme.internal/clusters.git" } };
const settings: ClusterInput = { ...usual, gitops };

function deployWith(input: ClusterInput, args: () => Partial<ClusterArgs> = () => ({})) {
  const config = configure(input);
  return deploy(() => new Cluster(config.name, { config, root: scratch(), ...args() }));
}

const digestOf = async (input: ClusterInput) => {
  const deployment = await deployCluster(input);
  const { environment } = deployment.only(TYPE.command, "test-platform-repository-publish").inputs;
  return environment.OPENCENTER_GITOPS as string;
};

describe("Platform", () => {
  it("is there with a repository, and only then", async () => {
    assert.equal((await deployCluster(usual)).result.platform, undefined);
    const { result } = await deployCluster(settings);
    assert.equal(await value(result.platform!.lifecycle), "day-2");
    const record = await value(result.platform!.record);
    assert.equal(record.branch, "main");
    assert.equal(record.deployKey, "ssh-ed25519 of-test-platform-repository-deploy-key");
  });

  it("gives each service that calls the cloud a login of its own, and publishes it encrypted", async () => {
    const deployment = await deployCluster(settings);
    const made = deployment.ofType(TYPE.applicationCredential).map(({ name }) => name);
    assert.deepEqual(made, ["test-cloud-controller", "test-platform-cinder-csi", "test-platform-velero"]);
    const { inputs } = deployment.only(TYPE.command, "test-platform-repository-publish");
    const { credentials } = JSON.parse(inputs.environment.OPENCENTER_SECRETS) as DeliverySecrets;
    assert.equal(credentials["cinder-csi"]?.secret, `${CREDENTIAL_MARK}-of-test-platform-cinder-csi`);
    assert.notEqual(credentials["velero"]?.secret, credentials["cinder-csi"]?.secret);
  });

  it("makes none where one is given, or where nothing calls the cloud", async () => {
    const cloudController = () => ({ id: "id", name: "name", secret: pulumi.secret("given-secret") });
    const given = await deployWith(settings, () => ({ cloudController: cloudController() }));
    assert.deepEqual(given.ofType(TYPE.applicationCredential), []);
    const off = { enabled: false };
    const without = await deployCluster({
      ...settings,
      services: { "cinder-csi": off, velero: off },
    });
    assert.deepEqual(
      without.ofType(TYPE.applicationCredential).map(({ name }) => name),
      ["test-cloud-controller"],
    );
  });

  it("publishes again when something that is generated changes, and not for a node more", async () => {
    const digest = await digestOf(settings);
    const more = { ...settings, pools: { general: { count: 3, flavor: "medium" } } };
    assert.equal(await digestOf(more), digest);
    const changes: ClusterInput[] = [
      { ...settings, services: { loki: { enabled: true } } },
      { ...settings, gitops: { ...gitops, interval: "7m" } },
      { ...settings, gitops: { ...gitops, flux: { version: "2.9.4" } } },
      { ...settings, secrets: { age: { generations: [1, 2], active: 2 } } },
    ];
    const digests: string[] = [];
    // One after the other: the SDK knows one engine at a time.
    for (const change of changes) digests.push(await digestOf(change));
    assert.equal(new Set([digest, ...digests]).size, changes.length + 1);
  });

  it("has Flux told where things are, and no secret of the cloud", async () => {
    const deployment = await deployCluster(settings);
    const { data } = deployment.only(TYPE.configMap).inputs;
    assert.deepEqual(Object.keys(data).sort(), [...CLUSTER_INFO_KEYS].sort());
    assert.equal(data.network_id, "id-of-test-network");
    assert.equal(data.auth_url, "https://one.example.org/v3");
    assert.deepEqual(deployment.only(TYPE.configMap).secretInputs, []);
  });

  it("gives Flux the deploy key and the host keys, or the token", async () => {
    const read = (data: Record<string, string>, key: string) =>
      Buffer.from(data[key] ?? "", "base64").toString();
    const withKey = await deployCluster(settings);
    const { data } = withKey.only(TYPE.secret, "test-platform-flux-git").inputs;
    assert.deepEqual(Object.keys(data).sort(), ["identity", "known_hosts"]);
    assert.match(read(data, "identity"), new RegExp(PRIVATE_KEY_MARK));
    assert.equal(read(data, "known_hosts"), "git.example.com ssh-ed25519 AAAA");
    const https = { repository: { url: "https://git.acme.internal/clusters.git" }, username: "robot" };
    const withToken = await deployWith({ ...usual, gitops: https }, () => ({
      secrets: { gitToken: pulumi.secret("the-token") },
    }));
    const login = withToken.only(TYPE.secret, "test-platform-flux-git").inputs.data;
    assert.deepEqual([read(login, "username"), read(login, "password")], ["robot", "the-token"]);
  });

  it("has Flux at work only after Kubernetes, its Secrets and the published branch", async () => {
    const deployment = await deployCluster(production);
    const waits = deployment.waitsFor(deployment.only(TYPE.command, "prod-platform-flux-bootstrap"));
    for (const name of [
      "prod-kubernetes-converge",
      "prod-platform-repository-publish",
      "prod-platform-flux-sops-age",
      "prod-platform-flux-git",
      "prod-platform-flux-cluster-info",
    ])
      assert.ok(waits.includes(name), `not for ${name}`);
    const teardown = deployment.waitsFor(deployment.only(TYPE.command, "prod-teardown"));
    assert.ok(
      teardown.includes("prod-platform-flux-bootstrap"),
      "Flux would work on while things are taken back",
    );
  });
});
