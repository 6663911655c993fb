import assert from "node:assert/strict";
import fc from "fast-check";
import type { KeyGenerations } from "../../../../config/resolve";
import {
  encryptionRotationOf,
  layoutsOf,
  planEncryption,
  positionOf,
} from "../../../../cli/rotate/encryption";
import { encryptionKeysIn, type EncryptionWorld } from "../../../../cli/rotate/encryptionWorld";
import type { EncryptionAnswer } from "../../../../kubespray/encryption";
import { encryptionFile, isRotating, keysOfFile, othersInFile } from "../../../../plan/kubernetes/encryption";
import { Fate, insist } from "./interrupted";

interface NamedKey {
  readonly name: string;
  readonly generation: number;
}

/** Control-plane nodes: what their file has, and what their API server was started with. */
interface Server {
  file: readonly NamedKey[];
  runs: readonly NamedKey[];
  changing: boolean;
}

/** A cluster that goes on being used: before every call, some API server writes a Secret, and all read all of them. */
class Cluster implements EncryptionWorld {
  configured: KeyGenerations;
  keys: number[];
  servers: Record<string, Server>;
  /** With which name and generation each Secret was encrypted. */
  secrets: NamedKey[];
  private writes = 0;

  constructor(
    private readonly fate: Fate,
    first: number,
    names: readonly string[],
  ) {
    this.configured = { generation: first, generations: [first] };
    this.keys = [...new Set([1, first])];
    const file = [{ name: "key", generation: first }];
    this.servers = Object.fromEntries(names.map((name) => [name, { file, runs: file, changing: false }]));
    this.secrets = [...file, ...file];
  }

  private call<T>(work: () => T): Promise<T> {
    this.use();
    return this.fate.call(() => {
      const result = work();
      this.readable();
      return result;
    });
  }

  private use() {
    const servers = Object.values(this.servers);
    this.secrets.push(servers[this.writes++ % servers.length]!.runs[0]!);
    this.readable();
  }

  private readable() {
    for (const [node, { runs }] of Object.entries(this.servers))
      for (const { name, generation } of this.secrets) {
        // Values carry the name alone: the key of that name has to be the one that encrypted.
        const key = runs.find((one) => one.name === name);
        assert.equal(key?.generation, generation, `${node} cannot read what ${name}:${generation} encrypted`);
        assert.ok(this.keys.includes(generation), `generation ${generation} is in no state`);
      }
  }

  made = () => this.call(() => [...this.keys]);

  read = () =>
    this.call((): EncryptionAnswer => {
      const stored: Record<string, number> = {};
      for (const { name } of this.secrets) stored[name] = (stored[name] ?? 0) + 1;
      const nodes = Object.entries(this.servers).map(
        ([node, { file, changing }]) => [node, { keys: [...file], loaded: !changing }] as const,
      );
      return { stored, nodes: Object.fromEntries(nodes) };
    });

  async write(keys: readonly NamedKey[]) {
    for (const server of Object.values(this.servers)) {
      await this.call(() => (server.changing = true));
      await this.call(() => (server.file = keys));
      await this.call(() => (server.runs = keys));
      await this.call(() => (server.changing = false));
    }
  }

  async rewriteSecrets() {
    const count = this.secrets.length;
    for (let index = 0; index < count; index++)
      await this.call(() => (this.secrets[index] = Object.values(this.servers)[0]!.runs[0]!));
  }

  readSecrets = () => this.call(() => undefined);

  async configure(wanted: KeyGenerations) {
    await this.call(() => (this.configured = wanted));
    await this.call(() => (this.keys = [...new Set([...this.keys, ...wanted.generations])]));
    await this.call(() => (this.keys = [...new Set([1, ...wanted.generations])]));
  }

  unprotect = () => this.call(() => undefined);
}

const kills = fc
  .array(fc.tuple(fc.integer({ min: 0, max: 400 }), fc.constantFrom("before" as const, "after" as const)), {
    maxLength: 10,
  })
  .map((list) => new Map(list));

