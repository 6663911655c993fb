/** Projects and users: one user per project, named like it, and one administrator. */
import { createHash, randomUUID } from "node:crypto";
import type { Resource, Store } from "../api";

export const PROJECTS = "identity.projects";
export const USERS = "identity.users";
export const DOMAIN = { id: "default", name: "Default" };

export const ADMIN = "admin";
const MEMBER_ROLES = ["member", "reader", "load-balancer_member"];

/** Keystone's ids have no dashes. */
export function keystoneId(): string {
  return randomUUID().replaceAll("-", "");
}

/** Digest under which the store keeps a password or secret. */
export function digest(secret: string): string {
  return createHash("sha256").update(secret).digest("hex");
}

/**
 * Password of the user of a project. It is as well known as its name on purpose: it opens a simulation that listens
 * on the loopback, and every test and every `clouds.yaml` may know it.
 */
export function defaultPassword(project: string): string {
  return `${project}-password`;
}

export function roleId(name: string): string {
  return createHash("md5").update(`role ${name}`).digest("hex");
}

export function findByName(store: Store, kind: string, name: string): Resource | undefined {
  return store.list(kind).find((object) => object["name"] === name);
}

/** The project of this name with its user of the same name; both are made when they do not exist. */
export function ensureProject(store: Store, name: string, password = defaultPassword(name)): Resource {
  const known = findByName(store, PROJECTS, name);
  if (known !== undefined) return known;
  const common = { name, domain_id: DOMAIN.id, enabled: true, description: "" };
  const project = store.insert(PROJECTS, {
    ...common,
    id: keystoneId(),
    is_domain: false,
    parent_id: DOMAIN.id,
    tags: [],
  });
  store.insert(USERS, {
    ...common,
    id: keystoneId(),
    password_expires_at: null,
    _password: digest(password),
    _projects: [project.id],
    _roles: name === ADMIN ? [ADMIN, ...MEMBER_ROLES] : MEMBER_ROLES,
  });
  return project;
}
