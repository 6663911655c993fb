import { StringDecoder } from "node:string_decoder";

/** The longest line, with its line feed, that Go's line scanner takes in. */
const LONGEST_LINE = 64 * 1024;

/** Cuts the mixed output of a command into lines for the status log. */
export class Lines {
  private readonly decoder = new StringDecoder("utf8");
  private rest = "";
  private pending = Promise.resolve();

  constructor(private readonly show: (line: string) => Promise<void>) {}

  /** @returns false when a line is too long for the official provider */
  add(chunk: Buffer): boolean {
    const lines = (this.rest + this.decoder.write(chunk)).split("\n");
    this.rest = lines.pop()!;
    for (const line of lines) this.send(line);
    return [...lines, this.rest].every((line) => Buffer.byteLength(line) < LONGEST_LINE);
  }

  /** Resolves when all lines are shown. */
  async end(): Promise<void> {
    this.rest += this.decoder.end();
    if (this.rest !== "") this.send(this.rest);
    await this.pending;
  }

  private send(line: string): void {
    const shown = this.show(line.replace(/\r$/, ""));
    this.pending = this.pending.then(() => shown);
  }
}
