/** How servers are shown, which depends on the microversion. */
import { createHash } from "node:crypto";
import type { Request, Resource, Store } from "../api";
import { isAdmin, text, visiblePart } from "../requests";
import { COMPUTE_PREFIX, FLAVORS } from "./flavors";
import { microversion } from "./microversions";
import { addressesOf, hostnameOf, securityGroupsOf } from "./serverNetworks";
import { SERVER_GROUPS } from "./serverGroups";
import { attachmentsOf } from "./volumes";

export const SERVERS = "compute.servers";

export function serverLinks(request: Request, id: string) {
  return [
    { rel: "self", href: `${request.baseUrl}${COMPUTE_PREFIX}/v2.1/servers/${id}` },
    { rel: "bookmark", href: `${request.baseUrl}${COMPUTE_PREFIX}/servers/${id}` },
  ];
}

function bookmark(request: Request, kind: string, id: string) {
  return [{ rel: "bookmark", href: `${request.baseUrl}${COMPUTE_PREFIX}/${kind}/${id}` }];
}

function flavorOf(request: Request, store: Store, server: Resource): unknown {
  const id = text(server["_flavor_id"]);
  if (microversion(request) < 47) return { id, links: bookmark(request, "flavors", id) };
  const flavor = store.get(FLAVORS, id);
  return {
    ...(server["_size"] as object),
    original_name: flavor?.["name"] ?? "",
    ephemeral: flavor?.["OS-FLV-EXT-DATA:ephemeral"] ?? 0,
    swap: flavor?.["swap"] ?? 0,
    extra_specs: flavor?.["_extra_specs"] ?? {},
  };
}

/** Zone and host stay unknown to the caller until the server was scheduled. */
function hostOf(request: Request, server: Resource): Record<string, unknown> {
  const host = text(server["_host"]);
  const hostId = host === "" ? "" : createHash("sha224").update(`${server.project_id}${host}`).digest("hex");
  const admin = isAdmin(request.caller)
    ? { "OS-EXT-SRV-ATTR:host": host, "OS-EXT-SRV-ATTR:hypervisor_hostname": host }
    : {};
  return { hostId, ...admin };
}

function sinceVersion(request: Request, store: Store, server: Resource): Record<string, unknown> {
  const version = microversion(request);
  const { tags, description, locked } = server;
  const groups = store.list(SERVER_GROUPS).filter(({ members }) => (members as string[]).includes(server.id));
  return {
    ...(version >= 9 ? { locked } : {}),
    ...(version >= 19 ? { description } : {}),
    ...(version >= 26 ? { tags } : {}),
    ...(version >= 63 ? { trusted_image_certificates: null } : {}),
    ...(version >= 71 ? { server_groups: groups.map(({ id }) => id) } : {}),
    ...(version >= 73 ? { locked_reason: null } : {}),
    ...(version >= 90 ? { "OS-EXT-SRV-ATTR:hostname": hostnameOf(server) } : {}),
  };
}

/** While a server changes, and when it is there. */
const WITH_PROGRESS = ["ACTIVE", "BUILD", "REBUILD", "RESIZE", "VERIFY_RESIZE", "MIGRATING"];

/** Without what older versions tell in lists and alone, but not in answer to a change. */
const NOT_AFTER_CHANGES = [
  "OS-EXT-AZ:availability_zone", "OS-EXT-STS:power_state", "OS-EXT-STS:task_state", "OS-EXT-STS:vm_state",
  "OS-SRV-USG:launched_at", "OS-SRV-USG:terminated_at", "config_drive", "key_name",
  "os-extended-volumes:volumes_attached", "security_groups",
]; // prettier-ignore

/** Addresses without which port they are on, and how. */
export function plainAddresses(addresses: Record<string, unknown[]>): Record<string, unknown[]> {
  const plain = ({ version, addr }: Record<string, unknown>) => ({ version, addr });
  return Object.fromEntries(
    Object.entries(addresses).map(([name, list]) => [
      name,
      list.map((one) => plain(one as object as Record<string, unknown>)),
    ]),
  );
}

/** A server in answer to its change. */
export function viewUpdated(request: Request, store: Store, server: Resource): Record<string, unknown> {
  const view = viewServer(request, store, server);
  if (microversion(request) >= 75) return view;
  const shown = Object.entries(view).filter(([key]) => !NOT_AFTER_CHANGES.includes(key));
  return { ...Object.fromEntries(shown), addresses: plainAddresses(addressesOf(store, server.id)) };
}

export function viewServer(request: Request, store: Store, server: Resource): Record<string, unknown> {
  // Nova does not tell which key is on the machine; the sandbox's own interface does.
  const {
    tags: _,
    description: __,
    locked: ___,
    authorized_key: ____,
    project_id,
    ...rest
  } = visiblePart(server);
  const version = microversion(request);
  const image = text(server["image"]);
  const groups = securityGroupsOf(store, server.id);
  return {
    ...rest,
    tenant_id: project_id,
    flavor: flavorOf(request, store, server),
    image: image === "" ? "" : { id: image, links: bookmark(request, "images", image) },
    addresses: addressesOf(store, server.id),
    ...(groups.length === 0 ? {} : { security_groups: groups.map(({ name }) => ({ name })) }),
    ...(WITH_PROGRESS.includes(text(server["status"])) ? {} : { progress: undefined }),
    "os-extended-volumes:volumes_attached": attachmentsOf(store, server.id).map((attachment) => ({
      id: attachment["volume_id"],
      ...(version >= 3 ? { delete_on_termination: attachment["delete_on_termination"] } : {}),
    })),
    links: serverLinks(request, server.id),
    ...hostOf(request, server),
    ...sinceVersion(request, store, server),
  };
}
