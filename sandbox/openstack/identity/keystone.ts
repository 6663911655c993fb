/** Keystone v3, as far as clients need it to find and enter a cloud. */
import { STATUS_CODES } from "node:http";
import {
  ApiError,
  type Reply,
  type Request,
  type Resource,
  type Route,
  type Service,
  type Store,
} from "../api";
import { check, isAdmin, text, texts, unwrap, visiblePart } from "../requests";
import { applicationCredentialRoutes } from "./applicationCredentials";
import { authenticate, authSchema, expecting, notAToken } from "./authentication";
import { ADMIN, ensureProject, keystoneId, PROJECTS, USERS } from "./projects";
import { describeToken, issueToken, TOKENS, validToken } from "./tokens";

const NO_AUTH = expecting("auth in request body").message;
const REGION = "RegionOne";
const INTERFACES = ["public", "internal", "admin"];

function version(request: Request) {
  return {
    id: "v3.14",
    status: "stable",
    updated: "2020-04-07T00:00:00Z",
    links: [{ rel: "self", href: `${request.baseUrl}/identity/v3/` }],
    "media-types": [{ base: "application/json", type: "application/vnd.openstack.identity-v3+json" }],
  };
}

/** Older clients look for `volumev3`, newer ones for `block-storage`; a cloud usually lists both. */
const ALIASES: Record<string, string[]> = { volumev3: ["block-storage"], "block-storage": ["volumev3"] };

function catalog(services: readonly Service[], baseUrl: string, projectId: string): unknown[] {
  return services.flatMap((service) => {
    const path = (service.endpoint ?? "").replaceAll("%(project_id)s", projectId);
    const url = `${baseUrl}${service.prefix}${path}`;
    return [service.type, ...(ALIASES[service.type] ?? [])].map((type) => ({
      id: keystoneId(),
      type,
      name: service.name,
      endpoints: INTERFACES.map((name) => ({
        id: keystoneId(),
        interface: name,
        region: REGION,
        region_id: REGION,
        url,
      })),
    }));
  });
}

function notFound(what: string, id: string | undefined): ApiError {
  return new ApiError(404, `Could not find ${what}: ${id}.`);
}

/** The token that a call asks about, which is not the one it comes with. */
function subject(request: Request, store: Store): Resource {
  const id = request.headers["x-subject-token"];
  const token = validToken(store, id);
  if (token === undefined) throw notAToken(id);
  return token;
}

/** An object that callers may see when it is theirs. */
function ownOr404(request: Request, store: Store, kind: string, what: string): Resource {
  const { id = "" } = request.params;
  const object = store.get(kind, id);
  const mine = [request.caller.userId, request.caller.projectId].includes(id);
  if (object === undefined && isAdmin(request.caller)) throw notFound(what, id);
  if (object === undefined || (!mine && !isAdmin(request.caller))) {
    throw new ApiError(403, `You are not authorized to perform the requested action: identity:get_${what}.`);
  }
  return object;
}

/** @param kind collection of the object: `projects` */
function view(request: Request, kind: string, object: Resource): Record<string, unknown> {
  const self = `${request.baseUrl}/identity/v3/${kind}/${object.id}`;
  // Keystone describes projects, and users only when somebody did.
  const { description, ...shown } = visiblePart(object);
  return { ...shown, ...(kind === "users" ? {} : { description }), options: {}, links: { self } };
}

function listed(request: Request, key: string, rows: Resource[]): Reply {
  const name = request.query.get("name");
  const chosen = rows
    .filter((row) => name === null || row["name"] === name)
    .map((row) => view(request, key, row));
  const self = `${request.baseUrl}/identity${request.path}`;
  return { status: 200, body: { [key]: chosen, links: { self, next: null, previous: null } } };
}

function projectsOf(request: Request, store: Store): Resource[] {
  const user = store.get(USERS, request.caller.userId);
  return store.list(PROJECTS).filter(({ id }) => texts(user?.["_projects"]).includes(id));
}

