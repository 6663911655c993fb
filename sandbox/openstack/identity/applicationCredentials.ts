/** Application credentials of a user. */
import { randomBytes } from "node:crypto";
import { z } from "zod";
import { ApiError, type Request, type Resource, type Route, type Store } from "../api";
import { check, isAdmin, text, unwrap, visiblePart } from "../requests";
import { digest, keystoneId, roleId } from "./projects";
import { validToken } from "./tokens";

const KIND = "identity.application_credentials";

const schema = z.object({
  name: z.string().min(1).max(255),
  description: z.string().nullish(),
  secret: z.string().nullish(),
  expires_at: z.string().nullish(),
  unrestricted: z.boolean().nullish(),
  roles: z.array(z.object({ id: z.string().optional(), name: z.string().optional() })).optional(),
  access_rules: z
    .array(z.object({ path: z.string(), method: z.string(), service: z.string(), id: z.string().optional() }))
    .optional(),
});

function refuseOthers(request: Request): void {
  if (request.params["user"] !== request.caller.userId && !isAdmin(request.caller)) {
    throw new ApiError(
      403,
      "You are not authorized to perform the requested action: identity:application_credential.",
    );
  }
}

/** A leaked restricted credential must not be able to make itself a successor. */
function refuseRestricted(request: Request, store: Store): void {
  const token = validToken(store, request.headers["x-auth-token"]);
  const credential = store.get(KIND, text(token?.["credential_id"]));
  if (credential !== undefined && credential["unrestricted"] !== true) {
    throw new ApiError(
      403,
      "You are not authorized to perform the requested action: Using method 'application_credential' is not allowed for managing additional application credentials..",
    );
  }
}

function own(request: Request, store: Store): Resource[] {
  refuseOthers(request);
  return store.list(KIND).filter(({ user_id }) => user_id === request.params["user"]);
}

function find(request: Request, store: Store): Resource {
  const { id = "" } = request.params;
  const credential = own(request, store).find((candidate) => candidate.id === id);
  if (credential === undefined) throw new ApiError(404, `Could not find Application Credential: ${id}.`);
  return credential;
}

function chosenRoles(request: Request, wanted: { id?: string; name?: string }[] | undefined) {
  const all = request.caller.roles.map((name) => ({ id: roleId(name), name, domain_id: null }));
  if (wanted === undefined) return all;
  return wanted.map((role) => {
    const found = all.find(({ id, name }) => id === role.id || name === role.name);
    if (found === undefined) throw new ApiError(404, `Role ${role.name ?? role.id} is not defined`);
    return found;
  });
}

function view(request: Request, credential: Resource): Record<string, unknown> {
  // Not the path under which it answers, but that is what Keystone says.
  const self = `${request.baseUrl}/identity/v3/application_credentials/${credential.id}`;
  return { ...visiblePart(credential), links: { self } };
}

/** Keystone gives the time back without a zone and with microseconds. */
function expiryOf(wanted: string | null | undefined): string | null {
  if (wanted == null) return null;
  const time = new Date(/(Z|[+-]\d\d:?\d\d)$/.test(wanted) ? wanted : `${wanted}Z`);
  const refusal = (reason: string) =>
    new ApiError(
      400,
      `${reason}. The server could not comply with the request since it is either malformed or otherwise incorrect. The client is assumed to be in error.`,
    );
  if (Number.isNaN(time.getTime())) throw refusal("Timestamp not in expected format");
  if (time.getTime() <= Date.now()) throw refusal("The 'expires_at' must not be before now");
  return time.toISOString().replace("Z", "000");
}

function create(request: Request, store: Store): { status: number; body: unknown } {
  refuseRestricted(request, store);
  const given = check(schema, unwrap(request, "application_credential"));
  if (own(request, store).some(({ name }) => name === given.name)) {
    throw new ApiError(
      409,
      `Conflict occurred attempting to store application_credential - Duplicate entry found with name ${given.name}.`,
    );
  }
  const secret = given.secret ?? randomBytes(64).toString("base64url");
  const credential = store.insert(KIND, {
    id: keystoneId(),
    name: given.name,
    description: given.description ?? null,
    expires_at: expiryOf(given.expires_at),
    unrestricted: given.unrestricted ?? null,
    roles: chosenRoles(request, given.roles),
    ...(given.access_rules === undefined
      ? {}
      : { access_rules: given.access_rules.map((rule) => ({ ...rule, id: keystoneId() })) }),
    project_id: request.caller.projectId,
    user_id: request.params["user"],
    system: null,
    _secret: digest(secret),
  });
  return { status: 201, body: { application_credential: { ...view(request, credential), secret } } };
}

function asked({ query }: Request): string {
  return query.size === 0 ? "" : `?${query.toString()}`;
}

const COLLECTION = "/v3/users/:user/application_credentials";

export const applicationCredentialRoutes: Route[] = [
  { method: "POST", pattern: COLLECTION, handler: create },
  {
    method: "GET",
    pattern: COLLECTION,
    handler: (request, store) => {
      const name = request.query.get("name");
      const rows = own(request, store).filter((credential) => name === null || credential["name"] === name);
      return {
        status: 200,
        body: {
          application_credentials: rows.map((row) => view(request, row)),
          links: {
            self: `${request.baseUrl}/identity${request.path}${asked(request)}`,
            next: null,
            previous: null,
          },
        },
      };
    },
  },
  {
    method: "GET",
    pattern: `${COLLECTION}/:id`,
    handler: (request, store) => ({
      status: 200,
      body: { application_credential: view(request, find(request, store)) },
    }),
  },
  {
    method: "DELETE",
    pattern: `${COLLECTION}/:id`,
    handler: (request, store) => {
      refuseRestricted(request, store);
      store.remove(KIND, find(request, store).id);
      return { status: 204 };
    },
  },
];
