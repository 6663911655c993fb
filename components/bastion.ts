/** The jump host: the one machine that SSH reaches from outside, with a host key that is known beforehand. */
import * as openstack from "@pulumi/openstack";
import * as pulumi from "@pulumi/pulumi";
import * as tls from "@pulumi/tls";
import type { MachinePlan } from "../plan";
import type { HostKey } from "../plan/cloudInit";
import { Machine, type MachineSurroundings } from "./machine";

/** Arguments of {@link Bastion}. */
export interface BastionArgs extends MachineSurroundings {
  readonly plan: MachinePlan;
  /** Makes the cloud-init document that installs the host key. */
  readonly userData: (hostKey: HostKey) => string;
  readonly tags: readonly string[];
  /** Refuse deletion of its address: firewalls and known_hosts elsewhere name it. @default false */
  readonly protect?: boolean;
}

export class Bastion extends pulumi.ComponentResource {
  readonly machine: Machine;
  /** Address on the external network. */
  readonly floatingIp: pulumi.Output<string>;
  /** Public host key in OpenSSH format: with it the first login is checked, not trusted. */
  readonly hostKey: pulumi.Output<string>;

  constructor(name: string, args: BastionArgs, opts?: pulumi.ComponentResourceOptions) {
    super("opencenter:access:Bastion", name, {}, opts);
    const hostKey = new tls.PrivateKey(
      `${name}-host-key`,
      { algorithm: "ED25519" },
      // The running server keeps the key that it was born with: another one here would only be a wrong output.
      { parent: this, protect: args.protect },
    );
    this.hostKey = hostKey.publicKeyOpenssh.apply((text) => text.trim());
    this.machine = this.createMachine(args, hostKey);
    this.floatingIp = this.createFloatingIp(name, args);
    this.registerOutputs({ floatingIp: this.floatingIp, hostKey: this.hostKey });
  }

  private createMachine(
    { userData, tags: _, protect: __, ...args }: BastionArgs,
    hostKey: tls.PrivateKey,
  ): Machine {
    const document = pulumi
      .all([hostKey.privateKeyOpenssh, this.hostKey])
      .apply(([privateKey, publicKey]) => userData({ privateKey, publicKey }));
    return new Machine(args.plan.name, { ...args, userData: pulumi.secret(document) }, { parent: this });
  }

  private createFloatingIp(name: string, args: BastionArgs): pulumi.Output<string> {
    const floatingIp = new openstack.networking.FloatingIp(
      `${name}-floating-ip`,
      {
        pool: args.cloud.externalNetwork.name,
        portId: this.machine.portId,
        description: `SSH to ${args.plan.name}`,
        tags: [...args.tags],
      },
      // Neutron refuses the association until a router joins the subnet and the external network.
      { parent: this, protect: args.protect, dependsOn: [args.network] },
    );
    return floatingIp.address;
  }
}
