/**
 * The state file: one JSON record per line, appended before an answer leaves. Appending costs the same whatever the
 * cloud's size; rewriting 20 MB for each request would not. The system's page cache outlives a killed process, so
 * no fsync is needed for what the sandbox promises.
 */
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, renameSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import type { Resource } from "./api";

/** One planned change, see `Store.later`. */
export interface Planned {
  readonly number: number;
  readonly kind: string;
  readonly id: string;
  readonly at: number;
  readonly set: Record<string, unknown> | null;
}

export type Entry =
  | { put: Resource; kind: string }
  | { remove: string; kind: string }
  | { plan: Planned }
  /** A planned change that came true or was dropped. */
  | { done: number };

const OWNER_ONLY = 0o600;
/** Dead records that are tolerated before the file is written anew: a balance between file size and pauses. */
const SPARE_RECORDS = 20_000;

/** @throws Error that names the file and the line of a record that cannot be read, unless it is the torn last one. */
function readEntries(path: string): Entry[] {
  const lines = readFileSync(path, "utf8").split("\n");
  // Text after the last newline was cut off by a kill; its request was never answered.
  lines.pop();
  return lines.map((line, index) => {
    try {
      return JSON.parse(line) as Entry;
    } catch {
      throw new Error(
        `state file ${path}, line ${index + 1}: not a JSON record. Delete the file to start empty.`,
      );
    }
  });
}

export class Journal {
  private descriptor: number | undefined;
  private readonly unwritten: string[] = [];
  private written = 0;

  constructor(private readonly path: string) {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  }

  /** What was saved earlier, in the order in which it happened. */
  load(): Entry[] {
    return existsSync(this.path) ? readEntries(this.path) : [];
  }

  add(entry: Entry): void {
    this.unwritten.push(JSON.stringify(entry));
  }

  /** Writes what was added; `liveEntries` is asked for when the file holds much more than it needs. */
  flush(liveCount: number, liveEntries: () => Iterable<Entry>): void {
    if (this.unwritten.length === 0) return;
    if (this.descriptor === undefined || this.written > 2 * liveCount + SPARE_RECORDS) {
      this.rewrite(liveEntries());
      return;
    }
    writeAll(this.descriptor, `${this.unwritten.join("\n")}\n`);
    this.written += this.unwritten.length;
    this.unwritten.length = 0;
  }

  /** Replaces the file in one step, so that a kill leaves either the old or the new one. */
  rewrite(entries: Iterable<Entry>): void {
    const temporary = `${this.path}.new`;
    const descriptor = openSync(temporary, "w", OWNER_ONLY);
    let count = 0;
    for (const entry of entries) {
      writeAll(descriptor, `${JSON.stringify(entry)}\n`);
      count += 1;
    }
    renameSync(temporary, this.path);
    this.close();
    this.descriptor = descriptor;
    this.written = count;
    this.unwritten.length = 0;
  }

  close(): void {
    if (this.descriptor !== undefined) closeSync(this.descriptor);
    this.descriptor = undefined;
  }
}

/** A write may take only a part, for example on a nearly full disk. */
function writeAll(descriptor: number, text: string): void {
  const bytes = Buffer.from(text);
  for (let done = 0; done < bytes.length;) done += writeSync(descriptor, bytes, done);
}
