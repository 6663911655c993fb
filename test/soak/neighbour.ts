/** Somebody else's things in the same project, under names that look like ours: they must never be touched. */
import type { Testbed } from "../e2e/support/testbed";
import type { CloudState } from "./cloud";

/**
 * A cluster `soak-2` of the same organisation, whose names begin like ours, and one object with exactly the name of one
 * of ours, in another organisation.
 */
export async function plantNeighbour(bed: Testbed): Promise<void> {
  const api = await bed.simulator.login();
  const { stack } = bed.session.workspace;
  const make = async (path: string, kind: string, body: object): Promise<string> => {
    const answer = await api.request<Record<string, { id: string }>>("POST", path, {
      body: { [kind]: body },
    });
    const id = answer.body[kind]?.id;
    if (answer.status >= 300) throw new Error(`no ${kind} for the neighbour: ${JSON.stringify(answer.body)}`);
    return id ?? "";
  };
  const tag = (path: string, cluster: string, organization: string) =>
    api.request("PUT", `${path}/tags`, {
      body: {
        tags: ["opencenter", `opencenter-organization=${organization}`, `opencenter-cluster=${cluster}`],
      },
    });
  for (const [name, organization] of [
    [`${stack}-2`, bed.organization],
    [stack, "somebody-else"],
  ] as const) {
    const network = await make("/network/v2.0/networks", "network", { name });
    await tag(`/network/v2.0/networks/${network}`, name, organization);
    const subnet = { name, network_id: network, cidr: "10.99.0.0/24", ip_version: 4 };
    await tag(
      `/network/v2.0/subnets/${await make("/network/v2.0/subnets", "subnet", subnet)}`,
      name,
      organization,
    );
    const group = await make("/network/v2.0/security-groups", "security_group", { name: `${name}-worker` });
    await tag(`/network/v2.0/security-groups/${group}`, name, organization);
    for (const node of ["general-1", "cp-1"]) {
      const port = { name: `${name}-${node}`, network_id: network, security_groups: [group] };
      await tag(`/network/v2.0/ports/${await make("/network/v2.0/ports", "port", port)}`, name, organization);
    }
    await tag(
      `/network/v2.0/routers/${await make("/network/v2.0/routers", "router", { name })}`,
      name,
      organization,
    );
    const metadata = { "opencenter-organization": organization, "opencenter-cluster": name };
    await make(`/volume/v3/${api.projectId}/volumes`, "volume", {
      name: `${name}-general-1-data`,
      size: 1,
      metadata,
    });
  }
  await make("/compute/v2.1/os-server-groups", "server_group", {
    name: `${stack}-2-cp`,
    policies: ["anti-affinity"],
  });
  await make("/compute/v2.1/os-keypairs", "keypair", { name: `${stack}-2-1` });
}

/** Ids of everything that is there. */
export function idsOf(cloud: CloudState): Set<string> {
  return new Set(Object.values(cloud).flatMap((objects) => objects.map(({ id }) => id)));
}

/** Everything of these ids, to be compared to the byte. A zone is shared, and counts the changes of its records. */
export function excerpt(cloud: CloudState, ids: ReadonlySet<string>): Record<string, unknown> {
  const kinds = Object.entries(cloud).filter(([kind]) => !kind.startsWith("dns."));
  const kept = kinds.map(([kind, objects]) => [kind, objects.filter(({ id }) => ids.has(id))] as const);
  return Object.fromEntries(kept.filter(([, objects]) => objects.length > 0));
}
