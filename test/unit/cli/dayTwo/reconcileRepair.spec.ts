/** Repairing on a stack whose preview moves: what is done is what somebody has seen, and nothing beyond it. */
import assert from "node:assert/strict";
import { validateStackValues } from "../../../../config/validate";
import type { Operation, Target } from "../../../../cli/operation";
import { planReconcile } from "../../../../cli/reconcile/plan";
import { repair, type Repair } from "../../../../cli/reconcile/repair";
import { base } from "../../../property/everyKey";

const RULE = "urn:pulumi:prod::opencenter::a$openstack:networking/secGroupRule:SecGroupRule::prod-rule";
const SERVER = "urn:pulumi:prod::opencenter::a$openstack:compute/instance:Instance::prod-general-1";
const PORT = "urn:pulumi:prod::opencenter::a$openstack:networking/port:Port::prod-port";

const state = (urn: string) => ({ type: urn.split("::")[2]!.split("$")[1]!, id: "1" });
const step = (op: string, urn: string) => ({ op, urn, oldState: state(urn), newState: state(urn) });
/** What a look at the cloud, and a preview with it, say. */
interface World {
  readonly refresh: readonly object[];
  readonly preview: readonly object[];
}
const oneRule: World = { refresh: [step("update", RULE)], preview: [step("update", RULE)] };
const renamed: World = {
  refresh: [...oneRule.refresh, step("update", SERVER)],
  preview: [...oneRule.preview, step("replace", SERVER)],
};

/** @param worlds what each look finds, one after the other; the last stays */
function stackOf(...worlds: World[]) {
  const ups: string[][] = [];
  const empty = { list: async () => [], head: async () => ({}) };
  const pulumi = async ([verb, ...flags]: readonly string[]) => {
    if (verb === "refresh") {
      const { refresh: steps } = worlds[0]!;
      return JSON.stringify({ steps });
    }
    if (!flags.includes("--refresh")) return JSON.stringify({ steps: [] });
    const { preview: steps } = worlds.length > 1 ? worlds.shift()! : worlds[0]!;
    return JSON.stringify({ steps });
  };
  const target = {
    stack: "prod",
    config: { ...validateStackValues(base).config!, gitops: undefined },
    pulumi,
    showPulumi: async (args: string[]) => (ups.push(args), 0),
    forget: () => {},
    outputs: async () => ({}),
    kubeconfig: async () => undefined,
    state: async () => ({ resources: [{ urn: RULE, ...state(RULE) }], pending: [] }),
    cloud: async () => ({ has: () => true, service: () => empty }),
  } as unknown as Target;
  return { target, ups };
}

function operationOn(target: Target, { yes = false } = {}) {
  const asked: string[] = [];
  const operation = {
    target,
    options: { yes, json: true, dryRun: false, breakLock: false },
    step: async (_title: string, work: () => Promise<unknown>) => work(),
    confirm: async (question: string) => void asked.push(question),
  } as unknown as Operation;
  return { operation, asked };
}

const given: Repair = { scope: { layer: "cloud" }, replace: false };
const targets = (args: readonly string[] = []) => args.filter((_, at) => args[at - 1] === "--target");

describe("repairing", () => {
  it("has Pulumi keep to what the plan showed, also where nothing is held back", async () => {
    const { target, ups } = stackOf(oneRule);
    await repair(operationOn(target, { yes: true }).operation, given);
    assert.deepEqual([ups.length, targets(ups[0])], [1, [RULE]]);
  });

  it("reads what differs and needs no step, too", async () => {
    const { target, ups } = stackOf({ ...oneRule, refresh: [...oneRule.refresh, step("update", PORT)] });
    await repair(operationOn(target, { yes: true }).operation, given);
    assert.deepEqual(targets(ups[0]), [RULE, PORT]);
  });

  it("refuses when something moved while the question waited", async () => {
    const { target, ups } = stackOf(oneRule, {
      ...oneRule,
      preview: [...oneRule.preview, step("update", PORT)],
    });
    const { operation, asked } = operationOn(target);
    await assert.rejects(repair(operation, given), /is not what would be done now\. Nothing was done\./);
    assert.deepEqual([asked.length, ups], [1, []]);
  });

  it("does what was answered with yes when nothing moved", async () => {
    const { target, ups } = stackOf(oneRule);
    await repair(operationOn(target).operation, given);
    assert.deepEqual(targets(ups[0]), [RULE]);
  });

  it("does not touch what was held back", async () => {
    const { target, ups } = stackOf(renamed);
    const { operation } = operationOn(target);
    const { id } = planReconcile({ steps: oneRule.preview as never, findings: [] });
    await repair(operation, { ...given, approve: id });
    assert.deepEqual(targets(ups[0]), [RULE]);
  });
});
