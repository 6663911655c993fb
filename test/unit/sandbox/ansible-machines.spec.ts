import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { startSimulator, type Simulator } from "../../../sandbox/openstack/server";
import { SimulatorClient, type ProjectSession } from "../../../sandbox/openstack/client";
import { skip } from "../../support/skip";
import { AnsibleLab, cp, lastLines, worker } from "./ansible-support";
import { findBinaries } from "./kubernetes-support";

describe("the double of ansible-playbook and the machines of the simulated cloud", function () {
  this.timeout(60_000);
  let lab: AnsibleLab;
  let cloud: Simulator;
  let session: ProjectSession;
  let env: Record<string, string>;
  const servers = new Map<string, string>();

  const boot = async (name: string): Promise<string> => {
    const get = async (path: string, key: string) =>
      (await session.request<any>("GET", path)).body[key][0].id as string;
    const server = {
      name,
      imageRef: await get("/image/v2/images", "images"),
      flavorRef: await get("/compute/v2.1/flavors", "flavors"),
      networks: "none",
    };
    const answer = await session.request<any>("POST", "/compute/v2.1/servers", {
      body: { server },
      headers: { "openstack-api-version": "compute 2.60" },
    });
    assert.equal(answer.status, 202, JSON.stringify(answer.body));
    servers.set(name, answer.body.server.id);
    return answer.body.server.id;
  };
  const remove = async (name: string) => {
    await session.request("DELETE", `/compute/v2.1/servers/${servers.get(name)}`);
  };

  before(async () => {
    lab = new AnsibleLab();
    cloud = await startSimulator({ stateFile: join(lab.directory, "state.json"), speed: 0 });
    session = await new SimulatorClient(cloud.url).login();
    env = { OPENCENTER_SANDBOX_CLOUD: cloud.url };
    for (const name of ["cp-1", "cp-2", "cp-3", "a-1"]) await boot(name);
  });
  after(async () => {
    await cloud.close();
    await lab.close();
  });
  const layout = () => ({
    controlPlane: [1, 2, 3].map((number) => cp(number, { server: servers.get(`cp-${number}`) })),
    workers: [worker(1, { server: servers.get("a-1") })],
  });

  it("reaches those that run", async () => {
    lab.write(layout());
    const result = await lab.run("cluster.yml", { env });
    assert.equal(result.exit, 0, lastLines(result));
  });

  it("does not reach those that are gone, and stops with 4", async () => {
    await remove("cp-3");
    const result = await lab.run("playbooks/facts.yml", { env });
    assert.equal(result.exit, 4, lastLines(result));
    assert.deepEqual(
      result.events.filter(({ event }) => event === "unreachable").map(({ host }) => host),
      ["prod-cp-3"],
    );
    assert.match(result.output, /10\.0\.0\.13 port 22: Connection timed out/);
    assert.equal(result.events.at(-1)?.hosts["prod-cp-3"].unreachable, 1);
  });

  it("probes the others, and sees the member that does not answer", async () => {
    const { unreachable, etcd } = await lab.probe(env);
    assert.deepEqual(unreachable, ["prod-cp-3"]);
    assert.deepEqual(
      etcd?.members.map(({ healthy }) => healthy),
      [true, true, false],
    );
  });

  it("removes a node whose machine is gone by the offline flags only", async () => {
    const extraVars = { node: "prod-cp-3", skip_confirmation: true };
    assert.equal((await lab.run("remove-node.yml", { env, extraVars })).exit, 4);
    const offline = { ...extraVars, reset_nodes: false, allow_ungraceful_removal: true };
    const result = await lab.run("remove-node.yml", { env, extraVars: offline });
    assert.equal(result.exit, 0, lastLines(result));
    assert.ok(!("prod-cp-3" in (await lab.kubelets())));
  });

  it("waits for a machine until it runs, or the time is over", async () => {
    lab.write({ ...layout(), workers: [worker(2, { server: "not-yet" })] });
    const wait = (seconds: number) =>
      lab.run(join(lab.own, "wait.yml"), { env, limit: "prod-a-2", extraVars: { wait_seconds: seconds } });
    const late = await wait(1);
    assert.equal(late.exit, 2, lastLines(late));
    assert.match(late.output, /timed out waiting/);
    lab.write({ ...layout(), workers: [worker(2, { server: await boot("a-2") })] });
    const result = await wait(10);
    assert.equal(result.exit, 0, lastLines(result));
    assert.ok(existsSync(join(lab.inventory, "known_hosts")));
  });
});

describe("the double of ansible-playbook on real Kubernetes programs", function () {
  this.timeout(240_000);
  let lab: AnsibleLab | undefined;
  before(function () {
    const found = findBinaries();
    if ("why" in found) skip(this, found.why);
    lab = new AnsibleLab(found.binaries);
  });
  after(() => lab?.close());

  it("creates, scales, upgrades, refuses, removes and resets", async () => {
    const { write, run, kubelets, apiServers, addPod, node, list } = bound(lab!);
    const ok = async (playbook: string, call = {}) => {
      const result = await run(playbook, call);
      assert.equal(result.exit, 0, lastLines(result));
      return result;
    };
    const three = [cp(1), cp(2), cp(3)];
    write({
      controlPlane: three,
      workers: [worker(1, { labels: { pool: "a" }, taints: ["x=1:NoSchedule"] })],
    });
    await ok("cluster.yml");
    assert.deepEqual((await node("prod-a-1")).spec?.taints, [{ key: "x", value: "1", effect: "NoSchedule" }]);
    write({ controlPlane: three, workers: [worker(1), worker(2)] });
    await ok("playbooks/facts.yml");
    await ok("scale.yml", { limit: "prod-a-2" });
    await addPod("web", "prod-a-2");
    await addPod("db", "prod-a-1", { labels: { "sandbox/pdb": "blocked" } });
    const upgrade = { extraVars: { kube_version: "1.35.4" } };
    const blocked = await run("upgrade-cluster.yml", upgrade);
    assert.equal(blocked.exit, 2);
    assert.match(blocked.output, /Failed to drain node prod-a-1/);
    assert.equal((await kubelets())["prod-a-2"], "v1.34.3");
    const client = lab!.controlPlane().client();
    await client.patch("/api/v1/namespaces/default/pods/db", {
      metadata: { labels: { "sandbox/pdb": null } },
    });
    client.close();
    await ok("upgrade-cluster.yml", upgrade);
    assert.deepEqual([...new Set(Object.values(await kubelets()))], ["v1.35.4"]);
    assert.deepEqual([...new Set(Object.values(await apiServers()))], ["v1.35.4"]);
    assert.deepEqual(await list("/api/v1/namespaces/default/pods"), []);
    write({ controlPlane: three, workers: [worker(1), worker(2)], version: "1.35.4" });
    for (const name of ["prod-a-2", "prod-cp-3"])
      await ok("remove-node.yml", { extraVars: { node: name, skip_confirmation: true } });
    assert.deepEqual(Object.keys(await kubelets()).sort(), ["prod-a-1", "prod-cp-1", "prod-cp-2"]);
    assert.deepEqual(Object.keys(await apiServers()).sort(), ["prod-cp-1", "prod-cp-2"]);
  });
});

function bound(lab: AnsibleLab) {
  return {
    write: lab.write.bind(lab),
    run: lab.run.bind(lab),
    kubelets: lab.kubelets.bind(lab),
    apiServers: lab.apiServers.bind(lab),
    addPod: lab.addPod.bind(lab),
    node: lab.node.bind(lab),
    list: lab.list.bind(lab),
  };
}
