/** A run of converge, from what it sees to what it leaves behind. */
import assert from "node:assert/strict";
import { converge } from "../../../kubespray/converge";
import type { Run } from "../../../kubespray/run";
import type { RunFailure } from "../../../runner/errors";
import { digestsOf } from "../../../plan/kubernetes/digests";
import type { ConvergeRequest } from "../../../plan/kubernetes/types";
import { ALL, request, running, THREE } from "../plan/kubernetes/support";
import { nodeObject, RunLab } from "./runSupport";

const WANTED = request(ALL, { variables: "v2" });

const URLS = THREE.map((_, index) => `https://10.0.0.1${index}:2379`);
const ETCD = {
  members: { members: URLS.map((url, index) => ({ name: `etcd${index + 1}`, clientURLs: [url] })) },
  health: URLS.map((endpoint) => ({ endpoint, health: true })),
};

describe("converge", () => {
  let lab: RunLab;
  let mark: Record<string, unknown>;
  let cordoned: Set<string>;
  beforeEach(() => {
    lab = new RunLab();
    const { surroundings } = digestsOf(WANTED, "c1");
    mark = { ...running(ALL).mark!, surroundings };
    cordoned = new Set();
  });
  afterEach(() => lab.close());

  function answer(path: string, method: string, body: string): object | undefined {
    const configMap = /\/configmaps(\/opencenter-converge)?$/.test(path);
    if (configMap && method !== "GET") {
      const { data } = JSON.parse(body) as { data: { mark: string } };
      mark = JSON.parse(data.mark) as typeof mark;
    }
    if (configMap) return { data: { mark: JSON.stringify(mark) } };
    if (method === "PATCH") {
      const { spec } = JSON.parse(body) as { spec?: { unschedulable?: null } };
      if (spec?.unschedulable === null) cordoned.delete(path.split("/").at(-1)!);
      return {};
    }
    const nodes = ALL.map((name) => nodeObject(name, { cordoned: cordoned.has(name) }));
    return { kind: "List", items: path === "/api/v1/nodes" ? nodes : [] };
  }

  async function open(wanted: ConvergeRequest): Promise<Run> {
    const run = await lab.open(wanted, answer);
    lab.sees(Object.fromEntries(THREE.map((name) => [name, ETCD])));
    return run;
  }

  const TOLD = ["own-address.yml", "cluster.yml", "facts.yml", "upgrade-cluster.yml"];
  const changes = () => lab.playbooks().filter((playbook) => playbook !== "wait.yml");

  it("has a control-plane node take pods again that was drained for changed variables by a run that died", async () => {
    const run = await open(WANTED);
    // Somebody cordoned this one, and it is to stay so.
    cordoned.add("prod-w-1");
    lab.fails("upgrade-cluster.yml");
    await assert.rejects(converge(run), /upgrade-cluster.yml/);
    assert.notEqual(mark["variables"], "v2", "an API server may not have them yet");
    cordoned.add("prod-cp-2");
    lab.fails("upgrade-cluster.yml", false);
    await converge(run);
    assert.deepEqual(changes(), [...TOLD, ...TOLD]);
    assert.deepEqual([...cordoned], ["prod-w-1"]);
    assert.equal(mark["variables"], "v2");
    assert.deepEqual([mark["schedulable"], mark["ofUpgrade"]], [undefined, undefined]);
  });

  it("calls etcd's members as they are called, and does nothing while nobody says how", async () => {
    const run = await open(WANTED);
    await converge(run);
    assert.match(lab.inventoryOf("cluster.yml"), /etcd_member_name: etcd2\n/);
    mark = { ...mark, variables: "v1" };
    lab.sees(Object.fromEntries(THREE.map((name) => [name, {}])));
    await assert.rejects(converge(run), /No control-plane node says which members etcd has/);
    assert.deepEqual(changes(), TOLD);
  });

  it("asks for all nodes and a snapshot before an upgrade, also after such a run", async () => {
    const run = await open(WANTED);
    lab.fails("upgrade-cluster.yml");
    await assert.rejects(converge(run), /upgrade-cluster.yml/);
    mark = { ...mark, version: "1.35.2" };
    await assert.rejects(converge(run), /upgrade-cluster.yml/);
    assert.deepEqual(changes().slice(TOLD.length), [
      "own-address.yml",
      "snapshot.yml",
      "upgrade-cluster.yml",
    ]);
    await assert.rejects(converge(run), /upgrade-cluster.yml/);
    assert.deepEqual(
      changes().slice(TOLD.length + 3),
      ["own-address.yml", "upgrade-cluster.yml"],
      "once per upgrade",
    );
  });

  it("names the server in ERROR as what may be behind a machine that never answers", async () => {
    const run = await open(WANTED);
    lab.fails("wait.yml");
    await assert.rejects(converge(run), ({ message, hints }: RunFailure) => {
      assert.match(message, /wait.yml/);
      assert.match(hints.join("\n"), /Log: .*npx opencenter recover/s);
      return true;
    });
    assert.deepEqual(changes(), []);
  });
});
