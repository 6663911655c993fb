import assert from "node:assert/strict";
import fc from "fast-check";
import { validateStackValues } from "../../../../config/validate";
import type { DigestStep } from "../../../../cli/drift/cloud/digest";
import type { Finding } from "../../../../cli/drift/report";
import { adoption } from "../../../../cli/reconcile/adopt";
import { gentle, inScope, planId, planReconcile, type Action } from "../../../../cli/reconcile/plan";
import { base } from "../../../property/everyKey";

const SERVER = "openstack:compute/instance:Instance";
const urn = (name: string, type = SERVER) => `urn:pulumi:prod::opencenter::a$${type}::${name}`;
const finding = (code: string, subject: string, more: Partial<Finding> = {}): Finding => ({
  layer: "cloud",
  code,
  subject,
  message: "differs",
  repair: "by hand",
  ...more,
});
const update: DigestStep = {
  op: "update",
  urn: urn("a"),
  oldState: { type: SERVER, id: "1", outputs: { name: "somebody" } },
  newState: { type: SERVER, id: "1", outputs: { name: "a" } },
  detailedDiff: { name: { kind: "update" } },
};

describe("a plan of reconciliation", () => {
  it("says what Pulumi would do from what is there to what is to be, and what is done without it", () => {
    const plan = planReconcile({
      steps: [
        update,
        { op: "same", urn: urn("b") },
        { op: "create", urn: urn("stack", "pulumi:pulumi:Stack") },
      ],
      findings: [
        finding("changed", "Instance a", { urn: urn("a") }),
        finding("node-cordoned", "Node n", { layer: "nodes" }),
        finding("suspended", "Kustomization x", { layer: "platform" }),
        finding("unmanaged", "Unmanaged port p", { id: "p" }),
        finding("not-ready", "Certificate web/tls", { layer: "platform" }),
      ],
    });
    assert.deepEqual(
      plan.actions.map(({ means, does, subject }) => `${means} ${does} ${subject}`),
      ["pulumi update Instance a", "nodes uncordon Node n", "flux resume Kustomization x"],
    );
    assert.deepEqual(plan.actions[0]?.differences, [{ path: "name", expected: "a", actual: "somebody" }]);
    assert.deepEqual(
      plan.byHand.map(({ subject }) => subject),
      ["Unmanaged port p", "Certificate web/tls"],
    );
  });

  it("repairs in place first, alone, and takes something away only when told", () => {
    const network = { op: "update", urn: urn("n") };
    const all = [network, { op: "replace", urn: urn("s") }, { op: "update", urn: urn("converge") }];
    const drifted = new Set([urn("n"), urn("s")]);
    for (const allowed of [true, false]) assert.deepEqual(gentle(all, drifted, allowed).steps, [network]);
    assert.equal(gentle(all, drifted, true).held.length, 2);
    const rest = all.slice(1);
    assert.deepEqual(gentle(rest, drifted, false).steps, []);
    assert.deepEqual(gentle(rest, drifted, true), { steps: rest, held: [] });
    const follows = { op: "update", urn: urn("converge") };
    assert.deepEqual(gentle([network, follows], drifted, false), { steps: [network, follows], held: [] });
  });

  it("shows a replacement once", () => {
    const ops = ["replace", "create-replacement", "delete-replaced"];
    const { actions } = planReconcile({ steps: ops.map((op) => ({ op, urn: urn("a") })), findings: [] });
    assert.deepEqual(
      actions.map(({ does }) => does),
      ["replace"],
    );
  });

  it("has one id for the same actions in any order, and another for any other", () => {
    const text = fc.string({ maxLength: 3 });
    const action: fc.Arbitrary<Action> = fc.record({
      means: fc.constantFrom("pulumi", "cloud", "nodes", "flux"),
      subject: text,
      urn: text,
      id: text,
      does: text,
      differences: fc.array(fc.record({ path: text, expected: text, actual: text }), { maxLength: 2 }),
    });
    fc.assert(
      fc.property(fc.array(action, { maxLength: 4 }), fc.array(action, { maxLength: 4 }), (one, other) => {
        assert.equal(planId([...one].reverse()), planId(one));
        const lines = (list: readonly Action[]) => list.map((entry) => JSON.stringify(entry)).sort();
        const same = JSON.stringify(lines(one)) === JSON.stringify(lines(other));
        assert.equal(planId(one) === planId(other), same);
      }),
    );
  });

  it("keeps to its scope", () => {
    const one = finding("changed", "x", { urn: urn("x") });
    assert.ok(inScope(one, undefined) && inScope(one, { layer: "cloud" }) && inScope(one, { urn: urn("x") }));
    assert.ok(!inScope(one, { layer: "nodes" }) && !inScope(one, { urn: urn("y") }));
  });
});

describe("adoption", () => {
  const { config } = validateStackValues(base);
  assert.ok(config !== undefined);
  const edits = (type: string, name: string, path: string, actual: string) => {
    const one = finding("changed", "x", { urn: urn(name, type), differences: [{ path, actual }] });
    return adoption(config, one, () => actual);
  };

  it("finds the key that says it", () => {
    const subnet = "openstack:networking/subnet:Subnet";
    assert.deepEqual(edits(subnet, "s", "dnsNameservers", '["192.0.2.1"]'), [
      { path: ["network", "dnsServers"], value: ["192.0.2.1"] },
    ]);
    assert.deepEqual(edits(SERVER, "base-bastion", "flavorName", "huge"), [
      { path: ["access", "bastion", "flavor"], value: "huge" },
    ]);
  });

  it("refuses what no key says, or says of others, too", () => {
    assert.throws(
      () => edits("openstack:networking/router:Router", "r", "name", "x"),
      /cannot be adopted \(name\)/,
    );
    const [[pool, { nodes }] = ["", { nodes: [] }]] = Object.entries(config.pools);
    const node = `base-${pool}-${nodes[0]}`;
    // Of the pool's only node it could be said; of one among others it cannot.
    const several = { ...config, pools: { [pool]: { ...config.pools[pool]!, nodes: [1, 2] } } };
    const changed = finding("changed", "x", {
      urn: urn(node),
      differences: [{ path: "flavorName", actual: "huge" }],
    });
    assert.throws(() => adoption(several, changed, () => "huge"), /flavorName/);
  });
});
