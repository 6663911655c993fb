/** Servers: creation, lists, changes of name, deletion. */
import { randomBytes } from "node:crypto";
import { ApiError, type Reply, type Request, type Resource, type Route, type Store } from "../api";
import { check, isAdmin, owns, texts, timestamp, unwrap } from "../requests";
import { COMPUTE_PREFIX, findFlavor, sizeOf } from "./flavors";
import { failed, failureOf } from "./serverFailures";
import { findKeypair } from "./keypairs";
import { limits, refuseOverQuota } from "./quotas";
import { makeDisks, planDisks } from "./serverDisks";
import { chooseHost, findServerGroup, joinGroup, leaveGroups } from "./serverGroups";
import { addressesOf, connect, disconnect, planNics, portsOfServer, type PlannedNic } from "./serverNetworks";
import { bodySchemaOf, updateSchema, type CreateServer } from "./serverSchema";
import { listServers } from "./serverList";
import { microversion } from "./microversions";
import { plainAddresses, serverLinks, SERVERS, viewServer, viewUpdated } from "./serverView";
import { attachmentsOf, detach } from "./volumes";
import { DEFAULT_ZONE, ZONES } from "./zones";

const BUILD_MS = 400;
/** Longer than a build, so that a server that is deleted while it is built does not come back to life. */
const DELETE_MS = 500;

const ACTIVE = {
  status: "ACTIVE",
  progress: 0,
  "OS-EXT-STS:vm_state": "active",
  "OS-EXT-STS:task_state": null,
  "OS-EXT-STS:power_state": 1,
};

/** @throws ApiError 404 */
export function findServer(request: Request, store: Store): Resource {
  const { id = "" } = request.params;
  const server = store.get(SERVERS, id);
  if (server === undefined || !owns(request.caller, server)) {
    throw new ApiError(404, `Instance ${id} could not be found.`);
  }
  return server;
}

function zoneOf({ availability_zone: wanted }: CreateServer, request: Request): string {
  if (wanted === undefined || wanted === "") return DEFAULT_ZONE;
  const [zone = "", host] = wanted.split(":");
  if (host !== undefined && !isAdmin(request.caller)) {
    throw new ApiError(
      403,
      "Policy doesn't allow os_compute_api:servers:create:forced_host to be performed.",
    );
  }
  if (!ZONES.includes(zone)) throw new ApiError(400, "The requested availability zone is not available");
  return zone;
}

function groupOf(request: Request, store: Store, id: string | undefined): Resource | undefined {
  const group = id === undefined || id === "" ? undefined : findServerGroup(request, store, id);
  if (id && group === undefined) throw new ApiError(400, `Instance group ${id} could not be found.`);
  const members = texts(group?.["members"]).length;
  if (group !== undefined && members >= limits(store, request.caller.projectId).server_group_members) {
    throw new ApiError(403, "Quota exceeded, too many servers in group");
  }
  return group;
}

interface Place {
  readonly flavor: Resource;
  readonly zone: string;
  /** Absent when no host can take the server. */
  readonly host: string | undefined;
  /** Absent for a server that boots from a volume. */
  readonly image: Resource | undefined;
}

function bornWith(store: Store, userId: string, name: string | undefined): string | undefined {
  return name === undefined
    ? undefined
    : (findKeypair(store, userId, name)?.["public_key"] as string | undefined);
}

function insertServer(request: Request, store: Store, wanted: CreateServer, place: Place): Resource {
  const now = timestamp();
  return store.insert(SERVERS, {
    name: wanted.name,
    status: "BUILD",
    project_id: request.caller.projectId,
    tenant_id: request.caller.projectId,
    user_id: request.caller.userId,
    created: now,
    updated: now,
    key_name: wanted.key_name || null,
    config_drive: wanted.config_drive === true || wanted.config_drive === "True" ? "True" : "",
    metadata: wanted.metadata,
    tags: wanted.tags ?? [],
    description: wanted.description ?? wanted.name,
    _hostname: wanted.hostname ?? "",
    locked: false,
    accessIPv4: wanted.accessIPv4 ?? "",
    accessIPv6: wanted.accessIPv6 ?? "",
    image: place.image?.id ?? "",
    progress: 0,
    "OS-DCF:diskConfig": "MANUAL",
    "OS-EXT-AZ:availability_zone": place.zone,
    "OS-EXT-STS:vm_state": "building",
    "OS-EXT-STS:task_state": "scheduling",
    "OS-EXT-STS:power_state": 0,
    "OS-SRV-USG:launched_at": null,
    "OS-SRV-USG:terminated_at": null,
    _flavor_id: place.flavor.id,
    _size: sizeOf(place.flavor),
    _host: place.host ?? "",
    // What cloud-init puts on the machine: the key pair may go, the line stays.
    authorized_key: bornWith(store, request.caller.userId, wanted.key_name),
    _user_data: wanted.user_data ?? null,
  });
}

