/** Which object of the cloud stands for a resource: by exact name, or because of what it belongs to. */
import type { Catalogue } from "./catalogue";
import { kindFor } from "./kinds";
import { namesOf } from "./oldNames";
import type { AdoptionMap, CloudObject, Wanted } from "./types";

export interface Found {
  readonly id?: string;
  /** What a person should know about it. */
  readonly note?: string;
}

const idOf = (object: CloudObject) => String(object["id"]);
const one = (objects: readonly CloudObject[]) => (objects.length === 1 ? objects[0] : undefined);

/** Objects whose name is one of those that the resource has, or had elsewhere. Never two resources for one object. */
export async function identifyByName(
  cluster: string,
  pools: readonly string[],
  wanted: readonly Wanted[],
  catalogue: Catalogue,
): Promise<Map<string, Found>> {
  const found = new Map<string, Found>();
  for (const resource of wanted.filter(({ type }) => kindFor(type).byName))
    found.set(resource.name, await byName(namesOf(cluster, pools, resource), resource, catalogue));
  const ids = [...found.values()].map(({ id }) => id);
  for (const [name, { id }] of found)
    if (id !== undefined && ids.filter((other) => other === id).length > 1)
      found.set(name, { note: `${id} could be this one or another` });
  return found;
}

async function byName(names: readonly string[], { type }: Wanted, catalogue: Catalogue): Promise<Found> {
  const all = await catalogue.list(type);
  for (const name of names) {
    const same = all.filter((object) => object["name"] === name);
    if (same.length > 1) return { note: `${same.length} are called ${name}: ${same.map(idOf).join(", ")}` };
    if (same[0] !== undefined) return { id: idOf(same[0]), note: `called ${name}` };
  }
  return {};
}

/** Ids known so far, and the way from one resource to its neighbours. */
class Neighbourhood {
  constructor(
    private readonly wanted: readonly Wanted[],
    private readonly ids: ReadonlyMap<string, string>,
  ) {}

  byName(name: string): string | undefined {
    return this.ids.get(name);
  }

  /** The id of the one resource of a kind below the same component. */
  sibling({ parent }: Wanted, kind: string): string | undefined {
    const found = this.wanted.find((one) => one.parent === parent && one.type.endsWith(`:${kind}`));
    return found && this.ids.get(found.name);
  }

  /** The same, anywhere below the component. */
  below({ parent }: Wanted, kind: string): string | undefined {
    const [, , path = ""] = parent.split("::");
    const found = this.wanted.find(
      (one) => one.type.endsWith(`:${kind}`) && (one.urn.split("::")[2] ?? "").startsWith(`${path}$`),
    );
    return found && this.ids.get(found.name);
  }
}

type Follow = (
  resource: Wanted,
  near: Neighbourhood,
  catalogue: Catalogue,
) => Promise<string | undefined> | string | undefined;

const PORT = "openstack:networking/port:Port";
const of = (type: string) => `openstack:loadbalancer/${type}`;
const subnets = (port: CloudObject) =>
  ((port["fixed_ips"] ?? []) as { subnet_id: string; ip_address: string }[]).map((ip) => ip.subnet_id);
const ids = (value: unknown) => ((value ?? []) as { id: string }[]).map(({ id }) => id);

