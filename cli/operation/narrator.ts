/** Progress on standard error: a line when a step begins to take long, and one when it has ended. */
import { hasColours, painter } from "../style";

const NOTICE_MS = 15_000;

export class Narrator {
  private readonly paint = painter(hasColours(process.stderr));

  constructor(private readonly write: (text: string) => void = (text) => process.stderr.write(text)) {}

  /** A line beside the steps. */
  note(line: string): void {
    this.write(`  ${line}\n`);
  }

  /** Runs a step; says that it began, that it is still going on, and how it ended. */
  async step<T>(title: string, work: () => Promise<T>): Promise<T> {
    const begun = Date.now();
    const seconds = () => `${Math.round((Date.now() - begun) / 1_000)} s`;
    this.write(`… ${title}\n`);
    const timer = setInterval(() => this.write(`  ${title}: ${seconds()}\n`), NOTICE_MS);
    timer.unref();
    try {
      const result = await work();
      this.write(`${this.paint("green", "✓")} ${title} (${seconds()})\n`);
      return result;
    } catch (error) {
      this.write(`${this.paint("red", "✗")} ${title} (${seconds()})\n`);
      throw error;
    } finally {
      clearInterval(timer);
    }
  }
}
