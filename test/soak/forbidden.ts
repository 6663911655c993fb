/** Changes of a configuration that must be refused, with nothing done. */
import { numbersOf, withNodes, type Change } from "./changes";
import type { SoakCluster } from "./types";

interface Forbidden {
  readonly change: Change;
  /** Of the refusal: one of them. */
  readonly codes: readonly string[];
}

const immutable = (change: Change): Forbidden => ({ change, codes: ["immutable-after-installation"] });

export const FORBIDDEN: Readonly<Record<string, Forbidden>> = {
  "another kind of endpoint at the address of the old one": {
    codes: ["endpoint-address-held", "no-effect"],
    change: (cluster) => {
      const { type = "octavia", ...kept } = cluster.apiEndpoint ?? {};
      if (type === "single") return undefined;
      return { ...cluster, apiEndpoint: { ...kept, type: type === "octavia" ? "kube-vip" : "octavia" } };
    },
  },
  "another network of the nodes": immutable((cluster) => ({
    ...cluster,
    network: { dnsServers: cluster.network?.dnsServers ?? [], cidr: "10.77.0.0/22" },
  })),
  "another network of the pods": immutable((cluster) => ({
    ...cluster,
    kubernetes: { ...cluster.kubernetes, podCidr: "10.55.0.0/16" },
  })),
  "another network of the Services": immutable((cluster) => ({
    ...cluster,
    kubernetes: { ...cluster.kubernetes, serviceCidr: "10.56.0.0/16" },
  })),
  "another network plug-in": immutable((cluster) => ({
    ...cluster,
    kubernetes: { ...cluster.kubernetes, cni: "cilium" },
  })),
  "an even control plane": {
    codes: ["control-plane-even"],
    change: (cluster) => ({
      ...cluster,
      controlPlane: withNodes(cluster.controlPlane, [1, 2]),
    }),
  },
  "no control plane": {
    codes: ["control-plane-empty"],
    change: (cluster) => ({ ...cluster, controlPlane: withNodes(cluster.controlPlane, []) }),
  },
  "another first control-plane node": {
    codes: ["first-control-plane"],
    change: (cluster) => {
      const nodes = numbersOf(cluster.controlPlane);
      return {
        ...cluster,
        controlPlane: withNodes(cluster.controlPlane, [...nodes.slice(1), Math.max(...nodes) + 1]),
      };
    },
  },
  "pods in the nodes' network": {
    codes: ["cidr-overlap"],
    change: (cluster) => ({
      ...cluster,
      kubernetes: { ...cluster.kubernetes, podCidr: "10.20.0.0/16" },
    }),
  },
  "nobody may use the API": {
    codes: ["invalid-value"],
    change: (cluster) => ({ ...cluster, access: { ...cluster.access, apiAllowedCidrs: [] } }),
  },
  "a misspelt key": {
    codes: ["unknown-key"],
    change: (cluster) => ({ ...cluster, controlPlan: { count: 3 } }) as SoakCluster,
  },
  "an older Kubernetes": {
    codes: ["version-step"],
    change: (cluster) => ({
      ...cluster,
      kubernetes: { ...cluster.kubernetes, version: "1.34.3" },
    }),
  },
};
