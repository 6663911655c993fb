/** What a person watches while the sandbox works. Nothing else in the project prints progress. */

/** Tells what a step is waiting for; shown at the next chance, so that it may be called as often as one likes. */
export type Report = (waitingFor: string) => void;

export interface ProgressOptions {
  /** Where the lines go. @default process.stderr, so that standard output stays free for results */
  readonly stream?: { write(text: string): unknown; readonly isTTY?: boolean; readonly columns?: number };
  /** Longest silence, in milliseconds, where lines are not rewritten. @default 8000 */
  readonly heartbeatMs?: number;
  /** Time between two rewritings of a terminal's line, in milliseconds. @default 250 */
  readonly rewriteMs?: number;
}

export interface StepOptions<T> {
  /** What came of it, shown beside the title. @default nothing but the time */
  readonly outcome?: (result: T) => string;
}

interface RunningStep {
  readonly title: string;
  readonly startedAt: number;
  waitingFor: string;
}

const CLEAR_LINE = "\r\u001b[2K";
const DEFAULT_COLUMNS = 80;

/**
 * Shows steps: a line at the start, a heartbeat while one waits, the outcome with its time at the end. A terminal gets
 * one line that is rewritten; a file or a pipe gets plain lines.
 */
export class Progress {
  private readonly stream: NonNullable<ProgressOptions["stream"]>;
  private readonly intervalMs: number;
  /** Steps may contain steps; the innermost is the one that is shown. */
  private readonly running: RunningStep[] = [];
  private timer: NodeJS.Timeout | undefined;

  constructor(options: ProgressOptions = {}) {
    this.stream = options.stream ?? process.stderr;
    this.intervalMs = this.isTerminal ? (options.rewriteMs ?? 250) : (options.heartbeatMs ?? 8_000);
  }

  /**
   * Runs one step and shows it.
   *
   * @param title what is done, beginning with a verb: "Building the Pulumi CLI"
   * @returns what the work returns
   * @throws what the work throws, after its first line was shown
   */
  async step<T>(
    title: string,
    work: (report: Report) => Promise<T>,
    options: StepOptions<T> = {},
  ): Promise<T> {
    const step: RunningStep = { title, startedAt: Date.now(), waitingFor: "" };
    this.begin(step);
    try {
      const result = await work((waitingFor) => (step.waitingFor = waitingFor));
      const outcome = options.outcome?.(result);
      this.end(step, "✓", outcome === undefined || outcome === "" ? "" : `: ${outcome}`);
      return result;
    } catch (error) {
      this.end(step, "✗", `: ${firstLine(error)}`);
      throw error;
    }
  }

  /** A line that is not a step, such as a hint; safe to use while a step is shown. */
  say(line: string): void {
    this.print(line);
  }

  private get isTerminal(): boolean {
    return this.stream.isTTY === true;
  }

  private begin(step: RunningStep): void {
    this.running.push(step);
    if (this.isTerminal) this.rewrite();
    else this.print(`… ${step.title}`);
    this.timer ??= setInterval(() => this.beat(), this.intervalMs);
  }

  private end(step: RunningStep, mark: string, outcome: string): void {
    this.running.splice(this.running.indexOf(step), 1);
    if (this.running.length === 0) {
      clearInterval(this.timer);
      this.timer = undefined;
    }
    this.print(`${mark} ${step.title}${outcome} (${elapsed(step)})`);
  }

  private beat(): void {
    if (this.isTerminal) return this.rewrite();
    const step = this.running.at(-1);
    if (step) this.print(`  ${describe(step)}`);
  }

  private rewrite(): void {
    const step = this.running.at(-1);
    if (!step) return;
    // A line that wraps cannot be rewritten: the terminal would scroll at every beat.
    const width = (this.stream.columns ?? DEFAULT_COLUMNS) - 1;
    this.stream.write(CLEAR_LINE + `… ${describe(step)}`.slice(0, width));
  }

  private print(line: string): void {
    this.stream.write(`${this.isTerminal ? CLEAR_LINE : ""}${line}\n`);
    if (this.isTerminal) this.rewrite();
  }
}

/** The one that the sandbox's commands share. */
export const progress = new Progress();

function firstLine(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.split("\n")[0] || "failed";
}

function describe(step: RunningStep): string {
  const waitingFor = step.waitingFor === "" ? "" : `: ${step.waitingFor}`;
  return `${step.title} (${elapsed(step)})${waitingFor}`;
}

function elapsed(step: RunningStep): string {
  const seconds = (Date.now() - step.startedAt) / 1000;
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  const minutes = Math.floor(seconds / 60);
  const rest = Math.floor(seconds % 60);
  return minutes === 0 ? `${rest} s` : `${minutes} min ${String(rest).padStart(2, "0")} s`;
}
