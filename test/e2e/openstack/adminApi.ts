/** The services as their administrator sees them: what the program's own client, which is a tenant's, cannot do. */
import { HOST, type Layout, PASSWORD, type PortName } from "./layout";

/** Where each service has its API, for the catalogue and for us. `%(project_id)s` is Keystone's to fill in. */
export const ENDPOINTS: readonly (readonly [type: string, port: PortName, path: string])[] = [
  ["image", "glance", ""],
  ["placement", "placement", ""],
  ["compute", "nova", "/v2.1"],
  ["network", "neutron", ""],
  ["volumev3", "cinder", "/v3/%(project_id)s"],
  ["block-storage", "cinder", "/v3/%(project_id)s"],
  ["load-balancer", "octavia", ""],
  ["dns", "designate", ""],
  ["object-store", "swift", "/v1/AUTH_%(project_id)s"],
];

export const PATHS = {
  identity: ["keystone", "/v3"],
  image: ["glance", "/v2"],
  compute: ["nova", "/v2.1"],
  network: ["neutron", "/v2.0"],
  volume: ["cinder", "/v3/{project}"],
  loadBalancer: ["octavia", "/v2.0"],
  dns: ["designate", "/v2"],
} as const satisfies Record<string, readonly [PortName, string]>;
export type Api = keyof typeof PATHS;

export interface Named {
  readonly id: string;
  readonly name: string;
  readonly [field: string]: unknown;
}

type Wanted = { readonly name: string; readonly [field: string]: unknown };

export class AdminApi {
  private constructor(
    private readonly layout: Layout,
    private readonly token: string,
    readonly projectId: string,
  ) {}

  static async logIn(layout: Layout): Promise<AdminApi> {
    const user = { name: "admin", domain: { name: "Default" }, password: PASSWORD };
    const response = await fetch(`${layout.url("keystone")}/v3/auth/tokens`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({
        auth: {
          identity: { methods: ["password"], password: { user } },
          scope: { project: { name: "admin", domain: { name: "Default" } } },
        },
      }),
    });
    if (!response.ok) throw new Error(`Keystone at ${HOST} refused its administrator: ${response.status}`);
    const { token } = (await response.json()) as { token: { project: Named } };
    return new AdminApi(layout, response.headers.get("x-subject-token") ?? "", token.project.id);
  }

  /** @throws Error with the service's own words */
  send<T>(api: Api, method: string, path: string, body?: unknown): Promise<T> {
    return this.call(api, method, path, body, api === "dns" ? { "x-auth-all-projects": "true" } : {});
  }

  /** On behalf of another project, which Designate alone knows. */
  sendFor<T>(project: string, api: Api, method: string, path: string, body?: unknown): Promise<T> {
    return this.call(api, method, path, body, { "x-auth-sudo-project-id": project });
  }

  /** Id of a project. */
  async projectOf(name: string): Promise<string> {
    const found = await this.list("identity", `/projects?name=${name}`, "projects");
    return found[0]?.id ?? "";
  }

  private async call<T>(
    api: Api,
    method: string,
    path: string,
    body: unknown,
    headers: Readonly<Record<string, string>>,
  ): Promise<T> {
    const [port, prefix] = PATHS[api];
    const url = this.layout.url(port) + prefix.replace("{project}", this.projectId) + path;
    const raw = body instanceof Uint8Array;
    const response = await fetch(url, {
      method,
      headers: {
        "x-auth-token": this.token,
        ...(api === "compute" ? { "openstack-api-version": "compute 2.47" } : {}),
        ...headers,
        ...(body === undefined
          ? {}
          : { "content-type": raw ? "application/octet-stream" : "application/json" }),
      },
      body: raw ? Buffer.from(body) : body === undefined ? undefined : JSON.stringify(body),
      signal: AbortSignal.timeout(120_000),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${url}: ${response.status} ${text.slice(0, 400)}`);
    return (text.startsWith("{") ? JSON.parse(text) : undefined) as T;
  }

  async list(api: Api, path: string, key: string): Promise<Named[]> {
    return (await this.send<Record<string, Named[]>>(api, "GET", path))[key] ?? [];
  }

  /** The one of that name; made when there is none. @param key plural of the kind, as the list has it */
  async ensure(api: Api, path: string, key: string, wanted: Wanted): Promise<Named> {
    const found = (await this.list(api, path, key)).find(({ name }) => name === wanted.name);
    if (found !== undefined) return found;
    const kind = key.replace(/s$/, "");
    // Glance and Designate take and give the object itself.
    const bare = api === "image" || api === "dns";
    const made = await this.send<Record<string, Named>>(
      api,
      "POST",
      path,
      bare ? wanted : { [kind]: wanted },
    );
    return bare ? (made as unknown as Named) : made[kind]!;
  }
}
