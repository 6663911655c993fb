/** `POST /v3/auth/tokens`: password, token and application credential. */
import { z } from "zod";
import { ApiError, type Resource, type Store } from "../api";
import { text, texts } from "../requests";
import { digest, DOMAIN, findByName, PROJECTS, USERS } from "./projects";
import { validToken, type Grant } from "./tokens";

const domainSchema = z.object({ id: z.string().optional(), name: z.string().optional() });
const userSchema = z.object({
  id: z.string().optional(),
  name: z.string().optional(),
  domain: domainSchema.optional(),
});

export const authSchema = z.object({
  identity: z.object({
    methods: z.array(z.string()).min(1),
    password: z.object({ user: userSchema.extend({ password: z.string() }) }).optional(),
    token: z.object({ id: z.string() }).optional(),
    application_credential: z
      .object({
        id: z.string().optional(),
        name: z.string().optional(),
        secret: z.string(),
        user: userSchema.optional(),
      })
      .optional(),
  }),
  scope: z
    .union([
      z.literal("unscoped"),
      z.object({
        project: z
          .object({ id: z.string().optional(), name: z.string().optional(), domain: domainSchema.optional() })
          .optional(),
      }),
    ])
    .optional(),
});

type Auth = z.output<typeof authSchema>;

/** Keystone says the same for every cause, so that nobody learns which part was right. */
export function unauthorized(): ApiError {
  return new ApiError(401, "The request you have made requires authentication.");
}

/** What Keystone says of a body that it cannot use. */
export function expecting(what: string): ApiError {
  return new ApiError(
    400,
    `Expecting to find ${what}. The server could not comply with the request since it is either malformed or otherwise incorrect. The client is assumed to be in error.`,
  );
}

/** Keystone tells a token that is over from what never was one. */
export function notAToken(id: string | undefined): ApiError {
  const isOver = id?.startsWith("gAAAA") === true;
  return new ApiError(404, isOver ? "Failed to validate token" : "Could not recognize Fernet token");
}

function isOurDomain(domain: z.output<typeof domainSchema> | undefined): boolean {
  if (domain === undefined) return true;
  return domain.id === undefined ? domain.name === DOMAIN.name : domain.id === DOMAIN.id;
}

function findUser(store: Store, user: z.output<typeof userSchema> | undefined): Resource | undefined {
  if (user?.id !== undefined) return store.get(USERS, user.id);
  // A name means something only within a domain.
  if (user?.name === undefined || user.domain === undefined || !isOurDomain(user.domain)) return undefined;
  return findByName(store, USERS, user.name);
}

function findScope(store: Store, { scope }: Auth, user: Resource): Resource | undefined {
  if (scope === undefined || scope === "unscoped" || scope.project === undefined) return undefined;
  const { id, name, domain } = scope.project;
  const project =
    id === undefined
      ? isOurDomain(domain) && findByName(store, PROJECTS, name ?? "")
      : store.get(PROJECTS, id);
  if (!project || !texts(user["_projects"]).includes(project.id)) throw unauthorized();
  return project;
}

function withPassword(store: Store, auth: Auth): Grant {
  const given = auth.identity.password?.user;
  const user = findUser(store, given);
  if (user === undefined || user["_password"] !== digest(given?.password ?? "")) throw unauthorized();
  return { user, project: findScope(store, auth, user), methods: ["password"], roles: texts(user["_roles"]) };
}

function withToken(store: Store, auth: Auth): Grant {
  const token = validToken(store, auth.identity.token?.id);
  const user = token && store.get(USERS, text(token["user_id"]));
  if (token === undefined || user === undefined) throw notAToken(auth.identity.token?.id);
  return {
    user,
    project: findScope(store, auth, user),
    methods: [...new Set(["token", ...texts(token["methods"])])],
    roles: texts(user["_roles"]),
    expiresAt: text(token["expires_at"]),
  };
}

function withCredential(store: Store, auth: Auth): Grant {
  const given = auth.identity.application_credential;
  if (auth.scope !== undefined) {
    throw new ApiError(401, "Application credentials cannot request a scope.");
  }
  const owner = findUser(store, given?.user);
  const credential = store
    .list("identity.application_credentials")
    .find(({ id, name, user_id }) =>
      given?.id === undefined
        ? owner !== undefined && user_id === owner.id && name === given?.name
        : id === given.id,
    );
  if (credential === undefined && given?.id !== undefined)
    throw new ApiError(404, `Could not find Application Credential: ${given.id}.`);
  const expiry = text(credential?.["expires_at"]);
  const expired = expiry !== "" && new Date(`${expiry.replace(/Z?$/, "Z")}`).getTime() <= Date.now();
  const user = store.get(USERS, text(credential?.["user_id"]));
  if (!credential || !user || expired || credential["_secret"] !== digest(given?.secret ?? ""))
    throw unauthorized();
  const roles = (credential["roles"] as { name: string }[]).map(({ name }) => name);
  const project = store.get(PROJECTS, text(credential.project_id));
  return { user, project, methods: ["application_credential"], roles, credential };
}

/** Who a token request proves to be. @throws ApiError 401 */
export function authenticate(store: Store, auth: Auth): Grant {
  const { methods } = auth.identity;
  if (methods.includes("password")) return withPassword(store, auth);
  if (methods.includes("token")) return withToken(store, auth);
  if (methods.includes("application_credential")) return withCredential(store, auth);
  throw expecting(`${methods.join(", ")} in identity`);
}
