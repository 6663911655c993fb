/** Server groups and the choice of a host that their policies ask for. */
import { createHash } from "node:crypto";
import { z } from "zod";
import { ApiError, type Request, type Resource, type Route, type Store } from "../api";
import { checkUnder, owns, text, texts } from "../requests";
import { microversion } from "./microversions";
import { refuseOverQuota } from "./quotas";

export const SERVER_GROUPS = "compute.server_groups";

const POLICIES = ["affinity", "anti-affinity", "soft-affinity", "soft-anti-affinity"] as const;
/** A strict anti-affinity group cannot grow beyond the hosts of a zone. */
const HOSTS_PER_ZONE = 20;

const name = z.string().min(1).max(255);
const policy = z.enum(POLICIES);
const oldSchema = z.object({ name, policies: z.tuple([policy]) });
const newSchema = z.object({
  name,
  policy,
  rules: z
    .object({ max_server_per_host: z.coerce.number().int().min(1) })
    .partial()
    .optional(),
});

function view(request: Request, group: Resource): Record<string, unknown> {
  const version = microversion(request);
  const { id, policy, rules, members, project_id } = group;
  return {
    id,
    name: group["name"],
    members,
    ...(version >= 64 ? { policy, rules } : { policies: [policy], metadata: {} }),
    ...(version >= 13 ? { project_id, user_id: group["user_id"] } : {}),
  };
}

function oldWish(request: Request): z.output<typeof newSchema> {
  const { name, policies } = checkUnder(request, "server_group", oldSchema);
  return { name, policy: policies[0] };
}

function create(request: Request, store: Store) {
  const version = microversion(request);
  const wanted = version >= 64 ? checkUnder(request, "server_group", newSchema) : oldWish(request);
  if (wanted.policy.startsWith("soft-") && version < 15) {
    throw new ApiError(
      400,
      `Invalid input for field/attribute 0. Value: ${wanted.policy}. '${wanted.policy}' is not one of ['anti-affinity', 'affinity']`,
    );
  }
  if (wanted.rules?.max_server_per_host !== undefined && wanted.policy !== "anti-affinity") {
    throw new ApiError(400, "Only anti-affinity policy supports rules.");
  }
  refuseOverQuota(store, request.caller.projectId, { server_groups: 1 });
  const group = store.insert(SERVER_GROUPS, {
    ...wanted,
    rules: wanted.rules ?? {},
    members: [],
    project_id: request.caller.projectId,
    user_id: request.caller.userId,
  });
  return { status: 200, body: { server_group: view(request, group) } };
}

export function findServerGroup(request: Request, store: Store, id: string): Resource | undefined {
  const group = store.get(SERVER_GROUPS, id);
  return group !== undefined && owns(request.caller, group) ? group : undefined;
}

function find(request: Request, store: Store): Resource {
  const { id = "" } = request.params;
  const group = findServerGroup(request, store, id);
  if (group === undefined) throw new ApiError(404, `Instance group ${id} could not be found.`);
  return group;
}

/** Name of a host of a zone that the group's policy allows; undefined when there is none. */
export function chooseHost(store: Store, zone: string, group: Resource | undefined): string | undefined {
  const servers = texts(group?.["members"]).map((id) => store.get("compute.servers", id));
  const taken = servers.map((server) => text(server?.["_host"])).filter((host) => host !== "");
  const hosts = Array.from({ length: HOSTS_PER_ZONE }, (_, index) => `${zone}-host-${index + 1}`);
  const load = (host: string) => taken.filter((other) => other === host).length;
  const policy = text(group?.["policy"]);
  if (policy.includes("anti-affinity")) {
    const most = (group?.["rules"] as { max_server_per_host?: number }).max_server_per_host ?? 1;
    const free = hosts.find((host) => load(host) < most);
    return free ?? (policy.startsWith("soft-") ? hosts[0] : undefined);
  }
  if (policy !== "" && taken[0] !== undefined) {
    return taken[0].startsWith(`${zone}-`) || policy === "soft-affinity" ? taken[0] : undefined;
  }
  const spread =
    createHash("md5")
      .update(String(store.list("compute.servers").length))
      .digest()[0] ?? 0;
  return hosts[spread % hosts.length];
}

/** Adds a server to its group, or takes one out of all groups. */
export function joinGroup(store: Store, group: Resource, serverId: string): void {
  store.update(SERVER_GROUPS, group.id, { members: [...texts(group["members"]), serverId] });
}

export function leaveGroups(store: Store, serverId: string): void {
  for (const group of store.list(SERVER_GROUPS)) {
    const members = texts(group["members"]);
    if (!members.includes(serverId)) continue;
    store.update(SERVER_GROUPS, group.id, { members: members.filter((id) => id !== serverId) });
  }
}

const COLLECTION = "/v2.1/os-server-groups";

export const serverGroupRoutes: Route[] = [
  { method: "POST", pattern: COLLECTION, handler: create },
  {
    method: "GET",
    pattern: COLLECTION,
    handler: (request, store) => {
      const groups = store
        .list(SERVER_GROUPS)
        .filter(({ project_id }) => project_id === request.caller.projectId);
      const [limit, offset] = ["limit", "offset"].map((key) => Number(request.query.get(key) ?? 0));
      const page = groups.slice(offset, limit ? (offset ?? 0) + limit : undefined);
      return { status: 200, body: { server_groups: page.map((group) => view(request, group)) } };
    },
  },
  {
    method: "GET",
    pattern: `${COLLECTION}/:id`,
    handler: (request, store) => ({
      status: 200,
      body: { server_group: view(request, find(request, store)) },
    }),
  },
  {
    method: "DELETE",
    pattern: `${COLLECTION}/:id`,
    handler: (request, store) => {
      store.remove(SERVER_GROUPS, find(request, store).id);
      return { status: 204 };
    },
  },
];
