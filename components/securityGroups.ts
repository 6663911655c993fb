/** The security groups of a cluster and their rules. */
import * as openstack from "@pulumi/openstack";
import * as pulumi from "@pulumi/pulumi";
import type { SecurityGroupPlan, SecurityRulePlan } from "../plan";

/** Arguments of {@link SecurityGroups}. */
export interface SecurityGroupsArgs {
  readonly groups: readonly SecurityGroupPlan[];
  readonly tags: readonly string[];
}

export class SecurityGroups extends pulumi.ComponentResource {
  private readonly groups = new Map<string, openstack.networking.SecGroup>();

  constructor(name: string, args: SecurityGroupsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("opencenter:network:SecurityGroups", name, {}, opts);
    // All groups before the first rule: rules name other groups, in both directions.
    for (const group of args.groups) this.createGroup(name, group, args.tags);
    for (const group of args.groups) {
      for (const rule of group.rules) this.createRule(name, group, rule);
    }
    this.registerOutputs({});
  }

  /**
   * Id of a group of the plan.
   * @throws Error when the plan has no such group, which is a fault of the plan.
   */
  id(key: string): pulumi.Output<string> {
    return this.group(key).id;
  }

  private group(key: string): openstack.networking.SecGroup {
    const group = this.groups.get(key);
    if (group === undefined) throw new Error(`the plan has no security group ${key}`);
    return group;
  }

  private createGroup(name: string, group: SecurityGroupPlan, tags: readonly string[]): void {
    const resource = new openstack.networking.SecGroup(
      `${name}-${group.key}`,
      {
        name: group.name,
        description: group.description,
        // Neutron's own egress rules are nobody's: not in the plan, not in the state, invisible to drift.
        deleteDefaultRules: true,
        tags: [...tags],
      },
      { parent: this },
    );
    this.groups.set(group.key, resource);
  }

  private createRule(name: string, group: SecurityGroupPlan, rule: SecurityRulePlan): void {
    const { peer } = rule;
    const owner = this.group(group.key);
    new openstack.networking.SecGroupRule(
      `${name}-${group.key}-${rule.key}`,
      {
        securityGroupId: owner.id,
        direction: rule.direction,
        ethertype: rule.etherType,
        protocol: rule.protocol,
        portRangeMin: rule.ports?.from,
        portRangeMax: rule.ports?.to,
        remoteIpPrefix: "cidr" in peer ? peer.cidr : undefined,
        remoteGroupId: "group" in peer ? this.id(peer.group) : undefined,
        description: rule.description,
      },
      {
        parent: this,
        // Every field of a rule replaces it, and Neutron refuses a second rule that allows the same.
        deleteBeforeReplace: true,
        // Rules go with their group; one by one they take the provider five seconds each.
        deletedWith: owner,
      },
    );
  }
}
