import assert from "node:assert/strict";
import { snapshotProblem } from "../../../cli/backup/etcd";
import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  AnsibleLab,
  cp,
  isRunning,
  lastLines,
  until,
  REF,
  worker,
  type Layout,
  type Result,
} from "./ansible-support";

const ONE: Layout = { controlPlane: [cp(1)], workers: [worker(1)] };
const THREE: Layout = { controlPlane: [cp(1), cp(2), cp(3)], workers: [worker(1)] };

function succeeded(result: Result): void {
  assert.equal(result.exit, 0, lastLines(result));
}
function failed(result: Result, message: RegExp, exit = 2): void {
  assert.equal(result.exit, exit, lastLines(result));
  assert.match(result.output, message);
}
function failure(result: Result) {
  return result.events.find(({ event }) => event === "failed");
}

describe("the double of ansible-playbook", function () {
  this.timeout(60_000);
  let lab: AnsibleLab;
  beforeEach(() => (lab = new AnsibleLab()));
  afterEach(() => lab.close());

  describe("installation", () => {
    it("looks like an installed Kubespray", () => {
      const marker = JSON.parse(readFileSync(join(lab.checkout(), "..", "complete.json"), "utf8"));
      assert.deepEqual(marker, {
        ref: REF,
        source: "sandbox double",
        python: "3.12.0",
        ansibleCore: "2.18.8",
      });
      for (const name of ["cluster.yml", "remove-node.yml", "playbooks/facts.yml", "ansible.cfg"])
        assert.ok(existsSync(join(lab.checkout(), name)), name);
      const other = JSON.parse(readFileSync(join(lab.checkout("v2.32.0"), "..", "complete.json"), "utf8"));
      assert.match(other.ansibleCore, /^2\.19\./);
    });
  });

  describe("refuses what Ansible and Kubespray refuse", () => {
    beforeEach(() => lab.write(ONE));
    const cluster = (call = {}) => lab.run("cluster.yml", call);

    it("an unknown playbook", async () => {
      failed(await lab.run("clusters.yml"), /the playbook: clusters\.yml could not be found/, 1);
    });
    it("an absent inventory", async () => {
      const { inventory } = lab;
      writeFileSync(join(inventory, "hosts.yaml"), "x: 1\n");
      failed(await cluster(), /there is no group "all"/, 1);
    });
    it("unknown hosts in the limit", async () => {
      const result = await cluster({ limit: "prod-a-1,prod-a-9" });
      failed(result, /leaves us with no hosts to target/, 1);
      assert.match(result.output, /ignoring: prod-a-9/);
    });
    it("extra vars that are strings", async () => {
      failed(await cluster({ extraVars: "drain_nodes=true" }), /Conditionals must have a boolean result/);
    });
    it("a version that is missing, outside of the release, or has a v", async () => {
      lab.write({ ...ONE, version: "" });
      failed(await cluster(), /kube_version is undefined/);
      lab.write({ ...ONE, version: "1.32.9" });
      failed(await cluster(), /only support newer version of Kubernetes than 1\.33\.0/);
      lab.write({ ...ONE, version: "1.36.0" });
      failed(await cluster(), /Kubernetes v1\.36\.0 is not supported/);
      lab.write({ ...ONE, version: "v1.34.3" });
      failed(await cluster(), /without v/);
      lab.write({ ...ONE, version: "1.36.0" });
      succeeded(await cluster({ ref: "v2.32.0" }));
    });
    it("an even number of etcd hosts, unless errors are ignored", async () => {
      lab.write({ ...ONE, controlPlane: [cp(1), cp(2)] });
      const result = await cluster();
      failed(result, /not divisibleby 2/);
      assert.equal(failure(result)?.task, "Stop if even number of etcd hosts");
      succeeded(await cluster({ extraVars: { ignore_assert_errors: true } }));
    });
    it("remove-node.yml without nodes or confirmation, reset.yml without confirmation", async () => {
      succeeded(await cluster());
      failed(await lab.run("remove-node.yml"), /No nodes specified for removal/);
      failed(
        await lab.run("remove-node.yml", { extraVars: { node: "prod-a-1" } }),
        /Delete nodes confirmation failed/,
      );
      failed(
        await lab.run("reset.yml", { extraVars: { skip_confirmation: true } }),
        /Reset confirmation failed/,
      );
      assert.deepEqual(Object.keys(await lab.kubelets()), ["prod-cp-1", "prod-a-1"]);
      succeeded(await lab.run("reset.yml", { extraVars: { reset_confirmation: "yes" } }));
      assert.equal((await lab.controlPlane().status()).made, false);
    });
    it("a limit while the facts of other hosts are unknown", async () => {
      succeeded(await cluster());
      lab.write({ ...ONE, workers: [worker(1), worker(2), worker(3)] });
      failed(await lab.run("scale.yml", { limit: "prod-a-2" }), /not cached: \['prod-a-3'\]/);
      succeeded(await lab.run("playbooks/facts.yml"));
      succeeded(await lab.run("scale.yml", { limit: "prod-a-2" }));
      assert.deepEqual(Object.keys(await lab.kubelets()).sort(), ["prod-a-1", "prod-a-2", "prod-cp-1"]);
    });
    it("but not addresses and etcd names that occur twice", async () => {
      lab.write({ ...THREE, controlPlane: [cp(1), cp(2, { etcd: "etcd1" }), cp(3, { ip: "10.0.0.11" })] });
      succeeded(await cluster());
    });
  });

  describe("cluster.yml", () => {
    it("makes nodes as the inventory describes them", async () => {
      lab.write({
        ...THREE,
        workers: [worker(1, { labels: { pool: "a" }, taints: ["dedicated=gpu:NoSchedule"] })],
      });
      const result = await lab.run("cluster.yml");
      succeeded(result);
      assert.equal(Object.keys(await lab.kubelets()).length, 4);
      const node = await lab.node("prod-a-1");
      assert.equal(node.metadata.labels?.pool, "a");
      assert.equal(node.metadata.labels?.["kubernetes.io/hostname"], "prod-a-1");
      assert.deepEqual(node.spec?.taints, [{ key: "dedicated", value: "gpu", effect: "NoSchedule" }]);
      assert.equal(node.spec?.providerID, "openstack:///server-a-1");
      assert.equal(node.status?.nodeInfo?.systemUUID, "server-a-1");
      const first = await lab.node("prod-cp-1");
      assert.deepEqual(first.spec?.taints, [
        { key: "node-role.kubernetes.io/control-plane", effect: "NoSchedule" },
      ]);
      assert.ok("node-role.kubernetes.io/control-plane" in first.metadata.labels!);
      assert.deepEqual(await lab.apiServers(), {
        "prod-cp-1": "v1.34.3",
        "prod-cp-2": "v1.34.3",
        "prod-cp-3": "v1.34.3",
      });
      const names = result.events.map(({ event, name }) => (event === "play" ? name : "")).filter(Boolean);
      assert.deepEqual(names.slice(4, 9), [
        "Prepare for etcd install",
        "Add worker nodes to the etcd play if needed",
        "Install etcd",
        "Install Kubernetes nodes",
        "Install the control plane",
      ]);
      assert.match(result.output, /PLAY RECAP \*+\n(.*\n)*prod-a-1 +: ok=\d+ +changed=[1-9]/);
      assert.equal(result.events[0]?.event, "playbook");
      assert.equal(result.events.at(-1)?.event, "recap");
      assert.ok(result.events.at(-1)?.hosts["prod-cp-1"].changed > 0);
    });

    it("adds labels and taints and takes none away", async () => {
      lab.write({ ...ONE, workers: [worker(1, { labels: { a: "1" }, taints: ["x=1:NoSchedule"] })] });
      succeeded(await lab.run("cluster.yml"));
      lab.write({ ...ONE, workers: [worker(1, { labels: { b: "2" }, taints: ["y=2:NoExecute"] })] });
      succeeded(await lab.run("cluster.yml", { tags: "node-label,node-taint" }));
      const { metadata, spec } = await lab.node("prod-a-1");
      assert.deepEqual([metadata.labels?.a, metadata.labels?.b], ["1", "2"]);
      assert.deepEqual(
        spec?.taints?.map(({ key }) => key),
        ["x", "y"],
      );
    });

    it("with another version is the half upgrade that upstream warns of", async () => {
      lab.write(ONE);
      succeeded(await lab.run("cluster.yml"));
      lab.write({ ...ONE, version: "1.35.4" });
      succeeded(await lab.run("cluster.yml"));
      assert.deepEqual(await lab.kubelets(), { "prod-cp-1": "v1.35.4", "prod-a-1": "v1.35.4" });
      assert.deepEqual(await lab.apiServers(), { "prod-cp-1": "v1.34.3" });
    });

    it("joins control-plane nodes, whose etcd the others know after upgrade-cluster.yml only", async () => {
      lab.write(ONE);
      succeeded(await lab.run("cluster.yml"));
      lab.write(THREE);
      succeeded(await lab.run("cluster.yml"));
      const all = [1, 2, 3].map((number) => `https://10.0.0.1${number}:2379`);
      let probe = await lab.probe();
      assert.deepEqual(probe.etcdServers["prod-cp-1"], all.slice(0, 1));
      assert.deepEqual(probe.etcdServers["prod-cp-3"], all);
      assert.deepEqual(
        probe.etcd?.members.map(({ name }) => name),
        ["etcd1", "etcd2", "etcd3"],
      );
      succeeded(await lab.run("upgrade-cluster.yml", { limit: "etcd,kube_control_plane" }));
      probe = await lab.probe();
      assert.deepEqual(probe.etcdServers["prod-cp-1"], all);
    });

    it("starts no etcd member that is called as Kubespray calls one that is there, by its place", async () => {
      lab.write(THREE);
      succeeded(await lab.run("cluster.yml"));
      const remove = { node: "prod-cp-2", skip_confirmation: true, ignore_assert_errors: true };
      succeeded(await lab.run("remove-node.yml", { extraVars: remove }));
      const [one, two, three] = THREE.controlPlane;
      const again = { ...two!, server: "server-again" };
      // As the program does: the keys of machines that were replaced are pinned no more.
      rmSync(join(lab.inventory, "known_hosts"));
      lab.write({ ...THREE, controlPlane: [one!, three!, again] });
      failed(await lab.run("cluster.yml"), /member count is unequal \(etcd1, etcd2, etcd2\)/);
      lab.write({ ...THREE, controlPlane: [one!, three!, { ...again, etcd: "prod-cp-2" }] });
      succeeded(await lab.run("cluster.yml"));
      const names = (await lab.probe()).etcd?.members.map(({ name }) => name);
      assert.deepEqual(names, ["etcd1", "etcd3", "prod-cp-2"]);
    });

    it("refuses a new machine as the first control-plane host", async () => {
      lab.write(ONE);
      succeeded(await lab.run("cluster.yml"));
      const called = (number: number) => cp(number, { etcd: `prod-cp-${number}` });
      lab.write({ ...ONE, controlPlane: [called(4), cp(1), called(2)] });
      failed(await lab.run("cluster.yml"), /would make a new CA/);
      assert.deepEqual(Object.keys(await lab.apiServers()), ["prod-cp-1"]);
    });

    it("begins anew when all machines of the cluster are other ones", async () => {
      lab.write(ONE);
      succeeded(await lab.run("cluster.yml"));
      const before = lab.controlPlane().adminKubeconfig();
      // As the program does: the keys of machines that were replaced are pinned no more.
      rmSync(join(lab.inventory, "known_hosts"));
      lab.write({
        controlPlane: [cp(1, { server: "new-cp" })],
        workers: [worker(2, { server: "new-a" })],
      });
      succeeded(await lab.run("cluster.yml"));
      assert.deepEqual(Object.keys(await lab.kubelets()), ["prod-cp-1", "prod-a-2"]);
      assert.notEqual(lab.controlPlane().adminKubeconfig(), before);
    });
  });

  describe("scale.yml", () => {
    it("joins the workers of the limit, and no control-plane node", async () => {
      lab.write(ONE);
      succeeded(await lab.run("cluster.yml"));
      lab.write({ ...THREE, workers: [worker(1), worker(2), worker(3)] });
      succeeded(await lab.run("playbooks/facts.yml"));
      succeeded(await lab.run("scale.yml", { limit: "prod-a-2,prod-cp-2" }));
      assert.deepEqual(Object.keys(await lab.kubelets()).sort(), ["prod-a-1", "prod-a-2", "prod-cp-1"]);
    });
  });

  describe("upgrade-cluster.yml", () => {
    it("upgrades etcd on every member first, and the version of before ends all of them", async () => {
      lab.write(THREE);
      succeeded(await lab.run("cluster.yml"));
      lab.faults({
        playbook: "upgrade-cluster.yml",
        play: "Handle upgrades to control plane",
        mode: "fail",
        times: 1,
      });
      const upgrade = await lab.run("upgrade-cluster.yml", { extraVars: { kube_version: "1.35.4" } });
      failed(upgrade, /injected/);
      assert.deepEqual([...new Set(Object.values(await lab.kubelets()))], ["v1.34.3"], "no node shows it");
      failed(await lab.run("cluster.yml"), /data were written by a later version/);
      const { etcd } = await lab.probe();
      assert.equal(etcd, undefined, "no member answers");
    });

    beforeEach(async () => {
      lab.write(THREE);
      succeeded(await lab.run("cluster.yml"));
    });

    it("upgrades every node and evicts its pods", async () => {
      await lab.addPod("web", "prod-a-1");
      await lab.addPod("agent", "prod-a-1", {
        ownerReferences: [{ apiVersion: "apps/v1", kind: "DaemonSet", name: "agent", uid: "1" }],
      });
      succeeded(await lab.run("upgrade-cluster.yml", { extraVars: { kube_version: "1.35.4" } }));
      assert.deepEqual(new Set(Object.values(await lab.kubelets())), new Set(["v1.35.4"]));
      assert.deepEqual(new Set(Object.values(await lab.apiServers())), new Set(["v1.35.4"]));
      const nodes = await lab.list("/api/v1/nodes");
      assert.ok(nodes.every(({ spec }) => spec?.unschedulable !== true));
      const pods = await lab.list("/api/v1/namespaces/default/pods");
      assert.deepEqual(
        pods.map(({ metadata }) => metadata.name),
        ["agent"],
      );
    });

    it("stops half-way on a fault, and goes on when it is repeated", async () => {
      lab.faults({
        playbook: "upgrade-cluster.yml",
        play: "Handle upgrades to control plane",
        host: "prod-cp-2",
        mode: "fail",
        message: "disk full",
        times: 1,
      });
      const upgrade = { extraVars: { kube_version: "1.35.4" } };
      const result = await lab.run("upgrade-cluster.yml", upgrade);
      failed(result, /disk full/);
      assert.equal(failure(result)?.host, "prod-cp-2");
      assert.deepEqual(await lab.apiServers(), {
        "prod-cp-1": "v1.35.4",
        "prod-cp-2": "v1.34.3",
        "prod-cp-3": "v1.34.3",
      });
      assert.equal((await lab.node("prod-cp-2")).spec?.unschedulable, true);
      succeeded(await lab.run("upgrade-cluster.yml", upgrade));
      assert.deepEqual(new Set(Object.values(await lab.apiServers())), new Set(["v1.35.4"]));
      // It was cordoned when the second run came, which therefore leaves it so, as upstream.
      assert.equal((await lab.node("prod-cp-2")).spec?.unschedulable, true);
    });

    it("refuses to skip a minor, and to go back", async () => {
      lab.write({ ...THREE, version: "1.33.0" });
      failed(await lab.run("upgrade-cluster.yml"), /too low/);
      const skip = { ref: "v2.32.0", extraVars: { kube_version: "1.36.0" } };
      failed(await lab.run("upgrade-cluster.yml", skip), /upgrade only 1 minor version at a time/);
      assert.deepEqual(new Set(Object.values(await lab.kubelets())), new Set(["v1.34.3"]));
    });

    it("uncordons a node whose pods cannot be evicted, and fails", async () => {
      await lab.addPod("db", "prod-a-1", { labels: { "sandbox/pdb": "blocked" } });
      const result = await lab.run("upgrade-cluster.yml", { extraVars: { kube_version: "1.35.4" } });
      failed(result, /Failed to drain node prod-a-1\\n.*\bdb\b/);
      assert.notEqual((await lab.node("prod-a-1")).spec?.unschedulable, true);
    });
  });

  describe("remove-node.yml", () => {
    const remove = (node: string, more = {}) =>
      lab.run("remove-node.yml", { extraVars: { node, skip_confirmation: true, ...more } });
    beforeEach(async () => {
      lab.write({ ...THREE, workers: [worker(1), worker(2)] });
      succeeded(await lab.run("cluster.yml"));
    });

    it("drains and deletes a worker", async () => {
      await lab.addPod("web", "prod-a-2");
      succeeded(await remove("prod-a-2"));
      assert.ok(!("prod-a-2" in (await lab.kubelets())));
      assert.deepEqual(await lab.list("/api/v1/namespaces/default/pods"), []);
    });

    it("removes the etcd member of a control-plane node with it", async () => {
      succeeded(await remove("prod-cp-3", {}));
      const probe = await lab.probe();
      assert.deepEqual(
        probe.etcd?.members.map(({ name }) => name),
        ["etcd1", "etcd2"],
      );
      assert.equal(probe.hosts["prod-cp-3"].members, null);
      assert.ok(!("prod-cp-3" in (await lab.apiServers())));
    });

    it("does not remove the first control-plane node, nor the quorum", async () => {
      failed(await remove("prod-cp-1"), /first host of etcd/);
      const file = join(lab.controlPlane().directory, "machines.json");
      const machines = JSON.parse(readFileSync(file, "utf8"));
      machines.etcd[1].healthy = false;
      writeFileSync(file, JSON.stringify(machines));
      failed(await remove("prod-cp-3"), /not enough started members/);
      succeeded(await remove("prod-cp-2", { reset_nodes: false, allow_ungraceful_removal: true }));
    });

    it("tries a blocked eviction again, and names the pod", async () => {
      await lab.addPod("db", "prod-a-1", { labels: { "sandbox/pdb": "blocked" } });
      const result = await remove("prod-a-1", { drain_retries: 2 });
      failed(result, /pods\/\\"db\\"/);
      assert.equal(result.output.match(/FAILED - RETRYING: \[prod-a-1\]/g)?.length, 2);
      assert.equal((await lab.node("prod-a-1")).spec?.unschedulable, true);
      succeeded(await remove("prod-a-1", { reset_nodes: false, allow_ungraceful_removal: true }));
    });

    it("does nothing about a node that the inventory does not have", async () => {
      const result = await remove("prod-a-7");
      succeeded(result);
      assert.match(result.output, /skipping: no hosts matched/);
    });
  });

  describe("faults, signals and records", () => {
    beforeEach(() => lab.write(ONE));

    it("answers as unreachable, as often as it was told", async () => {
      lab.faults({ playbook: "cluster.yml", play: "Install etcd", mode: "unreachable", times: 1 });
      const result = await lab.run("cluster.yml");
      assert.equal(result.exit, 4, lastLines(result));
      assert.ok(result.events.some(({ event, host }) => event === "unreachable" && host === "prod-cp-1"));
      succeeded(await lab.run("cluster.yml"));
      assert.deepEqual(
        lab.records().map(({ exit }) => exit),
        [4, 0],
      );
    });

    it("hangs until it is killed, and leaves its child to be found", async () => {
      lab.faults({ playbook: "cluster.yml", play: "Install etcd", mode: "hang", seconds: 60, times: 1 });
      const text = "etcd : Install | Copy etcd binary";
      const started = Date.now();
      const result = await lab.run("cluster.yml", { killAt: { text, signal: "SIGTERM" } });
      assert.equal(result.exit, 143, lastLines(result));
      assert.ok(Date.now() - started < 10_000);
      const { child } = JSON.parse(readFileSync(join(lab.kubernetes, "hanging.jsonl"), "utf8"));
      assert.ok(isRunning(child));
      process.kill(child, "SIGKILL");
      assert.equal(lab.records()[0]?.exit, 143);
    });

    it("leaves the cluster running when everything that it started is ended", async () => {
      lab.faults({
        playbook: "cluster.yml",
        play: "Install Kubernetes apps",
        mode: "hang",
        times: 1,
        seconds: 60,
      });
      const text = "kubernetes-apps/external_cloud_controller";
      const result = await lab.run("cluster.yml", { killAt: { text, signal: "SIGTERM", tree: true } });
      assert.equal(result.exit, 143, lastLines(result));
      const { child } = JSON.parse(readFileSync(join(lab.kubernetes, "hanging.jsonl"), "utf8"));
      await until(() => !isRunning(child));
      assert.equal((await lab.controlPlane().status()).running, true);
      succeeded(await lab.run("cluster.yml"));
    });

    it("writes every call down, without secrets", async () => {
      const secrets = {
        OS_APPLICATION_CREDENTIAL_SECRET: "planted-1",
        OPENCENTER_ENCRYPTION_TOKEN: "planted-2",
      };
      const extraVars = { kube_version: "1.34.3", note: "planted-1", kube_encrypt_token: "planted-3" };
      const result = await lab.run("cluster.yml", { tags: "preinstall", extraVars, env: secrets });
      succeeded(result);
      const [record] = lab.records();
      const { time, ...rest } = record!;
      assert.ok(Math.abs(Date.parse(time) - Date.now()) < 30_000);
      assert.deepEqual(rest, {
        organization: "acme",
        cluster: "prod",
        ref: REF,
        playbook: "cluster.yml",
        tags: ["preinstall"],
        extraVars: { kube_version: "1.34.3", note: "********", kube_encrypt_token: "********" },
        hosts: ["prod-cp-1", "prod-a-1"],
        controlPlane: ["prod-cp-1"],
        exit: 0,
      });
      assert.ok(!/planted/.test(result.output + JSON.stringify(lab.records())));
    });

    it("writes each host key once", async () => {
      const file = join(lab.inventory, "known_hosts");
      succeeded(await lab.run("playbooks/facts.yml"));
      succeeded(await lab.run("playbooks/facts.yml"));
      const lines = readFileSync(file, "utf8").trim().split("\n");
      assert.equal(lines.length, 2);
      assert.match(lines[0]!, /^10\.0\.0\.11 ssh-ed25519 /);
      assert.match(lines[1]!, /^10\.0\.0\.21 ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI/);
    });

    it("turns away from a host whose address is pinned with another key, as ssh does", async () => {
      const file = join(lab.inventory, "known_hosts");
      writeFileSync(file, "10.0.0.11 ssh-ed25519 of-the-machine-before\n");
      const { exit, output } = await lab.run("playbooks/facts.yml");
      assert.equal(exit, 4, output);
      assert.match(output, /prod-cp-1.*Host key verification failed/);
      assert.equal(readFileSync(file, "utf8").match(/10\.0\.0\.11 /g)?.length, 1, "no second key beside it");
    });
  });

  describe("the program's own playbooks", () => {
    it("probes before and after the installation", async () => {
      lab.write(ONE);
      const before = await lab.probe();
      assert.deepEqual(before.hosts["prod-cp-1"].reachable, true);
      assert.deepEqual([before.adminConf, before.etcd, before.etcdServers], [undefined, undefined, {}]);
      succeeded(await lab.run("cluster.yml"));
      const { adminConf, etcd } = await lab.probe();
      assert.match(adminConf!, /server: https:\/\/10\.0\.0\.5:6443/);
      assert.deepEqual(etcd?.members, [{ name: "etcd1", healthy: true, address: "10.0.0.11" }]);
      assert.equal(statSync(join(lab.directory, "probe.json")).mode & 0o777, 0o600);
    });

    it("starts the API server with changed variables where it is upgraded, not before", async () => {
      lab.write(ONE);
      succeeded(await lab.run("cluster.yml"));
      lab.write({ ...ONE, vars: { kube_encrypt_secret_data: true } });
      const env = { OPENCENTER_ENCRYPTION_TOKEN: "t".repeat(32) };
      succeeded(await lab.run("cluster.yml", { env }));
      assert.equal((await lab.probe()).encrypts, false);
      const limit = "etcd,kube_control_plane";
      succeeded(await lab.run("upgrade-cluster.yml", { limit, env }));
      assert.equal((await lab.probe()).encrypts, true);
    });

    it("calls the API where the endpoint was when the node joined, until it is led to its own", async () => {
      lab.write(ONE);
      succeeded(await lab.run("cluster.yml"));
      lab.write({ ...ONE, vars: { loadbalancer_apiserver: { address: "10.0.0.5", port: 8443 } } });
      failed(
        await lab.run("cluster.yml"),
        /token create: dial tcp 10.0.0.5:6443: connect: connection refused/,
      );
      succeeded(await lab.run(join(lab.own, "own-address.yml")));
      succeeded(await lab.run("cluster.yml"));
    });

    it("saves snapshots", async () => {
      lab.write(ONE);
      const snapshot = () =>
        lab.run(join(lab.own, "snapshot.yml"), { extraVars: { snapshot_name: "before" } });
      failed(await snapshot(), /no etcd answers on prod-cp-1/);
      succeeded(await lab.run("cluster.yml"));
      succeeded(await snapshot());
      const { snapshots } = JSON.parse(
        readFileSync(join(lab.controlPlane().directory, "machines.json"), "utf8"),
      );
      assert.equal(snapshots[0].name, "before");
    });

    it("brings a snapshot here, in the form of etcd's, for nobody else to read", async () => {
      lab.write(ONE);
      succeeded(await lab.run("cluster.yml"));
      const file = join(lab.directory, "etcd.db");
      const extraVars = { snapshot_name: "backup", snapshot_out: file };
      succeeded(await lab.run(join(lab.own, "snapshot.yml"), { extraVars }));
      assert.equal(snapshotProblem(readFileSync(file)), undefined);
      assert.equal(statSync(file).mode & 0o777, 0o600);
    });
  });
});
