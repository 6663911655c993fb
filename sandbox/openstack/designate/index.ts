/** Designate v2. */
import { randomUUID } from "node:crypto";
import type { Request, Service } from "../api";
import { quotaRoutes } from "./quotas";
import { recordSetRoutes } from "./recordSets";
import { PREFIX } from "./shared";
import { zoneRoutes } from "./zones";

/** Designate's kinds of errors that the status alone tells. */
const KINDS: Readonly<Record<number, string>> = {
  400: "bad_request",
  401: "authentication",
  403: "forbidden",
  404: "not_found",
  405: "method_not_allowed",
};

const version = ({ baseUrl }: Request) => ({
  id: "v2",
  status: "CURRENT",
  links: [{ rel: "self", href: `${baseUrl}${PREFIX}/v2` }],
});

export const designate: Service = {
  name: "designate",
  type: "dns",
  prefix: PREFIX,
  routes: [
    {
      method: "GET",
      pattern: "/",
      anonymous: true,
      handler: (request) => ({ status: 200, body: { versions: { values: [version(request)] } } }),
    },
    ...zoneRoutes,
    ...recordSetRoutes,
    ...quotaRoutes,
  ],
  error: (code, message, kind) => ({
    code,
    // Refusals of the server itself carry Neutron's kinds, which are not Designate's.
    type: kind !== undefined && /^[a-z_]+$/.test(kind) ? kind : (KINDS[code] ?? "unknown"),
    message,
    request_id: `req-${randomUUID()}`,
  }),
};
