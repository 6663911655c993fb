/** What an operator of a cloud has ready for its tenants. Every step may already be done. */
import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { type AdminApi, ENDPOINTS, type Named } from "./adminApi";
import { ZONES } from "./configuration/compute";
import { SERVICE_PROJECT, SERVICE_USER } from "./configuration/shared";
import { type Layout, PASSWORD, REGION } from "./layout";

/** Projects of tenants; each has a user of its name. */
export const PROJECTS = ["sandbox", "production", "other"] as const;
export type Project = (typeof PROJECTS)[number];
const MEMBER = ["member", "load-balancer_member"];

/** Name, vCPUs, MiB of memory, GiB of disk: those of the example stacks, and of the simulated cloud. */
const FLAVORS = [
  ["tiny", 1, 1024, 10],
  ["small", 2, 4096, 20],
  ["medium", 4, 8192, 40],
  ["large", 8, 16_384, 80],
  ["xlarge", 16, 32_768, 160],
  ["nodisk", 4, 8192, 0],
] as const;
const IMAGES = ["ubuntu-24.04", "ubuntu-22.04", "debian-12"];
const MINIMUM = { min_disk: 5, min_ram: 512 };
const VOLUME_TYPES = ["standard", "fast"];
const EXTERNAL = { cidr: "203.0.113.0/24", gateway_ip: "203.0.113.1" };
/** By the project that it belongs to: zones outlive clusters, and the example stacks name them. */
const DNS_ZONES = { sandbox: "sandbox.example.org.", production: "prod.acme.internal." } as const;
const HOSTS_LIMIT_MS = 180_000;

/** Users, projects, roles, and the catalogue: what the services need to speak with each other. */
export async function seedIdentity(layout: Layout, api: AdminApi): Promise<void> {
  for (const name of ["service", "load-balancer_member", "load-balancer_admin"])
    await api.ensure("identity", "/roles", "roles", { name });
  const roles = new Map((await api.list("identity", "/roles", "roles")).map(({ name, id }) => [name, id]));
  const grant = (project: Named, user: Named, names: readonly string[]) =>
    Promise.all(
      names.map((name) =>
        api.send("identity", "PUT", `/projects/${project.id}/users/${user.id}/roles/${roles.get(name)}`),
      ),
    );
  const user = (name: string) => api.ensure("identity", "/users", "users", { name, password: PASSWORD });
  const project = (name: string) => api.ensure("identity", "/projects", "projects", { name });
  await grant(await project(SERVICE_PROJECT), await user(SERVICE_USER), ["admin", "service"]);
  for (const name of PROJECTS) await grant(await project(name), await user(name), MEMBER);
  await grant(await project("admin"), await user("admin"), ["load-balancer_admin"]);
  await seedCatalogue(layout, api);
}

async function seedCatalogue(layout: Layout, api: AdminApi): Promise<void> {
  const known = await api.list("identity", "/endpoints", "endpoints");
  const services = await api.list("identity", "/services", "services");
  for (const [type, port, path] of ENDPOINTS) {
    const service =
      services.find((one) => one["type"] === type) ??
      (await api.ensure("identity", "/services", "services", { name: `${port}-${type}`, type }));
    for (const kind of ["public", "internal", "admin"]) {
      if (known.some((one) => one["service_id"] === service.id && one["interface"] === kind)) continue;
      const endpoint = { interface: kind, url: layout.url(port) + path, region_id: REGION };
      await api.send("identity", "POST", "/endpoints", { endpoint: { service_id: service.id, ...endpoint } });
    }
  }
}

/** What tenants find: images, flavors, the external network, volume types, DNS zones, availability zones. */
export async function seedResources(api: AdminApi): Promise<void> {
  for (const name of IMAGES) await seedImage(api, name);
  for (const [name, vcpus, ram, disk] of FLAVORS)
    await api.ensure("compute", "/flavors", "flavors", { name, vcpus, ram, disk });
  for (const name of VOLUME_TYPES)
    await api.ensure("volume", "/types", "volume_types", { name, "os-volume-type-access:is_public": true });
  await seedExternalNetwork(api);
  await seedZones(api);
}

async function seedImage(api: AdminApi, name: string): Promise<void> {
  const formats = { disk_format: "raw", container_format: "bare", visibility: "public" };
  const image = await api.ensure("image", "/images", "images", { name, ...formats, ...MINIMUM });
  if (image["status"] === "queued")
    await api.send("image", "PUT", `/images/${image.id}/file`, new Uint8Array(randomBytes(1024 * 1024)));
}

async function seedExternalNetwork(api: AdminApi): Promise<void> {
  const provider = { "provider:network_type": "flat", "provider:physical_network": "outside" };
  const network = { name: "public", "router:external": true, ...provider };
  const { id } = await api.ensure("network", "/networks", "networks", network);
  const subnet = { network_id: id, ip_version: 4, enable_dhcp: false, ...EXTERNAL };
  await api.ensure("network", "/subnets", "subnets", { name: "public", ...subnet });
}

async function seedZones(api: AdminApi): Promise<void> {
  const known = await api.list("dns", "/zones", "zones");
  for (const [project, name] of Object.entries(DNS_ZONES)) {
    if (known.some((zone) => zone.name === name)) continue;
    const zone = { name, email: `hostmaster@${name.replace(/\.$/, "")}` };
    await api.sendFor(await api.projectOf(project), "dns", "POST", "/zones", zone);
  }
}

/** Waits for the compute hosts, and gives each a zone of its own. */
export async function seedHosts(api: AdminApi): Promise<void> {
  const limit = Date.now() + HOSTS_LIMIT_MS;
  for (;;) {
    const hosts = await api.list("compute", "/os-hypervisors/detail", "hypervisors");
    if (hosts.filter(({ state }) => state === "up").length >= ZONES.length) break;
    if (Date.now() > limit) throw new Error(`only ${hosts.length} compute hosts have come up`);
    await sleep(500);
  }
  for (const name of ZONES) {
    const zone = { name, availability_zone: name };
    const aggregate = await api.ensure("compute", "/os-aggregates", "aggregates", zone);
    if (((aggregate["hosts"] ?? []) as string[]).includes(name)) continue;
    await api.send("compute", "POST", `/os-aggregates/${aggregate.id}/action`, { add_host: { host: name } });
  }
}
