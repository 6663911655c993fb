/**
 * What earlier runs learnt of the machines. The stack's outputs keep it; the program writes it here before a run, and a
 * run that fails leaves what it learnt for the next one on the same machine.
 */
import { readFileSync } from "node:fs";
import { z } from "zod";
import { writePrivate } from "../runner/files";

export const knownNodes = z.object({
  /** Whether a run has ever come to its end: afterwards, "no cluster found" is an alarm and not a beginning. */
  converged: z.boolean(),
  nodes: z.array(
    z.object({
      name: z.string(),
      serverId: z.string(),
      address: z.string(),
      /** Its first boot was over, with SSH answering. */
      booted: z.boolean(),
      /** Lines of known_hosts without the address: type and key. */
      hostKeys: z.array(z.string()),
    }),
  ),
});

export type KnownNodes = z.infer<typeof knownNodes>;
export type KnownNode = KnownNodes["nodes"][number];

export function readKnown(path: string): KnownNodes {
  try {
    return knownNodes.parse(JSON.parse(readFileSync(path, "utf8")));
  } catch {
    // Absent, or half a file of an older program: the next contact learns it again.
    return { converged: false, nodes: [] };
  }
}

export function writeKnown(path: string, known: KnownNodes): void {
  writePrivate(path, `${JSON.stringify(known, null, 1)}\n`);
}

/** Host keys by address out of a known_hosts file that ssh wrote without hashing. */
export function hostKeysOf(knownHosts: string): Map<string, string[]> {
  const keys = new Map<string, string[]>();
  for (const line of knownHosts.split("\n")) {
    const [hosts, type, key] = line.trim().split(/\s+/);
    if (key === undefined || type === undefined || hosts?.startsWith("#") !== false) continue;
    for (const host of hosts.split(",")) keys.set(host, [...(keys.get(host) ?? []), `${type} ${key}`]);
  }
  return keys;
}
