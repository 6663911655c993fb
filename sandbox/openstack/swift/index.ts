/** Swift v1. */
import type { Service } from "../api";
import { accountRoutes } from "./account";
import { containerRoutes, POLICIES } from "./containers";
import { objectRoutes } from "./objects";
import { PREFIX } from "./shared";

const info = {
  swift: {
    version: "2.30.0",
    max_file_size: 8 * 1024 ** 2,
    container_listing_limit: 10_000,
    policies: POLICIES.map((name, index) => ({
      name,
      aliases: name,
      ...(index === 0 ? { default: true } : {}),
    })),
  },
  object_versioning: {},
};

export const swift: Service = {
  name: "swift",
  type: "object-store",
  prefix: PREFIX,
  endpoint: "/v1/AUTH_%(project_id)s",
  routes: [
    { method: "GET", pattern: "/info", anonymous: true, handler: () => ({ status: 200, body: info }) },
    ...accountRoutes,
    ...containerRoutes,
    ...objectRoutes,
  ],
  error: (status, message) => `<html><h1>${status}</h1><p>${message}</p></html>`,
};
