/**
 * What the last `up` on this machine wrote for playbooks is in no repository: another machine may have changed the
 * cluster since. A playbook that is to reach every member would then leave some out, and nobody would hear of it.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { bastionName, isOfControlPlane } from "../../plan/names";
import { ExitCode, UserError } from "../errors";
import { logicalName, type StackState } from "../recover/state";
import type { Target } from "./target";

/** Which of the cluster's machines a playbook has to reach, every one of them. */
export type Reach = "control-plane" | "every-node";

interface Machine {
  readonly serverId: string;
  /** Absent where the state does not say it. */
  readonly address?: string | undefined;
}

/** By name. */
type Machines = ReadonlyMap<string, Machine>;

const SERVER = "openstack:compute/instance:Instance";
const PORT = "openstack:networking/port:Port";

/** As far as it is compared. */
const request = z.object({
  nodes: z.array(z.object({ name: z.string() })),
  facts: z.object({
    machines: z.record(z.string(), z.object({ address: z.string(), serverId: z.string() })),
  }),
});

/** Nodes as the playbooks would have them. @returns nothing where this machine has no such file */
export function writtenNodes({ project, paths }: Pick<Target, "project" | "paths">): Machines | undefined {
  let text: string;
  try {
    text = readFileSync(join(project, paths.converge), "utf8");
  } catch {
    // The engine says what is missing, and how it comes there.
    return undefined;
  }
  const { nodes, facts } = parsed(text);
  return new Map(nodes.map(({ name }) => [name, facts.machines[name] ?? { serverId: "" }]));
}

/** Of half a file, or one of an older program, no node can be believed. */
function parsed(text: string): z.infer<typeof request> {
  try {
    return request.parse(JSON.parse(text));
  } catch {
    return { nodes: [], facts: { machines: {} } };
  }
}

/** Nodes as the stack's state has them. */
export function nodesOfState({ resources }: StackState, cluster: string): Machines {
  const addresses = new Map(
    resources
      .filter(({ type }) => type === PORT)
      .map((port) => [logicalName(port), (port.outputs?.["allFixedIps"] as string[] | undefined)?.[0]]),
  );
  const servers = resources.filter(
    (one) => one.type === SERVER && one.id !== undefined && logicalName(one) !== bastionName(cluster),
  );
  return new Map(
    servers.map((server) => {
      const name = logicalName(server);
      return [name, { serverId: server.id!, address: addresses.get(`${name}-port`) }];
    }),
  );
}

/** What is not the same, each in words. */
export function nodeDifferences(written: Machines, present: Machines): string[] {
  const names = [...new Set([...written.keys(), ...present.keys()])].sort();
  return names.flatMap((name) => {
    const [there, now] = [written.get(name), present.get(name)];
    if (there === undefined) return [`${name} is not in it`];
    if (now === undefined) return [`${name} is in it, and in the cluster no more`];
    if (there.serverId !== now.serverId)
      return [`${name} is server ${there.serverId} in it, and ${now.serverId} now`];
    if (now.address !== undefined && there.address !== now.address)
      return [`${name} has address ${there.address} in it, and ${now.address} now`];
    return [];
  });
}

const within = (machines: Machines, reach: Reach, cluster: string): Machines =>
  new Map([...machines].filter(([name]) => reach === "every-node" || isOfControlPlane(cluster, name)));

/** @returns why playbooks that are run from here would not reach what they have to; nothing where they do */
export function staleNodes(
  target: Pick<Target, "project" | "paths" | "config">,
  state: StackState,
  reach: Reach,
): string | undefined {
  const written = writtenNodes(target);
  if (written === undefined) return undefined;
  const { name } = target.config;
  const present = nodesOfState(state, name);
  const differences = nodeDifferences(within(written, reach, name), within(present, reach, name));
  if (differences.length === 0) return undefined;
  return (
    `${target.paths.converge} is from another time than the stack's state: ${differences.join("; ")}. ` +
    "Playbooks would not reach every node"
  );
}

/** `pulumi up` writes it before it begins with a playbook, also where it fails afterwards. */
export const writtenAnew = (stack: string) =>
  `pulumi up --stack ${stack} on this machine, with the configuration of the cluster as it is (git pull), writes that file anew ` +
  "before any playbook runs. Then run the same command again.";

/** @throws UserError that names the differences */
export async function refuseStaleNodes(target: Target, reach: Reach): Promise<void> {
  const stale = staleNodes(target, await target.state(), reach);
  if (stale !== undefined)
    throw new UserError(`${stale}; nothing was done.`, writtenAnew(target.stack), ExitCode.failed);
}
