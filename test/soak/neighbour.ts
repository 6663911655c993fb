/** Somebody else's things in the same project, under names that look like ours: they must never be touched. */
import { setTimeout } from "node:timers/promises";
import type { ProjectSession } from "../../sandbox/openstack/client";
import type { Testbed } from "../e2e/support/testbed";
import type { CloudState } from "./cloud";

type Make = (path: string, kind: string, body: object) => Promise<string>;

/** As the program would have made them: with its tags, where the kind has any. */
class Neighbour {
  private constructor(
    private readonly api: ProjectSession,
    private readonly name: string,
    private readonly organization: string,
  ) {}

  static async move(api: ProjectSession, name: string, organization: string): Promise<void> {
    const neighbour = new Neighbour(api, name, organization);
    const network = await neighbour.network();
    await neighbour.machines(network);
    await neighbour.balancer(network);
    await neighbour.storage();
  }

  private readonly make: Make = async (path, kind, body) => {
    const answer = await this.api.request<Record<string, unknown>>("POST", path, {
      body: kind === "" ? body : { [kind]: body },
    });
    if (answer.status >= 300) throw new Error(`no ${path} for the neighbour: ${JSON.stringify(answer.body)}`);
    return (answer.body[kind] as { id?: string } | undefined)?.id ?? "";
  };

  private async tagged(collection: string, kind: string, body: object): Promise<string> {
    const path = `/network/v2.0/${collection}`;
    const id = await this.make(path, kind, body);
    const tags = [
      "opencenter",
      `opencenter-organization=${this.organization}`,
      `opencenter-cluster=${this.name}`,
    ];
    await this.api.request("PUT", `${path}/${id}/tags`, { body: { tags } });
    return id;
  }

  private get metadata() {
    return { "opencenter-organization": this.organization, "opencenter-cluster": this.name };
  }

  private async network(): Promise<string> {
    const { name } = this;
    const network = await this.tagged("networks", "network", { name });
    const subnet = { name, network_id: network, cidr: "10.99.0.0/24", ip_version: 4 };
    await this.tagged("subnets", "subnet", subnet);
    await this.tagged("routers", "router", { name });
    const [external] = (
      await this.api.request<{ networks: { id: string }[] }>("GET", "/network/v2.0/networks?name=public")
    ).body.networks;
    const address = { floating_network_id: external?.id, description: `API of ${name}` };
    await this.tagged("floatingips", "floatingip", address);
    return network;
  }

  private async machines(network: string): Promise<void> {
    const { name, metadata } = this;
    const group = await this.tagged("security-groups", "security_group", { name: `${name}-worker` });
    const [flavor] = (await this.api.request<{ flavors: { id: string }[] }>("GET", "/compute/v2.1/flavors"))
      .body.flavors;
    const [image] = (await this.api.request<{ images: { id: string }[] }>("GET", "/image/v2/images")).body
      .images;
    const together = await this.make("/compute/v2.1/os-server-groups", "server_group", {
      ...{ name: `${name}-cp`, policies: ["anti-affinity"] },
    });
    for (const node of ["general-1", "cp-1"]) {
      const body = { name: `${name}-${node}`, network_id: network, security_groups: [group] };
      const port = await this.tagged("ports", "port", body);
      const server = {
        ...{ name: `${name}-${node}`, flavorRef: flavor?.id, imageRef: image?.id, metadata },
        networks: [{ port }],
      };
      await this.make("/compute/v2.1/servers", "", { server, "os:scheduler_hints": { group: together } });
    }
  }

  /** Of its things only the load balancer itself has tags. */
  private async balancer(network: string): Promise<void> {
    const name = `${this.name}-api`;
    const path = "/load-balancer/v2.0/lbaas";
    const tags = ["opencenter", ...Object.entries(this.metadata).map(([key, value]) => `${key}=${value}`)];
    const lb = await this.make(`${path}/loadbalancers`, "loadbalancer", {
      name,
      vip_network_id: network,
      tags,
    });
    await this.settled(`${path}/loadbalancers/${lb}`);
    const listener = await this.make(`${path}/listeners`, "listener", {
      ...{ name, loadbalancer_id: lb, protocol: "TCP", protocol_port: 6443 },
    });
    await this.settled(`${path}/loadbalancers/${lb}`);
    const pool = await this.make(`${path}/pools`, "pool", {
      ...{ name, listener_id: listener, protocol: "TCP", lb_algorithm: "ROUND_ROBIN" },
    });
    await this.settled(`${path}/loadbalancers/${lb}`);
    await this.make(`${path}/healthmonitors`, "healthmonitor", {
      ...{ name, pool_id: pool, type: "TCP", delay: 5, timeout: 3, max_retries: 3 },
    });
    await this.settled(`${path}/loadbalancers/${lb}`);
  }

  private async storage(): Promise<void> {
    const { name, metadata, api } = this;
    await this.make(`/volume/v3/${api.projectId}/volumes`, "volume", {
      ...{ name: `${name}-general-1-data`, size: 1, metadata },
    });
  }

  /** Octavia refuses a change while the last one is under way. */
  private async settled(path: string): Promise<void> {
    for (;;) {
      const { body } = await this.api.request<{ loadbalancer: { provisioning_status: string } }>("GET", path);
      if (body.loadbalancer.provisioning_status === "ACTIVE") return;
      await setTimeout(100);
    }
  }
}

/**
 * A cluster `soak-2` of the same organisation, whose names begin like ours, and one with exactly our names in another
 * organisation. What the cloud lets have a name only once, `soak-2` has alone.
 */
export async function plantNeighbour(bed: Testbed): Promise<void> {
  const api = await bed.simulator.login();
  const { stack } = bed.session.workspace;
  await Neighbour.move(api, `${stack}-2`, bed.organization);
  await Neighbour.move(api, stack, "somebody-else");
  const once = async (method: string, path: string, body?: object) => {
    const { status } = await api.request(method, path, { body });
    if (status >= 300) throw new Error(`no ${path} for the neighbour: ${status}`);
  };
  await once("POST", "/compute/v2.1/os-keypairs", { keypair: { name: `${stack}-2-1` } });
  await once("PUT", `/object-store/v1/AUTH_${api.projectId}/${stack}-2-backup`);
  await once("POST", `/identity/v3/users/${api.userId}/application_credentials`, {
    application_credential: { name: `${stack}-2-cinder-csi` },
  });
  const { zones } = (await api.request<{ zones: { id: string }[] }>("GET", "/dns/v2/zones")).body;
  await once("POST", `/dns/v2/zones/${zones[0]!.id}/recordsets`, {
    ...{ name: "api2.sandbox.example.org.", type: "A", ttl: 60, records: ["203.0.113.99"] },
  });
}

/** Ids of everything that is there. */
export function idsOf(cloud: CloudState): Set<string> {
  return new Set(Object.values(cloud).flatMap((objects) => objects.map(({ id }) => id)));
}

/** Counts the changes of everybody's records. */
const SHARED = "dns.zones";

/** Everything of these ids, to be compared to the byte. */
export function excerpt(cloud: CloudState, ids: ReadonlySet<string>): Record<string, unknown> {
  const kinds = Object.entries(cloud).filter(([kind]) => kind !== SHARED);
  const kept = kinds.map(([kind, objects]) => [kind, objects.filter(({ id }) => ids.has(id))] as const);
  return Object.fromEntries(kept.filter(([, objects]) => objects.length > 0));
}
