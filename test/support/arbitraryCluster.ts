/**
 * Configurations as users may write them, every one valid: what a property finds is then a fault of the program.
 * Related values are made together (a VIP inside its subnet, zones before policies), so that nothing is thrown away.
 */
import fc from "fast-check";
import { addressAt } from "../../config/address";
import { clusterSchema, type ClusterInput } from "../../config/schema";
import { resolveCluster, type ClusterConfig } from "../../config/resolve";
import { planCluster, type ClusterPlan } from "../../plan";
import { clientCidrs, controlPlane, octet, optional, pools, tags, word, zones } from "./arbitraryNodes";

export const ORGANIZATION = "acme";

type NetworkInput = NonNullable<ClusterInput["network"]>;
type EndpointInput = NonNullable<ClusterInput["apiEndpoint"]>;

/** The complete configuration of what a user wrote. */
export function configOf(cluster: ClusterInput): ClusterConfig {
  return resolveCluster(ORGANIZATION, clusterSchema.parse(cluster));
}

export function planOf(cluster: ClusterInput): ClusterPlan {
  return planCluster(configOf(cluster));
}

/** Disjoint networks of nodes, pods and Services. */
const networks = fc
  .record({
    octets: fc.uniqueArray(fc.integer({ min: 0, max: 200 }), { minLength: 3, maxLength: 3 }),
    nodePrefix: fc.integer({ min: 18, max: 25 }),
    servicePrefix: fc.integer({ min: 16, max: 24 }),
  })
  .map(({ octets: [nodes, pods, services], nodePrefix, servicePrefix }) => ({
    cidr: `10.${nodes}.0.0/${nodePrefix}`,
    podCidr: `10.${pods}.0.0/16`,
    serviceCidr: `10.${services}.0.0/${servicePrefix}`,
  }));

function ownNetwork(cidr: string): fc.Arbitrary<NetworkInput> {
  const hostRoute = fc.record({
    destination: octet.map((n) => `192.168.${n}.0/24`),
    nextHop: fc.integer({ min: 6, max: 9 }).map((n) => addressAt(cidr, n)),
  });
  return fc.record({
    cidr: fc.constant(cidr),
    allocationPool: optional(
      fc
        .tuple(fc.integer({ min: 10, max: 20 }), fc.integer({ min: -40, max: -2 }))
        .map(([start, end]) => ({ start: addressAt(cidr, start), end: addressAt(cidr, end) })),
    ),
    dnsServers: fc.uniqueArray(fc.constantFrom("9.9.9.9", "1.1.1.1", "192.0.2.53"), { maxLength: 3 }),
    ntpServers: fc.uniqueArray(fc.constantFrom("time.example.com", "192.0.2.123"), { maxLength: 2 }),
    mtu: optional(fc.integer({ min: 1280, max: 9216 })),
    hostRoutes: fc.uniqueArray(hostRoute, { maxLength: 2, selector: (route) => route.destination }),
  });
}

function existingNetwork(cidr: string, routed: boolean): fc.Arbitrary<NetworkInput> {
  return fc.record({
    cidr: fc.constant(cidr),
    existing: fc.record({
      networkId: fc.uuid(),
      subnetId: fc.uuid(),
      routerId: routed ? fc.uuid() : fc.constant(undefined),
    }),
  });
}

/** Short ones, and the longest that leave room for a pool of {@link poolName}; no word that validation takes for a form's leftover. */
const clusterName = fc
  .oneof(
    { weight: 3, arbitrary: fc.stringMatching(/^[a-z][a-z0-9]{0,8}(-[a-z0-9]{1,4})?$/) },
    { weight: 1, arbitrary: fc.stringMatching(/^[a-z][a-z0-9]{36}[a-z]$/) },
  )
  .filter((name) => !/^(todo|fixme|tbd|xxx+)$/.test(name));

function octavia(cidr: string, ownSubnet: boolean): fc.Arbitrary<EndpointInput> {
  return fc
    .record({
      type: fc.constant("octavia" as const),
      provider: optional(fc.constantFrom("amphora", "ovn", "f5")),
      flavorId: optional(fc.uuid()),
      vip: vip(cidr, ownSubnet, false),
      port: optional(fc.constantFrom(443, 6443, 8443)),
      monitor: optional(
        fc
          .record({
            timeoutSeconds: fc.integer({ min: 1, max: 5 }),
            delaySeconds: fc.integer({ min: 5, max: 60 }),
          })
          .map((monitor) => ({ ...monitor, maxRetries: 4 })),
      ),
    })
    .map((endpoint) => (endpoint.provider === "ovn" ? { ...endpoint, flavorId: undefined } : endpoint));
}

