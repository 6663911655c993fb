import assert from "node:assert/strict";
import * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import { Flux } from "../../components/flux";
import { CLUSTER_INFO_KEYS, type ClusterInfo } from "../../plan/clusterInfo";
import { deploy, type Deployment, value } from "../support/mocks";
import { AGE_IDENTITY_MARK, KUBECONFIG_MARK } from "../support/mockState";
import { TYPE } from "./support";

const info = Object.fromEntries(CLUSTER_INFO_KEYS.map((key) => [key, `value-of-${key}`])) as ClusterInfo;
const TOKEN = "token-of-the-git-host";

function deployFlux(preview = false): Promise<Deployment<Flux>> {
  return deploy(
    () => {
      const commands = new command.Provider("commands");
      const options = { provider: commands };
      return new Flux("flux", {
        cluster: { organization: "acme", name: "test" },
        kubeconfig: pulumi.output(KUBECONFIG_MARK),
        info: pulumi.output(info),
        ageKeys: pulumi.secret(
          [1, 2].map((generation) => ({
            generation,
            identity: `${AGE_IDENTITY_MARK}-${generation}`,
            recipient: "age1",
          })),
        ),
        gitAccess: pulumi.secret({ username: "git", password: TOKEN } as Record<string, string>),
        commands,
        converge: new command.local.Command("converge", { create: "converge" }, options),
        published: new command.local.Command("published", { create: "publish" }, options),
      });
    },
    { preview },
  );
}

const decoded = (data: Record<string, string>) =>
  Object.fromEntries(
    Object.entries(data).map(([key, text]) => [key, Buffer.from(text, "base64").toString()]),
  );

describe("Flux", () => {
  it("keeps the namespace, two Secrets and cluster-info; everything else is Flux's", async () => {
    const deployment = await deployFlux();
    const objects = deployment.resources.filter(({ type }) => type.startsWith("kubernetes:"));
    assert.deepEqual(objects.map(({ name }) => name).sort(), [
      "flux-cluster-info",
      "flux-git",
      "flux-namespace",
      "flux-sops-age",
    ]);
    assert.deepEqual(deployment.only(TYPE.configMap).inputs.data, info);
    const sops = deployment.only(TYPE.secret, "flux-sops-age").inputs;
    assert.deepEqual(decoded(sops.data), {
      "age.agekey": `${AGE_IDENTITY_MARK}-1\n${AGE_IDENTITY_MARK}-2\n`,
    });
    assert.deepEqual(decoded(deployment.only(TYPE.secret, "flux-git").inputs.data), {
      username: "git",
      password: TOKEN,
    });
  });

  it("keeps Secrets and kubeconfig secret, and the rest readable", async () => {
    const deployment = await deployFlux();
    for (const { secretInputs } of deployment.ofType(TYPE.secret)) assert.deepEqual(secretInputs, ["data"]);
    assert.ok(deployment.only(TYPE.api).secretInputs.includes("kubeconfig"));
    assert.deepEqual(deployment.only(TYPE.configMap).secretInputs, []);
    assert.equal(await pulumi.isSecret(deployment.result.result), false);
  });

  it("changes Secrets in place, and takes no other kubeconfig for another cluster", async () => {
    const { inputs } = (await deployFlux()).only(TYPE.api);
    // Provider inputs travel as text.
    assert.equal(String(inputs.enableSecretMutable), "true");
    assert.equal(String(inputs.enableConfigMapMutable), "true");
    assert.equal(String(inputs.enableServerSideApply), "true");
    assert.equal(inputs.clusterIdentifier, "id-of-converge");
  });

  it("leaves the namespace behind, with what Flux writes on it", async () => {
    const namespace = (await deployFlux()).only(TYPE.namespace);
    assert.equal(namespace.retainOnDelete, true);
    assert.deepEqual(namespace.ignoreChanges, ["metadata.labels", "metadata.annotations"]);
  });

  it("installs once, when Secrets, cluster-info and the published branch are there", async () => {
    const deployment = await deployFlux();
    const bootstrap = deployment.only(TYPE.command, "flux-bootstrap");
    assert.equal(bootstrap.inputs.create, "bootstrap");
    assert.deepEqual(bootstrap.ignoreChanges, ["*"]);
    const waits = deployment.waitsFor(bootstrap);
    for (const name of ["flux-cluster-info", "flux-git", "flux-sops-age", "published", "converge"])
      assert.ok(waits.includes(name), name);
    assert.match(await value(deployment.result.result), /"revision"/);
  });

  it("asks the API for nothing when the whole cluster goes", async () => {
    const deployment = await deployFlux();
    const converge = deployment.only(TYPE.command, "converge").urn;
    for (const { type, deletedWith, name } of deployment.below("flux"))
      if (!type.startsWith("pulumi:")) assert.equal(deletedWith, converge, name);
  });

  it("survives a preview, where nothing is known", async () => {
    const { resources } = await deployFlux(true);
    assert.ok(resources.length > 6);
  });
});
