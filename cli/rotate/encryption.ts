/**
 * A new key of encryption at rest, in two passes: values in etcd begin with their key's name, and Kubespray knows one
 * name alone. So the new key comes under another name first, and takes over the old name once nothing is encrypted
 * with the old key any more.
 */
import type { EncryptionAnswer, EncryptionOfNode } from "../../kubespray/encryption";
import { KUBESPRAY_KEY } from "../../plan/kubernetes/encryption";
import { ExitCode, UserError } from "../errors";
import type { SequenceStep } from "../operation/sequence";
import { EncryptionOfStack, type EncryptionWorld, FIRST_GENERATION } from "./encryptionWorld";
import type { Rotation, Subject } from "./rotation";

/** Name of the new key while the old one has Kubespray's. */
export const INTERIM_KEY = "next";

/** Of no key: generations begin with 1. */
const NO_GENERATION = 0;

interface NamedKey {
  readonly name: string;
  readonly generation: number;
}

/**
 * What the nodes have, one after the other. Every API server can read what any other writes, as long as all of them
 * are at one of two neighbours.
 */
export function layoutsOf(old: number, next: number): readonly (readonly NamedKey[])[] {
  const before = { name: KUBESPRAY_KEY, generation: old };
  const interim = { name: INTERIM_KEY, generation: next };
  const after = { name: KUBESPRAY_KEY, generation: next };
  return [
    [before],
    [before, interim],
    [interim, before],
    [interim],
    [interim, after],
    [after, interim],
    [after],
  ];
}

/** Positions in {@link layoutsOf} after which everything is written again before the next. */
const REWRITES: Readonly<Record<number, string>> = { 2: INTERIM_KEY, 5: KUBESPRAY_KEY };

const TITLES: readonly string[] = [
  "",
  "Every API server can read with the new key",
  "Every API server encrypts with the new key",
  "The old key taken from the nodes",
  "The new key a second time, under the name that Kubespray knows",
  "Every API server encrypts under that name",
  "One key on the nodes, under that name",
];

const same = (one: readonly { name: string; generation: number | null }[], other: readonly NamedKey[]) =>
  one.length === other.length &&
  one.every(({ name, generation }, index) => {
    const wanted = other[index]!;
    return name === wanted.name && generation === wanted.generation;
  });

/**
 * How far a node is; -1 where it is none of the layouts. An API server that was not started since its file was written
 * still has the one before.
 */
export function positionOf(
  { keys, loaded }: EncryptionOfNode,
  layouts: ReturnType<typeof layoutsOf>,
): number {
  const at = layouts.findIndex((layout) => same(keys, layout));
  return loaded || at <= 0 ? at : at - 1;
}

/** The generation that the nodes come from: what `key` was before the new one took its name. */
function oldGeneration({ nodes }: EncryptionAnswer, next: number): number | null | undefined {
  const keys = Object.values(nodes).flatMap((node) => node.keys);
  return keys.find(({ name, generation }) => name === KUBESPRAY_KEY && generation !== next)?.generation;
}

export function planEncryption({ generations }: EncryptionWorld["configured"], made: readonly number[]) {
  const newest = Math.max(...generations);
  const dropped = made.some((one) => one !== FIRST_GENERATION && !generations.includes(one));
  const underWay = generations.length > 1 || dropped;
  return { next: underWay ? newest : newest + 1, underWay };
}

export async function encryptionRotation(subject: Subject): Promise<Rotation> {
  if (!subject.target.config.kubernetes.encryptionAtRest.enabled)
    throw new UserError(
      "this cluster does not encrypt its Secrets: kubernetes.encryptionAtRest.enabled is false.",
      undefined,
      ExitCode.failed,
    );
  return encryptionRotationOf(new EncryptionOfStack(subject));
}

