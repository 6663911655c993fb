/** The inventory on disk, for one call of Ansible. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { inventoryFiles, knownHosts, sshConfig } from "../plan/kubernetes/inventory";
import { requestFor } from "../plan/kubernetes/roster";
import type { ConvergeRequest, ObservedEtcd, ObservedNode, PlaybookCall } from "../plan/kubernetes/types";
import { writePrivate } from "../runner/files";
import { hostKeysOf, type KnownNode, type KnownNodes, readKnown, writeKnown } from "./known";
import type { Run } from "./run";

/** Writes hosts.yaml, group_vars and what SSH needs, for exactly the hosts of a call. */
export function writeInventory(
  { request, paths }: Run,
  there: readonly ObservedNode[],
  inventory: PlaybookCall["inventory"],
  etcd?: ObservedEtcd,
): void {
  for (const [path, text] of Object.entries(inventoryFiles(requestFor(request, there, inventory, etcd)))) {
    writePrivate(join(paths.inventory, path), text);
  }
  const known = readKnown(paths.known);
  const { bastion, machines } = request.facts;
  writePrivate(
    join(paths.inventory, "ssh_config"),
    sshConfig({ request, directory: paths.inventory, privateKey: paths.sshPrivateKey }),
  );
  writePrivate(
    join(paths.inventory, "known_hosts"),
    knownHosts(bastion, stillPinned(known.nodes, Object.entries(machines))),
  );
}

/**
 * Another server has another key, under the name or the address of the one before it: the old pin would refuse it for
 * ever. A node that is on its way out keeps its own, because its removal logs in too.
 */
function stillPinned(
  known: readonly KnownNode[],
  machines: readonly (readonly [string, { readonly address: string; readonly serverId: string }])[],
): KnownNode[] {
  return known.filter(({ name, address, serverId }) =>
    machines.every(
      ([other, machine]) => machine.serverId === serverId || (other !== name && machine.address !== address),
    ),
  );
}

/** Without the nodes that have gone: neither wanted nor in the cluster, they have no address any more. */
export function withoutGone(
  known: KnownNodes,
  request: ConvergeRequest,
  there: readonly ObservedNode[],
): KnownNodes {
  const here = new Set([...request.nodes, ...there].map(({ name }) => name));
  return { ...known, nodes: known.nodes.filter(({ name }) => here.has(name)) };
}

/** Takes over what ssh learnt on first contact. */
export function learnHostKeys({ request, paths }: Run, booted: readonly string[] = []): KnownNodes {
  const known = readKnown(paths.known);
  const file = join(paths.inventory, "known_hosts");
  const keys = hostKeysOf(existsSync(file) ? readFileSync(file, "utf8") : "");
  const wanted = Object.entries(request.facts.machines).map(([name, { address, serverId }]) => {
    const before = known.nodes.find((node) => node.name === name && node.serverId === serverId);
    return {
      name,
      serverId,
      address,
      booted: before?.booted === true || booted.includes(name),
      hostKeys: keys.get(address) ?? before?.hostKeys ?? [],
    };
  });
  // Nodes that are on their way out stay known until they are gone: their removal logs in too.
  const leaving = known.nodes.filter(({ name }) => request.facts.machines[name] === undefined);
  const next = { ...known, nodes: [...wanted, ...leaving] };
  writeKnown(paths.known, next);
  return next;
}
