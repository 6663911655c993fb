/**
 * Work in steps that can be killed between, or in, any two of them: what has been done is read from the world each
 * time, never from a note that a dead run left, so that any machine can go on.
 */
import type { Operation } from "./index";

export interface SequenceStep {
  readonly name: string;
  /** What it does, for people. */
  readonly title: string;
  /** Whether the world shows it done, and verified. */
  done(): Promise<boolean>;
  /** Must be safe to run again after it was killed half-way. */
  run(): Promise<void>;
}

export interface StepState {
  readonly name: string;
  readonly title: string;
  readonly state: "done" | "next" | "waiting";
}

/** Where a sequence stands: the first step that is not done is the next one. */
export async function standing(steps: readonly SequenceStep[]): Promise<StepState[]> {
  const states: StepState[] = [];
  let reached = true;
  for (const step of steps) {
    const { name, title } = step;
    // What comes after a step that is not done cannot be asked for: it may not even have a meaning yet.
    const done: boolean = reached && (await step.done());
    states.push({ name, title, state: done ? "done" : reached ? "next" : "waiting" });
    reached = done;
  }
  return states;
}

/**
 * Runs what is not done yet.
 * @throws what a step throws; or an error when a step ran and the world does not show it
 */
export async function runSequence(operation: Operation, steps: readonly SequenceStep[]): Promise<void> {
  for (const step of steps) {
    if (await step.done()) continue;
    await operation.step(step.title, async () => {
      await step.run();
      if (!(await step.done())) throw new Error(`${step.name} ran, and its result is not there`);
    });
  }
}

/** For `--status` and `--dry-run`. */
export function shownStanding(states: readonly StepState[]): string {
  const mark = { done: "✓", next: "→", waiting: " " } as const;
  return states.map(({ state, title }) => `${mark[state]} ${title}`).join("\n");
}
