/** Swift v1. */
import { STATUS_CODES } from "node:http";
import type { Service } from "../api";
import { accountRoutes } from "./account";
import { containerRoutes, POLICIES } from "./containers";
import { objectRoutes } from "./objects";
import { HTML, page, PLAIN, PREFIX } from "./shared";

/** What an operator allows; clients look for a middleware's name and for the size of an object. */
const info = {
  swift: {
    version: "2.30.1",
    strict_cors_mode: true,
    policies: POLICIES.map((name, index) => ({
      name,
      aliases: name,
      ...(index === 0 ? { default: true } : {}),
    })),
    allow_account_management: false,
    account_autocreate: true,
    // They are kept in the state file.
    max_file_size: 8 * 1024 ** 2,
    max_meta_name_length: 128,
    max_meta_value_length: 256,
    max_meta_count: 90,
    max_meta_overall_size: 4096,
    max_header_size: 8192,
    max_object_name_length: 1024,
    container_listing_limit: 10_000,
    account_listing_limit: 10_000,
    max_account_name_length: 256,
    max_container_name_length: 256,
    extra_header_count: 0,
  },
  object_versioning: {},
  symlink: { symloop_max: 2, static_links: true },
};

const SENTENCES: Readonly<Record<number, string>> = {
  401: "This server could not verify that you are authorized to access the document you requested.",
};

const refusal = (status: number, message: string) =>
  page(STATUS_CODES[status] ?? String(status), SENTENCES[status] ?? message);

export const swift: Service = {
  name: "swift",
  type: "object-store",
  prefix: PREFIX,
  endpoint: "/v1/AUTH_%(project_id)s",
  storesBodies: true,
  routes: [
    {
      method: "GET",
      pattern: "/info",
      anonymous: true,
      handler: () => ({
        status: 200,
        body: info,
        headers: { "content-type": "application/json; charset=UTF-8" },
      }),
    },
    ...accountRoutes,
    ...containerRoutes,
    ...objectRoutes,
  ],
  error: (status, message, kind) => (kind === PLAIN ? message : refusal(status, message)),
  stranger: (path, keystone) => ({
    status: 401,
    body: refusal(401, ""),
    headers: {
      "content-type": HTML,
      "www-authenticate": `Swift realm="${path.split("/")[2] ?? "unknown"}", Keystone uri="${keystone}"`,
    },
  }),
  headers: (_, status): Record<string, string> => (status >= 400 ? { "content-type": HTML } : {}),
};
