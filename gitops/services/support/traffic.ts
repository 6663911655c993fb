/** Traffic that services have in common, as additions to a namespace that lets nothing in or out. */
import { addressAt, networkOf } from "../../../config/address";
import { catalogue } from "../../../config/catalogue";
import type { ServiceName } from "../../../config/services";
import { API_SERVER_PORT } from "../../../plan/securityGroups";
import type { AllowedTraffic, ServiceContext } from "../definition";
import { podMetrics } from "./metrics";

const tcp = (port: number | string) => ({ protocol: "TCP", port });
const block = (cidr: string) => ({ ipBlock: { cidr: networkOf(cidr) } });
const inNamespace = (name: string) => ({
  namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": name } },
});

/** Every address of the cluster's family. */
const world = (cidr: string) => networkOf(`${addressAt(cidr, 0)}/0`);

/**
 * Cilium never takes a node for an address: a rule that names the nodes' network would let nothing through there, so
 * that with it only the ports are said.
 */
function nodesKnownByAddress({ config }: ServiceContext): boolean {
  return config.kubernetes.cni !== "cilium";
}

/** Calls to the API server, whose Service ends at the control plane's own addresses. */
export function toApiServer(context: ServiceContext): AllowedTraffic {
  const to = nodesKnownByAddress(context) ? { to: [block(context.config.network.cidr)] } : {};
  return { name: "to-api-server", egress: [{ ...to, ports: [tcp(API_SERVER_PORT)] }] };
}

/**
 * Webhooks and aggregated APIs. The API server's packets carry a node's address or, across the overlay, one of the
 * node's tunnel, which is of the pods' network.
 */
export function fromApiServer(context: ServiceContext, ...ports: readonly number[]): AllowedTraffic {
  const { network, kubernetes } = context.config;
  const from = nodesKnownByAddress(context) ? { from: [block(network.cidr), block(kubernetes.podCidr)] } : {};
  return { name: "from-api-server", ingress: [{ ...from, ports: ports.map(tcp) }] };
}

/** Calls to ports of the nodes, such as the kubelet's. */
export function toNodes(context: ServiceContext, ...ports: readonly number[]): AllowedTraffic {
  const to = nodesKnownByAddress(context) ? { to: [block(context.config.network.cidr)] } : {};
  return { name: "to-nodes", egress: [{ ...to, ports: ports.map(tcp) }] };
}

const ANY_PORT = { protocol: "TCP", port: 1, endPort: 65_535 };

/** Everything but pods and Services: the cloud's services listen where its catalogue says, on ports of its own. */
function outside({ config: { kubernetes } }: ServiceContext) {
  const cidr = world(kubernetes.podCidr);
  return { ipBlock: { cidr, except: [kubernetes.podCidr, kubernetes.serviceCidr].map(networkOf) } };
}

export function toCloud(context: ServiceContext): AllowedTraffic {
  return { name: "to-cloud", egress: [{ to: [outside(context)], ports: [ANY_PORT] }] };
}

/** Servers outside of the cluster, on the given ports. */
export function toOutside(context: ServiceContext, ...ports: readonly number[]): AllowedTraffic {
  return { name: "to-outside", egress: [{ to: [outside(context)], ports: ports.map(tcp) }] };
}

/** Pods of other services, as far as these are on. */
export function fromServices(
  context: ServiceContext,
  names: readonly ServiceName[],
  ...ports: readonly number[]
): readonly AllowedTraffic[] {
  const from = names
    .filter((name) => context.isEnabled(name))
    .map((name) => inNamespace(catalogue[name].namespace));
  return from.length === 0 ? [] : [{ name: "from-services", ingress: [{ from, ports: ports.map(tcp) }] }];
}

/** Pods of another service, if it is on. */
export function toService(
  context: ServiceContext,
  name: ServiceName,
  ...ports: readonly number[]
): readonly AllowedTraffic[] {
  if (!context.isEnabled(name)) return [];
  const to = [inNamespace(catalogue[name].namespace)];
  return [{ name: `to-${name}`, egress: [{ to, ports: ports.map(tcp) }] }];
}

/** Pods of any namespace of the cluster. */
export function fromPods(...ports: readonly number[]): AllowedTraffic {
  return { name: "from-pods", ingress: [{ from: [{ namespaceSelector: {} }], ports: ports.map(tcp) }] };
}

export function toPods(...ports: readonly number[]): AllowedTraffic {
  const limited = ports.length === 0 ? {} : { ports: ports.map(tcp) };
  return { name: "to-pods", egress: [{ to: [{ namespaceSelector: {} }], ...limited }] };
}

/** Prometheus, where it is on. */
export function scraped(context: ServiceContext, service: ServiceName): readonly AllowedTraffic[] {
  const monitored = podMetrics[service] ?? [];
  if (monitored.length === 0 || !context.isEnabled("kube-prometheus-stack")) return [];
  const from = [inNamespace(catalogue["kube-prometheus-stack"].namespace)];
  const ports = [...new Set(monitored.map(({ port }) => port))];
  return [{ name: "metrics", ingress: [{ from, ports: ports.map(tcp) }] }];
}
