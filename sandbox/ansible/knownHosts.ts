/**
 * What ssh does with `StrictHostKeyChecking=accept-new`: it writes down the key of a host that it meets first, and turns
 * away from one that has another key than the one that is written down for its address.
 */
import { createHash } from "node:crypto";
import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { type Host, textOf } from "./inventory";

export class KnownHosts {
  /** Keys by address. */
  private known: Map<string, string[]> | undefined;
  /** Addresses of this run: two hosts of one address are one machine. */
  private readonly met = new Set<string>();

  constructor(private readonly file: string) {}

  /** Whether ssh would go on with the host: nothing is written down for its address, or this key is. */
  accepts(host: Host): boolean {
    const keys = this.keys().get(sshAddress(host));
    return keys === undefined || this.met.has(sshAddress(host)) || keys.includes(keyOf(host));
  }

  /** Writes the host's line, unless there is one for its address. */
  meet(host: Host): void {
    const address = sshAddress(host);
    this.met.add(address);
    if (this.keys().has(address)) return;
    this.keys().set(address, [keyOf(host)]);
    appendFileSync(this.file, `${address} ssh-ed25519 ${keyOf(host)}\n`, { mode: 0o600 });
  }

  private keys(): Map<string, string[]> {
    return (this.known ??= this.read());
  }

  private read(): Map<string, string[]> {
    const keys = new Map<string, string[]>();
    const lines = existsSync(this.file) ? readFileSync(this.file, "utf8").split("\n") : [];
    for (const [hosts = "", , key = ""] of lines.map((line) => line.split(" "))) {
      for (const host of hosts.split(",").filter((word) => word !== ""))
        keys.set(host, [...(keys.get(host) ?? []), key]);
    }
    return keys;
  }
}

function sshAddress({ name, vars }: Host): string {
  return textOf(vars, "ansible_host") ?? name;
}

function keyOf({ name, vars }: Host): string {
  return fakeKey(textOf(vars, "opencenter_server_id") ?? name);
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
