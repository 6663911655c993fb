/** Sections that all services have alike. */
import type { Ini, Section } from "../ini";
import { HOST, type Layout, PASSWORD, REGION } from "../layout";

/** Account by which the services speak with each other. */
export const SERVICE_USER = "service-user";
export const SERVICE_PROJECT = "service";
export const DATABASE_USER = "openstack";

/** A file below the layout's `etc`, or anywhere with an absolute path. */
export interface ConfigurationFile {
  readonly path: string;
  readonly content: Ini | string;
}

export function databaseUrl(layout: Layout, name: string): string {
  return `mysql+pymysql://${DATABASE_USER}:${PASSWORD}@${HOST}:${layout.port("mariadb")}/${name}?charset=utf8`;
}

export function database(layout: Layout, name: string): Section {
  return { connection: databaseUrl(layout, name), max_pool_size: 5, max_overflow: 20 };
}

export function messageBus(layout: Layout): string {
  return `rabbit://guest:guest@${HOST}:${layout.port("rabbit")}/`;
}

/** How a service logs in to another one. */
export function login(layout: Layout): Section {
  return {
    auth_type: "password",
    auth_url: `${layout.url("keystone")}/v3`,
    username: SERVICE_USER,
    password: PASSWORD,
    project_name: SERVICE_PROJECT,
    user_domain_name: "Default",
    project_domain_name: "Default",
    region_name: REGION,
  };
}

/** How a service checks who asks it. */
export function tokens(layout: Layout): Ini {
  return {
    keystone_authtoken: {
      www_authenticate_uri: layout.url("keystone"),
      ...login(layout),
      service_token_roles: "service",
      service_token_roles_required: false,
    },
  };
}

export function bus(layout: Layout): Ini {
  return {
    oslo_messaging_rabbit: { heartbeat_timeout_threshold: 0 },
    oslo_messaging_notifications: { driver: "noop" },
    oslo_concurrency: { lock_path: layout.data("lock") },
  };
}
