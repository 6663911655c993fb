/** Another state in the place of the present one: never over what somebody did since it was looked at. */
import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { makeIdentity } from "../support/backup";
import { carryOut } from "../../../../cli/adopt/carryOut";
import { unseal } from "../../../../cli/backup/sealing";
import { UserError } from "../../../../cli/errors";
import type { Operation, Target } from "../../../../cli/operation";
import { importState, sameContent } from "../../../../cli/operation/importState";
import { replaceState } from "../../../../cli/restore/state";
import { scratch } from "../../../support/scratch";

const state = (time: string, ...resources: object[]) =>
  JSON.stringify({ deployment: { manifest: { time }, resources } });
const server = (name: string) => ({ urn: `urn:pulumi:prod::opencenter::t::${name}`, type: "t", id: name });

const seen = state("10:00", server("a"));
const saved = state("09:00", server("old"));
/** `pulumi up` of somebody else has made one more. */
const moved = state("11:00", server("a"), server("b"));

/** A stack whose exports are these, one after the other; the last stays. */
function stackOf(...exports: (string | undefined)[]) {
  const imported: string[] = [];
  const project = mkdtempSync(join(scratch(), "import-"));
  const pulumi = async ([, what, , file = ""]: readonly string[]) => {
    if (what === "import") return String(imported.push(readFileSync(file, "utf8")));
    const next = exports.length > 1 ? exports.shift() : exports[0];
    if (next === undefined) throw new UserError("error: no stack named 'prod' found");
    return next;
  };
  const target = { stack: "prod", project, paths: { state: "state" }, pulumi } as unknown as Target;
  return { target, imported, project };
}

describe("importing a state", () => {
  it("refuses over one that is not what the new one was made from", async () => {
    const { target, imported } = stackOf(moved);
    await assert.rejects(importState(target, saved, seen), /has changed since it was looked at/);
    assert.deepEqual(imported, []);
  });

  it("takes what differs in its encryption alone for the same, and a later run for another", async () => {
    const secret = (time: string, ciphertext: string) =>
      state(time, { urn: "u", outputs: { k: { ciphertext } } });
    assert.ok(sameContent(secret("1", "x"), secret("2", "y")));
    const { target, imported } = stackOf(secret("1", "y"));
    await importState(target, saved, secret("1", "x"));
    assert.deepEqual(imported, [saved]);
    await assert.rejects(importState(target, saved, secret("0", "x")), /has changed/);
  });
});

describe("the state out of a backup", () => {
  it("is refused where somebody ran Pulumi between the question and the answer", async () => {
    const { target, imported, project } = stackOf(moved);
    const identities = [await makeIdentity()];
    await assert.rejects(
      replaceState(target, { seen, saved: Buffer.from(saved), identities }),
      /has changed since it was looked at/,
    );
    assert.deepEqual([imported, existsSync(join(project, "state"))], [[], false]);
  });

  it("is refused where a stack came that was not there", async () => {
    const { target, imported } = stackOf(moved);
    const order = { seen: undefined, saved: Buffer.from(saved), identities: [await makeIdentity()] };
    await assert.rejects(replaceState(target, order), /has changed/);
    assert.deepEqual(imported, []);
  });

  it("is refused where somebody ran it while the present one was put away", async () => {
    const { target, imported } = stackOf(seen, moved);
    const order = { seen, saved: Buffer.from(saved), identities: [await makeIdentity()] };
    await assert.rejects(replaceState(target, order), /has changed/);
    assert.deepEqual(imported, []);
  });

  it("takes the place of the present one, which is kept as it was in that moment", async () => {
    const present = state("10:00", { ...server("a"), outputs: { key: { ciphertext: "anew" } } });
    const before = state("10:00", { ...server("a"), outputs: { key: { ciphertext: "then" } } });
    const { target, imported, project } = stackOf(present);
    const identities = [await makeIdentity()];
    const kept = await replaceState(target, { seen: before, saved: Buffer.from(saved), identities });
    assert.deepEqual(imported, [saved]);
    const sealed = readFileSync(join(project, kept ?? ""));
    assert.equal((await unseal(sealed, identities)).toString(), present);
  });
});

describe("completing imported servers with their ports", () => {
  const INSTANCE = "openstack:compute/instance:Instance";
  const bare = state(
    "10:00",
    { urn: "s", type: INSTANCE, id: "s1", parent: "m", inputs: {}, outputs: { networks: [{ uuid: "n" }] } },
    { urn: "p", type: "openstack:networking/port:Port", id: "p1", parent: "m", outputs: { deviceId: "s1" } },
  );
  const nothing = { urns: [], components: { resources: [] }, objects: { resources: [] } } as never;
  const operation = (target: Target) =>
    ({ target, step: async (_: string, work: () => Promise<unknown>) => work() }) as unknown as Operation;

  it("does not write over what somebody ran meanwhile", async () => {
    const { target, imported } = stackOf(bare, moved);
    await assert.rejects(carryOut(operation(target), nothing, [], []), /has changed since it was looked at/);
    assert.deepEqual(imported, []);
  });

  it("leaves no copy of the state behind", async () => {
    const { target, imported, project } = stackOf(bare);
    const preview = target.pulumi.bind(target);
    const pulumi = async (args: readonly string[]) =>
      args[0] === "preview" ? '{"steps":[]}' : preview(args);
    await carryOut(operation({ ...target, pulumi } as unknown as Target), nothing, [], []);
    assert.match(imported[0] ?? "", /"port":"p1"/);
    assert.deepEqual(readdirSync(project), []);
  });
});
