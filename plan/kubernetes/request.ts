/** TEMPORARY (lead, for integration): the owner of this file replaces it. */
import type { ClusterConfig } from "../../config/resolve";
import { variablesDigest } from "./digests";
import { planGroupVars } from "./groupVars";
import { planNodes } from "./nodes";
import { placeholderFacts } from "./placeholders";
import type { CloudFacts, ConvergeRequest } from "./types";

export function planRequest(config: ClusterConfig, facts: CloudFacts): ConvergeRequest {
  const { kubernetes, kubespray, apiEndpoint } = config;
  return {
    organization: config.organization,
    cluster: config.name,
    version: kubernetes.version,
    kubespray: {
      ref: kubespray.ref,
      source: kubespray.source,
      url: kubespray.url,
      directory: kubespray.directory,
      image: kubespray.image,
      forks: kubespray.forks,
      timeoutSeconds: 7200,
    },
    nodes: planNodes(config),
    facts,
    sshUser: "ubuntu",
    api: {
      host: apiEndpoint.hostname ?? facts.endpoint.floatingIp ?? facts.endpoint.address,
      port: apiEndpoint.type === "octavia" ? apiEndpoint.port : 6443,
    },
    groupVars: planGroupVars(config, facts),
    variables: variablesDigest(planGroupVars(config, placeholderFacts(config))),
    immutable: {
      name: config.name,
      "kubernetes.podCidr": kubernetes.podCidr,
      "kubernetes.serviceCidr": kubernetes.serviceCidr,
      "kubernetes.cni": kubernetes.cni,
    },
    replaceFirstControlPlane: false,
  };
}
