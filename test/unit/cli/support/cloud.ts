/** A cloud that answers what a test wants to hear: enough of each API for look-ups, and nothing that changes anything. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

type Named = { id?: string; name: string; [key: string]: unknown };

/** What the cloud has; a test changes it before it asks. */
export interface CloudState {
  flavors: Named[];
  images: Named[];
  networks: Named[];
  zones: { zoneName: string; zoneState: { available: boolean } }[];
  volumeTypes: Named[];
  providers: Named[];
  dnsZones: Named[];
  servers: Named[];
  ports: Named[];
  securityGroups: Named[];
  routers: Named[];
  floatingIps: Named[];
  volumes: Named[];
  loadBalancers: Named[];
  subnets: Named[];
  containers: Record<string, Record<string, string>>;
  compute: Record<string, number>;
  blockStorage: Record<string, number>;
  neutron: Record<string, { limit: number; used: number; reserved: number }>;
  loadBalancerLimit: number;
  availability?: { total_ips: number; used_ips: number };
  /** Services that the catalogue leaves out. */
  absent: string[];
  /** Status that every request with this path beginning gets, once for each number. */
  failures: { path: string; statuses: number[] }[];
  /** Page size of servers; without it, all at once. */
  pageSize?: number;
  /** Tokens that are accepted; a login adds one. */
  tokens: Set<string>;
}

/** As a status: the connection breaks in place of an answer. */
export const BROKEN = 0;

export interface FakeCloud {
  readonly url: string;
  readonly state: CloudState;
  /** `GET /compute/v2.1/servers/detail` and so on, in the order of arrival. */
  readonly requests: string[];
  close(): Promise<void>;
}

export const PROJECT = "5f1c6f3c0b5d4b0e8f4b6f0f5b1d2c3a";

export function cloudState(): CloudState {
  const free = { limit: 500, used: 0, reserved: 0 };
  const kinds = [
    "network",
    "subnet",
    "router",
    "port",
    "security_group",
    "security_group_rule",
    "floatingip",
  ];
  const flavor = (name: string, vcpus: number, ram: number, disk: number) => ({
    id: name.length.toString(),
    name,
    vcpus,
    ram,
    disk,
  });
  return {
    flavors: [
      flavor("small", 1, 2048, 20),
      flavor("medium", 2, 4096, 40),
      flavor("large", 4, 8192, 80),
      flavor("xlarge", 8, 16384, 160),
    ],
    images: [
      {
        id: "3b1e7a52-6d0c-4d8a-9a5f-5a1d0a1f6e01",
        name: "ubuntu-24.04",
        status: "active",
        min_disk: 5,
        min_ram: 512,
      },
    ],
    networks: [
      { id: "0c8f3a9e-0d4b-4f43-8a53-6a2f6c0ba001", name: "public", "router:external": true },
      { id: "0c8f3a9e-0d4b-4f43-8a53-6a2f6c0ba002", name: "private", "router:external": false },
    ],
    zones: ["az1", "az2", "az3"].map((zoneName) => ({ zoneName, zoneState: { available: true } })),
    volumeTypes: [{ name: "fast" }, { name: "slow" }],
    providers: [{ name: "amphora" }, { name: "ovn" }],
    dnsZones: [{ name: "prod.acme.internal." }],
    servers: [],
    ports: [],
    securityGroups: [],
    routers: [],
    floatingIps: [],
    volumes: [],
    loadBalancers: [],
    subnets: [],
    containers: {},
    compute: {
      ...{ maxTotalInstances: 100, totalInstancesUsed: 0, maxTotalCores: 500, totalCoresUsed: 0 },
      ...{ maxTotalRAMSize: 1_000_000, totalRAMUsed: 0, maxServerGroups: 10, totalServerGroupsUsed: 0 },
    },
    blockStorage: {
      maxTotalVolumes: 100,
      totalVolumesUsed: 0,
      maxTotalVolumeGigabytes: 10_000,
      totalGigabytesUsed: 0,
    },
    neutron: Object.fromEntries(kinds.map((kind) => [kind, { ...free }])),
    loadBalancerLimit: 10,
    availability: undefined,
    absent: [],
    failures: [],
    tokens: new Set(),
  };
}

