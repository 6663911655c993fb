/** The API endpoint, versions, plug-in. */
import type { Case } from "../good";

const TYPE = "      type: octavia";
const PROVIDER = "      provider: amphora";
const FLAVOR = "      flavorId: 7d1c5a52-14f0-4a69-8d0b-2f1a5a0e6c33";
const MONITOR = "      monitor: {delaySeconds: 10, timeoutSeconds: 5}";
const HOSTNAME = "      hostname: api.prod.acme.org\n";

export const endpointCases: readonly Case[] = [
  [
    "settings of a load balancer with kube-vip",
    [TYPE, "      type: kube-vip"],
    [PROVIDER, `${PROVIDER} # ! no-effect`],
    [FLAVOR, `${FLAVOR} # ! no-effect`],
    ["      port: 443", "      port: 443 # ! no-effect"],
    [MONITOR, `${MONITOR} # ! no-effect`],
  ],
  [
    "address for a single node",
    [
      `${TYPE}\n${PROVIDER}\n${FLAVOR}\n      vip: 10.20.0.6\n      port: 443`,
      "      type: single\n      vip: 10.20.0.6 # ! no-effect",
    ],
    [`${MONITOR}\n`, ""],
    ["    environment: production", "    environment: staging"],
    ["      count: 3\n      flavor: medium", "      count: 1\n      flavor: medium"],
  ],
  ["flavor with OVN", [PROVIDER, "      provider: ovn"], [FLAVOR, `${FLAVOR} # ! no-effect`]],
  [
    "zone without Designate",
    ["      dns: designate", "      dns: none"],
    ["      manageZone: true", "      manageZone: true # ! no-effect"],
  ],
  [
    "Designate without a name",
    [HOSTNAME, ""],
    ["    apiEndpoint:\n", "    apiEndpoint: # ! designate-needs\n"],
  ],
  [
    "Designate without a domain",
    ["    domain: prod.acme.org\n", ""],
    ["  opencenter:cluster:\n", "  opencenter:cluster: # ! designate-needs\n"],
  ],
  ["name outside of the domain", [HOSTNAME, "      hostname: api.other.org # ! hostname-outside-domain\n"]],
  [
    "name that only ends like the domain",
    [HOSTNAME, "      hostname: apiprod.acme.org # ! hostname-outside-domain\n"],
  ],
  [
    "inner domain that is the real one",
    ["      clusterDomain: cluster.local", "      clusterDomain: acme.org # ! cluster-domain-conflict"],
  ],
  [
    "check that outlasts its interval",
    [MONITOR, "      monitor: {delaySeconds: 5, timeoutSeconds: 6} # ! monitor-timeout"],
  ],

  [
    "Kubernetes 1.99.0",
    ["      version: 1.35.4", "      version: 1.99.0 # ! kubernetes-version-unsupported"],
  ],
  [
    "Kubernetes 1.18.0",
    ["      version: 1.35.4", "      version: 1.18.0 # ! kubernetes-version-unsupported"],
  ],
  [
    "Kubernetes of the next Kubespray",
    ["      version: 1.35.4", "      version: 1.36.0 # ! kubernetes-version-unsupported"],
  ],
  [
    "default Kubernetes with an older Kubespray",
    ["    kubernetes:\n      version: 1.35.4\n", "    kubernetes: # ~ version-unwritten\n"],
    ["      ref: v2.31.0", "      ref: v2.29.1 # ! kubernetes-version-unsupported"],
  ],
  [
    "no version of Kubespray",
    ["    kubespray:\n      ref: v2.31.0\n", "    kubespray: # ~ version-unwritten\n"],
  ],
  ["Kubespray 1.0.0", ["      ref: v2.31.0", "      ref: 1.0.0 # ! kubespray-ref-unknown"]],
  ["Kubespray without the v", ["      ref: v2.31.0", "      ref: 2.31.0 # ! kubespray-ref-unknown"]],
  ["Kubespray by branch", ["      ref: v2.31.0", "      ref: master # ! kubespray-ref-unknown"]],
  [
    "Kubespray by commit",
    ["      ref: v2.31.0", "      ref: 46dbdd3c0f1e2d3c4b5a69788796a5b4c3d2e1f0 # ~ kubespray-commit"],
  ],
  [
    "ipip with cilium",
    ["      cni: calico", "      cni: cilium"],
    ["      encapsulation: vxlan", "      encapsulation: ipip # ! encapsulation-unsupported"],
  ],
];
