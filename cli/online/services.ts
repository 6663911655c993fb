/** The services that a configuration relies on: load balancer, DNS, object store. */
import type { Finding } from "../../config/issue";
import { isNotFound } from "../cloud/errors";
import type { Service } from "../cloud/service";
import { didYouMean } from "../suggest";
import type { Check } from "./check";
import { absent } from "./inventory";

export const loadBalancerCheck: Check = {
  subject: "The load balancer provider",
  path: ["cluster", "apiEndpoint", "type"],
  run: async ({ config, cloud }) => {
    const { type, provider, flavorId } = config.apiEndpoint;
    if (type !== "octavia") return [];
    const octavia = cloud.service("load-balancer");
    const [providers, flavor] = await Promise.all([
      octavia.list<{ name: string }>("/lbaas/providers", "providers"),
      flavorId === undefined ? undefined : absent(octavia.get(`/lbaas/flavors/${flavorId}`)),
    ]);
    const findings: Finding[] = [];
    const names = providers.map(({ name }) => name);
    if (!names.includes(provider))
      findings.push({
        code: "provider-not-found",
        path: ["cluster", "apiEndpoint", "provider"],
        message: `Octavia has no provider ${provider}.`,
        hint: `${didYouMean(provider, names)}The cloud has: ${names.join(", ") || "none"}.`,
      });
    if (flavorId !== undefined && flavor === undefined)
      findings.push({
        code: "load-balancer-flavor-not-found",
        path: ["cluster", "apiEndpoint", "flavorId"],
        message: `Octavia has no flavor ${flavorId}.`,
        hint: "See openstack loadbalancer flavor list.",
      });
    return findings;
  },
};

export const dnsCheck: Check = {
  subject: "The DNS zone",
  path: ["cluster", "apiEndpoint", "dns"],
  run: async ({ plan, cloud }) => {
    if (plan.dns === undefined) return [];
    const { zone, manageZone } = plan.dns;
    const zones = await cloud.service("dns").list<{ name: string }>("/zones", "zones", { name: zone });
    if (manageZone || zones.some(({ name }) => name === zone)) return [];
    return [
      {
        code: "dns-zone-not-found",
        path: ["cluster", "domain"],
        message: `the project has no DNS zone ${zone}`,
        hint: "Make the zone in Designate, or set apiEndpoint.manageZone: true to have it made.",
      },
    ];
  },
};

export const objectStoreCheck: Check = {
  subject: "The object store",
  path: ["cluster", "backup", "store"],
  run: async ({ plan, cloud }) => {
    if (plan.backupContainer === undefined) return [];
    const swift = cloud.service("object-store");
    // The account itself: proof that the project may use the store at all.
    await swift.head("");
    const { name } = plan.backupContainer;
    const owner = await ownerOf(swift, name);
    if (owner === undefined || owner === plan.name) return [];
    return [
      {
        code: "bucket-of-other-cluster",
        path: ["cluster", "backup", "bucket"],
        message: `container ${name} belongs to cluster ${owner}, whose backups would mix with these.`,
        hint: "Choose another name.",
      },
    ];
  },
};

async function ownerOf(swift: Service, container: string): Promise<string | undefined> {
  try {
    const headers = await swift.head(`/${encodeURIComponent(container)}`);
    const owner = headers["x-container-meta-opencenter-cluster"];
    return typeof owner === "string" ? owner : undefined;
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}
