/** Which machines answer: those that the simulated cloud runs. */
import { SimulatorClient } from "../openstack/client";
import { type Host, textOf } from "./inventory";

export interface CloudServer {
  readonly id: string;
  /** The line that cloud-init put into authorized_keys. */
  readonly bornWith?: string;
  /** Floating IPs. */
  readonly addresses: readonly string[];
}

export class Machines {
  private active: Promise<ReadonlyMap<string, CloudServer>> | undefined;

  /** @param cloud address of the simulator; empty, every machine answers */
  constructor(private readonly cloud = process.env.OPENCENTER_SANDBOX_CLOUD) {}

  async answers(host: Host): Promise<boolean> {
    return this.serverAnswers(textOf(host.vars, "opencenter_server_id"));
  }
  /** @param serverId a host without one is no machine of the cloud, and answers */
  async serverAnswers(serverId: string | undefined): Promise<boolean> {
    if (!this.cloud || serverId === undefined) return true;
    return (await this.servers()).has(serverId);
  }
  /** One that runs; undefined for a host that is no machine of the cloud. */
  async server(serverId: string | undefined): Promise<CloudServer | undefined> {
    return serverId === undefined ? undefined : (await this.servers()).get(serverId);
  }
  /** The one with a floating IP. */
  async serverAt(address: string): Promise<CloudServer | undefined> {
    return [...(await this.servers()).values()].find(({ addresses }) => addresses.includes(address));
  }
  /** Asks the cloud again. */
  refresh(): void {
    this.active = undefined;
  }
  private servers(): Promise<ReadonlyMap<string, CloudServer>> {
    return (this.active ??= this.cloud ? activeServers(this.cloud) : Promise.resolve(new Map()));
  }
}

async function activeServers(cloud: string): Promise<ReadonlyMap<string, CloudServer>> {
  try {
    const state = await new SimulatorClient(cloud).state();
    const deviceOf = new Map((state["network.ports"] ?? []).map((port) => [port.id, port["device_id"]]));
    const floating = state["network.floatingips"] ?? [];
    const running = (state["compute.servers"] ?? []).filter(({ status }) => status === "ACTIVE");
    return new Map(
      running.map((server) => {
        const id = String(server.id);
        const addresses = floating
          .filter((ip) => deviceOf.get(String(ip["port_id"])) === id)
          .map((ip) => String(ip["floating_ip_address"]));
        return [id, { id, bornWith: server["authorized_key"] as string | undefined, addresses }];
      }),
    );
  } catch {
    // No cloud, no machines.
    return new Map();
  }
}
