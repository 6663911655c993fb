/** Finds the handler of a path. Own code because a route table of this size needs no framework. */
import type { Route, Service } from "./api";

interface CompiledRoute {
  readonly route: Route;
  readonly parts: readonly string[];
}

export interface Match {
  readonly route: Route;
  readonly params: Record<string, string>;
}

function split(path: string): string[] {
  return path.split("/").filter((part) => part !== "");
}

/** Literal parts come before parameters, so that `/servers/detail` is not taken for a server's id. */
function bySpecificity(a: CompiledRoute, b: CompiledRoute): number {
  const rank = (part: string | undefined) => (part?.endsWith("*") ? 2 : part?.startsWith(":") ? 1 : 0);
  for (let index = 0; index < Math.max(a.parts.length, b.parts.length); index++) {
    const difference = rank(a.parts[index]) - rank(b.parts[index]);
    if (difference !== 0) return difference;
  }
  return 0;
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

function match(parts: readonly string[], path: readonly string[]): Record<string, string> | undefined {
  const params: Record<string, string> = {};
  for (const [index, part] of parts.entries()) {
    if (part.startsWith(":") && part.endsWith("*")) {
      if (index >= path.length) return undefined;
      params[part.slice(1, -1)] = path.slice(index).map(decode).join("/");
      return params;
    }
    const value = path[index];
    if (value === undefined) return undefined;
    if (part.startsWith(":")) params[part.slice(1)] = decode(value);
    else if (part !== value) return undefined;
  }
  return parts.length === path.length ? params : undefined;
}

export class Router {
  private readonly routes: readonly CompiledRoute[];

  constructor(service: Service) {
    this.routes = service.routes.map((route) => ({ route, parts: split(route.pattern) })).sort(bySpecificity);
  }

  /** A HEAD request takes the GET route when there is none of its own. */
  find(method: string, path: string): Match | undefined {
    return this.findExactly(method, path) ?? (method === "HEAD" ? this.findExactly("GET", path) : undefined);
  }

  private findExactly(method: string, path: string): Match | undefined {
    const parts = split(path);
    for (const { route, parts: pattern } of this.routes) {
      if (route.method !== method) continue;
      const params = match(pattern, parts);
      if (params !== undefined) return { route, params };
    }
    return undefined;
  }
}

/** Whether the path exists with another method: 405 instead of 404. */
export function knowsPath(router: Router, path: string): boolean {
  return ["GET", "POST", "PUT", "PATCH", "DELETE"].some((method) => router.find(method, path) !== undefined);
}

/** `ports/:id` of `/v2.0/ports/:id`, `volumes` of `/v3/:project_id/volumes`: what calls are counted by. */
export function countedName(pattern: string): string {
  const parts = split(pattern);
  if (/^v\d/.test(parts[0] ?? "")) {
    parts.shift();
    if (/^:(project|tenant|account)/.test(parts[0] ?? "")) parts.shift();
  }
  return parts.join("/");
}
