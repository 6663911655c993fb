/** Who can reach the cluster, and what it can reach. */
import { contains, etherType, isCidr, isWorld } from "../../config/address";
import { ADVICE, ALWAYS, byEnvironment, FROM_STAGING, integers, rule, networks, type Level } from "../rule";
import { isPrivate, NODE_PORTS, networkOf, opens, portsOf, tooWide, widest } from "../openings";
import { at, isGiven, isTrue, leaves, list, ofType, roleOf, text, TYPE } from "../graph";

export const exposure = [
  rule({
    name: "ssh-not-open",
    family: "exposure",
    summary: "SSH is open to networks of known people only.",
    fix: "Name the networks of the office and the VPN in access.sshAllowedCidrs.",
    severity: "critical",
    levels: ALWAYS,
    options: widest,
    resource: (resource, { options }) =>
      opens(resource, 22) ? tooWide("SSH (port 22)", networkOf(resource), options) : [],
  }),
  rule({
    name: "api-not-open",
    family: "exposure",
    summary: "The Kubernetes API is open to networks of known people and programs only.",
    fix: "Name the networks of people and CI in access.apiAllowedCidrs.",
    severity: "critical",
    levels: ALWAYS,
    options: widest,
    resource(resource, { options }) {
      if (opens(resource, 6443))
        return tooWide("the Kubernetes API (port 6443)", networkOf(resource), options);
      if (resource.type !== TYPE.listener) return [];
      const given = list(resource, "allowedCidrs").filter((cidr) => typeof cidr === "string" && isCidr(cidr));
      return given.flatMap((cidr) => tooWide("the listener of the Kubernetes API", String(cidr), options));
    },
  }),
  rule({
    name: "listener-restricted",
    family: "exposure",
    summary: "A load balancer that hides its clients' addresses says itself who may connect.",
    fix: "Leave allowedCidrs to the program (access.apiAllowedCidrs); no security group can tell an amphora's clients apart.",
    severity: "high",
    levels: ALWAYS,
    options: {},
    stack: (resources) =>
      ofType(resources, TYPE.listener)
        .filter((listener) => !isGiven(listener, "allowedCidrs"))
        .filter((listener) =>
          // OVN hands addresses through: the members' security groups decide.
          (listener.uses["loadbalancerId"] ?? []).some((lb) => text(lb, "loadbalancerProvider") !== "ovn"),
        )
        .map(({ urn }) => ({ message: "takes connections from everywhere: it has no allowedCidrs.", urn })),
  }),
  rule({
    name: "etcd-members-only",
    family: "exposure",
    summary: "Only members of etcd and the API servers reach etcd.",
    fix: "Allow ports 2379 and 2380 from the control plane's own security group (remoteGroupId), never from a network.",
    severity: "critical",
    levels: ALWAYS,
    options: {},
    resource(resource) {
      const network = opens(resource, 2379, 2380) ? networkOf(resource) : undefined;
      // All protocols from a pod network are what routing without encapsulation is.
      if (network === undefined || (text(resource, "protocol") === undefined && isPrivate(network)))
        return [];
      return [`lets ${network} reach etcd (ports 2379 and 2380).`];
    },
  }),
  rule({
    name: "kubelet-cluster-only",
    family: "exposure",
    summary: "Only the cluster's own machines reach the kubelets.",
    fix: "Allow port 10250 from the cluster's security groups; nobody outside needs it.",
    severity: "critical",
    levels: ALWAYS,
    options: {},
    resource(resource) {
      const network = opens(resource, 10250) ? networkOf(resource) : undefined;
      return network !== undefined && !isPrivate(network)
        ? [`lets ${network} reach kubelets (port 10250).`]
        : [];
    },
  }),
  rule({
    name: "node-ports-declared",
    family: "exposure",
    summary: "NodePorts are open to the world only where somebody said which.",
    fix: "Give pools.<pool>.nodePorts the networks that need them, or list the port under this rule's worldPorts.",
    severity: "high",
    levels: FROM_STAGING,
    options: { worldPorts: integers("NodePorts that everybody may reach.") },
    resource(resource, { options: { worldPorts } }) {
      const network = opens(resource, NODE_PORTS.from, NODE_PORTS.to) ? networkOf(resource) : undefined;
      const ports = portsOf(resource);
      if (network === undefined || ports === undefined || !isWorld(network)) return [];
      const meant = ports.from === ports.to && worldPorts.includes(ports.from);
      return meant ? [] : [`opens NodePorts ${ports.from}-${ports.to} to ${network}.`];
    },
  }),
  rule({
    name: "no-blanket-rule",
    family: "exposure",
    summary: "A rule without a protocol or ports is for private networks only.",
    fix: "Name protocol and ports, and who needs them.",
    severity: "high",
    levels: ALWAYS,
    options: {},
    resource(resource) {
      if (resource.type !== TYPE.rule || text(resource, "direction") !== "ingress") return [];
      const ports = portsOf(resource);
      const network = networkOf(resource);
      const blanket = ports !== undefined && ports.from <= 1 && ports.to >= 65535;
      return blanket && network !== undefined && !isPrivate(network)
        ? [`opens every port to ${network}.`]
        : [];
    },
  }),
  rule({
    name: "egress-limited",
    family: "exposure",
    summary: "Machines reach only what this rule's `to` lists.",
    fix: "Restrict the rule, or add the network to this rule's `to`.",
    severity: "medium",
    // Images and packages come from everywhere until a site has mirrors, and then it lists them.
    levels: ALWAYS,
    options: { to: networks("Networks that machines may reach; an empty list is no limit.") },
    resource(resource, { options: { to } }) {
      if (to.length === 0 || resource.type !== TYPE.rule || text(resource, "direction") !== "egress")
        return [];
      const network = networkOf(resource);
      if (network === undefined) return [];
      const inside = to.some(
        (range) => isCidr(range) && etherType(range) === etherType(network) && contains(range, network),
      );
      return inside ? [] : [`lets machines reach ${network}, which is not in ${to.join(", ")}.`];
    },
  }),
  rule({
    name: "default-rules-deleted",
    family: "exposure",
    summary: "Security groups hold the program's rules and no others.",
    fix: "Set deleteDefaultRules: true, and write down what may go out.",
    severity: "medium",
    levels: ALWAYS,
    options: {},
    resource: (resource) =>
      resource.type === TYPE.securityGroup && !isTrue(resource, "deleteDefaultRules")
        ? ["keeps the rules that Neutron adds by itself, which nobody sees in a preview or as drift."]
        : [],
  }),
  rule({
    name: "rule-described",
    family: "exposure",
    summary: "Every security rule says what it is for.",
    fix: "Give it a description.",
    severity: "low",
    levels: byEnvironment<Level>("advisory", "advisory", "mandatory"),
    options: {},
    resource: (resource) =>
      resource.type === TYPE.rule && !isGiven(resource, "description")
        ? ["has no description: in a year nobody will dare to remove it."]
        : [],
  }),
  rule({
    name: "port-guarded",
    family: "exposure",
    summary: "Every port has security groups, and sends from known addresses only.",
    fix: "Give the port securityGroupIds, keep port security on, and name allowed addresses exactly.",
    severity: "high",
    levels: ALWAYS,
    options: {},
    resource(resource) {
      if (resource.type !== TYPE.port) return [];
      const off = isTrue(resource, "noSecurityGroups") || at(resource, "portSecurityEnabled") === false;
      const pairs = leaves(resource.props["allowedAddressPairs"]).map(({ value }) => value);
      return [
        ...(off ? ["has security groups switched off."] : []),
        ...(!off && !isGiven(resource, "securityGroupIds")
          ? ["has no security group of its own, so it gets the project's default one."]
          : []),
        ...(pairs.some((pair) => typeof pair === "string" && isCidr(pair) && isWorld(pair))
          ? ["may send from every address (allowedAddressPairs)."]
          : []),
      ];
    },
  }),
  rule({
    name: "workers-not-public",
    family: "exposure",
    summary: "Workers have no floating IPs: traffic comes through load balancers.",
    fix: "Publish the service with a Service of type LoadBalancer or a Gateway.",
    severity: "high",
    levels: ADVICE,
    options: {},
    stack(resources) {
      const workers = ofType(resources, TYPE.instance).filter((instance) => roleOf(instance) === "worker");
      const owned = new Set(workers.flatMap(({ uses }) => uses["networks"] ?? []).map(({ urn }) => urn));
      return ofType(resources, TYPE.floatingIp)
        .filter(({ uses }) => (uses["portId"] ?? []).some(({ urn }) => owned.has(urn)))
        .map(({ urn }) => ({ message: "is the public address of a worker.", urn }));
    },
  }),
];
