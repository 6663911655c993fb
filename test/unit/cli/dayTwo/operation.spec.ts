import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { acquire, currentHolder, holderOf, seize } from "../../../../cli/operation/lease";
import { UserError } from "../../../../cli/errors";
import type { Operation } from "../../../../cli/operation";
import { refusePending } from "../../../../cli/operation/pending";
import type { Target } from "../../../../cli/operation/target";
import { runSequence, shownStanding, standing, type SequenceStep } from "../../../../cli/operation/sequence";
import type { AnyObject } from "../../../../runner/kubernetes/objects";
import { OneLease } from "./oneLease";

const longAgo = () => new Date(Date.now() - 120_000);

describe("the lock of a cluster", () => {
  it("is taken, seen by others with its holder, and given back", async () => {
    const one = new OneLease();
    const held = await acquire(one.api, "rotate", false);
    assert.match((await currentHolder(one.api))?.identity ?? "", /opencenter rotate/);
    await assert.rejects(acquire(one.api, "backup", false), /opencenter rotate/);
    await assert.rejects(acquire(one.api, "backup", true), /since/, "a living holder keeps it");
    await held.release();
    assert.equal(one.lease, undefined);
  });

  it("is given back in the middle of a renewal, too", async () => {
    class SlowLease extends OneLease {
      override async mergeRaw(ref: object, change: { spec: object }): Promise<void> {
        await sleep(20);
        return super.mergeRaw(ref, change);
      }
      override async remove(ref: object, only?: AnyObject): Promise<void> {
        await sleep(40);
        return super.remove(ref, only);
      }
    }
    const one = new SlowLease();
    const held = await acquire(one.api, "rotate", false, 10);
    await sleep(15);
    await held.release();
    assert.equal(one.lease, undefined);
  });

  it("of a dead holder goes with the flag alone", async () => {
    const one = new OneLease();
    one.heldBy("bob", longAgo());
    await assert.rejects(acquire(one.api, "backup", false), /bob, since 2026-01-01/);
    const held = await acquire(one.api, "backup", true, 10);
    assert.notEqual(holderOf(one.lease!).identity, "bob");
    await held.release();
  });

  it("of a holder whose clock is wrong stays: it is renewed while one looks", async () => {
    const one = new OneLease();
    one.heldBy("bob", longAgo());
    const renewal = setTimeout(() => one.heldBy("bob", new Date(longAgo().getTime() + 15_000)), 20);
    const refused = await acquire(one.api, "backup", true, 100).catch((error: UserError) => error);
    assert.ok(refused instanceof UserError);
    assert.match(`${refused.message} ${refused.hint}`, /bob, since .*Wait for it/);
    clearTimeout(renewal);
    assert.equal(holderOf(one.lease!).identity, "bob");
  });

  it("that somebody else has by now is not given back", async () => {
    const one = new OneLease();
    const held = await acquire(one.api, "backup", false);
    one.heldBy("bob", new Date());
    await held.release();
    assert.equal(holderOf(one.lease!).identity, "bob");
  });
});

describe("the lock of a cluster that was taken back in time", () => {
  const dead = "root@elsewhere (opencenter backup create)";

  it("is taken again from the holder of then, and given back", async () => {
    const one = new OneLease();
    const held = await acquire(one.api, "restore", false);
    one.heldBy(dead, longAgo());
    await held.retake();
    assert.match((await currentHolder(one.api))?.identity ?? "", /opencenter restore/);
    await held.release();
    assert.equal(one.lease, undefined);
  });

  it("is taken by a run that began while no API answered, and had none", async () => {
    const one = new OneLease();
    one.heldBy(dead, longAgo());
    const held = await seize(one.api, "restore");
    assert.match((await currentHolder(one.api))?.identity ?? "", /opencenter restore/);
    await held.release();
    assert.equal(one.lease, undefined);
  });
});

describe("edits that no run has brought in", () => {
  const urn = (name: string) => `urn:pulumi:prod::opencenter::openstack:compute/instance:Instance::${name}`;
  const target = (steps: readonly { op: string; urn: string }[]) =>
    ({
      stack: "prod",
      file: { shown: "stacks/Pulumi.prod.yaml" },
      pulumi: async () => JSON.stringify({ steps }),
    }) as unknown as Target;

  it("are named, so that no verb brings them in along with its own", async () => {
    const steps = [
      { op: "same", urn: urn("prod-cp-1") },
      { op: "delete", urn: urn("prod-general-3") },
    ];
    await assert.rejects(refusePending(target(steps)), /brought in yet: delete prod-general-3\./);
    await refusePending(target(steps), { expected: new Set([urn("prod-general-3")]) });
    await refusePending(target([steps[0]!]));
  });
});

describe("a sequence", () => {
  function world(killAt = -1) {
    const done = new Set<string>();
    let runs = 0;
    const step = (name: string): SequenceStep => ({
      name,
      title: name,
      done: async () => done.has(name),
      run: async () => {
        if (runs++ === killAt) throw new Error("killed");
        done.add(name);
      },
    });
    return { done, steps: ["one", "two", "three"].map(step), runs: () => runs };
  }
  const operation = { step: <T>(_title: string, work: () => Promise<T>) => work() } as Operation;

  it("goes on from where it was killed, and does nothing twice", async () => {
    for (const killAt of [0, 1, 2]) {
      const { done, steps, runs } = world(killAt);
      await assert.rejects(runSequence(operation, steps), /killed/);
      assert.equal(done.size, killAt);
      await runSequence(operation, steps);
      assert.equal(done.size, 3);
      assert.equal(runs(), 4, "the killed one twice, the others once");
    }
  });

  it("does not believe a step whose result is not there", async () => {
    const step = { name: "x", title: "x", done: async () => false, run: async () => {} };
    await assert.rejects(runSequence(operation, [step]), /its result is not there/);
  });

  it("shows where it stands, and asks nothing behind the next step", async () => {
    const { steps, done } = world();
    done.add("one").add("three");
    const states = await standing(steps);
    assert.deepEqual(
      states.map(({ state }) => state),
      ["done", "next", "waiting"],
    );
    assert.equal(shownStanding(states), "✓ one\n→ two\n  three");
  });
});
