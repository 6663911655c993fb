/** What `recover` leaves to a person, because only a person knows whose it is: carried out by one who does. */
import type { Testbed } from "../e2e/support/testbed";
import type { Look } from "./cloud";

/** As `recover` writes the command. */
const NAMED =
  /nobody else's: openstack (application credential|keypair|server group|recordset) delete (.+)$/gm;

interface Named {
  /** As the simulated cloud keeps them. */
  readonly kind: string;
  readonly path: (userId: string, ...words: readonly string[]) => string;
}

const KINDS: Readonly<Record<string, Named>> = {
  "application credential": {
    kind: "identity.application_credentials",
    path: (user, id) => `/identity/v3/users/${user}/application_credentials/${id}`,
  },
  keypair: { kind: "compute.keypairs", path: (_, name) => `/compute/v2.1/os-keypairs/${name}` },
  "server group": {
    kind: "compute.server_groups",
    path: (_, id) => `/compute/v2.1/os-server-groups/${id}`,
  },
  recordset: { kind: "dns.recordsets", path: (_, zone, id) => `/dns/v2/zones/${zone}/recordsets/${id}` },
};

/** @param output of `opencenter recover` @param look at what is nobody else's @returns what was deleted */
export async function deleteNamed(bed: Testbed, output: string, look: Look): Promise<string[]> {
  const api = await bed.simulator.login();
  const deleted: string[] = [];
  for (const [, what = "", rest = ""] of output.matchAll(NAMED)) {
    const { kind, path } = KINDS[what]!;
    const words = rest.trim().split(" ");
    if (!look.of(kind).some(({ id, name }) => [id, name].includes(words.at(-1)))) continue;
    const { status } = await api.request("DELETE", path(api.userId, ...words));
    if (status >= 300) throw new Error(`cannot delete ${what} ${rest}: ${status}`);
    deleted.push(`${what} ${rest}`);
  }
  return deleted;
}
