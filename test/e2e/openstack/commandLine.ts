/** What people do to a cluster by hand with Debian's `openstack` client, as `handMade` does it where there is none. */
import type { DayTwoBed, Named } from "../support/dayTwoBed";
import { apiAddress, apiMembers, apiRecord, kubeletRule } from "../support/parts";
import { changedInEverything, deletedOfSome, lostWithMachine } from "../support/reported";
import type { Layout } from "./layout";
import { runProgram } from "./programs";
import type { Project } from "./seed";

/** What the client says of a command line that it does not know; of what a service refused it writes to standard error. */
const UNKNOWN = /is not an openstack command/;

export class OpenstackCommandLine {
  constructor(
    private readonly layout: Layout,
    private readonly project: Project,
    private readonly ops: DayTwoBed,
  ) {}

  /** One property of one resource of each kind. @returns what the report must name */
  async changeEverything(): Promise<string[]> {
    const { stack } = this.ops;
    const { zone, record } = await apiRecord(this.ops);
    await this.run([
      `network set --disable ${stack}`,
      `subnet set --no-dns-nameservers --dns-nameserver 192.0.2.1 ${stack}`,
      `router set --name somebody ${stack}`,
      `security group set --description somebody ${stack}-worker`,
      `port set --no-security-group --security-group ${stack}-bastion ${stack}-general-2`,
      `loadbalancer set --wait --description somebody ${stack}-api`,
      `loadbalancer listener set --wait --name somebody ${stack}-api`,
      `loadbalancer healthmonitor set --wait --delay 33 ${stack}-api`,
      `loadbalancer member set --wait --weight 7 ${stack}-api ${stack}-cp-1`,
      `loadbalancer pool set --wait --name somebody ${stack}-api`,
      `server set --name somebody ${stack}-general-1`,
      `volume set --name somebody ${stack}-general-1-data`,
      `recordset set --ttl 77 ${zone.name} ${record.name}`,
      `floating ip set --description somebody ${(await apiAddress(this.ops)).id}`,
    ]);
    return changedInEverything(stack);
  }

  /** One of each kind that may go without a machine going. @returns what the report must name */
  async deleteSome(): Promise<string[]> {
    const { stack } = this.ops;
    const { zone, record } = await apiRecord(this.ops);
    await this.run([
      `security group rule delete ${(await kubeletRule(this.ops)).id}`,
      `loadbalancer healthmonitor delete --wait ${stack}-api`,
      `recordset delete ${zone.name} ${record.name}`,
      // Behind Kubernetes' back too: what had it cannot log in any more.
      `application credential delete ${stack}-cloud-controller`,
    ]);
    return deletedOfSome(stack);
  }

  /** What goes with a machine or takes one with it. @returns what the report must name */
  async loseMachine(): Promise<string[]> {
    const { stack } = this.ops;
    const members = await apiMembers(this.ops);
    const { id: address } = await apiAddress(this.ops);
    await this.run([
      `server delete --wait ${stack}-general-2`,
      `volume delete ${stack}-general-2-data`,
      `keypair delete ${stack}-g1`,
      `server group delete ${stack}-general`,
      `loadbalancer delete --wait --cascade ${stack}-api`,
      `floating ip delete ${address}`,
    ]);
    const names = members.map(({ name }) => name);
    return lostWithMachine(stack, names);
  }

  /** What only a cluster with a zone and routes of its own has. @returns kinds that the report must name */
  async changeZoneAndRoutes(zone: string): Promise<string[]> {
    const { stack } = this.ops;
    await this.run([`zone set --email somebody@example.org ${zone}`, `subnet set --no-host-route ${stack}`]);
    return ["SubnetRoute", "Zone"];
  }

  /** What a cluster of its own network and a container for backups has, and goes neither alone nor with a machine. */
  async loseWayOutAndContainer(container: string): Promise<void> {
    const { stack } = this.ops;
    const network = (await this.ops.cloud()).service("network");
    const addresses = await network.list<Named>("/floatingips", "floatingips");
    await this.run([
      // Neutron keeps an interface that an address leads through.
      ...addresses.map(({ id }) => `floating ip delete ${id}`),
      `router remove subnet ${stack} ${stack}`,
      `container delete ${container}`,
    ]);
  }

  /**
   * One process for all commands: each start of it takes seconds.
   * @throws Error with what it said, when it did not do one of them
   */
  async run(commands: readonly string[]): Promise<void> {
    const env = { OS_CLIENT_CONFIG_FILE: this.layout.cloudsYaml, OS_CLOUD: this.project };
    const client = { command: "/usr/bin/openstack", args: [], env };
    const { output, stdout } = await runProgram(this.layout, "openstack", client, `${commands.join("\n")}\n`);
    // It ends with 0 whatever became of them.
    const complaints = output.length > stdout.length || UNKNOWN.test(stdout);
    if (complaints) throw new Error(`openstack did not do all of it:\n${output}`);
  }
}
