/** What a platform team would have ready before the first cluster: a login and a DNS zone; and the look at what is left. */
import { OpenStackClient } from "../cli/cloud/client";
import { findCloud } from "../cli/cloud/cloudsYaml";
import type { Workspace } from "./workspace";

/** Zone in which the sandbox's clusters have their names. Zones outlive clusters, so the stack does not own it. */
const ZONE = "sandbox.example.org.";

/** Logs in as any user of the cloud would. */
export async function connect(workspace: Workspace): Promise<OpenStackClient> {
  const env = { OS_CLIENT_CONFIG_FILE: workspace.cloudsYaml };
  return OpenStackClient.connect(findCloud({ cloud: "sandbox", directory: workspace.directory, env }));
}

/** Makes what is missing. */
export async function prepareCloud(workspace: Workspace): Promise<void> {
  const dns = (await connect(workspace)).service("dns");
  const zones = await dns.list("/zones", "zones", { name: ZONE });
  if (zones.length === 0)
    await dns.change("POST", "/zones", { name: ZONE, email: "hostmaster@sandbox.example.org" });
}

/** Kinds of objects that a cluster makes, and where a project lists its own. */
const KINDS = [
  ["compute", "/servers", "servers"],
  ["compute", "/os-server-groups", "server_groups"],
  ["compute", "/os-keypairs", "keypairs"],
  ["network", "/ports", "ports"],
  ["network", "/floatingips", "floatingips"],
  ["network", "/routers", "routers"],
  ["network", "/networks", "networks"],
  ["network", "/security-groups", "security_groups"],
  ["volume", "/volumes", "volumes"],
  ["load-balancer", "/lbaas/loadbalancers", "loadbalancers"],
] as const;

interface Listed {
  readonly name?: string;
  readonly id?: string;
  readonly "router:external"?: boolean;
}

/** Whether an object was there before the first cluster. */
function isFurniture(key: string, { name, ...object }: Listed): boolean {
  return object["router:external"] === true || (key === "security_groups" && name === "default");
}

/** Everything of the project that is not part of an empty cloud, as `servers sandbox-cp-1`. */
export async function whatIsLeft(workspace: Workspace): Promise<string[]> {
  const cloud = await connect(workspace);
  const left: string[] = [];
  for (const [service, path, key] of KINDS) {
    for (const item of await cloud.service(service).list<Listed>(path, key)) {
      if (!isFurniture(key, item)) left.push(`${key} ${item.name || item.id || "(without a name)"}`);
    }
  }
  const containers = await cloud.service("object-store").get<readonly Listed[]>("", { format: "json" });
  return [...left, ...containers.map(({ name }) => `containers ${name}`), ...(await recordsLeft(cloud))];
}

async function recordsLeft(cloud: OpenStackClient): Promise<string[]> {
  const dns = cloud.service("dns");
  const left: string[] = [];
  for (const { id } of await dns.list<{ id: string }>("/zones", "zones")) {
    const records = await dns.list<{ name: string; type: string }>(`/zones/${id}/recordsets`, "recordsets");
    const own = records.filter(({ type }) => !["SOA", "NS"].includes(type));
    left.push(...own.map(({ name }) => `recordsets ${name}`));
  }
  return left;
}
