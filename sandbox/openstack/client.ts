/** Client of the simulator's own API, and of its OpenStack services for tests and sandbox scripts. */
import type { FaultOrder, FaultState } from "./faults";
import { CONTROL_PREFIX } from "./control";
import { defaultPassword } from "./identity/projects";

export interface Answer<T = unknown> {
  readonly status: number;
  readonly headers: Headers;
  /** Parsed JSON; text for anything else; undefined when empty. */
  readonly body: T;
}

export interface CallOptions {
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
}

async function call<T>(url: string, method: string, { body, headers }: CallOptions): Promise<Answer<T>> {
  const response = await fetch(url, {
    method,
    headers: { ...(body === undefined ? {} : { "content-type": "application/json" }), ...headers },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const text = await response.text();
  const isJson = response.headers.get("content-type")?.includes("json") === true;
  const parsed: unknown = text === "" ? undefined : isJson ? JSON.parse(text) : text;
  return { status: response.status, headers: response.headers, body: parsed as T };
}

/** One project's way into the cloud. Answers of any status are returned, since tests ask for refusals too. */
export class ProjectSession {
  constructor(
    private readonly url: string,
    readonly projectId: string,
    readonly userId: string,
    readonly token: string,
  ) {}

  /** @param path below the simulator's address: `/network/v2.0/ports` */
  request<T = Record<string, never>>(
    method: string,
    path: string,
    options: CallOptions = {},
  ): Promise<Answer<T>> {
    const headers = { "x-auth-token": this.token, ...options.headers };
    return call<T>(this.url + path, method, { ...options, headers });
  }
}

export class SimulatorClient {
  /** @param url address of the simulator: `http://127.0.0.1:4711` */
  constructor(readonly url: string) {}

  /** Whether the simulator answers. */
  async isHealthy(): Promise<boolean> {
    try {
      return (await call(`${this.url}${CONTROL_PREFIX}/health`, "GET", {})).status === 200;
    } catch {
      return false;
    }
  }

  /** Calls by `METHOD service/collection`: `{"POST network/ports": 3}`. */
  counts(): Promise<Record<string, number>> {
    return this.control("GET", "counts");
  }

  async resetCounts(): Promise<void> {
    await this.control("DELETE", "counts");
  }

  /** Orders a fault; returns it with the id by which it can be taken back. */
  addFault(fault: FaultOrder): Promise<FaultState> {
    return this.control("POST", "faults", fault);
  }

  faults(): Promise<FaultState[]> {
    return this.control("GET", "faults");
  }

  /** @param id @default all faults */
  async clearFaults(id?: string): Promise<void> {
    await this.control("DELETE", id === undefined ? "faults" : `faults?id=${encodeURIComponent(id)}`);
  }

  /**
   * Objects by kind: `{"network.ports": [...]}`. Kinds without objects are absent.
   * @param project name or id @default all projects
   */
  state(project?: string): Promise<Record<string, Record<string, unknown>[]>> {
    return this.control(
      "GET",
      project === undefined ? "state" : `state?project=${encodeURIComponent(project)}`,
    );
  }

  /** Makes a project with a user of the same name, unless it exists. */
  ensureProject(name: string): Promise<{ id: string; name: string }> {
    return this.control("POST", "projects", { name });
  }

  /** Lifetime of tokens that are issued from now on, in milliseconds. */
  async setTokenLifetime(milliseconds: number): Promise<void> {
    await this.control("POST", "settings", { tokenLifetimeMs: milliseconds });
  }

  /** Back to an empty cloud with its seeded flavors, images and networks. */
  async reset(): Promise<void> {
    await this.control("POST", "reset");
  }

  /**
   * Logs in to a project as its own user.
   * @throws Error when Keystone refuses
   */
  async login(project = "sandbox"): Promise<ProjectSession> {
    const domain = { id: "default" };
    const user = { name: project, domain, password: defaultPassword(project) };
    const auth = {
      identity: { methods: ["password"], password: { user } },
      scope: { project: { name: project, domain } },
    };
    const answer = await call<{ token: { project: { id: string }; user: { id: string } } }>(
      `${this.url}/identity/v3/auth/tokens`,
      "POST",
      { body: { auth } },
    );
    const token = answer.headers.get("x-subject-token");
    if (token === null)
      throw new Error(`Keystone at ${this.url} refused project ${project}: ${answer.status}`);
    return new ProjectSession(this.url, answer.body.token.project.id, answer.body.token.user.id, token);
  }

  private async control<T>(method: string, name: string, body?: unknown): Promise<T> {
    const answer = await call<T>(`${this.url}${CONTROL_PREFIX}/${name}`, method, { body });
    if (answer.status >= 400) {
      throw new Error(
        `the simulator refused ${method} ${name}: ${answer.status} ${JSON.stringify(answer.body)}`,
      );
    }
    return answer.body;
  }
}