export async function encryptionRotationOf(world: EncryptionWorld): Promise<Rotation> {
  const made = await world.made();
  if (made.length === 0)
    throw new UserError(
      "this cluster has not been built: there is no key to rotate.",
      undefined,
      ExitCode.failed,
    );
  const { next, underWay } = planEncryption(world.configured, made);
  const seen = await world.read();
  const old = oldGeneration(seen, next);
  // Where the nodes have the new key alone, no layout with another may match: the configuration may name the new one
  // as its own already, and the last layout would be taken for the first.
  const layouts = layoutsOf(old ?? NO_GENERATION, next);
  refuseUnknown(seen, layouts);
  const passes = layouts.slice(1).flatMap((layout, index) => {
    const position = index + 1;
    const name = REWRITES[position];
    const step = onNodes(world, layouts, position, layout);
    return name === undefined ? [step] : [step, rewritten(world, layouts, position, name)];
  });
  return {
    title: `key of encryption at rest, generation ${old ?? "before"} → ${next}`,
    underWay,
    steps: [newKey(world, next), ...passes, dropOld(world, next)],
  };
}

/** A key that the stack does not know may be the only one that opens something: nothing may be written over it. */
function refuseUnknown({ nodes }: EncryptionAnswer, layouts: ReturnType<typeof layoutsOf>): void {
  const strange = Object.entries(nodes).filter(([, node]) => positionOf(node, layouts) < 0);
  if (strange.length === 0) return;
  const shown = strange.map(
    ([node, { keys }]) =>
      `${node} (${keys.map(({ name, generation }) => `${name}: ${generation ?? "unknown"}`).join(", ")})`,
  );
  throw new UserError(
    `the keys of encryption at rest on ${shown.join(", ")} are not those of this stack; nothing was done.`,
    "Somebody changed /etc/kubernetes/ssl/secrets_encryption.yaml by hand: docs/operations/rotation.md, encryption-key.",
    ExitCode.failed,
  );
}

function newKey(world: EncryptionWorld, next: number): SequenceStep {
  return {
    name: "new-key",
    title: `A key of generation ${next}, in the stack's state before anything is encrypted with it`,
    done: async () => world.configured.generations.includes(next) && (await world.made()).includes(next),
    run: () => {
      const { generation, generations } = world.configured;
      return world.configure({ generation, generations: [...new Set([...generations, next])] });
    },
  };
}

/** How far the last of the nodes is. */
async function reached(world: EncryptionWorld, layouts: ReturnType<typeof layoutsOf>): Promise<number> {
  const { nodes } = await world.read();
  return Math.min(...Object.values(nodes).map((node) => positionOf(node, layouts)));
}

function onNodes(
  world: EncryptionWorld,
  layouts: ReturnType<typeof layoutsOf>,
  position: number,
  layout: readonly NamedKey[],
): SequenceStep {
  return {
    name: `layout-${position}`,
    title: TITLES[position]!,
    done: async () => (await reached(world, layouts)) >= position,
    run: () => world.write([...layout]),
  };
}

function rewritten(
  world: EncryptionWorld,
  layouts: ReturnType<typeof layoutsOf>,
  position: number,
  name: string,
): SequenceStep {
  return {
    name: `rewritten-${position}`,
    title: `Every Secret in etcd encrypted with the key called ${name}`,
    done: async () => {
      // Past that, it was so; and under the next name it is not any more.
      if ((await reached(world, layouts)) > position) return true;
      const { stored } = await world.read();
      return Object.entries(stored).every(([key, count]) => key === name || count === 0);
    },
    run: () => world.rewriteSecrets(),
  };
}

function dropOld(world: EncryptionWorld, next: number): SequenceStep {
  const unwanted = async () => (await world.made()).filter((one) => one !== next && one !== FIRST_GENERATION);
  return {
    name: "drop-old",
    title: "The old key dropped",
    done: async () => {
      const { generation, generations } = world.configured;
      return generation === next && generations.length === 1 && (await unwanted()).length === 0;
    },
    run: async () => {
      // Names of keys say nothing of their values: somebody may have written another key under the name of the old one.
      await world.readSecrets();
      for (const generation of await unwanted()) await world.unprotect(generation);
      await world.configure({ generation: next, generations: [next] });
    },
  };
}
