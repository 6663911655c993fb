import { strict as assert } from "node:assert";
import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parse } from "yaml";
import { makeAgeIdentity, makeSeed } from "../../../delivery/identity";
import { decryptDocument } from "../../../delivery/seal/document";
import type { DeliveryRequest, DeliveryResult, DeliverySecrets } from "../../../plan/delivery";
import { statePaths } from "../../../plan/names";
import { writePrivate } from "../../../runner/files";
import { configOf } from "../../support/arbitraryCluster";
import { small } from "../plan/support";
import {
  type Ended,
  ended,
  files,
  git,
  newFolder,
  newRepository,
  PLANTED,
  show,
  startGitServer,
} from "./support";

const MAIN = resolve(__dirname, "../../../delivery/main.ts");

/** As Pulumi runs it: one word, in the folder of the project. */
function main(
  verb: string,
  cwd = newFolder("project"),
  environment: Record<string, string> = {},
): Promise<Ended> {
  const program = [`--require=${require.resolve("../../../runner/typescript.cjs")}`, MAIN, verb];
  return ended(spawn(process.execPath, program, { cwd, env: { ...process.env, ...environment } }));
}

describe("the Commands of delivery", function () {
  this.timeout(90_000);
  this.slow(15_000);

  it("make keys and seeds, fresh each time, with nothing beside the result", async () => {
    const [one, other] = await Promise.all([main("age-identity"), main("age-identity")]);
    const key = JSON.parse(one.stdout) as { identity: string; recipient: string };
    assert.match(key.identity, /^AGE-SECRET-KEY-1[0-9A-Z]{58}$/);
    assert.match(key.recipient, /^age1[0-9a-z]{58}$/);
    assert.notEqual(other.stdout, one.stdout);
    assert.equal(one.stderr, "");
    assert.match((await main("seed")).stdout, /^[0-9a-f]{64}$/);
  });

  it("say what they know, and what was not written, without a stack trace", async () => {
    const unknown = await main("nonsense");
    assert.equal(unknown.code, 1);
    assert.match(unknown.stderr, /Unknown verb nonsense: one of age-identity, seed, publish/);
    const nothing = await main("publish", undefined, {
      OPENCENTER_ORGANIZATION: "acme",
      OPENCENTER_CLUSTER: "x",
    });
    assert.match(nothing.stderr, /Cannot read what the program wrote for cluster x: ENOENT/);
    assert.ok(!nothing.stderr.includes("    at "), nothing.stderr);
  });

  it("publish what the program wrote, with the real files of a cluster", async () => {
    const token = `${PLANTED}token`;
    const server = await startGitServer(token);
    const root = newFolder("project");
    const repository = newRepository();
    const manifests = join(root, "install.yaml");
    writeFileSync(manifests, "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: flux-system\n");
    const config = configOf({
      ...small,
      gitops: { repository: { url: server.url(repository) }, flux: { manifests: { file: manifests } } },
    });
    const { organization, name } = config;
    const key = JSON.parse(await makeAgeIdentity()) as { identity: string; recipient: string };
    const login = {
      authUrl: "https://keystone.example.com/v3",
      region: "r",
      id: "id",
      secret: `${PLANTED}cloud`,
    };
    const owners = ["cinder-csi", "velero", "cert-manager", "openstack-ccm"];
    const secrets: DeliverySecrets = {
      token,
      seed: makeSeed(),
      identities: [{ generation: 1, ...key }],
      active: 1,
      credentials: Object.fromEntries(owners.map((owner) => [owner, login])),
      store: { accessKey: "access", secretKey: `${PLANTED}store` },
    };
    const request: DeliveryRequest = { organization, cluster: name, config, lifecycle: "day-1" };
    const paths = statePaths(config);
    writePrivate(join(root, paths.delivery), JSON.stringify(request));
    writePrivate(join(root, paths.deliverySecrets), JSON.stringify(secrets));
    try {
      const run = () =>
        main("publish", root, { OPENCENTER_ORGANIZATION: organization, OPENCENTER_CLUSTER: name });
      const { code, stdout, stderr } = await run();
      assert.equal(code, 0, stderr);
      const result = JSON.parse(stdout) as DeliveryResult;
      assert.equal(git(repository, "rev-parse", "main").trim(), result.commit);
      const sealed = files(repository).filter((path) => /\/secret-[^/]+\.yaml$/.test(path));
      for (const path of sealed) {
        const plain = await decryptDocument(show(repository, path), [key.identity]);
        assert.equal(plain.kind, "Secret", path);
        assert.notDeepEqual(plain.stringData, (parse(show(repository, path)) as typeof plain).stringData);
      }
      for (const path of files(repository)) assert.ok(!show(repository, path).includes(PLANTED), path);
      assert.ok(!`${stdout}${stderr}`.includes(PLANTED));
      const again = JSON.parse((await run()).stdout) as DeliveryResult;
      assert.deepEqual(again, { ...result, published: false });
    } finally {
      server.close();
    }
  });
});
