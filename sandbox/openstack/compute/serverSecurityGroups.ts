/** Security groups of servers, in the form that Nova had before Neutron. */
import type { Request, Resource, Route, Store } from "../api";
import { rulesOf, SECURITY_GROUPS } from "../network/securityGroups";
import { text } from "../requests";
import { securityGroupsOf } from "./serverNetworks";
import { findServer } from "./servers";

/** Only what comes in: Nova's own groups never knew another direction. */
function viewRules(store: Store, groupId: string): Record<string, unknown>[] {
  const incoming = rulesOf(store, groupId).filter(({ direction }) => direction === "ingress");
  return incoming.map((rule) => {
    const remote = store.get(SECURITY_GROUPS, text(rule["remote_group_id"]));
    const prefix = rule["remote_ip_prefix"];
    return {
      id: rule.id,
      parent_group_id: groupId,
      ip_protocol: rule["protocol"],
      from_port: rule["port_range_min"],
      to_port: rule["port_range_max"],
      group: remote === undefined ? {} : { name: remote["name"], tenant_id: remote.project_id },
      ip_range: prefix === null ? {} : { cidr: prefix },
    };
  });
}

function show({ id, name, description, project_id }: Resource, store: Store): Record<string, unknown> {
  return { id, name, description, tenant_id: project_id, rules: viewRules(store, id) };
}

export const serverSecurityGroupRoutes: Route[] = [
  {
    method: "GET",
    pattern: "/v2.1/servers/:id/os-security-groups",
    handler: (request: Request, store: Store) => {
      const groups = securityGroupsOf(store, findServer(request, store).id);
      return { status: 200, body: { security_groups: groups.map((group) => show(group, store)) } };
    },
  },
];
