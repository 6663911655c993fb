/** Tokens: who they belong to and how long they live. */
import { randomBytes } from "node:crypto";
import type { Caller, Resource, Store } from "../api";
import { text, texts } from "../requests";
import { DOMAIN, PROJECTS, roleId, USERS } from "./projects";
import { tokenLifetimeMs } from "./settings";

export const TOKENS = "identity.tokens";

export interface Grant {
  readonly user: Resource;
  /** Absent for an unscoped token. */
  readonly project?: Resource;
  readonly methods: readonly string[];
  readonly roles: readonly string[];
  /** Application credential that was used. */
  readonly credential?: Resource;
  /** A token made from a token lives no longer than that one. @default the configured lifetime */
  readonly expiresAt?: string;
}

/** Time as Keystone writes it: `2026-11-22T22:41:56.000000Z`. */
const microseconds = (time: Date) => time.toISOString().replace("Z", "000Z");

function removeExpired(store: Store): void {
  const now = microseconds(new Date());
  for (const token of store.list(TOKENS)) {
    if (text(token["expires_at"]) <= now) store.remove(TOKENS, token.id);
  }
}

export function issueToken(store: Store, grant: Grant): Resource {
  removeExpired(store);
  const now = new Date();
  return store.insert(TOKENS, {
    id: `gAAAA${randomBytes(48).toString("base64url")}`,
    user_id: grant.user.id,
    // Not `project_id`: the control API shows a project's objects, and tokens are nobody's to see.
    scope_id: grant.project?.id ?? null,
    methods: grant.methods,
    roles: grant.project === undefined ? [] : grant.roles,
    credential_id: grant.credential?.id ?? null,
    issued_at: microseconds(now),
    expires_at: grant.expiresAt ?? microseconds(new Date(now.getTime() + tokenLifetimeMs(store))),
  });
}

/** The token of this id, if it is still good. */
export function validToken(store: Store, id: string | undefined): Resource | undefined {
  const token = id === undefined ? undefined : store.get(TOKENS, id);
  if (token === undefined || text(token["expires_at"]) <= microseconds(new Date())) return undefined;
  // Deleting a user or an application credential takes its tokens with it.
  if (store.get(USERS, text(token["user_id"])) === undefined) return undefined;
  const credential = token["credential_id"];
  if (
    typeof credential === "string" &&
    store.get("identity.application_credentials", credential) === undefined
  ) {
    return undefined;
  }
  return token;
}

export function callerOfToken(store: Store, id: string | undefined): Caller | undefined {
  const token = validToken(store, id);
  if (token === undefined) return undefined;
  const project = store.get(PROJECTS, text(token["scope_id"]));
  return {
    projectId: project?.id ?? "",
    projectName: text(project?.["name"]),
    userId: text(token["user_id"]),
    roles: texts(token["roles"]),
  };
}

/** The token as `POST` and `GET /v3/auth/tokens` show it. */
export function describeToken(store: Store, token: Resource, catalog: unknown): Record<string, unknown> {
  const user = store.get(USERS, text(token["user_id"]));
  const project = store.get(PROJECTS, text(token["scope_id"]));
  const scoped =
    project === undefined
      ? {}
      : {
          project: { id: project.id, name: project["name"], domain: DOMAIN },
          is_domain: false,
          roles: texts(token["roles"]).map((name) => ({ id: roleId(name), name })),
          catalog,
        };
  const credential = store.get("identity.application_credentials", text(token["credential_id"]));
  return {
    methods: token["methods"],
    user: { id: user?.id, name: user?.["name"], domain: DOMAIN, password_expires_at: null },
    audit_ids: texts(token["methods"]).map((_, index) => token.id.slice(5 + index, 27 + index)),
    issued_at: token["issued_at"],
    expires_at: token["expires_at"],
    ...scoped,
    ...(credential === undefined
      ? {}
      : {
          application_credential: {
            id: credential.id,
            name: credential["name"],
            restricted: credential["unrestricted"] !== true,
          },
        }),
  };
}
