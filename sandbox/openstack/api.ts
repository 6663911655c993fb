/**
 * What a simulated OpenStack service is made of. A service is a list of routes over one shared store; the
 * server adds what all services have in common: tokens, request ids, faults, counting and saving.
 */

/** A stored object as its API shows it. Keys that begin with `_` are the simulator's own and never leave it. */
export type Resource = { id: string; project_id?: string; [key: string]: unknown };

/** A change that comes true by itself after some time, as a real service's asynchronous work does. */
export interface Transition {
  /** Milliseconds since the epoch. Kept in the state file, so that a restart does not lose it. */
  at: number;
  /** What the object then becomes; `null` means that it is gone. */
  set: Record<string, unknown> | null;
}

/**
 * Everything that exists in the simulated cloud. Reading applies the transitions that are due, so that no timer
 * has to survive a restart; every write is saved to the state file.
 */
export interface Store {
  /** All objects of a kind (`network.ports`), oldest first. */
  list(kind: string): Resource[];
  get(kind: string, id: string): Resource | undefined;
  /** Adds an object; makes up its `id` when it has none. */
  insert(kind: string, value: Record<string, unknown>): Resource;
  update(kind: string, id: string, changes: Record<string, unknown>): Resource;
  remove(kind: string, id: string): void;
  /** Plans a change of the object in `afterMs`, scaled by the simulator's speed. */
  later(kind: string, id: string, afterMs: number, set: Record<string, unknown> | null): void;
}

/** Who asks: the project and user of the token. */
export interface Caller {
  projectId: string;
  projectName: string;
  userId: string;
  roles: string[];
}

export interface Request {
  method: string;
  /** Path below the service's prefix, without the query. */
  path: string;
  /** Values of the `:name` parts of the route's pattern. */
  params: Record<string, string>;
  query: URLSearchParams;
  headers: Record<string, string | undefined>;
  /** The parsed JSON body, or the raw bytes for other content types. */
  body: unknown;
  caller: Caller;
  /** Address of the simulator as the caller sees it, for links: `http://127.0.0.1:4711`. */
  baseUrl: string;
  /** What a fault of the control API wants from the handler itself. */
  injected?: {
    /** The server that this request creates ends in ERROR with this message. */
    serverError?: string;
  };
}

export interface Reply {
  status: number;
  body?: unknown;
  headers?: Record<string, string>;
  /** Somebody ordered it, and no service would have said it. */
  injected?: true;
}

export type Handler = (request: Request, store: Store) => Reply;

export interface Route {
  method: "GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** For example `/v2.0/ports/:id`. A last part `:name*` takes the rest of the path, slashes included. */
  pattern: string;
  handler: Handler;
  /** Answers without a token: version documents and token requests. */
  anonymous?: boolean;
}

export interface Service {
  /** Service name, as in `openstack service list`: `neutron`. */
  name: string;
  /** Catalogue type: `network`. */
  type: string;
  /** Where it lives below the simulator's address: `/network`. `%(project_id)s` in `endpoint` is filled in. */
  prefix: string;
  /** Catalogue URL below the prefix: `/v2.1` or `/v3/%(project_id)s`. @default "" */
  endpoint?: string;
  routes: Route[];
  /** Bodies are contents: they are never read, whatever they call themselves. */
  storesBodies?: boolean;
  /** How this service words an error, since each has its own envelope. */
  error(status: number, message: string, kind?: string): unknown;
  /** What somebody without a valid token is told. @default Keystone's own words */
  stranger?(path: string, keystone: string): Reply;
  /** What every answer of the service says beside its body. */
  headers?(request: Pick<Request, "path" | "headers">, status: number): Record<string, string>;
  /** Puts the objects that every cloud has (flavors, images, external network) into an empty store. */
  seed?(store: Store): void;
}

/** A refusal with the status and the words that the real service uses. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    message: string,
    /** Neutron's `type`, for the services that name the kind of error. */
    readonly kind?: string,
  ) {
    super(message);
  }
}
