/** What ssh does with `StrictHostKeyChecking=accept-new`: it writes down the key of a host that it meets first. */
import { createHash } from "node:crypto";
import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { type Host, textOf } from "./inventory";

export class KnownHosts {
  private known: Set<string> | undefined;

  constructor(private readonly file: string) {}

  /** Writes the host's line, unless there is one for its address. */
  meet({ name, vars }: Host): void {
    const address = textOf(vars, "ansible_host") ?? name;
    this.known ??= new Set(this.addresses());
    if (this.known.has(address)) return;
    this.known.add(address);
    const key = fakeKey(textOf(vars, "opencenter_server_id") ?? name);
    appendFileSync(this.file, `${address} ssh-ed25519 ${key}\n`, { mode: 0o600 });
  }

  private addresses(): string[] {
    if (!existsSync(this.file)) return [];
    const lines = readFileSync(this.file, "utf8").split("\n");
    return lines.flatMap((line) => line.split(" ")[0]!.split(",")).filter((word) => word !== "");
  }
}

/** In the form of an Ed25519 public key, and the same for the same machine every time. */
function fakeKey(machine: string): string {
  const field = (bytes: Buffer) => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(bytes.length);
    return Buffer.concat([length, bytes]);
  };
  const point = createHash("sha256").update(machine).digest();
  return Buffer.concat([field(Buffer.from("ssh-ed25519")), field(point)]).toString("base64");
}
