import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { parse } from "yaml";
import type { ClusterInput } from "../../config/schema";
import { writeArtifacts } from "../../components/artifacts";
import { Cluster } from "../../components/cluster";
import { deploy, value } from "../support/mocks";
import { KUBECONFIG_MARK, PRIVATE_KEY_MARK } from "../support/mockState";
import { configure, minimal, usual } from "./support";

const STATE = "clusters/state/acme/test";
const SECRETS = "clusters/secrets/acme/test";
const SSH = `${SECRETS}/ssh`;

function mode(path: string): string {
  return (statSync(path).mode & 0o777).toString(8);
}

describe("writeArtifacts", () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "opencenter-artifacts-"));
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  const at = (path: string) => join(root, path);

  async function write(settings: ClusterInput = usual, preview = false): Promise<void> {
    const config = configure(settings);
    const { result } = await deploy(
      () => {
        const cluster = new Cluster(config.name, { config, root });
        writeArtifacts(root, config, cluster);
        return cluster;
      },
      { preview },
    );
    if (preview) return;
    // Files are written when the values are there: wait for the same ones.
    await value(result.sshKey.privateKey);
    await value(result.kubernetes.kubeconfig);
    if (result.bastion) await value(result.bastion.hostKey);
    await new Promise((resolve) => setImmediate(resolve));
  }

  function files(): string[] {
    return readdirSync(root, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1))
      .sort();
  }

  it("defaults: configuration, kubeconfig, SSH key, the bastion's host key; beside what converge reads", async () => {
    await write();
    assert.deepEqual(files(), [
      // Not of artifacts: converge's own.
      `${SECRETS}/kubespray.json`,
      `${SSH}/known_hosts`,
      `${SSH}/test`,
      `${SSH}/test.pub`,
      `${STATE}/converge.json`,
      `${STATE}/known-nodes.json`,
      `${STATE}/kubeconfig.yaml`,
      `${STATE}/test-config.yaml`,
    ]);
    assert.equal(readFileSync(at(`${STATE}/kubeconfig.yaml`), "utf8"), KUBECONFIG_MARK);
    assert.deepEqual(
      parse(readFileSync(at(`${STATE}/test-config.yaml`), "utf8")),
      JSON.parse(JSON.stringify(configure(usual))),
    );
    assert.match(
      readFileSync(at(`${SSH}/test`), "utf8"),
      new RegExp(`^-----BEGIN ${PRIVATE_KEY_MARK}-----\n[^]*-----\n$`),
    );
    assert.equal(readFileSync(at(`${SSH}/test.pub`), "utf8"), "ssh-ed25519 of-test-ssh-g1\n");
    assert.equal(
      readFileSync(at(`${SSH}/known_hosts`), "utf8"),
      "address-of-test-bastion-access-floating-ip ssh-ed25519 of-test-bastion-access-host-key\n",
    );
  });

  it("lets nobody else read private key and kubeconfig, whatever the umask is", async () => {
    const umask = process.umask(0);
    try {
      await write();
    } finally {
      process.umask(umask);
    }
    for (const path of [`${SSH}/test`, `${STATE}/kubeconfig.yaml`]) assert.equal(mode(at(path)), "600", path);
    for (const path of [STATE, SSH, dirname(SSH), dirname(dirname(SSH))])
      assert.equal(mode(at(path)), "700", path);
    assert.equal(mode(at(`${SSH}/test.pub`)), "644");
  });

  it("takes rights away from a file that others could read", async () => {
    await write();
    rmSync(at(`${SSH}/test`));
    writeFileSync(at(`${SSH}/test`), "old", { mode: 0o644 });
    await write();
    assert.equal(mode(at(`${SSH}/test`)), "600");
    assert.match(readFileSync(at(`${SSH}/test`), "utf8"), new RegExp(PRIVATE_KEY_MARK));
  });

  it("writes them again when they are gone, the same as before", async () => {
    const contents = () => files().map((file) => [file, readFileSync(at(file), "utf8")]);
    await write();
    const before = contents();
    rmSync(at("clusters"), { recursive: true });
    await write();
    assert.deepEqual(contents(), before);
  });

  it("writes nothing in a preview", async () => {
    await write(usual, true);
    assert.equal(existsSync(at("clusters")), false);
  });

  it("writes no known_hosts without a bastion", async () => {
    await write(minimal);
    assert.ok(existsSync(at(`${SSH}/test`)));
    assert.ok(!existsSync(at(`${SSH}/known_hosts`)));
  });
});
