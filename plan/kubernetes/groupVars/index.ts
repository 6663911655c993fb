/** Ansible's group variables: everything that the configuration stands for, in Kubespray's words. */
import type { ClusterConfig } from "../../../config/resolve";
import type { CloudFacts, Json } from "../types";
import { accessVariables } from "./access";
import { appVariables } from "./apps";
import { cloudVariables } from "./cloud";
import { hardeningVariables } from "./hardening";
import { networkVariables } from "./network";
import { nodeVariables } from "./nodes";
import { securityVariables } from "./security";
import { sourceVariables } from "./sources";
import type { Variables } from "./variables";

/** Files below `group_vars/`, without extension. */
export type GroupVarsFile = "all/all" | "k8s_cluster/k8s-cluster";

/**
 * `all/all` is read for every host, `k8s_cluster/k8s-cluster` after it: the user's own variables stand there last, and
 * win.
 */
export function planGroupVars(config: ClusterConfig, facts: CloudFacts): Record<GroupVarsFile, Variables> {
  const general = {
    opencenter_organization: config.organization,
    cluster_name: config.name,
    kube_version: config.kubernetes.version,
    ...accessVariables(config, facts),
    ...cloudVariables(config, facts),
    ...sourceVariables(config),
  };
  const cluster = {
    ...networkVariables(config),
    ...nodeVariables(config),
    ...securityVariables(config),
    ...hardeningVariables(config),
    ...appVariables(),
  };
  return {
    "all/all": general,
    "k8s_cluster/k8s-cluster": withExtraVars(
      { ...general, ...cluster },
      cluster,
      config.kubernetes.extraVars,
    ),
  };
}

const isMapping = (value: Json | undefined): value is Readonly<Record<string, Json>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** A mapping is added to the program's own: `cilium_extra_values` of a user must not switch routing off. */
function withExtraVars(own: Variables, file: Variables, extraVars: Variables): Variables {
  const merged = Object.entries(extraVars).map(([name, value]) => {
    const mine = own[name];
    return [name, isMapping(mine) && isMapping(value) ? { ...mine, ...value } : value] as const;
  });
  return { ...file, ...Object.fromEntries(merged) };
}
