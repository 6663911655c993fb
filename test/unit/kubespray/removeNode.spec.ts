/** A node that leaves while the keys of encryption at rest are on their way to others. */
import assert from "node:assert/strict";
import { encryptionFile } from "../../../plan/kubernetes/encryption";
import { removeNode } from "../../../kubespray/removeNode";
import { ALL, request, running, THREE } from "../plan/kubernetes/support";
import { nodeObject, RunLab } from "./runSupport";

const FIVE = [...THREE, "prod-cp-4", "prod-cp-5"];
const TOKENS = { 1: "a".repeat(32), 2: "b".repeat(32) };
const file = (...keys: [name: string, generation: number][]) =>
  encryptionFile(
    "secretbox",
    keys.map(([name, generation]) => ({ name, generation })),
    TOKENS,
  );

/** As etcdctl lists it on every member. */
function etcdOf(nodes: readonly string[]) {
  const url = (name: string, port: number) => `https://${name}:${port}`;
  const members = nodes
    .filter((name) => name.includes("-cp-"))
    .map((name) => ({ name, clientURLs: [url(name, 2379)], peerURLs: [url(name, 2380)] }));
  return {
    members: { members },
    health: members.map(({ clientURLs: [endpoint] }) => ({ endpoint, health: true })),
  };
}

describe("the removal of a node", () => {
  let lab: RunLab;
  beforeEach(() => (lab = new RunLab()));
  afterEach(() => lab.close());

  async function remove(node: string, encryption: string, there: readonly string[]) {
    const nodes = there.map((name) => nodeObject(name));
    const mark = { ...running(FIVE).mark!, controlPlane: FIVE };
    const wanted = request(ALL);
    const run = await lab.open(wanted, (path, method) => {
      if (path.endsWith("/configmaps/opencenter-converge") || method !== "GET")
        return { data: { mark: JSON.stringify(mark) } };
      return { kind: "List", items: path === "/api/v1/nodes" ? nodes : [] };
    });
    lab.sees(Object.fromEntries(THREE.map((name) => [name, { encryption, ...etcdOf(there) }])));
    await removeNode(run, node);
    return lab.playbooks();
  }

  it("of the control plane is refused during a rotation, before anything is done", async () => {
    // Kubespray would write the first key under the name of the second, and nothing could be read any more.
    for (const [node, there] of [
      ["prod-cp-5", [...FIVE, "prod-w-1"]],
      ["prod-cp-4", [...FIVE, "prod-w-1"]],
      ["prod-cp-4", ALL],
    ] as const) {
      const rotating = file(["next", 2], ["key", 1]);
      await assert.rejects(remove(node, rotating, there), /are being rotated on prod-cp-1.*Nothing was done/);
      assert.deepEqual(lab.playbooks(), []);
      lab.close();
      lab = new RunLab();
    }
  });

  it("of the control plane is refused where the file of the keys has more than Secrets", async () => {
    const more = file(["key", 1]).replace("- secrets", "- secrets\n      - configmaps");
    await assert.rejects(
      remove("prod-cp-5", more, [...ALL, "prod-cp-5"]),
      /configmaps on prod-cp-1; configmaps on/,
    );
    assert.deepEqual(lab.playbooks(), []);
  });

  it("of the control plane goes on when the rotation is over", async () => {
    assert.deepEqual(await remove("prod-cp-5", file(["key", 2]), [...ALL, "prod-cp-5"]), [
      "remove-node.yml",
      "facts.yml",
      "upgrade-cluster.yml",
    ]);
  });

  it("of a worker does not touch the keys", async () => {
    const rotating = file(["next", 2], ["key", 1]);
    assert.deepEqual(await remove("prod-w-3", rotating, [...ALL, "prod-w-3"]), ["remove-node.yml"]);
  });
});
