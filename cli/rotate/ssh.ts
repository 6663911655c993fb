/** A new SSH key: every machine takes it beside the old one, playbooks change over, and only then the old one goes. */
import type { KeyGenerations } from "../../config/resolve";
import { ExitCode, UserError } from "../errors";
import type { SequenceStep } from "../operation/sequence";
import type { Rotation, Subject } from "./rotation";
import { type Authorized, MachinesOfStack, type MadeKey, type SshWorld } from "./sshWorld";

/** Two generations are a rotation that has begun; so is a key in the state that the configuration has not. */
export function planSsh({ generations }: KeyGenerations, made: readonly MadeKey[]) {
  const newest = Math.max(...generations);
  const underWay = generations.length > 1 || made.some(({ generation }) => generation !== newest);
  const next = underWay ? newest : newest + 1;
  const known = new Set([...generations, ...made.map(({ generation }) => generation)]);
  return { old: [...known].filter((one) => one !== next).sort((a, b) => a - b), next, underWay };
}

export async function sshRotation(subject: Subject): Promise<Rotation> {
  return sshRotationOf(new MachinesOfStack(subject));
}

export async function sshRotationOf(world: SshWorld): Promise<Rotation> {
  const made = await world.made();
  if (made.length === 0)
    throw new UserError(
      "this cluster has not been built: there is no key to rotate.",
      undefined,
      ExitCode.failed,
    );
  const { old, next, underWay } = planSsh(world.configured, made);
  return {
    title: `SSH key of the machines, generation ${old.join(", ") || "before"} → ${next}`,
    underWay,
    steps: [
      newKey(world, next),
      known(world, next),
      inUse(world, next),
      forgotten(world, next),
      dropOld(world, next),
    ],
  };
}

const keyOf = (made: readonly MadeKey[], generation: number) =>
  made.find((one) => one.generation === generation)?.publicKey;

/** Body of a line of authorized_keys: the same key may have another comment, or options. */
const has = (lines: readonly string[], publicKey: string) =>
  lines.some((line) => line.includes(publicKey.split(" ")[1] ?? publicKey));

function newKey(world: SshWorld, next: number): SequenceStep {
  return {
    name: "new-key",
    title: `A key of generation ${next}, in the stack's state alone`,
    done: async () =>
      world.configured.generations.includes(next) && keyOf(await world.made(), next) !== undefined,
    run: async () => {
      const { generation, generations } = world.configured;
      await world.configure({ generation, generations: [...new Set([...generations, next])] });
    },
  };
}

function known(world: SshWorld, next: number): SequenceStep {
  return {
    name: "known",
    title: "Every machine, and the bastion, opens for the new key as well",
    // A line in a file is no proof, and a login is.
    done: async () => (await opened(world, next)) !== undefined,
    run: async () => {
      const publicKey = keyOf(await world.made(), next)!;
      await world.machines(world.configured.generation, { present: [publicKey], absent: [] });
    },
  };
}

/** What the machines have, where the key opens all of them. */
async function opened(world: SshWorld, generation: number): Promise<Authorized | undefined> {
  try {
    return await world.machines(generation);
  } catch (error) {
    if (error instanceof UserError) return undefined;
    throw error;
  }
}

function inUse(world: SshWorld, next: number): SequenceStep {
  return {
    name: "in-use",
    title: "Playbooks log in with the new key, and new machines get it",
    done: async () => world.configured.generation === next && (await world.inUse()) === next,
    run: () => world.configure({ generation: next, generations: world.configured.generations }),
  };
}

function forgotten(world: SshWorld, next: number): SequenceStep {
  const unwanted = async () =>
    (await world.made()).filter(({ generation }) => generation !== next).map(({ publicKey }) => publicKey);
  return {
    name: "forgotten",
    title: "No machine opens for the old key",
    done: async () => {
      const [old, machines] = [await unwanted(), await world.machines(next)];
      return Object.values(machines).every((lines) => !old.some((key) => has(lines, key)));
    },
    run: async () => {
      const publicKey = keyOf(await world.made(), next)!;
      await world.machines(next, { present: [publicKey], absent: await unwanted() });
    },
  };
}

function dropOld(world: SshWorld, next: number): SequenceStep {
  return {
    name: "drop-old",
    title: "The old key deleted",
    done: async () => {
      const { generations } = world.configured;
      const made = await world.made();
      return generations.length === 1 && made.every(({ generation }) => generation === next);
    },
    run: async () => {
      const old = (await world.made()).filter(({ generation }) => generation !== next);
      for (const { generation } of old) await world.unprotect(generation);
      await world.configure({ generation: next, generations: [next] });
    },
  };
}
