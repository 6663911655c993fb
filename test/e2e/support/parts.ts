/** Parts of a cluster that people look for before they change them. */
import assert from "node:assert/strict";
import type { DayTwoBed, Named } from "./dayTwoBed";

/** The record of the API's name, and the zone that it is in. */
export async function apiRecord(ops: DayTwoBed): Promise<{ readonly zone: Named; readonly record: Named }> {
  const dns = (await ops.cloud()).service("dns");
  const [zone] = await dns.list<Named>("/zones", "zones");
  assert.ok(zone, "there is no zone");
  const sets = await dns.list<Named>(`/zones/${zone.id}/recordsets`, "recordsets");
  const record = sets.find(({ name }) => name.startsWith("api."));
  assert.ok(record, `${zone.name} has no record of the API`);
  return { zone, record };
}

/** The API's floating IP. */
export async function apiAddress(ops: DayTwoBed): Promise<Named> {
  const network = (await ops.cloud()).service("network");
  const all = await network.list<Named>("/floatingips", "floatingips");
  const found = all.find(({ description }) => String(description).startsWith("Kubernetes API"));
  assert.ok(found, "the API has no floating IP");
  return found;
}

/** What the API's load balancer leads to. */
export async function apiMembers(ops: DayTwoBed): Promise<readonly Named[]> {
  const { id } = await ops.one("load-balancer", "/lbaas/pools", "pools", `${ops.stack}-api`);
  const balancer = (await ops.cloud()).service("load-balancer");
  return balancer.list<Named>(`/lbaas/pools/${id}/members`, "members");
}

/** Lets the kubelets of workers be asked. */
export async function kubeletRule(ops: DayTwoBed): Promise<Named> {
  const name = `${ops.stack}-worker`;
  const group = await ops.one("network", "/security-groups", "security_groups", name);
  const network = (await ops.cloud()).service("network");
  const filter = { security_group_id: group.id };
  const rules = await network.list<Named>("/security-group-rules", "security_group_rules", filter);
  const found = rules.find((rule) => rule["port_range_min"] === 10250);
  assert.ok(found, `${name} has no rule of the kubelet`);
  return found;
}
