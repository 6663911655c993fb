import assert from "node:assert/strict";
import fc from "fast-check";
import { planSsh, sshRotationOf } from "../../../../cli/rotate/ssh";
import { type Authorized, type MadeKey, sshKeysIn, type SshWorld } from "../../../../cli/rotate/sshWorld";
import { UserError } from "../../../../cli/errors";
import type { KeyGenerations } from "../../../../config/resolve";
import { Fate, insist } from "./interrupted";

const keyOf = (generation: number): string => `ssh-ed25519 AAAA${generation}Z`;
const of = (generation: number): MadeKey => ({ generation, publicKey: keyOf(generation) });

/** Machines of which any may be half-way at any time. */
class Cluster implements SshWorld {
  configured: KeyGenerations;
  keys: number[];
  used: number;
  readonly doors: Record<string, Set<string>>;
  readonly protectedKeys: Set<number>;

  constructor(
    private readonly fate: Fate,
    first: number,
  ) {
    this.configured = { generation: first, generations: [first] };
    this.keys = [first];
    this.used = first;
    this.protectedKeys = new Set([first]);
    this.doors = Object.fromEntries(
      ["bastion", "cp-1", "w-1"].map((name) => [name, new Set([keyOf(first)])]),
    );
  }

  made = () => this.fate.call(() => this.keys.map(of));
  inUse = () => this.fate.call(() => this.used);

  async machines(generation: number, change = { present: [] as string[], absent: [] as string[] }) {
    assert.ok(this.keys.includes(generation), "a key that is gone cannot log in");
    for (const work of [
      (door: Set<string>) => change.present.forEach((key) => door.add(key)),
      (door: Set<string>) => change.absent.forEach((key) => door.delete(key)),
    ])
      for (const door of Object.values(this.doors))
        await this.fate.call(() => {
          if (!door.has(keyOf(generation))) throw new UserError("permission denied");
          work(door);
          this.check();
        });
    return Object.fromEntries(
      Object.entries(this.doors).map(([name, door]) => [name, [...door]]),
    ) as Authorized;
  }

  async configure(wanted: KeyGenerations) {
    // The file is written first; pulumi up may die before, between and after its parts.
    await this.fate.call(() => {
      this.configured = wanted;
    });
    await this.fate.call(() => {
      this.keys = [...new Set([...this.keys, ...wanted.generations])];
    });
    await this.fate.call(() => {
      this.used = wanted.generation;
      this.check();
    });
    await this.fate.call(() => {
      const dropped = this.keys.filter((one) => !wanted.generations.includes(one));
      for (const one of dropped) assert.ok(!this.protectedKeys.has(one), `${one} is protected`);
      this.keys = [...wanted.generations];
      wanted.generations.forEach((one) => this.protectedKeys.add(one));
      this.check();
    });
  }

  unprotect = (generation: number) => this.fate.call(() => void this.protectedKeys.delete(generation));

  /** At any time: whoever runs a playbook now gets in everywhere. */
  check() {
    assert.ok(this.keys.includes(this.used), "the key in use is gone");
    for (const [name, door] of Object.entries(this.doors))
      assert.ok(door.has(keyOf(this.used)), `${name} does not open for the key in use`);
  }
}

const kills = fc
  .array(fc.tuple(fc.integer({ min: 0, max: 90 }), fc.constantFrom("before" as const, "after" as const)), {
    maxLength: 8,
  })
  .map((list) => new Map(list));

describe("the rotation of the SSH key", () => {
  it("begins with one generation, and goes on with two, or with a key that the state still has", () => {
    const plan = (generations: number[], made: number[]) =>
      planSsh({ generation: generations[0]!, generations }, made.map(of));
    assert.deepEqual(plan([1], [1]), { old: [1], next: 2, underWay: false });
    assert.deepEqual(plan([1, 2], [1]), { old: [1], next: 2, underWay: true });
    assert.deepEqual(plan([2], [1, 2]), { old: [1], next: 2, underWay: true });
  });

  it("ends with one key that opens everything, wherever it is killed, and never locks anybody out", async () => {
    await fc.assert(
      fc.asyncProperty(kills, fc.integer({ min: 1, max: 5 }), async (deaths, first) => {
        const world = new Cluster(new Fate(deaths), first);
        const next = first + 1;
        const over = () => world.keys.every((one) => one === next);
        await insist(() => sshRotationOf(world), deaths.size + 1, over);
        assert.deepEqual(world.configured, { generation: next, generations: [next] });
        assert.deepEqual(world.keys, [next]);
        for (const door of Object.values(world.doors)) assert.deepEqual([...door], [keyOf(next)]);
      }),
      { numRuns: 300 },
    );
  });

  it("takes nothing away while one machine cannot be reached", async () => {
    const world = new Cluster(new Fate(new Map()), 1);
    world.doors["w-1"]!.clear();
    world.check = () => undefined;
    await assert.rejects(
      insist(() => sshRotationOf(world), 1),
      /permission denied/,
    );
    assert.ok(world.doors["cp-1"]!.has(keyOf(1)));
    assert.deepEqual(world.keys, [1, 2]);
    assert.equal(world.used, 1);
  });

  it("finds the machines' keys in a state, and no other", () => {
    const key = (name: string) => ({
      urn: `urn:pulumi:dev::opencenter::opencenter:access:SshKey$tls:index/privateKey:PrivateKey::${name}`,
      type: "tls:index/privateKey:PrivateKey",
      outputs: { publicKeyOpenssh: `${keyOf(7)}\n` },
    });
    const found = sshKeysIn([key("dev-ssh-g7"), key("dev-bastion-host-key"), key("dev-gitops-deploy")]);
    assert.deepEqual(
      found.map(({ generation, publicKey }) => ({ generation, publicKey })),
      [of(7)],
    );
  });
});
