/** Who may talk to whom in the platform's namespaces: nobody, but for what is named here and by the services. */
import type { AllowedTraffic } from "../services/definition";
import type { Manifest } from "../types";

function policy(namespace: string, name: string, spec: Readonly<Record<string, unknown>>): Manifest {
  return { apiVersion: "networking.k8s.io/v1", kind: "NetworkPolicy", metadata: { name, namespace }, spec };
}

const DNS = ["UDP", "TCP"].map((protocol) => ({ protocol, port: 53 }));

/** What holds for every platform namespace. */
export function defaultPolicies(namespace: string): readonly Manifest[] {
  const inside = [{ podSelector: {} }];
  return [
    policy(namespace, "default-deny", { podSelector: {}, policyTypes: ["Ingress", "Egress"] }),
    policy(namespace, "allow-dns", {
      podSelector: {},
      policyTypes: ["Egress"],
      // Without a destination: the cache for names answers at an address of the node itself, which a selector cannot
      // name, and Cilium takes no node for an address.
      egress: [{ ports: DNS }],
    }),
    policy(namespace, "allow-within-namespace", {
      podSelector: {},
      policyTypes: ["Ingress", "Egress"],
      ingress: [{ from: inside }],
      egress: [{ to: inside }],
    }),
  ];
}

/** What a service needs beyond that. */
export function trafficPolicy(
  namespace: string,
  service: string,
  { name, podSelector, ingress, egress }: AllowedTraffic,
): Manifest {
  return policy(namespace, `${service}-${name}`, {
    podSelector: podSelector === undefined ? {} : { matchLabels: podSelector },
    policyTypes: [...(ingress === undefined ? [] : ["Ingress"]), ...(egress === undefined ? [] : ["Egress"])],
    ingress,
    egress,
  });
}
