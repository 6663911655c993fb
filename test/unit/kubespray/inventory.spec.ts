/** Host keys from run to run: pinned to a server, and forgotten with it. */
import assert from "node:assert/strict";
import { appendFileSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { learnHostKeys, withoutGone, writeInventory } from "../../../kubespray/inventory";
import { type KnownNode, writeKnown } from "../../../kubespray/known";
import { pathsOf, type Run } from "../../../kubespray/run";
import { observedNode, request } from "../plan/kubernetes/support";

describe("host keys", () => {
  let root: string;
  beforeEach(() => (root = mkdtempSync(join(tmpdir(), "opencenter-inventory-"))));
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  const wanted = request(["prod-cp-1", "prod-w-3"]);
  const address = (name: string) => wanted.facts.machines[name]!.address;
  const node = (name: string, about: Partial<KnownNode> = {}): KnownNode => ({
    ...{ name, serverId: `server-${name}`, address: "10.0.0.77", booted: true },
    ...{ hostKeys: [`ssh-ed25519 of-${name}`], ...about },
  });
  const first = node("prod-cp-1", { address: address("prod-cp-1") });
  const run = () => ({ request: wanted, paths: pathsOf(root, wanted) }) as Run;
  const inventory = { controlPlane: ["prod-cp-1"], workers: ["prod-w-3"] };

  /** Lines of known_hosts for the next run. */
  function pinned(...nodes: KnownNode[]): string[] {
    writeKnown(run().paths.known, { converged: true, nodes });
    writeInventory(run(), [], inventory);
    return readFileSync(join(run().paths.inventory, "known_hosts"), "utf8").split("\n").filter(Boolean);
  }

  it("of wanted nodes, and of those that are on their way out, are pinned", () => {
    assert.deepEqual(pinned(first, node("prod-w-2")), [
      `${address("prod-cp-1")} ssh-ed25519 of-prod-cp-1`,
      "10.0.0.77 ssh-ed25519 of-prod-w-2",
    ]);
  });

  it("of a server that was replaced are not pinned", () => {
    assert.deepEqual(pinned(node("prod-cp-1", { serverId: "older" })), []);
  });

  it("of a node that has gone do not keep a new one at its address out, and are not taken for its own", () => {
    const gone = node("prod-w-2", { address: address("prod-w-3") });
    assert.deepEqual(pinned(first, gone), [`${address("prod-cp-1")} ssh-ed25519 of-prod-cp-1`]);
    const file = join(run().paths.inventory, "known_hosts");
    appendFileSync(file, `${address("prod-w-3")} ssh-ed25519 of-prod-w-3\n`);
    const learnt = learnHostKeys(run()).nodes.find(({ name }) => name === "prod-w-3");
    assert.deepEqual(learnt?.hostKeys, ["ssh-ed25519 of-prod-w-3"]);
  });

  it("of nodes that are neither wanted nor in the cluster are forgotten when a run comes to its end", () => {
    const known = { converged: true, nodes: [first, node("prod-w-2"), node("prod-w-9")] };
    const { nodes, converged } = withoutGone(known, wanted, [observedNode("prod-w-2")]);
    assert.equal(converged, true);
    assert.deepEqual(
      nodes.map(({ name }) => name),
      ["prod-cp-1", "prod-w-2"],
    );
  });
});
