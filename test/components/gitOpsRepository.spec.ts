import assert from "node:assert/strict";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import * as tls from "@pulumi/tls";
import { GitOpsRepository, type GitOpsRepositoryArgs } from "../../components/gitOpsRepository";
import type { DeliverySecrets } from "../../plan/delivery";
import { statePaths } from "../../plan/names";
import { deploy, type Registered, value } from "../support/mocks";
import { AGE_IDENTITY_MARK, PRIVATE_KEY_MARK, SEED_MARK } from "../support/mockState";
import { scratch } from "../support/scratch";
import { configure, minimal, TYPE } from "./support";

const SSH = "ssh://git@git.acme.internal/clusters.git";
const HTTPS = "https://git.acme.internal/clusters.git";

const configured = (url: string, more = {}) =>
  configure({ ...minimal, gitops: { repository: { url } }, ...more });

interface Settings {
  readonly url?: string;
  readonly root?: string;
  readonly onRegistration?: (resource: Registered) => void;
  readonly args?: () => Partial<GitOpsRepositoryArgs>;
}

function deployRepository({ url = SSH, root = scratch(), onRegistration, args = () => ({}) }: Settings = {}) {
  return deploy(
    () =>
      new GitOpsRepository("test-repository", {
        config: configured(url),
        root,
        lifecycle: "day-1",
        digest: "0123456789ab",
        ageKeys: pulumi.secret([{ generation: 1, identity: AGE_IDENTITY_MARK, recipient: "age1" }]),
        credentials: pulumi.secret({}),
        commands: new command.Provider("commands"),
        keys: new tls.Provider("keys"),
        ...args(),
      }),
    { onRegistration },
  );
}

const PUBLISH = "test-repository-publish";

describe("GitOpsRepository", () => {
  it("publishes with inputs that change only with what is published", async () => {
    const { inputs } = (await deployRepository()).only(TYPE.command, PUBLISH);
    assert.equal(inputs.create, "publish");
    const { OPENCENTER_SECRETS: _, ...environment } = inputs.environment;
    assert.deepEqual(environment, {
      OPENCENTER_ORGANIZATION: "acme",
      OPENCENTER_CLUSTER: "test",
      OPENCENTER_GITOPS: "0123456789ab",
    });
    const day2 = await deployRepository({ args: () => ({ lifecycle: "day-2", learntHosts: ["a b c"] }) });
    assert.deepEqual(
      day2.only(TYPE.command, PUBLISH).inputs,
      inputs,
      "or Flux's first day would publish again",
    );
  });

  it("gets its secrets in one secret variable", async () => {
    const deployment = await deployRepository({
      url: HTTPS,
      args: () => ({ token: pulumi.secret("token-of-the-host") }),
    });
    const { inputs, secretInputs } = deployment.only(TYPE.command, PUBLISH);
    assert.deepEqual(secretInputs, ["environment.OPENCENTER_SECRETS"]);
    const secrets = JSON.parse(inputs.environment.OPENCENTER_SECRETS) as DeliverySecrets;
    assert.equal(secrets.token, "token-of-the-host");
    assert.equal(secrets.seed, SEED_MARK);
    assert.equal(secrets.active, 1);
    assert.equal(secrets.identities[0]?.identity, AGE_IDENTITY_MARK);
  });

  it("makes a deploy key for ssh, and offers its public half without a line feed", async () => {
    const deployment = await deployRepository();
    assert.equal(deployment.only(TYPE.privateKey).inputs.algorithm, "ED25519");
    assert.equal(await value(deployment.result.deployKey!), "ssh-ed25519 of-test-repository-deploy-key");
    assert.match(await value(deployment.result.sshKey!), new RegExp(PRIVATE_KEY_MARK));
    const { OPENCENTER_SECRETS } = deployment.only(TYPE.command, PUBLISH).inputs.environment;
    assert.match((JSON.parse(OPENCENTER_SECRETS) as DeliverySecrets).sshPrivateKey ?? "", /OPENSSH/);
  });

  it("makes no key where one is given, and none beside a token", async () => {
    const given = await deployRepository({ args: () => ({ sshKey: pulumi.secret("given") }) });
    assert.deepEqual(given.ofType(TYPE.privateKey), []);
    assert.equal(await value(given.result.sshKey!), "given");
    assert.equal(given.result.deployKey, undefined);
    const withToken = await deployRepository({ url: HTTPS });
    assert.deepEqual(withToken.ofType(TYPE.privateKey), []);
    assert.equal(withToken.result.sshKey, undefined);
  });

  it("makes the seed of passwords once, secret", async () => {
    const seed = (await deployRepository()).only(TYPE.command, "test-repository-seed");
    assert.deepEqual(seed.ignoreChanges, ["*"]);
    assert.deepEqual([...seed.additionalSecretOutputs].sort(), ["stderr", "stdout"]);
  });

  it("starts when its request and secrets are written", async () => {
    const root = mkdtempSync(join(tmpdir(), "opencenter-repository-"));
    try {
      const { delivery, deliverySecrets, ageKeys } = statePaths(configured(SSH));
      let seen: boolean[] | undefined;
      await deployRepository({
        root,
        onRegistration: ({ name }) => {
          if (name === PUBLISH)
            seen = [delivery, deliverySecrets, ageKeys].map((path) => existsSync(join(root, path)));
        },
      });
      assert.deepEqual(seen, [true, true, true]);
    } finally {
      rmSync(root, { recursive: true, force: true });
    }
  });

  it("offers what was published, no secret of it, and the host keys", async () => {
    const { result } = await deployRepository();
    assert.equal(await pulumi.isSecret(result.result), false);
    assert.match(await value(result.result), /"branch":"main"/);
    assert.equal(await value(result.knownHosts), "git.example.com ssh-ed25519 AAAA");
  });
});
