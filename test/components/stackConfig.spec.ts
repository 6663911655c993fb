import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { stringify } from "yaml";
import { readStackConfig } from "../../components/stackConfig";
import { GIVEN } from "../../config/stackFile/given";
import type { ClusterConfig } from "../../config/resolve";
import { PROJECT, STACK, deploy } from "../support/mocks";
import { minimal } from "./support";

const FILE_OPTION = "PULUMI_OPTION_CONFIG_FILE";

describe("readStackConfig", () => {
  let root: string;
  let given: string | undefined;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "opencenter-stack-"));
    mkdirSync(join(root, "stacks"));
    given = process.env[FILE_OPTION];
    delete process.env[FILE_OPTION];
  });
  afterEach(() => {
    rmSync(root, { recursive: true, force: true });
    pulumi.runtime.setAllConfig({});
    if (given !== undefined) process.env[FILE_OPTION] = given;
    else delete process.env[FILE_OPTION];
  });

  /** Reads the values as the engine gives them: text, objects as JSON. */
  async function read(cluster: unknown, organization: string | null = "acme"): Promise<ClusterConfig> {
    return (
      await deploy(() => {
        pulumi.runtime.setAllConfig({
          ...(organization === null ? {} : { [`${PROJECT}:organization`]: organization }),
          ...(cluster === undefined ? {} : { [`${PROJECT}:cluster`]: JSON.stringify(cluster) }),
        });
        return readStackConfig(root);
      })
    ).result;
  }

  function writeStackFile(cluster: unknown, path = join(root, "stacks", `Pulumi.${STACK}.yaml`)): void {
    writeFileSync(
      path,
      stringify({ config: { "opencenter:organization": "acme", "opencenter:cluster": cluster } }),
    );
  }

  async function problems(cluster: unknown, organization?: string | null): Promise<string> {
    try {
      await read(cluster, organization);
    } catch (error) {
      // Any other error would be shown to a user with its stack trace.
      assert.ok(pulumi.RunError.isInstance(error), String(error));
      return error.message;
    }
    throw new assert.AssertionError({ message: "the configuration was accepted" });
  }

  const bad = { ...minimal, controlPlane: { count: 2, flavor: "medium" }, colour: "red" };

  it("defaults: a complete configuration with what follows from the rest", async () => {
    const config = await read(minimal);
    assert.equal(config.organization, "acme");
    assert.equal(config.network.gateway, "10.20.0.1");
    assert.deepEqual(config.pools["general"]?.nodes, [1]);
  });

  it("names every problem at once, in one error without a stack trace", async () => {
    const message = await problems(bad);
    assert.match(message, /^The configuration of stack test has [2-9] problem\(s\):\n/);
    assert.match(message, /cluster\.colour/);
    assert.match(message, /cluster\.controlPlane/);
  });

  it("takes a date without quotes as it stands in the file, though Pulumi hands it on as a time", async () => {
    const entry = { subject: "Router prod-router", reason: "waits for the move" };
    const ignoring = (until: string) => ({ ...minimal, drift: { ignore: [{ ...entry, until }] } });
    const { drift } = await read(ignoring("2099-12-31 00:00:00 +0000 UTC"));
    assert.equal(drift.ignore[0]?.until, "2099-12-31");
    assert.match(await problems(ignoring("2099-12-31 10:00:00 +0000 UTC")), /drift\.ignore\[0\]\.until/);
  });

  it("reads the keys that the checks of a file know, and no other", () => {
    const source = readFileSync(join(__dirname, "../../components/stackConfig.ts"), "utf8");
    const read = [...source.matchAll(/values\.get\w*\("(\w+)"\)/g)].map(([, key]) => key);
    assert.deepEqual([...new Set(read)].sort(), ["cluster", "organization", ...Object.keys(GIVEN)].sort());
  });

  it("says where in the stack's file", async () => {
    writeStackFile(bad);
    assert.match(await problems(bad), /stacks\/Pulumi\.test\.yaml:\d+:\d+ error .*cluster\.colour/);
  });

  it("says where in another file that was named by --config-file", async () => {
    const path = join(root, "other.yaml");
    writeStackFile(bad, path);
    process.env[FILE_OPTION] = path;
    assert.match(await problems(bad), /other\.yaml:\d+:\d+ error .*cluster\.colour/);
  });

  it("checks values that are in no file, and gives no line then", async () => {
    const message = await problems(bad);
    assert.match(message, /stacks\/Pulumi\.test\.yaml error .*cluster\.colour/);
  });

  it("says what is missing in a stack that has no configuration", async () => {
    const message = await problems(undefined, null);
    assert.match(message, /organization/);
    assert.match(message, /cluster/);
  });
});
