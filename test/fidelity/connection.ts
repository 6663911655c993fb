/**
 * A project's way into a cloud, real or simulated, which keeps every answer as it came. Own code, because a client
 * library would hide what is compared: refusals, headers, bodies that are no JSON.
 */
export type Json = Record<string, any>;

export interface Credentials {
  /** Keystone's address with its version: `http://127.0.0.1:5000/v3`. */
  readonly authUrl: string;
  readonly user: string;
  readonly password: string;
  readonly project: string;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  /** Parsed JSON, or text. */
  readonly body: any;
}

/** Services by the names that the scenario uses, with the types under which clouds have them. */
const TYPES = {
  identity: ["identity"],
  compute: ["compute"],
  network: ["network"],
  volume: ["volumev3", "block-storage"],
  image: ["image"],
  "load-balancer": ["load-balancer"],
  dns: ["dns"],
  "object-store": ["object-store"],
} as const;

export type ServiceName = keyof typeof TYPES;

export interface CallOptions {
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** @default the connection's own */
  readonly token?: string;
}

/** Without the version and what follows it: `http://h/compute/v2.1` and `http://h/compute` are one service. */
function rootOf(url: string): string {
  return url.replace(/\/v\d[\w.]*(\/.*)?$/, "").replace(/\/$/, "");
}

export async function send(
  method: string,
  url: string,
  headers: Record<string, string>,
  body?: unknown,
): Promise<Answer> {
  const all: Record<string, string> = { accept: "application/json", ...headers };
  if (body !== undefined) all["content-type"] ??= "application/json";
  const response = await fetch(url, {
    method,
    redirect: "manual",
    headers: all,
    // A text goes as it is: what is no JSON is sent on purpose.
    body: body === undefined || typeof body === "string" ? body : JSON.stringify(body),
  });
  const text = await response.text();
  const isJson = response.headers.get("content-type")?.includes("json") === true && text !== "";
  return { status: response.status, headers: response.headers, body: isJson ? JSON.parse(text) : text };
}

function passwordAuth({ user, password, project }: Credentials): Json {
  const domain = { name: "Default" };
  return {
    auth: {
      identity: { methods: ["password"], password: { user: { name: user, domain, password } } },
      scope: { project: { name: project, domain } },
    },
  };
}

export class Connection {
  private constructor(
    readonly credentials: Credentials,
    readonly token: string,
    readonly projectId: string,
    readonly userId: string,
    /** Address of each service without its version. */
    readonly roots: Readonly<Partial<Record<ServiceName, string>>>,
  ) {}

  /** @throws Error when Keystone does not answer or refuses */
  static async open(credentials: Credentials): Promise<Connection> {
    const url = `${credentials.authUrl}/auth/tokens`;
    const { status, headers, body } = await send("POST", url, {}, passwordAuth(credentials));
    const token = headers.get("x-subject-token");
    if (status !== 201 || token === null) throw new Error(`${url} refused ${credentials.user}: ${status}`);
    const catalog = body.token.catalog as Json[];
    const roots: Partial<Record<ServiceName, string>> = { identity: rootOf(credentials.authUrl) };
    for (const [name, types] of Object.entries(TYPES)) {
      const entry = catalog.find(({ type }) => (types as readonly string[]).includes(type));
      const endpoint = entry?.endpoints.find((one: Json) => one["interface"] === "public");
      if (endpoint !== undefined) roots[name as ServiceName] = rootOf(endpoint.url);
    }
    return new Connection(credentials, token, body.token.project.id, body.token.user.id, roots);
  }

  has(service: ServiceName): boolean {
    return this.roots[service] !== undefined;
  }

  /** @param path below the service's root: `/v2.0/ports` */
  call(method: string, service: ServiceName, path: string, options: CallOptions = {}): Promise<Answer> {
    const root = this.roots[service];
    if (root === undefined) throw new Error(`the cloud has no ${service}`);
    const { token = this.token } = options;
    const authentication: Record<string, string> = token === "" ? {} : { "x-auth-token": token };
    return send(method, root + path, { ...authentication, ...options.headers }, options.body);
  }

  /**
   * A call that has to work, for what the comparison needs around it.
   * @throws Error with what the service said
   */
  async need(method: string, service: ServiceName, path: string, options: CallOptions = {}): Promise<any> {
    const { status, body } = await this.call(method, service, path, options);
    if (status >= 300) throw new Error(`${method} ${service} ${path}: ${status} ${JSON.stringify(body)}`);
    return body;
  }
}
