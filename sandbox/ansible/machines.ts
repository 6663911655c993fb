/** Which machines answer: those that the simulated cloud runs. */
import { SimulatorClient } from "../openstack/client";
import { type Host, textOf } from "./inventory";

export class Machines {
  private active: Promise<ReadonlySet<string>> | undefined;

  /** @param cloud address of the simulator; empty, every machine answers */
  constructor(private readonly cloud = process.env.OPENCENTER_SANDBOX_CLOUD) {}

  async answers(host: Host): Promise<boolean> {
    return this.serverAnswers(textOf(host.vars, "opencenter_server_id"));
  }
  /** @param serverId a host without one is no machine of the cloud, and answers */
  async serverAnswers(serverId: string | undefined): Promise<boolean> {
    if (!this.cloud || serverId === undefined) return true;
    this.active ??= activeServers(this.cloud);
    return (await this.active).has(serverId);
  }
  /** Asks the cloud again. */
  refresh(): void {
    this.active = undefined;
  }
}

async function activeServers(cloud: string): Promise<ReadonlySet<string>> {
  try {
    const { "compute.servers": servers = [] } = await new SimulatorClient(cloud).state();
    return new Set(servers.filter(({ status }) => status === "ACTIVE").map(({ id }) => String(id)));
  } catch {
    // No cloud, no machines.
    return new Set();
  }
}