describe("the rotation of the key of encryption at rest", () => {
  it("loses no Secret, whoever writes when, wherever it is killed", async function () {
    this.timeout(120_000);
    await fc.assert(
      fc.asyncProperty(
        kills,
        fc.integer({ min: 1, max: 4 }),
        fc.constantFrom(["a"], ["a", "b", "c"]),
        async (deaths, first, names) => {
          const world = new Cluster(new Fate(deaths), first, names);
          const next = first + 1;
          const over = () =>
            world.configured.generation === next && !world.keys.some((one) => ![1, next].includes(one));
          await insist(() => encryptionRotationOf(world), deaths.size + 1, over);
          assert.deepEqual(world.configured, { generation: next, generations: [next] });
          for (const { runs } of Object.values(world.servers))
            assert.deepEqual(runs, [{ name: "key", generation: next }]);
          assert.ok(world.secrets.every(({ generation }) => generation === next));
        },
      ),
      { numRuns: 100 },
    );
  });

  it("ends with what Kubespray would write, which takes the first key and calls it key", () => {
    const layouts = layoutsOf(1, 2);
    assert.deepEqual(layouts.at(-1), [{ name: "key", generation: 2 }]);
    assert.deepEqual(
      layouts.map((layout) => isRotating(layout.map(({ name }) => name))),
      [false, true, true, true, true, true, false],
    );
  });

  it("believes an API server that was not started again to have the keys of before", () => {
    const layouts = layoutsOf(1, 2);
    const keys = [...layouts[2]!];
    assert.equal(positionOf({ keys, loaded: true }, layouts), 2);
    assert.equal(positionOf({ keys, loaded: false }, layouts), 1);
    assert.equal(positionOf({ keys: [...layouts[0]!], loaded: false }, layouts), 0);
    assert.equal(positionOf({ keys: [{ name: "key", generation: null }], loaded: true }, layouts), -1);
  });

  it("touches nothing where a node has a key that the stack does not know", async () => {
    const world = new Cluster(new Fate(new Map()), 1, ["a", "b"]);
    world.servers["b"]!.file = [{ name: "mine", generation: 1 }];
    await assert.rejects(encryptionRotationOf(world), /b \(mine: 1\) are not those of this stack/);
  });

  it("drops no key while the API server does not read the Secrets", async () => {
    const world = new Cluster(new Fate(new Map()), 1, ["a"]);
    world.readSecrets = () => Promise.reject(new Error("no matching key"));
    const steps = [];
    for (const step of (await encryptionRotationOf(world)).steps) {
      if (await step.done()) continue;
      steps.push(step.name);
      if (step.name === "drop-old") await assert.rejects(step.run(), /no matching key/);
      else await step.run();
    }
    assert.equal(steps.at(-1), "drop-old");
    assert.deepEqual(world.keys, [1, 2]);
    assert.deepEqual(world.configured.generations, [1, 2]);
  });

  it("begins with one generation, and goes on with two, or with a key that the state still has", () => {
    assert.deepEqual(planEncryption({ generation: 1, generations: [1] }, [1]), { next: 2, underWay: false });
    assert.deepEqual(planEncryption({ generation: 1, generations: [1, 2] }, [1]), {
      next: 2,
      underWay: true,
    });
    assert.deepEqual(planEncryption({ generation: 3, generations: [3] }, [1, 2, 3]), {
      next: 3,
      underWay: true,
    });
    assert.deepEqual(planEncryption({ generation: 3, generations: [3] }, [1, 3]), {
      next: 4,
      underWay: false,
    });
  });

  it("writes what it reads, and knows a key of another stack for none of its own", () => {
    const tokens = { 1: "a".repeat(32), 2: "b".repeat(32) };
    const keys = [
      { name: "next", generation: 2 },
      { name: "key", generation: 1 },
    ];
    const file = encryptionFile("secretbox", keys, tokens);
    assert.deepEqual(keysOfFile(file, tokens), keys);
    assert.deepEqual(keysOfFile(file, { 1: tokens[1] }), [{ name: "next", generation: null }, keys[1]]);
    assert.deepEqual(othersInFile(file), []);
    const more = file.replace("- secrets", "- secrets\n      - configmaps");
    assert.notEqual(more, file);
    assert.deepEqual(othersInFile(more), ["configmaps"]);
    assert.throws(
      () => encryptionFile("aescbc", keys, { 1: tokens[1] }),
      /no encryption key of generation 2/,
    );
  });

  it("finds the keys in a state, but for one that was never made", () => {
    const urn = (name: string) => `urn:pulumi:dev::opencenter::command:local:Command::dev-${name}`;
    const type = "command:local:Command";
    const found = encryptionKeysIn([
      { urn: urn("kubernetes-keys"), type, id: "x" },
      { urn: urn("kubernetes-encryption-key-g12"), type, id: "y" },
      { urn: urn("kubernetes-encryption-key-g13"), type },
      { urn: urn("kubernetes-converge"), type, id: "z" },
    ]);
    assert.deepEqual([...found.keys()], [1, 12]);
  });
});
