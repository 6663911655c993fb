/** Rotation of what opens the machines and what the control plane shows: killed on the way, and gone on with. */
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { sshKeysIn } from "../../cli/rotate/sshWorld";
import { encryptionKeysIn } from "../../cli/rotate/encryptionWorld";
import { parseState, type StackState } from "../../cli/recover/state";
import type { ClusterMemory } from "../../sandbox/ansible/memory";
import { ControlPlane } from "../../sandbox/kubernetes";
import type { ClusterObjects, ObjectRef } from "../../runner/kubernetes/objects";
import { skipWhenLate } from "../support/skip";
import { GitOpsBed } from "./support/gitopsbed";
import { DayTwoBed } from "./support/dayTwoBed";
import { KubernetesBed } from "./support/kubernetes";
import { opencenter, type StopOrder } from "./support/processes";
import { SMALL_CLUSTER, Testbed } from "./support/testbed";

const LEASE: ObjectRef = {
  apiVersion: "coordination.k8s.io/v1",
  kind: "Lease",
  namespace: "kube-system",
  name: "opencenter-operation",
};

interface Status {
  readonly underWay: boolean;
  readonly steps: readonly { readonly name: string; readonly state: string }[];
}

describe("rotation on the machines", () => {
  let bed: Testbed;
  let ops: DayTwoBed;
  let kubernetes: KubernetesBed;
  let api: ClusterObjects;

  before(async function () {
    skipWhenLate(this);
    bed = await Testbed.open("rotm", SMALL_CLUSTER);
    await bed.up();
    ops = new DayTwoBed(bed);
    kubernetes = new KubernetesBed(bed);
    api = new GitOpsBed(bed, kubernetes).objects();
  });
  after(() => bed?.close());

  const state = async (): Promise<StackState> =>
    parseState((await bed.session.pulumi.run(["stack", "export"])).stdout);
  const keys = async () => sshKeysIn((await state()).resources);
  const controlPlane = () => ControlPlane.of(bed.session.workspace.kubernetes, bed.organization, "rotm");
  const doors = (): Record<string, string[]> => {
    const text = readFileSync(join(controlPlane().directory, "machines.json"), "utf8");
    return (JSON.parse(text) as ClusterMemory).authorizedKeys;
  };
  async function rotate(what: string, stop?: StopOrder) {
    const finished = await opencenter(["rotate", what, ops.stack, "--yes", "--break-lock"], ops.environment, {
      stop,
    });
    ops.said += finished.output;
    return finished;
  }
  /** What an operator does after kill -9: waits until Pulumi has ended and the lock counts as dead, and settles. */
  async function settle(): Promise<void> {
    for (let tries = 0; ; tries++) {
      const { code, output } = await ops.run("recover", ops.stack, "--yes");
      if (code === 0) break;
      assert.ok(tries < 30, output);
      await sleep(2_000);
    }
    // Instead of the minute that a lock without a sign of life is held.
    await api.merge(LEASE, {
      spec: { renewTime: new Date(Date.now() - 120_000).toISOString().replace("Z", "000Z") },
    });
  }
  const status = (what: string) => ops.json<Status>("rotate", what, ops.stack, "--status");

  describe("ssh", () => {
    let old: string;

    it("stops at a machine that does not open, with the old key in use everywhere", async () => {
      const [key] = await keys();
      old = key!.publicKey;
      // As in production: the state refuses to delete it.
      await bed.session.pulumi.run(["state", "protect", key!.resource.urn, "--yes"]);
      const name = (await kubernetes.nodeNames())[1]!;
      const worker = await ops.one("compute", "/servers/detail", "servers", name);
      const nova = (await ops.cloud()).service("compute");
      await nova.change("POST", `/servers/${worker.id}/action`, { "os-stop": null });
      const { code, output } = await rotate("ssh");
      assert.equal(code, 1, output);
      assert.match(output, /does not get everywhere/);
      await nova.change("POST", `/servers/${worker.id}/action`, { "os-start": null });
      const { document } = await status("ssh");
      assert.equal(document.underWay, true);
      assert.equal(document.steps.find((step) => step.state === "next")?.name, "known");
      assert.equal((await keys()).length, 2);
    });

    it("goes on after kill -9 in the middle of a playbook", async () => {
      const killed = await rotate("ssh", {
        signal: "SIGKILL",
        when: { lines: 1, match: /keys of the machines/ },
      });
      assert.ok(killed.stopped, killed.output);
      await settle();
      const again = await rotate("ssh", {
        signal: "SIGKILL",
        when: { lines: 1, match: /log in with the new key/ },
      });
      assert.ok(again.stopped, again.output);
      await settle();
      const finished = await rotate("ssh");
      assert.equal(finished.code, 0, finished.output);
    });

    it("leaves one key, that opens every machine, and nothing that could tell it", async () => {
      const left = await keys();
      assert.deepEqual(
        left.map(({ generation }) => generation),
        [2],
      );
      const lines = Object.values(doors());
      assert.equal(lines.length, 4, "three nodes and the bastion");
      for (const door of lines) {
        assert.ok(
          door.some((line) => line.startsWith(left[0]!.publicKey)),
          "a door without the new key",
        );
        assert.ok(!door.some((line) => line.startsWith(old)), "a door with the old key");
      }
      assert.deepEqual(
        readdirSync(dirname(kubernetes.path("sshPrivateKey"))).filter((name) => name === "rotation"),
        [],
      );
      await bed.assertQuiet();
    });

    it("gives a server that is replaced the new key, and playbooks get in", async () => {
      const name = (await kubernetes.nodeNames()).at(-1)!;
      const urn = (await state()).resources.find(
        (one) => one.type === "openstack:compute/instance:Instance" && one.urn.endsWith(`::${name}`),
      )!.urn;
      const result = await bed.session.pulumi.try([
        "up",
        "--yes",
        "--skip-preview",
        "--non-interactive",
        "--replace",
        urn,
      ]);
      assert.equal(result.code, 0, result.output);
      const server = await ops.one("compute", "/servers/detail", "servers", name);
      assert.equal(server["key_name"], "rotm-g2");
      assert.ok((await kubernetes.nodeNames()).includes(name));
    });
  });

  describe("kubeadm-certs", () => {
    it("shows new certificates, gives the stack a new login, and replaces nothing of Kubernetes", async () => {
      const before = controlPlane().certificate("apiserver");
      const login = readFileSync(kubernetes.path("kubeconfig"), "utf8");
      const killed = await rotate("kubeadm-certs", {
        signal: "SIGKILL",
        when: { lines: 1, match: /New certificates on/ },
      });
      assert.ok(killed.stopped, killed.output);
      await settle();
      assert.equal((await status("kubeadm-certs")).document.underWay, true);
      const { code, output } = await rotate("kubeadm-certs");
      assert.equal(code, 0, output);
      assert.notEqual(controlPlane().certificate("apiserver"), before);
      assert.notEqual(readFileSync(kubernetes.path("kubeconfig"), "utf8"), login);
      assert.ok((await kubernetes.nodeNames()).length >= 3, "the new login does not work");
      assert.equal((await status("kubeadm-certs")).document.underWay, false);
      await bed.assertQuiet();
    });
  });

  describe("encryption-key", () => {
    const secret: ObjectRef = { apiVersion: "v1", kind: "Secret", namespace: "default", name: "precious" };
    const value = Buffer.from("written before the rotation").toString("base64");
    const read = async () => (await api.read(secret))?.["data"];
    const names = async () => Object.keys(await controlPlane().storedSecrets());

    before(async () => {
      await api.create({
        ...secret,
        metadata: { name: secret.name, namespace: secret.namespace },
        data: { value },
      });
    });

    it("goes on after kill -9, and refuses playbooks in between, which would lose a key", async () => {
      assert.deepEqual(await names(), ["key"]);
      const killed = await rotate("encryption-key", {
        signal: "SIGKILL",
        when: { lines: 1, match: /Every Secret in etcd encrypted with the key called next/ },
      });
      assert.ok(killed.stopped, killed.output);
      await settle();
      const { document } = await status("encryption-key");
      assert.equal(document.underWay, true);
      const before = bed.stackFile();
      bed.writeStackFile(before.replace(/count: 2/, "count: 3"));
      const refused = await bed.session.pulumi.try(["up", "--yes", "--skip-preview", "--non-interactive"]);
      assert.notEqual(refused.code, 0);
      assert.match(refused.output, /being rotated on rotm-cp-1/);
      bed.writeStackFile(before);
      await bed.up();
      assert.deepEqual(await read(), { value });
    });

    it("ends with one key that Kubespray knows, and every Secret encrypted with it", async () => {
      const { code, output } = await rotate("encryption-key");
      assert.equal(code, 0, output);
      assert.deepEqual(await names(), ["key"]);
      assert.deepEqual(await read(), { value });
      assert.deepEqual([...encryptionKeysIn((await state()).resources).keys()].sort(), [1, 2]);
      assert.equal((await status("encryption-key")).document.underWay, false);
      await bed.assertQuiet();
    });

    it("survives a playbook afterwards", async () => {
      bed.writeStackFile(bed.stackFile().replace(/count: 2/, "count: 3"));
      await bed.up();
      assert.deepEqual(await read(), { value });
    });
  });

  it("told no secret to anybody", async () => {
    const told = ops.said + JSON.stringify(ops.audit());
    for (const word of await ops.secretWords()) assert.ok(!told.includes(word), "a secret was told");
    assert.ok(existsSync(kubernetes.path("sshPrivateKey")));
  });
});