function tokenRoutes(services: () => readonly Service[]): Route[] {
  const path = "/v3/auth/tokens";
  const describe = (request: Request, store: Store, token: Resource) => ({
    token: describeToken(store, token, catalog(services(), request.baseUrl, text(token["scope_id"]))),
  });
  return [
    {
      method: "POST",
      pattern: path,
      anonymous: true,
      handler: (request, store) => {
        const token = issueToken(
          store,
          authenticate(store, check(authSchema, unwrap(request, "auth", NO_AUTH))),
        );
        return {
          status: 201,
          headers: { "x-subject-token": token.id },
          body: describe(request, store, token),
        };
      },
    },
    {
      method: "GET",
      pattern: path,
      handler: (request, store) => {
        const token = subject(request, store);
        return {
          status: 200,
          headers: { "x-subject-token": token.id },
          body: describe(request, store, token),
        };
      },
    },
    {
      method: "DELETE",
      pattern: path,
      handler: (request, store) => {
        store.remove(TOKENS, subject(request, store).id);
        return { status: 204 };
      },
    },
    {
      method: "GET",
      pattern: "/v3/auth/catalog",
      handler: (request) => ({
        status: 200,
        body: {
          catalog: catalog(services(), request.baseUrl, request.caller.projectId),
          links: { self: `${request.baseUrl}/identity${request.path}` },
        },
      }),
    },
  ];
}

const objectRoutes: Route[] = [
  {
    method: "GET",
    pattern: "/v3/auth/projects",
    handler: (request, store) => listed(request, "projects", projectsOf(request, store)),
  },
  {
    method: "GET",
    pattern: "/v3/users/:id/projects",
    handler: (request, store) => listed(request, "projects", projectsOf(request, store)),
  },
  {
    method: "GET",
    pattern: "/v3/projects",
    handler: (request, store) => {
      const rows = isAdmin(request.caller) ? store.list(PROJECTS) : projectsOf(request, store);
      return listed(request, "projects", rows);
    },
  },
  {
    method: "GET",
    pattern: "/v3/projects/:id",
    handler: (request, store) => ({
      status: 200,
      body: { project: view(request, "projects", ownOr404(request, store, PROJECTS, "project")) },
    }),
  },
  {
    method: "GET",
    pattern: "/v3/users",
    handler: (request, store) => {
      if (!isAdmin(request.caller)) {
        throw new ApiError(
          403,
          "You are not authorized to perform the requested action: identity:list_users.",
        );
      }
      return listed(request, "users", store.list(USERS));
    },
  },
  {
    method: "GET",
    pattern: "/v3/users/:id",
    handler: (request, store) => ({
      status: 200,
      body: { user: view(request, "users", ownOr404(request, store, USERS, "user")) },
    }),
  },
];

/** Keystone, with a catalogue of the given services. They are asked for late, since Keystone is one of them. */
export function createKeystone(services: () => readonly Service[]): Service {
  return {
    name: "keystone",
    type: "identity",
    prefix: "/identity",
    endpoint: "/v3",
    error: (status, message) => ({ error: { code: status, message, title: STATUS_CODES[status] } }),
    headers: () => ({ vary: "X-Auth-Token" }),
    seed: (store) => {
      for (const name of [ADMIN, "sandbox"]) ensureProject(store, name);
    },
    routes: [
      {
        method: "GET",
        pattern: "/",
        anonymous: true,
        // 300 as Keystone answers: more than one version could be there.
        handler: (request) => ({
          status: 300,
          headers: { location: `${request.baseUrl}/identity/v3/` },
          body: { versions: { values: [version(request)] } },
        }),
      },
      {
        method: "GET",
        pattern: "/v3",
        anonymous: true,
        handler: (request) => ({ status: 200, body: { version: version(request) } }),
      },
      ...tokenRoutes(services),
      ...objectRoutes,
      ...applicationCredentialRoutes,
    ],
  };
}
