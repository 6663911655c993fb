import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { writeDeliveryFiles } from "../../components/deliveryFiles";
import type { DeliverySecrets } from "../../plan/delivery";
import { statePaths } from "../../plan/names";
import { deploy, value } from "../support/mocks";
import { AGE_IDENTITY_MARK, SEED_MARK } from "../support/mockState";
import { configure, minimal } from "./support";

const config = configure(minimal);
const paths = statePaths(config);
const request = {
  organization: config.organization,
  cluster: config.name,
  config,
  lifecycle: "day-1" as const,
};
const secrets: DeliverySecrets = {
  seed: SEED_MARK,
  identities: [{ generation: 1, identity: AGE_IDENTITY_MARK, recipient: "age1recipient" }],
  active: 1,
  credentials: {},
};

describe("writeDeliveryFiles", () => {
  let root: string;
  beforeEach(() => (root = mkdtempSync(join(tmpdir(), "opencenter-files-"))));
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  async function write(preview = false) {
    const { result } = await deploy(
      () => ({
        written: writeDeliveryFiles({
          ...{ root, cluster: config, request, digest: "digest" },
          secrets: pulumi.secret(secrets),
        }),
      }),
      { preview },
    );
    return result.written;
  }

  it("writes request, secrets and age keys, all for the owner alone", async () => {
    assert.equal(await value(await write()), "digest");
    const read = (path: string) => readFileSync(join(root, path), "utf8");
    assert.deepEqual(JSON.parse(read(paths.delivery)), JSON.parse(JSON.stringify(request)));
    assert.deepEqual(JSON.parse(read(paths.deliverySecrets)), secrets);
    assert.ok(!read(paths.delivery).includes(SEED_MARK));
    // As age and sops read it: comments, and one identity a line.
    const lines = read(paths.ageKeys)
      .split("\n")
      .filter((line) => line !== "" && !line.startsWith("#"));
    assert.deepEqual(lines, [AGE_IDENTITY_MARK]);
    for (const path of [paths.delivery, paths.deliverySecrets, paths.ageKeys]) {
      assert.equal(statSync(join(root, path)).mode & 0o777, 0o600, path);
      assert.equal(statSync(dirname(join(root, path))).mode & 0o777, 0o700, path);
    }
  });

  it("offers a digest that is no secret", async () => {
    assert.equal(await pulumi.isSecret(await write()), false);
  });

  it("writes nothing in a preview", async () => {
    assert.equal(await value(await write(true)), "digest");
    for (const path of [paths.delivery, paths.deliverySecrets, paths.ageKeys])
      assert.equal(existsSync(join(root, path)), false);
  });
});
