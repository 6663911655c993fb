/** The simulated cloud's HTTP server: what all services have in common. */
import { createServer, type IncomingMessage } from "node:http";
import { type AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { ApiError, type Reply, type Request, type Service } from "./api";
import { Control, CONTROL_PREFIX } from "./control";
import { serveDataPlane } from "./dataPlane";
import type { Fault } from "./faults";
import { callerOfToken } from "./identity/tokens";
import { headersOf, parseBody, readBody, send } from "./messages";
import { countedName, knowsPath, Router } from "./routing";
import { services } from "./services";
import { FileStore } from "./store";

export interface SimulatorOptions {
  /** File that keeps the cloud's state; made when absent. */
  readonly stateFile: string;
  /** @default any free port */
  readonly port?: number;
  /** @default "127.0.0.1" */
  readonly host?: string;
  /** Factor for the time that asynchronous work takes: 0 is at once. @default 1: a few hundred ms per transition */
  readonly speed?: number;
  /**
   * JSON file with the loopback port behind each `host:port` of the simulated cloud; the simulator is then the HTTP
   * proxy that leads there. @default no such addresses
   */
  readonly endpointsFile?: string;
  /** Called with one line per request: method, path, status, milliseconds. Never holds a token or a body. */
  readonly log?: (line: string) => void;
}

export interface Simulator {
  /** For example `http://127.0.0.1:4711`. */
  readonly url: string;
  readonly port: number;
  /** For what runs in the same process; over HTTP, use the control API. */
  readonly store: FileStore;
  close(): Promise<void>;
}

interface Mounted {
  readonly service: Service;
  readonly router: Router;
}

/** What a request became, and what to do with the connection. */
type Outcome = Reply | "drop";

/** Kind that remembers which services have their first objects. */
const SEEDED = "sandbox.seeded";

const UNAUTHORIZED = "The request you have made requires authentication.";

/** Who makes a call that needs no token. */
const NOBODY = { projectId: "", projectName: "", userId: "", roles: [] };

class Cloud {
  private readonly mounted: Mounted[] = services.map((service) => ({ service, router: new Router(service) }));
  readonly control: Control;

  constructor(
    readonly store: FileStore,
    private readonly baseUrl: () => string,
  ) {
    this.control = new Control(store, () => this.seed());
    this.seed();
  }

  /** By service, so that a state file from before a service existed gets what that service needs. */
  private seed(): void {
    for (const { service } of this.mounted) {
      if (this.store.get(SEEDED, service.name) !== undefined) continue;
      service.seed?.(this.store);
      this.store.insert(SEEDED, { id: service.name });
    }
    this.store.flush();
  }

  async answer(message: IncomingMessage): Promise<Outcome> {
    const url = new URL(message.url ?? "/", this.baseUrl());
    const bytes = await readBody(message);
    if (url.pathname.startsWith(`${CONTROL_PREFIX}/`)) {
      return this.control.answer(message.method ?? "GET", url, bytes);
    }
    const mounted = this.mounted.find(
      ({ service: { prefix } }) => url.pathname === prefix || url.pathname.startsWith(`${prefix}/`),
    );
    if (mounted === undefined) return { status: 404, body: { error: `no service at ${url.pathname}` } };
    return this.answerOf(mounted, message, url, bytes);
  }

  private async answerOf(
    mounted: Mounted,
    message: IncomingMessage,
    url: URL,
    bytes: Buffer,
  ): Promise<Outcome> {
    const { service, router } = mounted;
    const method = message.method ?? "GET";
    const path = url.pathname.slice(service.prefix.length) || "/";
    const names = [service.prefix.slice(1), service.type, service.name];
    const found = router.find(method, path);
    this.control.counts.add(`${method} ${names[0]}/${countedName(found?.route.pattern ?? path)}`);
    const fault = this.control.faults.take({ method, path, serviceNames: names });
    if (fault?.delayMs !== undefined) await sleep(fault.delayMs);
    if (fault?.afterWork !== true) {
      if (fault?.drop === true) return "drop";
      if (fault?.status !== undefined) return this.injected(service, fault);
    }
    const answer = this.work(mounted, { message, method, path, url, bytes, fault });
    const own = service.headers?.({ path, headers: headersOf(message) }, answer.status);
    // Who is not let in never reaches the service.
    const reply = answer.status === 401 ? answer : { ...answer, headers: { ...own, ...answer.headers } };
    if (fault?.drop === true) return "drop";
    return fault?.status === undefined ? reply : this.injected(service, fault);
  }

  private work(
    { service, router }: Mounted,
    call: { message: IncomingMessage; method: string; path: string; url: URL; bytes: Buffer; fault?: Fault },
  ): Reply {
    const { message, method, path, url, bytes, fault } = call;
    try {
      const found = router.find(method, path);
      const headers = headersOf(message);
      const caller = callerOfToken(this.store, headers["x-auth-token"]);
      if (caller === undefined && found?.route.anonymous !== true) return this.unauthorized(service, path);
      if (caller?.projectId === "" && service.type !== "identity") {
        throw new ApiError(403, "The token is not scoped to a project.", "PolicyNotAuthorized");
      }
      if (found === undefined) {
        throw knowsPath(router, path)
          ? new ApiError(405, "The method is not allowed for this resource.", "HTTPMethodNotAllowed")
          : new ApiError(404, "The resource could not be found.", "HTTPNotFound");
      }
      const injected =
        fault?.serverError === true
          ? { serverError: fault.message ?? "No valid host was found." }
          : undefined;
      const request: Request = {
        method,
        path,
        params: found.params,
        query: url.searchParams,
        headers,
        body: service.storesBodies === true ? bytes : parseBody(bytes, headers["content-type"]),
        caller: caller ?? NOBODY,
        baseUrl: this.baseUrl(),
        injected,
      };
      return found.route.handler(request, this.store);
    } catch (error) {
      if (error instanceof ApiError) return this.refusal(service, error);
      // A defect of the simulator: whoever runs it has to see where.
      console.error(error);
      return this.refusal(
        service,
        new ApiError(500, `simulator defect: ${String(error)}`, "HTTPInternalServerError"),
      );
    }
  }

  private injected(service: Service, { status, message }: Fault): Reply {
    const error = new ApiError(status ?? 500, message ?? "Injected by the sandbox.", "SandboxFault");
    return { ...this.refusal(service, error), injected: true };
  }

  private refusal(service: Service, error: ApiError): Reply {
    const headers = error.status === 401 ? this.challenge(service) : undefined;
    return { status: error.status, body: service.error(error.status, error.message, error.kind), headers };
  }

  private unauthorized(service: Service, path: string): Reply {
    const own = service.stranger?.(path, `${this.baseUrl()}/identity`);
    if (own !== undefined) return own;
    return {
      status: 401,
      body: { error: { code: 401, message: UNAUTHORIZED, title: "Unauthorized" } },
      headers: this.challenge(service),
    };
  }

  private challenge({ type }: Service): Record<string, string> {
    const path = type === "identity" ? "/identity/v3" : "/identity";
    return { "www-authenticate": `Keystone uri="${this.baseUrl()}${path}"` };
  }
}

const told = (outcome: Outcome) =>
  outcome === "drop" ? "dropped" : `${outcome.status}${outcome.injected ? " injected" : ""}`;

/**
 * Starts a simulated OpenStack on the loopback. Its state survives in the state file.
 * @throws Error with `code: "EADDRINUSE"` when the port is taken, and for a damaged state file.
 */
export async function startSimulator(options: SimulatorOptions): Promise<Simulator> {
  const { host = "127.0.0.1", log } = options;
  const store = new FileStore(options.stateFile, options.speed);
  let url = "";
  const cloud = new Cloud(store, () => url);
  const server = createServer((message, response) => {
    const started = Date.now();
    cloud
      .answer(message)
      .then((outcome) => {
        // Nothing that was answered may be lost by a kill.
        store.flush();
        log?.(`${message.method} ${message.url} ${told(outcome)} ${Date.now() - started}ms`);
        if (outcome === "drop") message.socket.destroy();
        else send(response, outcome, message.method !== "HEAD");
      })
      // The connection is gone, or the disk is full: there is nobody to tell but the log.
      .catch((error: unknown) => {
        log?.(`${message.method} ${message.url} failed: ${String(error)}`);
        message.socket.destroy();
      });
  });
  const dataPlane = serveDataPlane(server, options.endpointsFile, log);
  // The provider keeps connections open between its requests; a close that races with one looks like a failure.
  server.keepAliveTimeout = 120_000;
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(options.port ?? 0, host, resolve);
  });
  const { port } = server.address() as AddressInfo;
  url = `http://${host}:${port}`;
  return { url, port, store, close: () => stop() };

  function stop(): Promise<void> {
    return new Promise((resolve) => {
      server.close(() => {
        store.close();
        resolve();
      });
      server.closeAllConnections();
      dataPlane.close();
    });
  }
}
