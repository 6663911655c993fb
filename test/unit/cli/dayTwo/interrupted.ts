/** A sequence that is killed at any of its calls, and begun again from what the world shows. */
import type { Rotation } from "../../../../cli/rotate/rotation";

export class Killed extends Error {}

/** Counts the calls of a world; dies at one of them, before or after it had its effect. */
export class Fate {
  private calls = 0;
  /** @param kills calls to die at, counted over all runs */
  constructor(private readonly kills: ReadonlyMap<number, "before" | "after">) {}

  async call<T>(work: () => T | Promise<T>): Promise<T> {
    const moment = this.kills.get(this.calls++);
    if (moment === "before") throw new Killed();
    const result = await work();
    if (moment === "after") throw new Killed();
    return result;
  }
}

/** Runs a rotation again and again, as an operator would, until a run comes to its end. @param over the world is as it should be @returns how many runs */
export async function insist(
  begin: () => Promise<Rotation>,
  most: number,
  over: () => boolean = () => false,
): Promise<number> {
  for (let runs = 1; runs <= most; runs++) {
    try {
      // It was killed after its last effect: the operator is asked whether to begin another, and says no.
      if (over()) return runs;
      const { steps } = await begin();
      for (const step of steps) {
        if (await step.done()) continue;
        await step.run();
        if (!(await step.done())) throw new Error(`${step.name} ran, and its result is not there`);
      }
      return runs;
    } catch (error) {
      if (!(error instanceof Killed)) throw error;
    }
  }
  throw new Error(`not at its end after ${most} runs`);
}
