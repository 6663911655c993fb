/** What a new cluster takes over from the state of a lost one. */
import assert from "node:assert/strict";
import type { OpenStackClient } from "../../../cli/cloud/client";
import type { Manifest } from "../../../cli/backup/manifest";
import { keysOf, keysRefusals, survivors } from "../../../cli/restore/keys";
import { planRestore } from "../../../cli/restore/plan";

const CLUSTER = "opencenter:cluster:Cluster";
const PLATFORM = `${CLUSTER}$opencenter:gitops:Platform`;
const COMMAND = "command:local:Command";
const urn = (qualified: string, name: string) => `urn:pulumi:prod::opencenter::${qualified}::${name}`;

const stack = urn("pulumi:pulumi:Stack", "opencenter-prod");
const cluster = urn(CLUSTER, "prod");
const commands = urn(`${CLUSTER}$pulumi:providers:command`, "prod-commands");
const cloud = urn(`${CLUSTER}$opencenter:infrastructure:Cloud`, "prod-cloud");
const tls = urn(`${CLUSTER}$opencenter:infrastructure:Cloud$pulumi:providers:tls`, "prod-cloud-tls");
const platform = urn(PLATFORM, "prod-platform");
const ages = urn(`${PLATFORM}$opencenter:secrets:AgeKeys`, "prod-platform-age");
const age = urn(`${PLATFORM}$opencenter:secrets:AgeKeys$${COMMAND}`, "prod-platform-age-2");
const repository = urn(`${PLATFORM}$opencenter:gitops:GitOpsRepository`, "prod-platform-repository");
const inRepository = `${PLATFORM}$opencenter:gitops:GitOpsRepository`;
const seed = urn(`${inRepository}$${COMMAND}`, "prod-platform-repository-seed");
const deployKey = urn(
  `${inRepository}$tls:index/privateKey:PrivateKey`,
  "prod-platform-repository-deploy-key",
);
const publish = urn(`${inRepository}$${COMMAND}`, "prod-platform-repository-publish");
const converge = urn(`${CLUSTER}$opencenter:kubernetes:Kubernetes$${COMMAND}`, "prod-kubernetes-converge");
const SERVER = "openstack:compute/instance:Instance";
const server = urn(`${CLUSTER}$${SERVER}`, "prod-cp-1");

const typeOf = (one: string) => one.split("::")[2]!.split("$").at(-1)!;
const entry = (one: string, parent?: string, more: object = {}) => ({
  urn: one,
  type: typeOf(one),
  custom: !typeOf(one).startsWith("opencenter:"),
  ...(parent && { parent }),
  ...more,
});
const by = (provider: string) => ({ provider: `${provider}::11111111-2222`, id: "x" });
const exported = JSON.stringify({
  version: 3,
  deployment: {
    manifest: { time: "2026-01-01T00:00:00Z", magic: "m", version: "v3" },
    secrets_providers: { type: "passphrase", state: { salt: "v1:salt" } },
    resources: [
      entry(stack, undefined, { outputs: { kubernetes: { version: "1.34" }, lifecycle: "day-2" } }),
      entry(cluster, stack),
      entry(commands, cluster, { id: "11111111-2222" }),
      entry(cloud, cluster),
      entry(tls, cloud, { id: "11111111-2222" }),
      entry(server, cluster, { id: "server-1" }),
      entry(converge, cluster, { ...by(commands), dependencies: [server] }),
      entry(platform, cluster),
      entry(ages, platform),
      entry(age, ages, { ...by(commands), protect: true, outputs: { stdout: { ciphertext: "sealed" } } }),
      entry(repository, platform),
      entry(seed, repository, {
        ...by(commands),
        dependencies: [converge, ages],
        propertyDependencies: { create: [converge], environment: null },
      }),
      entry(deployKey, repository, by(tls)),
      entry(publish, repository, { ...by(commands), dependencies: [seed, age] }),
    ],
    pending_operations: [{ type: "creating", resource: entry(server, cluster) }],
  },
});

interface Kept {
  readonly urn: string;
  readonly outputs?: object;
  readonly dependencies: readonly string[];
  readonly propertyDependencies: object;
}
const kept = () => {
  const { deployment } = JSON.parse(keysOf(exported).text) as {
    deployment: { resources: Kept[]; pending_operations?: unknown; secrets_providers: object };
  };
  return deployment;
};

describe("the keys out of a lost cluster's state", () => {
  it("are those that its past needs, with their parents and providers, in the order of the state", () => {
    assert.deepEqual(
      kept().resources.map((one) => one.urn),
      [stack, cluster, commands, cloud, tls, platform, ages, age, repository, seed, deployKey],
    );
    assert.deepEqual(keysOf(exported).names, [
      "prod-platform-age-2",
      "prod-platform-repository-seed",
      "prod-platform-repository-deploy-key",
    ]);
  });

  it("say nothing of the cluster that is gone: neither its outputs nor what hung on it", () => {
    const { resources, pending_operations: pending, secrets_providers: providers } = kept();
    assert.deepEqual(resources[0]?.outputs, {});
    const { dependencies, propertyDependencies } = resources.find((one) => one.urn === seed)!;
    assert.deepEqual([dependencies, propertyDependencies], [[ages], { create: [], environment: [] }]);
    assert.equal(pending, undefined);
    // Without the salt nobody opens what is sealed.
    assert.deepEqual(providers, { type: "passphrase", state: { salt: "v1:salt" } });
    assert.doesNotMatch(keysOf(exported).text, /prod-cp-1|converge|day-2/);
  });

  it("are refused into a stack that has something, for a cluster that is not lost, and where there are none", async () => {
    const keys = keysOf(exported);
    const found = (...ids: string[]) =>
      ({ service: () => ({ list: async () => ids.map((id) => ({ id })) }) }) as unknown as OpenStackClient;
    assert.deepEqual(await survivors(found("server-1", "another"), exported), ["prod-cp-1"]);
    assert.deepEqual(await survivors(found("another"), exported), []);
    assert.deepEqual(keysRefusals(keys, { present: false, alive: [] }), []);
    assert.match(keysRefusals(keys, { present: true, alive: [] }).join(), /a stack that has nothing/);
    assert.match(keysRefusals(keys, { present: false, alive: ["prod-cp-1"] }).join(), /still has prod-cp-1/);
    assert.match(keysRefusals(keysOf("{}"), { present: false, alive: [] }).join(), /no keys/);
  });

  it("go alone", () => {
    const manifest = { stack: "prod", parts: [], without: [] } as unknown as Manifest;
    const order = { set: "s", into: "prod", objects: false, state: false, keys: true, etcd: false };
    const { steps, refusals } = planRestore(manifest, order, {});
    assert.deepEqual([steps.map(({ what }) => what), refusals], [["keys"], []]);
    for (const other of [{ state: true }, { objects: true }, { into: "prod2" }])
      assert.match(planRestore(manifest, { ...order, ...other }, {}).refusals.join(), /--keys goes alone/);
  });
});
