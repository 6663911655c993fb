/** sshd of the machines: which keys open them, and which key a run logs in with. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Host, Inventory, Vars } from "./inventory";
import { textOf } from "./inventory";
import type { Memory } from "./memory";
import type { CloudServer, Machines } from "./machines";

/** By which ssh_config, and the program's own playbook, know the bastion. */
export const BASTION = "bastion";

/** `type base64` of a line of authorized_keys, which may have options before and a comment after. */
export function keyOf(line: string): string | undefined {
  return /(?:^|\s)((?:ssh|ecdsa|sk)-\S+ [A-Za-z0-9+/=]+)(?:\s|$)/.exec(line)?.[1];
}

export class Logins {
  private readonly privateKey: string | undefined;

  constructor(
    private readonly inventory: Inventory,
    vars: Vars,
    private readonly machines: Machines,
    private readonly memory: Memory,
  ) {
    this.privateKey = textOf(vars, "ansible_ssh_private_key_file")?.replace(
      "{{ inventory_dir }}",
      inventory.directory,
    );
  }

  /** Whether the run's key opens the host, and the bastion before it. */
  async opens(host: Host): Promise<boolean> {
    const bastion = await this.bastion();
    const server = await this.machines.server(textOf(host.vars, "opencenter_server_id"));
    return [bastion, server].every((machine) => machine === undefined || this.opensServer(machine));
  }

  /** Lines of authorized_keys; empty for a machine that is not of the cloud. */
  authorized(server: CloudServer | undefined): readonly string[] {
    if (server === undefined) return [];
    return this.memory.current.authorizedKeys[server.id] ?? [server.bornWith ?? []].flat();
  }

  authorize({ id }: CloudServer, lines: readonly string[]): void {
    this.memory.change(({ authorizedKeys }) => (authorizedKeys[id] = [...lines]));
  }

  /** The machine that ssh_config jumps over. */
  async bastion(): Promise<CloudServer | undefined> {
    const file = join(this.inventory.directory, "ssh_config");
    const text = existsSync(file) ? readFileSync(file, "utf8") : "";
    const address = /^Host bastion\n\s+HostName (\S+)$/m.exec(text)?.[1];
    return address === undefined ? undefined : this.machines.serverAt(address);
  }

  private opensServer(server: CloudServer): boolean {
    // Born without a key: nothing is known of who may log in.
    if (server.bornWith === undefined && this.authorized(server).length === 0) return true;
    const own = this.privateKey === undefined ? undefined : publicHalf(this.privateKey);
    return own !== undefined && this.authorized(server).some((line) => keyOf(line) === own);
  }
}

/** OpenSSH writes it in clear before the private half: PROTOCOL.key. */
function publicHalf(file: string): string | undefined {
  if (!existsSync(file)) return undefined;
  const body = readFileSync(file, "utf8").replace(/-----.*-----|\s/g, "");
  const bytes = Buffer.from(body, "base64");
  let at = "openssh-key-v1\0".length;
  const field = () => {
    const from = at + 4;
    at = from + bytes.readUInt32BE(at);
    return bytes.subarray(from, at);
  };
  for (const _ of ["cipher", "kdf", "kdf options"]) field();
  at += 4; // how many keys
  const key = field();
  const type = key.subarray(4, 4 + key.readUInt32BE(0)).toString();
  return `${type} ${key.toString("base64")}`;
}
