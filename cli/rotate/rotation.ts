/** What every rotation has: steps that are read from the world, and the configuration as it is after each edit. */
import type { DigestStep } from "../drift/cloud/digest";
import { ExitCode, UserError } from "../errors";
import type { Operation, Target } from "../operation";
import { refusePending } from "../operation/pending";
import type { SequenceStep } from "../operation/sequence";
import { type Edit, editedStack, writeStack } from "../stackEdit";
import type { Own } from "./own";

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

  /** @param own what of a preview is the rotation's own */
  constructor(
    private readonly operation: Operation,
    private readonly own: Own,
  ) {
    this.current = operation.target;
  }

  get target(): Target {
    return this.current;
  }

  /**
   * Sets keys of the configuration, and brings them in. The file is checked first, and left alone when they are there.
   * @throws UserError when the file asks for anything that is not the rotation's own
   */
  async change(edits: readonly Edit[]): Promise<void> {
    const { text } = editedStack(this.current.file, edits);
    await this.refuseForeign();
    writeStack(this.current.file, text);
    this.current = this.current.reopened();
    await this.run();
  }

  /** Brings in what the configuration says. @throws UserError when that is not the rotation's own alone */
  async up(flags: readonly string[] = []): Promise<void> {
    await this.refuseForeign(flags);
    await this.run(flags);
  }

  /** A rotation waits for days: what was merged meanwhile, such as a pool less, would go with it unseen. */
  private refuseForeign(flags: readonly string[] = []): Promise<void> {
    const own = (step: DigestStep) => this.own(step, this.current.config);
    return refusePending(this.current, { flags, own });
  }

  private async run(flags: readonly string[] = []): Promise<void> {
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
