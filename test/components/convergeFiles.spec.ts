import assert from "node:assert/strict";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { writeConvergeFiles } from "../../components/convergeFiles";
import { type KnownNode, readKnown, writeKnown } from "../../kubespray/known";
import type { RunSecrets } from "../../kubespray/run";
import { statePaths } from "../../plan/names";
import type { ConvergeRecord } from "../../plan/kubernetes/record";
import { deploy, isKnown, value } from "../support/mocks";
import { CLUSTER_KEY_MARK, CONVERGE_RECORD, CREDENTIAL_MARK, PRIVATE_KEY_MARK } from "../support/mockState";

const cluster = { organization: "acme", name: "test" };
const paths = statePaths(cluster);
const FILES = [paths.converge, paths.known, paths.kubespraySecrets, paths.sshPrivateKey];
const machines = {
  "test-cp-1": { address: "10.0.0.11", serverId: "server-1" },
  "test-cp-2": { address: "10.0.0.12", serverId: "server-2" },
};
const REQUEST = JSON.stringify({ cluster: "test", facts: { machines } });
const SECRETS: RunSecrets = {
  cloud: { OS_APPLICATION_CREDENTIAL_SECRET: CREDENTIAL_MARK },
  credential: "credential-id",
  kubeadmCertificateKey: CLUSTER_KEY_MARK,
  encryptionToken: CLUSTER_KEY_MARK,
  encryptionTokens: { 1: CLUSTER_KEY_MARK },
};

function node(name: string, serverId: string, ...hostKeys: string[]): KnownNode {
  return { name, serverId, address: `address-of-${name}`, booted: true, hostKeys };
}

function recordWith(...hostKeys: KnownNode[]): ConvergeRecord {
  return { ...CONVERGE_RECORD, hostKeys };
}

