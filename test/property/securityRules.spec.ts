/** Least privilege, for any cluster: no rule that neither the user nor a component asked for. */
import assert from "node:assert/strict";
import fc from "fast-check";
import type { ClusterConfig } from "../../config/resolve";
import { isWorld } from "../../config/address";
import { machinesOf, planCluster, type SecurityGroupPlan, type SecurityRulePlan } from "../../plan";
import { nodePortsGroup } from "../../plan/securityGroups";
import { cluster, configOf } from "../support/arbitraryCluster";

interface Placed {
  readonly group: SecurityGroupPlan;
  readonly rule: SecurityRulePlan;
}

function ingressOf(config: ClusterConfig): Placed[] {
  return planCluster(config)
    .securityGroups.flatMap((group) => group.rules.map((rule) => ({ group, rule })))
    .filter(({ rule }) => rule.direction === "ingress");
}

/** Whether a rule lets anything through to a port; one without ports or protocol lets everything through. */
function opens({ protocol, ports }: SecurityRulePlan, port: number): boolean {
  if (protocol !== undefined && protocol !== "tcp") return false;
  return ports === undefined || (ports.from <= port && port <= ports.to);
}

const cidrOf = ({ peer }: SecurityRulePlan): string | undefined => ("cidr" in peer ? peer.cidr : undefined);
const groupOf = ({ peer }: SecurityRulePlan): string | undefined =>
  "group" in peer ? peer.group : undefined;

/** The networks that a user wrote for what a rule opens. */
function writtenFor(config: ClusterConfig, { group, rule }: Placed): readonly string[] {
  const pool = Object.entries(config.pools).find(([name]) => nodePortsGroup(name) === group.key);
  if (pool !== undefined && !["bastion", "control-plane", "worker"].includes(group.key)) {
    const entries = pool[1].nodePorts.filter(
      ({ from, to, protocol }) =>
        protocol === rule.protocol && from === rule.ports?.from && (to ?? from) === rule.ports.to,
    );
    return entries.flatMap((entry) => entry.allowedCidrs);
  }
  if (rule.protocol !== "tcp" || rule.ports?.from !== rule.ports?.to) return [];
  if (rule.ports?.from === 22) return config.access.sshAllowedCidrs;
  return rule.ports?.from === 6443 ? config.access.apiAllowedCidrs : [];
}

/** A property of the configuration and its ingress rules. */
function always(check: (config: ClusterConfig, placed: Placed) => void): void {
  fc.assert(
    fc.property(cluster, (input) => {
      const config = configOf(input);
      for (const placed of ingressOf(config)) check(config, placed);
    }),
  );
}

/** Pods keep their addresses where the network plug-in routes them: nothing narrower than their network exists. */
function isRoutedPods(config: ClusterConfig, rule: SecurityRulePlan): boolean {
  return config.kubernetes.encapsulation === "none" && cidrOf(rule) === config.kubernetes.podCidr;
}

describe("security rules of any cluster", () => {
  it("let networks in only where the user wrote them, the cluster's own aside", () => {
    always((config, placed) => {
      const cidr = cidrOf(placed.rule);
      if (cidr === undefined || cidr === config.network.cidr || isRoutedPods(config, placed.rule)) return;
      assert.ok(writtenFor(config, placed).includes(cidr), `${placed.group.key}/${placed.rule.key}`);
    });
  });

  it("are open to the world only where the user wrote that", () => {
    always((config, placed) => {
      const cidr = cidrOf(placed.rule);
      if (cidr === undefined || !isWorld(cidr)) return;
      assert.ok(writtenFor(config, placed).includes(cidr), `${placed.group.key}/${placed.rule.key}`);
    });
  });

  it("let nobody but the control plane reach etcd", () => {
    always((config, { group, rule }) => {
      if (isRoutedPods(config, rule)) return;
      for (const port of [2379, 2380]) {
        if (!opens(rule, port)) continue;
        assert.equal(group.key, "control-plane");
        assert.equal(groupOf(rule), "control-plane", rule.key);
      }
    });
  });

  it("let nobody but nodes reach a kubelet", () => {
    always((config, { rule }) => {
      if (isRoutedPods(config, rule) || !opens(rule, 10250)) return;
      assert.ok(["control-plane", "worker"].includes(groupOf(rule) ?? ""), rule.key);
    });
  });

  it("let SSH reach nodes through the bastion only, where there is one", () => {
    always((config, { group, rule }) => {
      if (isRoutedPods(config, rule) || !opens(rule, 22) || group.key === "bastion") return;
      if (config.access.bastion.enabled) assert.equal(groupOf(rule), "bastion", rule.key);
      else assert.ok(config.access.sshAllowedCidrs.includes(cidrOf(rule) ?? ""), rule.key);
    });
  });

  it("open the bastion to SSH and nothing else", () => {
    always((_, { group, rule }) => {
      if (group.key !== "bastion") return;
      assert.deepEqual([rule.protocol, rule.ports], ["tcp", { from: 22, to: 22 }]);
    });
  });

  it("have keys that are unique in their group, and say different things: Neutron refuses a second one", () => {
    fc.assert(
      fc.property(cluster, (input) => {
        for (const { key: group, rules } of planCluster(configOf(input)).securityGroups) {
          const content = ({ key: _key, description: _why, ...rule }: SecurityRulePlan) =>
            JSON.stringify(rule);
          for (const identity of [(rule: SecurityRulePlan) => rule.key, content])
            assert.equal(new Set(rules.map(identity)).size, rules.length, group);
        }
      }),
    );
  });

  it("name groups that exist, and so do machines", () => {
    fc.assert(
      fc.property(cluster, (input) => {
        const plan = planCluster(configOf(input));
        const groups = new Set(plan.securityGroups.map((group) => group.key));
        assert.equal(groups.size, plan.securityGroups.length);
        const named = [
          ...machinesOf(plan).flatMap((machine) => machine.securityGroups),
          ...plan.securityGroups.flatMap(({ rules }) => rules.flatMap((rule) => groupOf(rule) ?? [])),
        ];
        assert.deepEqual(
          named.filter((name) => !groups.has(name)),
          [],
        );
      }),
    );
  });

  it("go with a load balancer that lets in the same clients", () => {
    fc.assert(
      fc.property(cluster, (input) => {
        const config = configOf(input);
        const allowed = planCluster(config).apiEndpoint.loadBalancer?.allowedCidrs;
        if (allowed === undefined) return;
        const expected = new Set([...config.access.apiAllowedCidrs, config.network.cidr]);
        assert.deepEqual(new Set(allowed), expected);
      }),
    );
  });
});
