/** Kubernetes as `pulumi up`: made, scaled, labelled, upgraded, interrupted, refused, taken down. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { isAlive } from "../../runner/supervisor/processTree.mjs";
import { findKubernetes } from "../../sandbox/toolchain/kubernetes";
import { KubernetesBed } from "./support/kubernetes";
import { opencenter, runToEnd } from "./support/processes";
import { SMALL_CLUSTER, tail, Testbed } from "./support/testbed";

const base = {
  ...SMALL_CLUSTER,
  network: {},
  kubernetes: { version: "1.34.3" },
  kubespray: { ref: "v2.30.0" },
};
type Settings = Record<string, any>;

describe(`Kubernetes (${"programs" in findKubernetes() ? "real etcd and kube-apiserver" : "recorded"})`, () => {
  let bed: Testbed;
  let kubernetes: KubernetesBed;
  let cluster: Settings = base;

  before(async () => {
    bed = await Testbed.open("kube", cluster);
    kubernetes = new KubernetesBed(bed);
  });
  after(() => bed.close());

  function change(settings: Settings): void {
    cluster = { ...cluster, ...settings };
    bed.writeCluster(cluster);
  }

  function pool(settings: Settings): Settings {
    return { pools: { general: { flavor: "small", ...settings } } };
  }

  const environment = () => ({ ...process.env, ...bed.session.pulumi.environment });

  async function preview(): Promise<{ code: number | null; output: string }> {
    return bed.session.pulumi.try(["preview"]);
  }

  it("is there after one pulumi up: nodes, versions, roles", async () => {
    assert.deepEqual(await kubernetes.during(() => bed.up()), [
      "wait.yml kube-cp-1,kube-general-1,kube-general-2",
      "cluster.yml",
    ]);
    const nodes = await kubernetes.nodes();
    assert.deepEqual(
      nodes.map(({ name, role, kubeletVersion, ready }) => [name, role, kubeletVersion, ready]).sort(),
      [
        ["kube-cp-1", "control-plane", "1.34.3", true],
        ["kube-general-1", "worker", "1.34.3", true],
        ["kube-general-2", "worker", "1.34.3", true],
      ],
    );
    await bed.assertQuiet();
  });

  it("gives a kubeconfig with the API endpoint, as an output and as a private file", async () => {
    const outputs = await bed.session.pulumi.run(["stack", "output", "--json"]);
    const { kubeconfig, endpoint } = JSON.parse(outputs.stdout) as Settings;
    assert.equal(kubeconfig, "[secret]");
    const text = readFileSync(kubernetes.path("kubeconfig"), "utf8");
    assert.ok(text.includes(`"server": "${endpoint.url}"`), endpoint.url);
    assert.doesNotMatch(text, /proxy/);
  });

  it("sets labels and taints, and takes away what is not wanted any more, without a playbook", async () => {
    const taint = { key: "dedicated", value: "batch", effect: "NoSchedule" };
    change(pool({ count: 2, labels: { tier: "gold", zone: "a" }, taints: [taint] }));
    const told = await preview();
    assert.match(
      told.output,
      /labels and taints of kube-general-1: tier=gold, zone=a, taints: dedicated:NoSchedule/,
    );
    await kubernetes.core().patchNode({
      name: "kube-general-1",
      body: [{ op: "add", path: "/metadata/labels/theirs", value: "x" }],
    });
    assert.deepEqual(await kubernetes.during(() => bed.up()), []);
    change(pool({ count: 2, labels: { tier: "silver" } }));
    assert.deepEqual(await kubernetes.during(() => bed.up()), []);
    const node = (await kubernetes.nodes()).find(({ name }) => name === "kube-general-1");
    assert.equal(node?.labels.tier, "silver");
    assert.equal(node?.labels.zone, undefined);
    assert.equal(node?.labels.theirs, "x", "a label that somebody else set");
    assert.deepEqual(node?.taints, []);
  });

  it("adds a worker with scale.yml, and says so in the preview", async () => {
    change(pool({ count: 3 }));
    const told = await preview();
    assert.match(
      told.output,
      /1\. playbooks\/facts\.yml: .*\n.*2\. scale\.yml on kube-general-3: 1 new worker/,
    );
    assert.deepEqual(await kubernetes.during(() => bed.up()), [
      "wait.yml kube-general-3",
      "playbooks/facts.yml",
      "scale.yml kube-general-3",
    ]);
    assert.ok((await kubernetes.nodeNames()).includes("kube-general-3"));
  });

  it("drains and removes a node before its machine goes; a pod that may not go keeps both", async () => {
    await kubernetes.addPod("free", "kube-general-2");
    await kubernetes.addPod("held", "kube-general-2", { "sandbox/pdb": "blocked" });
    change(pool({ nodes: [1, 3] }));
    assert.match((await preview()).output, /remove-node\.yml for kube-general-2: .* \(before the machine/);
    const failed = await bed.session.pulumi.try(["up", "--yes", "--skip-preview"]);
    assert.notEqual(failed.code, 0);
    assert.match(failed.output, /held/, "the pod is named");
    const servers = (await bed.simulator.state("sandbox"))["compute.servers"] as { name: string }[];
    assert.ok(
      servers.some(({ name }) => name === "kube-general-2"),
      "the machine is still there",
    );
    await kubernetes.core().deleteNamespacedPod({ name: "held", namespace: "default" });
    await bed.up();
    assert.deepEqual(await kubernetes.nodeNames(), ["kube-cp-1", "kube-general-1", "kube-general-3"]);
    assert.ok(!(await kubernetes.pods()).includes("free"), "pods of the node were evicted");
    const removal = kubernetes.playbooks().findLast(({ playbook }) => playbook === "remove-node.yml");
    const log = readFileSync(bed.session.workspace.simulator.log, "utf8").split("\n");
    const deletion = log.findLast((line) => /DELETE \/compute\/.*\/servers\/[^/]+ 204/.test(line));
    assert.ok(
      removal && deletion,
      log
        .filter((line) => line.includes("DELETE"))
        .slice(-3)
        .join("\n"),
    );
    assert.ok(removal.time < deletion.slice(0, 24), `${removal.time} before ${deletion}`);
    await bed.assertQuiet();
  });

  it("works on any runner: nothing under clusters/ is needed", async () => {
    for (const kind of ["state", "kubespraySecrets", "sshPrivateKey"] as const)
      rmSync(kubernetes.path(kind), { recursive: true, force: true });
    await bed.assertQuiet();
    change(pool({ nodes: [1, 3, 4] }));
    assert.deepEqual(await kubernetes.during(() => bed.up()), [
      "wait.yml kube-general-4",
      "playbooks/facts.yml",
      "scale.yml kube-general-4",
    ]);
    for (const kind of ["state", "kubespraySecrets", "sshPrivateKey"] as const)
      rmSync(kubernetes.path(kind), { recursive: true, force: true });
    change(pool({ nodes: [1, 3] }));
    assert.deepEqual(await kubernetes.during(() => bed.up()), ["remove-node.yml"]);
    assert.ok(existsSync(kubernetes.path("kubeconfig")), "copies are written again");
  });

  it("refuses in the preview what cannot be changed, with every reason", async () => {
    const before = cluster;
    change({ kubernetes: { version: "1.34.1", podCidr: "10.99.0.0/16" } });
    const { code, output } = await preview();
    assert.notEqual(code, 0);
    assert.match(output, /kubernetes\.podCidr is "10\.42\.0\.0\/16" in the running cluster/);
    assert.match(output, /cannot go back from 1\.34\.3 to 1\.34\.1/);
    assert.doesNotMatch(output, /\n\s+at /, "no stack trace");
    change(before);
    assert.deepEqual((await preview()).code, 0);
  });

  it("takes a machine out of etcd that joined it in a growth which failed and was put back", async () => {
    const before = cluster;
    kubernetes.addFault({
      playbook: "cluster.yml",
      play: "Install Kubernetes nodes",
      mode: "fail",
      message: "no space left",
      times: 1,
    });
    change({ controlPlane: { count: 3, flavor: "small", serverGroupPolicy: "none" } });
    const failed = await bed.session.pulumi.try(["up", "--yes", "--skip-preview"]);
    assert.notEqual(failed.code, 0);
    assert.match(failed.output, /no space left/);
    change(before);
    assert.deepEqual(await kubernetes.during(() => bed.up()), [
      "remove-node.yml",
      "playbooks/facts.yml",
      "upgrade-cluster.yml etcd,kube_control_plane",
    ]);
    assert.deepEqual(await kubernetes.nodeNames(), ["kube-cp-1", "kube-general-1", "kube-general-3"]);
    await bed.assertQuiet();
  });

  it("goes from one control-plane node to three, one etcd member at a time", async () => {
    change({ controlPlane: { count: 3, flavor: "small", serverGroupPolicy: "none" } });
    const limit = "etcd,kube_control_plane";
    assert.deepEqual(await kubernetes.during(() => bed.up()), [
      "wait.yml kube-cp-2,kube-cp-3",
      "playbooks/facts.yml",
      `cluster.yml ${limit}`,
      `cluster.yml ${limit}`,
      "cluster.yml",
      `upgrade-cluster.yml ${limit}`,
    ]);
    const roles = (await kubernetes.nodes()).filter(({ role }) => role === "control-plane");
    assert.deepEqual(roles.map(({ name }) => name).sort(), ["kube-cp-1", "kube-cp-2", "kube-cp-3"]);
    await bed.assertQuiet();
  });

  it("replaces a control-plane node: the new one joins before the old one leaves etcd", async () => {
    change({ controlPlane: { nodes: [1, 2, 4], flavor: "small", serverGroupPolicy: "none" } });
    const playbooks = await kubernetes.during(() => bed.up());
    assert.deepEqual(playbooks.slice(-3), [
      "remove-node.yml",
      "playbooks/facts.yml",
      "upgrade-cluster.yml etcd,kube_control_plane",
    ]);
    const removal = kubernetes.playbooks().findLast(({ playbook }) => playbook === "remove-node.yml");
    assert.deepEqual(removal?.controlPlane, ["kube-cp-1", "kube-cp-2", "kube-cp-3", "kube-cp-4"]);
    await bed.assertQuiet();
  });

  it("refuses to lose the first control-plane node", async () => {
    const before = cluster;
    change({ controlPlane: { nodes: [2, 4, 5], flavor: "small", serverGroupPolicy: "none" } });
    const { code, output } = await preview();
    assert.notEqual(code, 0);
    assert.match(output, /kube-cp-1 is the first control-plane node/);
    change(before);
  });

  it("upgrades hop by hop, and after a failure half-way goes on with the same command", async () => {
    kubernetes.addFault({
      playbook: "upgrade-cluster.yml",
      play: "worker",
      mode: "fail",
      message: "disk full",
      times: 1,
    });
    const args = ["upgrade", "kube", "--to", "1.35.4"];
    const plan = await opencenter([...args, "--plan"], environment());
    assert.match(plan.output, /1 +1\.35\.4 +v2\.31\.0 +≥ 3\.5\.26/, plan.output);
    const first = await opencenter([...args, "--yes"], environment());
    assert.notEqual(first.code, 0, first.output);
    assert.match(first.output, /disk full/);
    const half = await kubernetes.nodes();
    assert.ok(
      new Set(half.map(({ kubeletVersion }) => kubeletVersion)).size === 2,
      "half of them are upgraded",
    );
    const before = cluster;
    change({ kubernetes: { ...cluster.kubernetes, extraVars: { event_ttl_duration: "30m" } } });
    const back = await bed.session.pulumi.try(["up", "--yes", "--skip-preview"]);
    assert.notEqual(back.code, 0, "the version of before, with another change");
    assert.match(
      back.output,
      /upgrade-begun: an upgrade to Kubernetes 1\.35\.4 with Kubespray v2\.31\.0 was begun/,
    );
    change(before);
    const second = await opencenter([...args, "--yes"], environment());
    assert.equal(second.code, 0, second.output);
    for (const { name, kubeletVersion, apiServerVersion, role, unschedulable } of await kubernetes.nodes()) {
      assert.equal(kubeletVersion, "1.35.4", name);
      if (role === "control-plane") assert.equal(apiServerVersion, "1.35.4", name);
      assert.equal(unschedulable, false, `${name} takes pods again`);
    }
    assert.equal(kubernetes.playbooks().filter(({ playbook }) => playbook === "snapshot.yml").length, 1);
    change({ kubernetes: { version: "1.35.4" }, kubespray: { ref: "v2.31.0" } });
    await bed.assertQuiet();
  });

  for (const signal of ["SIGINT", "SIGKILL"] as const) {
    it(`leaves nothing running after ${signal} in the middle of a playbook, and goes on afterwards`, async () => {
      kubernetes.addFault({ playbook: "cluster.yml", play: "etcd", mode: "hang", times: 1 });
      change({ kubernetes: { ...cluster.kubernetes, extraVars: { event_ttl_duration: signal } } });
      const { pulumi } = bed.session.toolchain;
      const run = await runToEnd(
        pulumi,
        ["up", "--yes", "--skip-preview", "--non-interactive"],
        environment(),
        { signal, when: () => kubernetes.hanging().some(isAlive) },
      );
      assert.ok(run.stopped, tail(run.output));
      await sleep(4_000);
      const left = kubernetes.hanging().filter(isAlive);
      assert.deepEqual(left, [], "processes of the playbook");
      if (signal === "SIGKILL") {
        const recovered = await opencenter(["recover", "kube", "--yes"], environment());
        assert.equal(recovered.code, 0, recovered.output);
      }
      assert.deepEqual(await kubernetes.during(() => bed.up()), [
        "own-address.yml",
        "cluster.yml",
        "playbooks/facts.yml",
        "upgrade-cluster.yml etcd,kube_control_plane",
      ]);
    });
  }

  it("shows no secret: not in arguments, logs, state or what Pulumi prints", async () => {
    kubernetes.addFault({ playbook: "cluster.yml", play: "etcd", mode: "slow", seconds: 4, times: 1 });
    change({ kubernetes: { ...cluster.kubernetes, extraVars: { event_ttl_duration: "2h" } } });
    const secrets = JSON.parse(readFileSync(kubernetes.path("kubespraySecrets"), "utf8")) as Settings;
    const planted = [
      secrets.kubeadmCertificateKey,
      secrets.encryptionToken,
      secrets.cloud.OS_APPLICATION_CREDENTIAL_SECRET,
      readFileSync(kubernetes.path("sshPrivateKey"), "utf8").split("\n")[2],
    ] as string[];
    assert.ok(planted.every((secret) => secret.length > 20));
    const seen: string[] = [];
    const watching = setInterval(
      () => seen.push(execFileSync("ps", ["-A", "-o", "args="], { encoding: "utf8" })),
      500,
    );
    const told = await preview();
    const result = await bed.session.pulumi.try(["up", "--yes", "--diff"]);
    clearInterval(watching);
    assert.equal(result.code, 0, tail(result.output));
    assert.ok(
      seen.some((list) => list.includes("ansible")),
      "Ansible was seen in the process list",
    );
    const read = (path: string) =>
      execFileSync("grep", ["-rh", "", path], { encoding: "utf8", maxBuffer: 2 ** 28 });
    const places = {
      "process list": seen.join("\n"),
      preview: told.output,
      up: result.output,
      logs: read(kubernetes.path("logs")),
      inventory: read(kubernetes.path("inventory")),
      state: read(bed.session.workspace.stateDirectory),
      playbooks: JSON.stringify(kubernetes.playbooks()),
    };
    for (const [place, text] of Object.entries(places))
      for (const secret of planted) assert.ok(!text.includes(secret), `a secret is in the ${place}`);
  });

  it("is taken down without removing node after node", async () => {
    assert.deepEqual(await kubernetes.during(() => bed.destroy()), []);
    assert.deepEqual(await bed.leftovers(), []);
  });
});
