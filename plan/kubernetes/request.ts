/** Everything that one run of converge needs, from the configuration and what the cloud made of it. */
import { durationSeconds } from "../../config/duration";
import type { ClusterConfig } from "../../config/resolve";
import { planApiEndpoint } from "../apiEndpoint";
import { planControlPlane } from "../machines";
import { variablesDigest } from "./digests";
import { planGroupVars } from "./groupVars";
import { planNodes } from "./nodes";
import { placeholderFacts } from "./placeholders";
import type { CloudFacts, ConvergeRequest, EndpointHolder, Json } from "./types";

export function planRequest(config: ClusterConfig, facts: CloudFacts): ConvergeRequest {
  const { kubernetes, kubespray, apiEndpoint, access } = config;
  return {
    organization: config.organization,
    cluster: config.name,
    version: kubernetes.version,
    kubespray: planSource(kubespray),
    nodes: planNodes(config),
    facts,
    sshUser: access.sshUser,
    api: {
      host: apiEndpoint.hostname ?? facts.endpoint.floatingIp ?? facts.endpoint.address,
      port: planApiEndpoint(config, planControlPlane(config)).port,
    },
    groupVars: planGroupVars(config, facts),
    // Of the configuration alone: addresses have a digest of their own.
    variables: variablesDigest(planGroupVars(config, placeholderFacts(config))),
    immutable: immutableSettings(config),
    endpoint: endpointHolder(config),
    replaceFirstControlPlane: kubespray.replaceFirstControlPlane,
  };
}

/** Only what the source uses: a default of another source must not look like a change. */
function planSource({
  ref,
  source,
  url,
  directory,
  image,
  offline,
  forks,
  timeout,
}: ClusterConfig["kubespray"]): ConvergeRequest["kubespray"] {
  return {
    ref,
    source,
    ...(source === "git" ? { url } : {}),
    ...(source === "directory" ? { directory } : {}),
    ...(source === "image" ? { image } : { wheels: offline?.wheels }),
    forks,
    timeoutSeconds: durationSeconds(timeout),
  };
}

function endpointHolder({ apiEndpoint: { type, vip } }: ClusterConfig): EndpointHolder | undefined {
  return type === "single" || vip === undefined ? undefined : { type, vip };
}

/** What nothing migrates: Kubespray would go on with the new value and leave a cluster that is half of each. */
function immutableSettings({ name, network, kubernetes }: ClusterConfig): Record<string, Json> {
  const { podCidr, serviceCidr, podPrefixPerNode, cni, encapsulation, clusterDomain } = kubernetes;
  const { enabled, algorithm } = kubernetes.encryptionAtRest;
  return {
    name,
    // Every address of etcd, of the certificates and of the kubeconfigs is in it; Neutron would make another subnet.
    "network.cidr": network.cidr,
    "network.existing": network.existing?.subnetId ?? null,
    "kubernetes.podCidr": podCidr,
    "kubernetes.serviceCidr": serviceCidr,
    "kubernetes.podPrefixPerNode": podPrefixPerNode,
    "kubernetes.cni": cni,
    // Calico's role compares the live pool with the inventory and refuses; Cilium's would cut the pods off.
    "kubernetes.encapsulation": encapsulation,
    "kubernetes.clusterDomain": clusterDomain,
    // It may be switched on later; switched off, the API server could not read what it has written.
    ...(enabled
      ? {
          "kubernetes.encryptionAtRest.enabled": true,
          "kubernetes.encryptionAtRest.algorithm": algorithm,
        }
      : {}),
  };
}
