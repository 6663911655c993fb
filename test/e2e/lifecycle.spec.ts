/** The README's commands, one after the other, as a newcomer runs them. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SimulatorClient } from "../../sandbox/openstack/client";
import { projectRoot } from "../../sandbox/workspace";
import { uncomparedCalls } from "./support/callKinds";
import { runToEnd, sandbox } from "./support/processes";

describe("npm run sandbox", () => {
  const directory = mkdtempSync(join(tmpdir(), "opencenter-lifecycle-"));
  const secrets = join(projectRoot, "clusters/secrets/acme/sandbox/ssh");
  const address = () => readFileSync(join(directory, "cloud/address"), "utf8").trim();

  after(async () => {
    await sandbox(directory, "stop");
    rmSync(directory, { recursive: true, force: true });
  });

  async function succeed(...verb: string[]): Promise<string> {
    const { code, output } = await sandbox(directory, ...verb);
    assert.equal(code, 0, output);
    return output;
  }

  it("builds the cluster and says what exists and what to do next", async () => {
    const output = await succeed();
    assert.match(output, /Kubernetes API {2}https:\/\/api\.sandbox\.example\.org:6443/);
    for (const node of ["cp-1", "cp-2", "cp-3", "general-1", "general-2", "general-3"])
      assert.match(output, new RegExp(`sandbox-${node} +(control-plane|worker) +10\\.20\\.\\d+\\.\\d+`));
    assert.match(output, /npm run sandbox -- drift/);
    const servers = (await new SimulatorClient(address()).state("sandbox"))["compute.servers"] ?? [];
    assert.deepEqual(
      servers.map(({ status }) => status),
      Array(7).fill("ACTIVE"),
    );
  });

  it("leaves copies of the keys that only their owner can read, and that belong together", () => {
    const key = join(secrets, "sandbox");
    assert.equal(statSync(key).mode & 0o777, 0o600);
    assert.equal(statSync(secrets).mode & 0o777, 0o700);
    const derived = execFileSync("ssh-keygen", ["-y", "-f", key], { encoding: "utf8" }).trim();
    assert.equal(readFileSync(`${key}.pub`, "utf8").trim().split(" ").slice(0, 2).join(" "), derived);
    assert.match(readFileSync(join(secrets, "known_hosts"), "utf8"), /^203\.0\.113\.\d+ ssh-ed25519 \S+\n$/);
  });

  it("keeps no private key in plain text, in the state or in the logs", () => {
    const found = (folder: string) => {
      try {
        return execFileSync("grep", ["-rl", "PRIVATE KEY", join(directory, folder)], { encoding: "utf8" });
      } catch {
        // grep ends with 1 when it finds nothing.
        return "";
      }
    };
    assert.equal(found("state"), "");
    assert.equal(found("logs"), "");
  });

  it("does nothing when it runs again, and quickly", async () => {
    await new SimulatorClient(address()).resetCounts();
    await succeed();
    const counts = await new SimulatorClient(address()).counts();
    const writes = Object.keys(counts).filter((call) => !/^(GET|HEAD)|identity/.test(call));
    assert.deepEqual(writes, []);
  });

  it("makes plain pulumi commands work through its env file, and rebuilds copies that were deleted", async () => {
    rmSync(secrets, { recursive: true });
    const script = `. '${join(directory, "env")}' && pulumi preview --expect-no-changes --non-interactive && pulumi up --yes --skip-preview --non-interactive`;
    const { code, output } = await runToEnd("/bin/sh", ["-c", script], process.env);
    assert.equal(code, 0, output);
    assert.ok(existsSync(join(secrets, "sandbox")));
  });

  it("finds and repairs drift", async () => {
    const output = await succeed("drift");
    assert.equal(output.match(/found: /g)?.length, 8, output);
    assert.match(output, /both are silent again/);
  });

  it("keeps the data volume of the server that drift made it replace", async () => {
    const state = await new SimulatorClient(address()).state("sandbox");
    const volumes = (state["volume.volumes"] ?? []) as { name: string; status: string }[];
    assert.equal(volumes.filter(({ name }) => name === "sandbox-general-3-data").length, 1);
    assert.deepEqual([...new Set(volumes.map(({ status }) => status))], ["in-use"]);
  });

  it("scales both ways and touches nothing else", async () => {
    const output = await succeed("scale");
    assert.match(output, /create sandbox-batch-1/);
    assert.match(output, /create sandbox-general-4/);
    assert.match(output, /delete sandbox-general-2\n/);
    const servers = (await new SimulatorClient(address()).state("sandbox"))["compute.servers"] as {
      name: string;
    }[];
    assert.deepEqual(
      servers.map(({ name }) => name).sort(),
      ["batch-1", "bastion", "cp-1", "cp-2", "cp-3", "general-1", "general-3", "general-4"]
        .map((name) => `sandbox-${name}`)
        .sort(),
    );
  });

  it("takes everything down, says so, and stops the cloud", async () => {
    const output = await succeed("destroy");
    assert.match(output, /The simulated cloud is empty/);
    assert.equal(await new SimulatorClient(`http://127.0.0.1:9`).isHealthy(), false);
    assert.ok(!existsSync(join(directory, "cloud/address")));
  });

  it("has asked the cloud for nothing whose answer was not compared with that of real services", () => {
    assert.deepEqual(uncomparedCalls(join(directory, "cloud/requests.log")), []);
  });

  it("refuses a verb that it does not have, with the list of those that it has", async () => {
    const { code, output } = await sandbox(directory, "explode");
    assert.equal(code, 2, output);
    assert.doesNotMatch(output, /\n\s+at /);
  });
});
