import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { Cloud } from "../../components/cloud";
import {
  loginVariables,
  ApplicationCredential,
  type ApplicationCredentialArgs,
} from "../../components/applicationCredential";
import { deploy, isKnown, value } from "../support/mocks";
import { CREDENTIAL_MARK } from "../support/mockState";
import { TYPE } from "./support";

type Settings = Partial<Omit<ApplicationCredentialArgs, "cloud">>;

function deployCredential(settings: Settings = {}, preview = false) {
  return deploy(
    () => {
      const cloud = new Cloud("test-cloud", { externalNetwork: "public" });
      const args = { description: "Cloud controller of cluster test", cloud, ...settings };
      return new ApplicationCredential("test-credential", args, { providers: [cloud.provider] });
    },
    { preview },
  );
}

const environmentOf = async (settings?: Settings) =>
  value((await deployCredential(settings)).result.login.apply(loginVariables));

const given = () => ({ id: "given-id", name: "given-name", secret: pulumi.secret("given-secret") });

describe("ApplicationCredential", () => {
  it("defaults: a credential of its own, which can do no more than its maker and make no other", async () => {
    const deployment = await deployCredential();
    const credential = deployment.only(TYPE.applicationCredential);
    assert.deepEqual(credential.inputs, {
      name: "test-credential",
      description: "Cloud controller of cluster test",
    });
    // Names are unique per user: a second one of the same name would be refused.
    assert.equal(credential.deleteBeforeReplace, true);
    assert.ok(credential.additionalSecretOutputs.includes("secret"));
    assert.equal(await value(deployment.result.id), "id-of-test-credential");
  });

  it("is offered as the variables that Kubespray reads, with the name, secret as a whole", async () => {
    const { result } = await deployCredential();
    assert.deepEqual(await value(result.login.apply(loginVariables)), {
      OS_AUTH_URL: "https://one.example.org/v3",
      OS_REGION_NAME: "RegionOne",
      OS_APPLICATION_CREDENTIAL_ID: "id-of-test-credential",
      OS_APPLICATION_CREDENTIAL_NAME: "test-credential",
      OS_APPLICATION_CREDENTIAL_SECRET: `${CREDENTIAL_MARK}-of-test-credential`,
    });
    assert.equal(await pulumi.isSecret(result.login), true);
    assert.equal(await pulumi.isSecret(result.id), false);
  });

  it("has generations side by side in a rotation, and logs in with the active one", async () => {
    const rotation = { generations: [1, 2], active: 2 };
    const deployment = await deployCredential({ rotation });
    const names = deployment.ofType(TYPE.applicationCredential).map(({ inputs }) => inputs["name"]);
    assert.deepEqual(names, ["test-credential", "test-credential-g2"]);
    const login = await value(deployment.result.login);
    assert.equal(login.id, "id-of-test-credential-g2");
    const still = await environmentOf({ rotation: { ...rotation, active: 1 } });
    assert.equal(still.OS_APPLICATION_CREDENTIAL_ID, "id-of-test-credential");
  });

  it("takes Keystone's public address in the configured region", async () => {
    const { OS_AUTH_URL, OS_REGION_NAME } = await environmentOf({ region: "RegionTwo" });
    assert.deepEqual([OS_AUTH_URL, OS_REGION_NAME], ["https://two.example.org/v3", "RegionTwo"]);
  });

  it("takes a public address where the region has none of its own", async () => {
    const { OS_AUTH_URL, OS_REGION_NAME } = await environmentOf({ region: "RegionThree" });
    assert.deepEqual([OS_AUTH_URL, OS_REGION_NAME], ["https://two.example.org/v3", "RegionThree"]);
  });

  it("takes the configured address before the catalogue's", async () => {
    const { OS_AUTH_URL } = await environmentOf({ authUrl: "https://keystone.acme.org/v3" });
    assert.equal(OS_AUTH_URL, "https://keystone.acme.org/v3");
  });

  it("makes none when one is given, and keeps that one's secret", async () => {
    const { result, resources } = await deployCredential({ given: given() });
    assert.ok(!resources.some(({ type }) => type === TYPE.applicationCredential));
    const environment = await value(result.login.apply(loginVariables));
    assert.equal(environment.OS_APPLICATION_CREDENTIAL_ID, "given-id");
    assert.equal(environment.OS_APPLICATION_CREDENTIAL_NAME, "given-name");
    assert.equal(environment.OS_APPLICATION_CREDENTIAL_SECRET, "given-secret");
    assert.equal(await pulumi.isSecret(result.login), true);
    assert.equal(await value(result.id), "given-id");
  });

  it("survives a preview, where no secret is known", async () => {
    const { result } = await deployCredential({}, true);
    assert.equal(await isKnown(result.login), false);
    assert.equal(await pulumi.isSecret(result.login), true);
  });
});