function accepted(request: Request, server: Resource, wanted: CreateServer): Reply {
  return {
    status: 202,
    headers: { location: `${request.baseUrl}${COMPUTE_PREFIX}/v2.1/servers/${server.id}` },
    body: {
      server: {
        id: server.id,
        links: serverLinks(request, server.id),
        "OS-DCF:diskConfig": "MANUAL",
        security_groups: wanted.security_groups ?? [{ name: "default" }],
        adminPass: wanted.adminPass ?? randomBytes(9).toString("base64url"),
      },
    },
  };
}

function create(request: Request, store: Store): Reply {
  const body = check(bodySchemaOf(microversion(request)), request.body);
  const wanted = body.server;
  const { projectId, userId } = request.caller;
  const most = limits(store, projectId);
  const flavor = flavorOr400(store, wanted.flavorRef);
  const zone = zoneOf(wanted, request);
  const group = groupOf(
    request,
    store,
    (body["os:scheduler_hints"] ?? body["OS-SCH-HNT:scheduler_hints"])?.group,
  );
  if (wanted.key_name && findKeypair(store, userId, wanted.key_name) === undefined) {
    throw new ApiError(400, "Invalid key_name provided.");
  }
  if (Object.keys(wanted.metadata).length > most.metadata_items) {
    throw new ApiError(403, `Maximum number of metadata items exceeds ${most.metadata_items}`);
  }
  const disks = planDisks(store, request, wanted, flavor);
  const nics = planNics(store, request, wanted);
  const size = sizeOf(flavor);
  refuseOverQuota(store, projectId, { instances: 1, cores: size.vcpus, ram: size.ram });
  const host = chooseHost(store, zone, group);
  const server = insertServer(request, store, wanted, { flavor, zone, host, image: disks.image });
  if (group !== undefined) joinGroup(store, group, server.id);
  const failure = failureOf(request, store, server, nics);
  if (failure === undefined) {
    build(request, store, server, disks, nics);
  } else {
    // No host has it, and it shows the zone that was asked for, if any.
    store.update(SERVERS, server.id, {
      _host: "",
      "OS-EXT-AZ:availability_zone": wanted.availability_zone ?? "",
    });
    store.later(SERVERS, server.id, BUILD_MS, failed(failure));
  }
  return accepted(request, server, wanted);
}

function flavorOr400(store: Store, id: string): Resource {
  try {
    return findFlavor(store, id);
  } catch {
    throw new ApiError(400, `Flavor ${id} could not be found.`);
  }
}

function build(
  request: Request,
  store: Store,
  server: Resource,
  disks: ReturnType<typeof planDisks>,
  nics: readonly PlannedNic[],
): void {
  makeDisks(store, request, server, disks);
  for (const nic of nics) {
    const port = connect(store, server, nic);
    store.later("network.ports", port.id, BUILD_MS, { status: "ACTIVE" });
  }
  store.update(SERVERS, server.id, { "OS-EXT-STS:task_state": "spawning" });
  store.later(SERVERS, server.id, BUILD_MS, {
    ...ACTIVE,
    "OS-SRV-USG:launched_at": new Date().toISOString().replace("Z", "000"),
  });
}

/** Also for `forceDelete`. Ports and volumes go with the server, not before. */
export function deleteServer(request: Request, store: Store): Reply {
  const server = findServer(request, store);
  if (server["OS-EXT-STS:task_state"] === "deleting") return { status: 204 };
  if (server["locked"] === true && !isAdmin(request.caller)) {
    throw new ApiError(409, `Instance ${server.id} is locked`);
  }
  store.update(SERVERS, server.id, { "OS-EXT-STS:task_state": "deleting", updated: timestamp() });
  store.later(SERVERS, server.id, DELETE_MS, null);
  for (const attachment of attachmentsOf(store, server.id)) detach(store, attachment, true);
  for (const port of portsOfServer(store, server.id)) disconnect(store, port, DELETE_MS);
  leaveGroups(store, server.id);
  return { status: 204 };
}

function update(request: Request, store: Store): Reply {
  const server = findServer(request, store);
  const changes = check(updateSchema, unwrap(request, "server"));
  const changed = store.update(SERVERS, server.id, { ...changes, updated: timestamp() });
  return { status: 200, body: { server: viewUpdated(request, store, changed) } };
}

export const serverRoutes: Route[] = [
  { method: "POST", pattern: "/v2.1/servers", handler: create },
  {
    method: "GET",
    pattern: "/v2.1/servers",
    handler: (request, store) => listServers(request, store, false),
  },
  {
    method: "GET",
    pattern: "/v2.1/servers/detail",
    handler: (request, store) => listServers(request, store, true),
  },
  {
    method: "GET",
    pattern: "/v2.1/servers/:id",
    handler: (request, store) => ({
      status: 200,
      body: { server: viewServer(request, store, findServer(request, store)) },
    }),
  },
  {
    method: "GET",
    pattern: "/v2.1/servers/:id/ips",
    handler: (request, store) => ({
      status: 200,
      body: { addresses: plainAddresses(addressesOf(store, findServer(request, store).id)) },
    }),
  },
  { method: "PUT", pattern: "/v2.1/servers/:id", handler: update },
  { method: "DELETE", pattern: "/v2.1/servers/:id", handler: deleteServer },
];