const FOLLOW: Readonly<Record<string, Follow>> = {
  Port: async (resource, near, catalogue) => {
    const server = near.sibling(resource, "Instance");
    if (server === undefined) return undefined;
    const port = one((await catalogue.list(PORT)).filter((port) => port["device_id"] === server));
    return port && idOf(port);
  },
  RouterInterface: async (resource, near, catalogue) => {
    const [router, subnet] = [near.sibling(resource, "Router"), near.sibling(resource, "Subnet")];
    if (router === undefined || subnet === undefined) return undefined;
    const ports = (await catalogue.list(PORT)).filter((port) => port["device_id"] === router);
    const port = one(ports.filter((port) => subnets(port).includes(subnet)));
    return port && idOf(port);
  },
  VolumeAttach: async ({ name, ...resource }, near, catalogue) => {
    const server = near.sibling({ name, ...resource }, "Instance");
    const volume = near.byName(name.replace(/-attach$/, ""));
    if (server === undefined || volume === undefined) return undefined;
    const object = await catalogue.object("openstack:blockstorage/volume:Volume", volume);
    const attachments = (object?.["attachments"] ?? []) as { server_id: string }[];
    return attachments.some(({ server_id }) => server_id === server) ? `${server}/${volume}` : undefined;
  },
  Listener: async (resource, near, catalogue) => {
    const balancer = near.sibling(resource, "LoadBalancer");
    if (balancer === undefined) return undefined;
    const listeners = (await catalogue.list(of("listener:Listener"))).filter(
      (one) =>
        one["protocol_port"] === resource.inputs["protocolPort"] &&
        ids(one["loadbalancers"]).includes(balancer),
    );
    return listeners[0] && idOf(listeners[0]);
  },
  Pool: async (resource, near, catalogue) => {
    const listener = near.sibling(resource, "Listener");
    if (listener === undefined) return undefined;
    const pool = (await catalogue.object(of("listener:Listener"), listener))?.["default_pool_id"];
    return typeof pool === "string" ? pool : undefined;
  },
  Monitor: async (resource, near, catalogue) => {
    const pool = near.sibling(resource, "Pool");
    if (pool === undefined) return undefined;
    const monitor = (await catalogue.object(of("pool:Pool"), pool))?.["healthmonitor_id"];
    return typeof monitor === "string" && monitor !== "" ? monitor : undefined;
  },
  Member: async (resource, near, catalogue) => {
    const pool = near.sibling(resource, "Pool");
    const port = near.byName(`${String(resource.inputs["name"])}-port`);
    if (pool === undefined || port === undefined) return undefined;
    const addresses = ((await catalogue.object(PORT, port))?.["fixed_ips"] ?? []) as { ip_address: string }[];
    const members = (await catalogue.members(pool)).filter((member) =>
      addresses.some(({ ip_address }) => ip_address === member["address"]),
    );
    return members[0] && `${pool}/${idOf(members[0])}`;
  },
  FloatingIp: async (resource, near, catalogue) => {
    const balancer = near.below(resource, "LoadBalancer");
    const port =
      balancer === undefined
        ? near.below(resource, "Port")
        : (await catalogue.object(of("loadBalancer:LoadBalancer"), balancer))?.["vip_port_id"];
    if (port === undefined) return undefined;
    const addresses = await catalogue.list("openstack:networking/floatingIp:FloatingIp");
    const address = one(addresses.filter((one) => one["port_id"] === port));
    return address && idOf(address);
  },
};

/** Ports before members and addresses, listeners before pools before monitors. */
const ORDER = [
  "Port",
  "RouterInterface",
  "VolumeAttach",
  "Listener",
  "Pool",
  "Monitor",
  "Member",
  "FloatingIp",
];

/**
 * Adds what follows from the ids of a map. Without it, the program would make a second interface of a router, which
 * Neutron refuses, or a second port for a server that has one.
 * @returns ids by logical name
 */
export async function withFollowers(
  wanted: readonly Wanted[],
  given: AdoptionMap,
  taken: ReadonlyMap<string, string>,
  catalogue: Catalogue,
): Promise<Map<string, string>> {
  const known = new Map<string, string>();
  for (const [name, id] of taken) known.set(name, id);
  for (const [name, id] of given) if (id !== null) known.set(name, id);
  const near = new Neighbourhood(wanted, known);
  for (const kind of ORDER)
    for (const resource of wanted.filter(({ type }) => type.endsWith(`:${kind}`))) {
      if (given.has(resource.name) || taken.has(resource.name)) continue;
      const id = await FOLLOW[kind]?.(resource, near, catalogue);
      if (id !== undefined) known.set(resource.name, id);
    }
  return known;
}