const SERVICES = [
  ["compute", "/compute/v2.1"],
  ["network", "/network"],
  ["volumev3", `/volume/v3/${PROJECT}`],
  ["image", "/image"],
  ["load-balancer", "/load-balancer"],
  ["dns", "/dns"],
  ["object-store", `/swift/v1/AUTH_${PROJECT}`],
] as const;

export async function startCloud(): Promise<FakeCloud> {
  const state = cloudState();
  const requests: string[] = [];
  const server = createServer((request, response) => {
    requests.push(`${request.method} ${request.url}`);
    void answer(request, response, state);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const close = () => {
    server.closeAllConnections();
    return new Promise<void>((resolve) => server.close(() => resolve()));
  };
  return { url, state, requests, close };
}

async function answer(request: IncomingMessage, response: ServerResponse, state: CloudState): Promise<void> {
  const url = new URL(request.url ?? "/", `http://${request.headers.host}`);
  const reply = (status: number, body?: unknown, headers: Record<string, string> = {}) => {
    response.writeHead(status, { "content-type": "application/json", ...headers });
    response.end(body === undefined ? undefined : JSON.stringify(body));
  };
  const failure = state.failures.find(
    ({ path, statuses }) => url.pathname.startsWith(path) && statuses.length > 0,
  );
  const status = failure?.statuses.shift();
  if (status === BROKEN) return void request.socket.destroy();
  if (status !== undefined) return reply(status, { error: { message: "told to fail" } });
  if (url.pathname === "/identity/v3/auth/tokens")
    return logIn(await body(request), url.origin, state, reply);
  if (!state.tokens.has(String(request.headers["x-auth-token"])))
    return reply(401, { error: { message: "no token" } });
  if (url.pathname.startsWith("/swift")) return swift(url, state, reply);
  const found = documents(url, state);
  return found === undefined ? reply(404, { NeutronError: { message: "not there" } }) : reply(200, found);
}

async function body(request: IncomingMessage): Promise<{ auth: { identity: Record<string, never> } }> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return JSON.parse(Buffer.concat(chunks).toString()) as { auth: { identity: Record<string, never> } };
}

type Reply = (status: number, body?: unknown, headers?: Record<string, string>) => void;

function logIn(
  { auth }: { auth: { identity: Record<string, never> } },
  origin: string,
  state: CloudState,
  reply: Reply,
): void {
  const {
    password,
    application_credential: credential,
    token,
  } = auth.identity as {
    password?: { user: { name: string; password: string; domain: { name: string } } };
    application_credential?: { id: string; secret: string };
    token?: { id: string };
  };
  const right =
    (password?.user.name === "demo" &&
      password.user.password === "secret" &&
      password.user.domain.name === "Default") ||
    (credential?.id === "cred" && credential.secret === "secret") ||
    token?.id === "good";
  if (!right) return reply(401, { error: { message: "The request you have made requires authentication." } });
  const issued = `token-${state.tokens.size + 1}`;
  state.tokens.add(issued);
  const catalog = SERVICES.filter(([type]) => !state.absent.includes(type)).map(([type, path]) => ({
    type,
    endpoints: ["public", "internal"].map((kind) => ({
      interface: kind,
      region_id: "RegionOne",
      url: `${origin}${path}`,
    })),
  }));
  reply(201, { token: { project: { id: PROJECT }, catalog } }, { "x-subject-token": issued });
}

function swift(url: URL, { containers }: CloudState, reply: Reply): void {
  const name = decodeURIComponent(url.pathname.split("/")[4] ?? "");
  if (name === "") return reply(204);
  const headers = containers[name];
  return headers === undefined ? reply(404) : reply(204, undefined, headers);
}

/** Collections by path: the key of the answer, and what is in it. */
function collections(state: CloudState): Record<string, [key: string, items: readonly unknown[]]> {
  return {
    "/compute/v2.1/flavors/detail": ["flavors", state.flavors],
    "/compute/v2.1/os-availability-zone": ["availabilityZoneInfo", state.zones],
    "/compute/v2.1/servers/detail": ["servers", state.servers],
    "/compute/v2.1/os-server-groups": ["server_groups", []],
    "/network/v2.0/networks": ["networks", state.networks],
    "/network/v2.0/ports": ["ports", state.ports],
    "/network/v2.0/security-groups": ["security_groups", state.securityGroups],
    "/network/v2.0/routers": ["routers", state.routers],
    "/network/v2.0/floatingips": ["floatingips", state.floatingIps],
    [`/volume/v3/${PROJECT}/types`]: ["volume_types", state.volumeTypes],
    [`/volume/v3/${PROJECT}/volumes/detail`]: ["volumes", state.volumes],
    "/image/v2/images": ["images", state.images],
    "/load-balancer/v2.0/lbaas/providers": ["providers", state.providers],
    "/load-balancer/v2.0/lbaas/loadbalancers": ["loadbalancers", state.loadBalancers],
    "/dns/v2/zones": ["zones", state.dnsZones],
  };
}

function documents(url: URL, state: CloudState): unknown {
  const path = url.pathname;
  const collection = collections(state)[path];
  if (collection !== undefined)
    return page(url, collection[0], filtered(url, collection[1] as Named[]), state);
  const single: Record<string, unknown> = {
    "/compute/v2.1/limits": { limits: { absolute: state.compute } },
    [`/volume/v3/${PROJECT}/limits`]: { limits: { absolute: state.blockStorage } },
    [`/network/v2.0/quotas/${PROJECT}/details`]: { quota: state.neutron },
    [`/load-balancer/v2.0/lbaas/quotas/${PROJECT}`]: { quota: { load_balancer: state.loadBalancerLimit } },
  };
  if (single[path] !== undefined) return single[path];
  if (path.startsWith("/network/v2.0/network-ip-availabilities/") && state.availability !== undefined)
    return { network_ip_availability: state.availability };
  return object(path, state);
}

function object(path: string, state: CloudState): unknown {
  const id = path.split("/").at(-1);
  const kinds: [string, string | undefined, Named[]][] = [
    ["/network/v2.0/networks/", "network", state.networks],
    ["/network/v2.0/subnets/", "subnet", state.subnets],
    ["/network/v2.0/routers/", "router", state.routers],
    ["/image/v2/images/", undefined, state.images],
  ];
  for (const [prefix, key, items] of kinds) {
    const found = path.startsWith(prefix) ? items.find((item) => item.id === id) : undefined;
    if (found !== undefined) return key === undefined ? found : { [key]: found };
  }
  return undefined;
}

/** Real services filter by these; a check that relies on it must see it. */
function filtered(url: URL, items: Named[]): Named[] {
  const name = url.searchParams.get("name");
  const tags = url.searchParams.get("tags")?.split(",") ?? [];
  const device = url.searchParams.get("device_id");
  return items.filter(
    (item) =>
      (name === null || item.name === name) &&
      (device === null || item["device_id"] === device) &&
      tags.every((tag) => (item["tags"] as string[] | undefined)?.includes(tag)),
  );
}

function page(url: URL, key: string, items: Named[], { pageSize }: CloudState): unknown {
  if (pageSize === undefined || key !== "servers") return { [key]: items };
  const start = Number(url.searchParams.get("marker") ?? 0);
  const next = start + pageSize;
  // As behind a proxy: the link's own host cannot be reached.
  const links =
    next < items.length
      ? [{ rel: "next", href: `https://internal.invalid/servers/detail?marker=${next}` }]
      : [];
  return { [key]: items.slice(start, next), [`${key}_links`]: links };
}