describe("writeConvergeFiles", () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "opencenter-files-"));
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  const at = (path: string) => join(root, path);
  const mode = (path: string) => (statSync(at(path)).mode & 0o777).toString(8);

  interface Given {
    readonly previous?: ConvergeRecord;
    readonly converged?: boolean;
    readonly secrets?: Promise<RunSecrets>;
    readonly preview?: boolean;
  }

  async function write({ previous, converged, secrets, preview }: Given = {}): Promise<
    pulumi.Output<string>
  > {
    // Inside an object: an output by itself would be awaited with its program.
    const { result } = await deploy(
      () => ({
        written: writeConvergeFiles({
          ...{ root, cluster, previous, converged },
          request: pulumi.output(REQUEST),
          secrets: pulumi.secret(secrets ?? SECRETS),
          sshPrivateKey: pulumi.secret(PRIVATE_KEY_MARK),
        }),
      }),
      { preview },
    );
    return result.written;
  }

  it("writes request, secrets, SSH key and what is known of the nodes", async () => {
    assert.equal(await value(await write()), REQUEST);
    assert.equal(readFileSync(at(paths.converge), "utf8"), REQUEST);
    assert.deepEqual(JSON.parse(readFileSync(at(paths.kubespraySecrets), "utf8")), SECRETS);
    assert.equal(readFileSync(at(paths.sshPrivateKey), "utf8"), PRIVATE_KEY_MARK);
    assert.deepEqual(readKnown(at(paths.known)), { converged: false, nodes: [] });
  });

  it("lets nobody else read them, whatever the umask is and the folders were", async () => {
    const umask = process.umask(0);
    try {
      for (const path of FILES) mkdirSync(dirname(at(path)), { recursive: true });
      for (const path of FILES) chmodSync(dirname(at(path)), 0o755);
      await value(await write());
    } finally {
      process.umask(umask);
    }
    for (const path of FILES) {
      assert.equal(mode(path), "600", path);
      assert.equal(mode(dirname(path)), "700", dirname(path));
    }
  });

  it("makes every folder private", async () => {
    const umask = process.umask(0);
    try {
      await value(await write());
    } finally {
      process.umask(umask);
    }
    for (let folder = dirname(paths.sshPrivateKey); folder !== "."; folder = dirname(folder))
      assert.equal(mode(folder), "700", folder);
  });

  it("gives the request away only when everything was written", async () => {
    let give: (secrets: RunSecrets) => void = () => {};
    const secrets = new Promise<RunSecrets>((resolve) => {
      give = resolve;
    });
    const there: boolean[][] = [];
    const program = () => ({
      seen: writeConvergeFiles({
        ...{ root, cluster },
        request: pulumi.output(REQUEST),
        secrets: pulumi.secret(secrets),
        sshPrivateKey: pulumi.secret(PRIVATE_KEY_MARK),
      }).apply(() => there.push(FILES.map((path) => existsSync(at(path))))),
    });
    setTimeout(() => {
      assert.deepEqual(there, [], "the request was given away while the secrets were not known");
      give(SECRETS);
    }, 50);
    await value((await deploy(program)).result.seen);
    assert.deepEqual(there, [[true, true, true, true]]);
  });

  it("gives it away in the open, though it waits for secrets", async () => {
    assert.equal(await pulumi.isSecret(await write()), false);
  });

  it("writes nothing in a preview", async () => {
    assert.equal(await value(await write({ preview: true })), REQUEST);
    assert.equal(existsSync(at("clusters")), false);
  });

  it("does not know the request before it is known what it is made of", async () => {
    const never = new Promise<RunSecrets>(() => {});
    const { result } = await deploy(
      () => ({
        written: writeConvergeFiles({
          ...{ root, cluster },
          // Like an address in a preview.
          request: unknown(),
          secrets: pulumi.secret(never),
          sshPrivateKey: pulumi.secret(PRIVATE_KEY_MARK),
        }),
      }),
      { preview: true },
    );
    assert.equal(await isKnown(result.written), false);
    assert.equal(existsSync(at("clusters")), false);
  });

  describe("that there is a cluster", () => {
    const known = (converged: boolean, serverId = "server-2") =>
      writeKnown(at(paths.known), { converged, nodes: [node("test-cp-2", serverId)] });
    const written = async (given: Given = {}) => {
      await value(await write(given));
      return readKnown(at(paths.known)).converged;
    };

    it("comes from the state, also where no record of it can be read", async () => {
      assert.equal(await written({ converged: true }), true);
    });

    it("is not forgotten where only the file has it: the run was killed behind converge", async () => {
      known(true);
      assert.equal(await written({ converged: false }), true);
    });

    it("is not said of new machines: that stack was destroyed", async () => {
      known(true, "server-of-before");
      assert.equal(await written({ converged: false }), false);
    });

    it("is not said of an installation that has never come to its end", async () => {
      known(false);
      assert.equal(await written({ converged: false }), false);
    });
  });

  describe("host keys", () => {
    const first = node("test-cp-1", "server-1", "ssh-ed25519 first");
    const second = node("test-cp-2", "server-2", "ssh-ed25519 second");

    it("come from the last run, on a machine that has never seen the cluster", async () => {
      await value(await write({ previous: recordWith(first, second) }));
      assert.deepEqual(readKnown(at(paths.known)), { converged: true, nodes: [first, second] });
    });

    it("that a failed run learnt on this machine are kept beside them", async () => {
      writeKnown(at(paths.known), { converged: false, nodes: [second] });
      await value(await write({ previous: recordWith(first) }));
      assert.deepEqual(readKnown(at(paths.known)), { converged: true, nodes: [first, second] });
    });

    it("that a failed first run learnt are kept without a record", async () => {
      writeKnown(at(paths.known), { converged: false, nodes: [second] });
      await value(await write());
      assert.deepEqual(readKnown(at(paths.known)), { converged: false, nodes: [second] });
    });

    it("of the state win over those of a file", async () => {
      writeKnown(at(paths.known), {
        converged: true,
        nodes: [node("test-cp-1", "server-1", "ssh-ed25519 of-somebody-else")],
      });
      await value(await write({ previous: recordWith(first) }));
      assert.deepEqual(readKnown(at(paths.known)).nodes, [first]);
    });

    it("of a server that was replaced are another one's", async () => {
      const replaced = node("test-cp-1", "server-9", "ssh-ed25519 of-the-new-server");
      writeKnown(at(paths.known), { converged: true, nodes: [replaced] });
      await value(await write({ previous: recordWith(first) }));
      assert.deepEqual(readKnown(at(paths.known)).nodes, [first, replaced]);
    });
  });
});

function unknown(): pulumi.Output<string> {
  return pulumi.output(pulumi.unknown as unknown as string);
}
