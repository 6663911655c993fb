/** What another hand does to the cluster's things, through the cloud's API as its own project may. */
import type { Testbed } from "../e2e/support/testbed";
import type { CloudObject, Look } from "./cloud";
import type { Drift } from "./types";

export interface Taken {
  readonly path: string;
  readonly what: string;
  /** Of a server. */
  readonly server?: string;
}

const label = ({ id, name }: CloudObject) => `${String(name ?? "")} ${id}`;

function targets(what: Drift, look: Look, cluster: string): Taken[] {
  switch (what) {
    case "security rule": {
      const groups = new Map(look.of("network.security_groups").map(({ id, name }) => [id, name]));
      return look
        .of("network.security_group_rules")
        .filter(
          ({ security_group_id: group }) => groups.get(String(group))?.startsWith(`${cluster}-`) === true,
        )
        .map((rule) => ({ path: `/network/v2.0/security-group-rules/${rule.id}`, what: `rule ${rule.id}` }));
    }
    case "worker server":
      return look
        .of("compute.servers")
        .filter(({ name }) => !/-(cp-\d+|bastion)$/.test(name ?? ""))
        .map((server) => ({
          path: `/compute/v2.1/servers/${server.id}`,
          what: `server ${label(server)}`,
          server: server.name ?? "",
        }));
    case "floating IP":
      return look
        .of("network.floatingips")
        .map((ip) => ({ path: `/network/v2.0/floatingips/${ip.id}`, what: `floating IP ${ip.id}` }));
    case "load balancer member":
      return look.of("load-balancer.members").map((member) => ({
        // There is one pool: that of the API.
        path: `/load-balancer/v2.0/lbaas/pools/${look.of("load-balancer.pools")[0]?.id}/members/${member.id}`,
        what: `member ${label(member)}`,
      }));
    case "volume attachment":
      return look.of("volume.volumes").flatMap((volume) =>
        ((volume["attachments"] ?? []) as { server_id: string }[])
          .filter(() => volume.name?.startsWith(`${cluster}-`) === true)
          .map(({ server_id: server }) => ({
            path: `/compute/v2.1/servers/${server}/os-volume_attachments/${volume.id}`,
            what: `attachment of ${label(volume)}`,
          })),
      );
    case "record":
      return look
        .of("dns.recordsets")
        .filter(({ type }) => type === "A")
        .map((record) => ({
          path: `/dns/v2/zones/${String(record["zone_id"])}/recordsets/${record.id}`,
          what: `record ${label(record)}`,
        }));
  }
}

/** Takes one thing away. @returns what it was, or nothing where there is none of the kind */
export async function takeAway(
  bed: Testbed,
  look: Look,
  what: Drift,
  pick: number,
): Promise<Taken | undefined> {
  const found = targets(what, look, bed.session.workspace.stack).sort((a, b) => (a.what < b.what ? -1 : 1));
  const taken = found[pick % found.length];
  if (taken === undefined) return undefined;
  const { status, body } = await (await bed.simulator.login()).request("DELETE", taken.path);
  if (status >= 300) throw new Error(`cannot take away ${taken.what}: ${status} ${JSON.stringify(body)}`);
  return taken;
}
