/** Reading what the callback plugin writes while Ansible runs. */
import { closeSync, openSync, readSync } from "node:fs";
import { z } from "zod";

const host = { host: z.string(), task: z.string(), message: z.string() };

const event = z.discriminatedUnion("event", [
  z.object({ event: z.literal("playbook"), playbook: z.string() }),
  z.object({ event: z.literal("play"), name: z.string() }),
  z.object({ event: z.literal("task"), name: z.string() }),
  z.object({ event: z.literal("failed"), ignored: z.boolean(), ...host }),
  z.object({ event: z.literal("unreachable"), ...host }),
  z.object({ event: z.literal("recap"), hosts: z.record(z.string(), z.unknown()) }),
]);

export type AnsibleEvent = z.infer<typeof event>;

/** Follows a file that another process appends to. */
export class EventReader {
  private readonly file: number;
  private position = 0;
  private rest = "";

  constructor(path: string) {
    // "a+" makes it: the reader may be earlier than the writer.
    this.file = openSync(path, "a+", 0o600);
  }

  /** Events that were written since the last call. */
  read(): AnsibleEvent[] {
    const buffer = Buffer.alloc(64 * 1024);
    for (;;) {
      const length = readSync(this.file, buffer, 0, buffer.length, this.position);
      if (length === 0) break;
      this.position += length;
      this.rest += buffer.toString("utf8", 0, length);
    }
    const lines = this.rest.split("\n");
    this.rest = lines.pop() ?? "";
    return lines.filter(Boolean).map((line) => event.parse(JSON.parse(line)));
  }

  close(): void {
    closeSync(this.file);
  }
}
