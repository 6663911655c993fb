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
  unrestricted: z.boolean().default(false),
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
      "Using method 'application_credential' is not allowed for managing additional application credentials.",
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
    if (found === undefined)
      throw new ApiError(400, `Invalid application credential: Could not find role ${role.name ?? role.id}`);
    return found;
  });
}

function view(request: Request, credential: Resource): Record<string, unknown> {
  const self = `${request.baseUrl}/identity/v3/users/${request.params["user"]}/application_credentials/${credential.id}`;
  return { ...visiblePart(credential), links: { self } };
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
    // Keystone gives the time back without a zone and with microseconds.
    expires_at:
      given.expires_at == null ? null : new Date(given.expires_at).toISOString().replace("Z", "000"),
    unrestricted: given.unrestricted,
    roles: chosenRoles(request, given.roles),
    access_rules: given.access_rules?.map((rule) => ({ ...rule, id: keystoneId() })) ?? [],
    project_id: request.caller.projectId,
    user_id: request.params["user"],
    system: null,
    _secret: digest(secret),
  });
  return { status: 201, body: { application_credential: { ...view(request, credential), secret } } };
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
          links: { next: null, previous: null },
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
