/** Names of the cluster in Designate. */
import * as openstack from "@pulumi/openstack";
import * as pulumi from "@pulumi/pulumi";
import type { DnsPlan } from "../plan";
import { explain, type Cloud } from "./cloud";

/** Arguments of {@link Dns}. */
export interface DnsArgs {
  readonly plan: DnsPlan;
  readonly cloud: Cloud;
  /** Address that each record of the plan points to, by the record's key. */
  readonly addresses: Readonly<Record<string, pulumi.Input<string>>>;
}

export class Dns extends pulumi.ComponentResource {
  constructor(name: string, args: DnsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("opencenter:network:Dns", name, {}, opts);
    const zoneId = args.plan.manageZone ? this.createZone(name, args) : this.findZone(args);
    for (const record of args.plan.records) {
      const address = args.addresses[record.key];
      if (address === undefined) throw new Error(`no address for the DNS record ${record.key}`);
      new openstack.dns.RecordSet(
        `${name}-${record.key}`,
        { zoneId, name: record.name, type: record.type, ttl: record.ttl, records: [address] },
        // Designate refuses a second record set of the same name and type.
        { parent: this, deleteBeforeReplace: true },
      );
    }
    this.registerOutputs({});
  }

  private createZone(name: string, { plan }: DnsArgs): pulumi.Output<string> {
    const zone = new openstack.dns.Zone(
      `${name}-zone`,
      { name: plan.zone, email: `hostmaster@${plan.zone.replace(/\.$/, "")}`, type: "PRIMARY" },
      // Others put records there too: the zone stays when the cluster goes.
      { parent: this, retainOnDelete: true },
    );
    return zone.id;
  }

  private findZone({ plan, cloud }: DnsArgs): pulumi.Output<string> {
    const zone = openstack.dns.getDnsZone({ name: plan.zone }, { parent: this, provider: cloud.provider });
    return pulumi.output(explain(zone, `the DNS zone ${plan.zone} (apiEndpoint.manageZone: true makes it)`))
      .id;
  }
}