function vip(cidr: string, ownSubnet: boolean, required: boolean) {
  const written = fc.integer({ min: 2, max: 9 }).map((n) => addressAt(cidr, n));
  return required && !ownSubnet ? written : optional(written);
}

function endpointOf(type: string, cidr: string, ownSubnet: boolean): fc.Arbitrary<EndpointInput> {
  if (type === "octavia") return octavia(cidr, ownSubnet);
  if (type === "kube-vip")
    return fc.record({ type: fc.constant("kube-vip" as const), vip: vip(cidr, ownSubnet, true) });
  return fc.constant({ type: "single" as const });
}

const dns = fc.constantFrom(
  {},
  { domain: "k8s.example.com" },
  { domain: "k8s.example.com", hostname: "api.k8s.example.com" },
  { domain: "k8s.example.com", hostname: "api.k8s.example.com", dns: "designate" as const },
  { domain: "k8s.example.com", hostname: "k8s.example.com", dns: "designate" as const, manageZone: true },
);

/** Now and then the cluster's own subnet, for which there are rules already. */
function clients(cidr: string): fc.Arbitrary<string[]> {
  return fc.oneof(
    { weight: 3, arbitrary: clientCidrs },
    { weight: 1, arbitrary: clientCidrs.map((cidrs) => [...cidrs, cidr]) },
  );
}

function access(cidr: string, mayHaveBastion: boolean): fc.Arbitrary<ClusterInput["access"]> {
  const enabled = fc.record({ enabled: fc.constant(true), flavor: optional(word), image: optional(word) });
  const disabled = fc.constant({ enabled: false });
  return fc.record({
    sshAllowedCidrs: clients(cidr),
    apiAllowedCidrs: clients(cidr),
    bastion: mayHaveBastion ? fc.oneof(fc.constant(undefined), enabled, disabled) : disabled,
  });
}

const plugin = fc.constantFrom(
  { cni: "calico" as const, encapsulation: "vxlan" as const },
  { cni: "calico" as const, encapsulation: "ipip" as const },
  { cni: "calico" as const, encapsulation: "none" as const },
  { cni: "cilium" as const, encapsulation: "vxlan" as const },
  { cni: "cilium" as const, encapsulation: "none" as const },
);

const backup = fc.constantFrom(
  undefined,
  { store: "none" as const },
  { store: "swift" as const, bucket: "acme-backups" },
  { store: "s3" as const, bucket: "acme-backups", endpoint: "https://s3.example.com" },
);

/** What decides over other values. */
const frame = fc.record({
  networks,
  type: fc.constantFrom("octavia", "octavia", "kube-vip", "single"),
  existing: fc.constantFrom("no", "no", "with a router", "without a router"),
  plugin,
  dns,
});

/** A valid cluster, `opencenter:cluster` of a stack's file. */
export const cluster: fc.Arbitrary<ClusterInput> = frame.chain(
  ({
    networks: { cidr, podCidr, serviceCidr },
    type,
    existing,
    plugin: cni,
    dns: { domain, ...dnsKeys },
  }) => {
    const ownSubnet = existing === "no";
    const routed = existing !== "without a router";
    return fc.record({
      name: clusterName,
      environment: fc.constantFrom("development" as const, "staging" as const, "production" as const),
      domain: fc.constant(domain),
      tags,
      openstack: fc.record({
        region: optional(word),
        externalNetwork: word,
        availabilityZones: zones,
        image: word,
      }),
      network: ownSubnet ? ownNetwork(cidr) : existingNetwork(cidr, routed),
      access: access(cidr, routed),
      controlPlane: controlPlane(type === "single" ? [1] : [1, 3, 5]),
      pools,
      apiEndpoint: fc
        .tuple(endpointOf(type, cidr, ownSubnet), routed ? optional(fc.boolean()) : fc.constant(false))
        .map(([endpoint, floatingIp]) => ({ ...endpoint, ...dnsKeys, floatingIp })),
      kubernetes: fc.constant({ podCidr, serviceCidr, ...cni }),
      secrets: fc.record({ ssh: fc.record({ generation: fc.integer({ min: 1, max: 3 }) }) }),
      backup,
    });
  },
);
