/** The API endpoint: which settings belong to which type, DNS, health checks. */
import { at, when, type Problem, type Rule } from "./rule";

const TYPE = at("apiEndpoint", "type");
const API_SERVER_PORT = 6443;

const unusedKeys: Rule = {
  // No dead keys: openCenter accepted `octavia` and `vrrp` settings together and used one of them.
  code: "no-effect",
  check: ({ apiEndpoint: { type, provider, port, dns } }, written) => {
    const has = (key: keyof NonNullable<typeof written.apiEndpoint>) =>
      written.apiEndpoint?.[key] !== undefined;
    const problem = (key: string, why: string, because = TYPE): Problem => ({
      path: at("apiEndpoint", key),
      message: `has no effect: ${why}`,
      hint: "Remove it.",
      because: [because],
    });
    const ofOctavia = (["provider", "flavorId", "monitor"] as const).filter(
      (key) => has(key) && type !== "octavia",
    );
    return [
      ...ofOctavia.map((key) => problem(key, `only type octavia has a load balancer, this is ${type}`)),
      ...when(has("vip") && type === "single", problem("vip", "type single uses the node's own address")),
      ...when(
        has("port") && type !== "octavia" && port !== API_SERVER_PORT,
        problem("port", `with type ${type} clients talk to the API server itself, on ${API_SERVER_PORT}`),
      ),
      // OVN balances in the switches: there is no machine whose size a flavor could choose.
      ...when(
        has("flavorId") && type === "octavia" && provider === "ovn",
        problem("flavorId", "provider ovn has no flavors", at("apiEndpoint", "provider")),
      ),
      ...when(
        written.apiEndpoint?.manageZone === true && dns !== "designate",
        problem("manageZone", "a zone is made only with dns: designate", at("apiEndpoint", "dns")),
      ),
    ];
  },
};

const vipRequired: Rule = {
  // kube-vip announces one fixed address; in somebody else's subnet none can be assumed to be free.
  code: "vip-required",
  check: ({ network, apiEndpoint }) =>
    when(network.existing !== undefined && apiEndpoint.type === "kube-vip" && apiEndpoint.vip === undefined, {
      path: at("apiEndpoint", "vip"),
      message: "is missing; kube-vip in an existing network needs an address that is free",
      hint: "Write an address of the subnet outside of its allocation pools.",
      because: [TYPE, at("network", "existing")],
    }),
};

const designateNeeds: Rule = {
  // A record needs a name and a zone; without them no record is made, and nothing says so.
  code: "designate-needs",
  check: ({ domain, apiEndpoint: { dns, hostname } }) => {
    if (dns !== "designate") return [];
    const because = [at("apiEndpoint", "dns")];
    const hint = "Add it, or write dns: none.";
    return [
      ...when(hostname === undefined, {
        path: at("apiEndpoint", "hostname"),
        message: "is missing; dns: designate needs a name to make a record of",
        hint,
        because,
      }),
      ...when(domain === undefined, {
        path: at("domain"),
        message: "is missing; dns: designate needs the zone that the record goes in",
        hint,
        because,
      }),
    ];
  },
};

const hostnameInDomain: Rule = {
  // Designate answers 400 to a record outside of its zone.
  code: "hostname-outside-domain",
  check: ({ domain, apiEndpoint: { dns, hostname } }) =>
    when(
      dns === "designate" &&
        domain !== undefined &&
        hostname !== undefined &&
        hostname !== domain &&
        !hostname.endsWith(`.${domain}`),
      {
        path: at("apiEndpoint", "hostname"),
        message: `${hostname} is not in the zone ${domain}`,
        hint: `Write a name that ends in .${domain}.`,
        because: [at("domain"), at("apiEndpoint", "dns")],
      },
    ),
};

const clusterDomain: Rule = {
  // CoreDNS answers for its whole domain: a real name inside of it does not exist for pods.
  code: "cluster-domain-conflict",
  check: ({ domain, apiEndpoint: { hostname }, kubernetes: { clusterDomain: inner } }) => {
    const clash = [hostname, domain].find((name) => name === inner || name?.endsWith(`.${inner}`));
    return when(clash !== undefined, {
      path: at("kubernetes", "clusterDomain"),
      message: `${clash} lies in ${inner}, which only exists inside the cluster`,
      hint: "Choose a domain that is nobody's, such as cluster.local.",
      because: [at("domain"), at("apiEndpoint", "hostname")],
    });
  },
};

const monitorTimeout: Rule = {
  // Octavia's rule; it answers 400 when the pool is there already.
  code: "monitor-timeout",
  check: ({ apiEndpoint: { type, monitor } }) =>
    when(type === "octavia" && monitor.timeoutSeconds > monitor.delaySeconds, {
      path: at("apiEndpoint", "monitor", "timeoutSeconds"),
      message: `${monitor.timeoutSeconds} s is longer than the ${monitor.delaySeconds} s between two checks`,
      hint: "Write a timeout that is not longer than delaySeconds.",
      because: [TYPE, at("apiEndpoint", "monitor", "delaySeconds")],
    }),
};

export const endpointRules: readonly Rule[] = [
  unusedKeys,
  vipRequired,
  designateNeeds,
  hostnameInDomain,
  clusterDomain,
  monitorTimeout,
];
