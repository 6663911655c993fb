/** The Kubernetes API of one cluster, as far as a run needs it. */
import { AppsV1Api, CoreV1Api, KubeConfig } from "@kubernetes/client-node";
import { getProxyForUrl } from "proxy-from-env";

export interface ApiAddress {
  readonly host: string;
  readonly port: number;
}

export function apiUrl({ host, port }: ApiAddress): string {
  return `https://${host.includes(":") ? `[${host}]` : host}:${port}`;
}

/** The administrator's kubeconfig as a node has it, with the endpoint in place of the address that the nodes use. */
export function kubeconfigFor(adminConf: string, api: ApiAddress): KubeConfig {
  const config = new KubeConfig();
  config.loadFromString(adminConf);
  const server = apiUrl(api);
  config.clusters = config.clusters.map((cluster) => ({ ...cluster, server }));
  return throughProxy(config);
}

/** The library knows proxy-url of a kubeconfig, but not the variables that every other client honours. */
export function throughProxy(config: KubeConfig): KubeConfig {
  config.clusters = config.clusters.map((cluster) => ({
    ...cluster,
    proxyUrl: getProxyForUrl(cluster.server) || cluster.proxyUrl,
  }));
  return config;
}

export interface ClusterApi {
  readonly core: CoreV1Api;
  readonly apps: AppsV1Api;
}

/** In the certificate of every API server that kubeadm makes, beside the addresses. */
const EVERY_API_SERVER = "kubernetes.default";

/**
 * For a run that may be the one which gives the cluster its new endpoint: that address gets into the certificate by a playbook,
 * and the API is asked before. Its authority and a name are checked as ever.
 */
export function connect(adminConf: string, api: ApiAddress): ClusterApi {
  const config = kubeconfigFor(adminConf, api);
  config.clusters = config.clusters.map((cluster) => ({ ...cluster, tlsServerName: EVERY_API_SERVER }));
  return { core: config.makeApiClient(CoreV1Api), apps: config.makeApiClient(AppsV1Api) };
}

/** HTTP status of a failed request; undefined when there was no answer at all. */
export function statusOf(error: unknown): number | undefined {
  const code = (error as { code?: unknown }).code;
  return typeof code === "number" ? code : undefined;
}
