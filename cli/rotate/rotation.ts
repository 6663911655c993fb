/** What every rotation has: steps that are read from the world, and the configuration as it is after each edit. */
import { ExitCode, UserError } from "../errors";
import type { Operation, Target } from "../operation";
import type { SequenceStep } from "../operation/sequence";
import { type Edit, editedStack, writeStack } from "../stackEdit";

export interface Rotation {
  /** What is rotated, for people. */
  readonly title: string;
  /** Whether one is under way that this run goes on with. */
  readonly underWay: boolean;
  readonly steps: readonly SequenceStep[];
}

/** The cluster of a rotation; its file changes from step to step. */
export class Subject {
  private current: Target;

  constructor(private readonly operation: Operation) {
    this.current = operation.target;
  }

  get target(): Target {
    return this.current;
  }

  /** Sets keys of the configuration, and brings them in. The file is checked first, and left alone when they are there. */
  async change(edits: readonly Edit[]): Promise<void> {
    const { text } = editedStack(this.current.file, edits);
    if (text !== this.current.file.text) writeStack(this.current.file, text);
    this.current = this.current.reopened();
    await this.up();
  }

  /** Brings in what the configuration says. */
  async up(flags: readonly string[] = []): Promise<void> {
    const code = await this.current.showPulumi([
      "up",
      "--yes",
      "--skip-preview",
      "--non-interactive",
      ...flags,
    ]);
    this.current.forget();
    if (code === 0) return;
    throw new UserError(
      `pulumi up ended with exit code ${code}; nothing that is in use was dropped.`,
      "Mend the cause that it names, then run the same command again: it goes on from here.",
      ExitCode.failed,
    );
  }

  get narrator(): Operation["narrator"] {
    return this.operation.narrator;
  }

  /** @throws UserError when the answer is no */
  confirm(question: string): Promise<void> {
    return this.operation.confirm(question);
  }
}
