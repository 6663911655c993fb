/** Configurations and surroundings for tests of components. */
import { formatIssue } from "../../config/issue";
import type { ClusterConfig } from "../../config/resolve";
import type { ClusterInput } from "../../config/schema";
import { validateStackValues } from "../../config/validate";
import { planCluster } from "../../plan";
import { placeholderFacts } from "../../plan/kubernetes/placeholders";
import type { ConvergeRecord } from "../../plan/kubernetes/record";
import { planRequest } from "../../plan/kubernetes/request";
import { Cloud } from "../../components/cloud";
import { Cluster } from "../../components/cluster";
import { Network } from "../../components/network";
import { SecurityGroups } from "../../components/securityGroups";
import { deploy, type Deployment } from "../support/mocks";
import { scratch } from "../support/scratch";

/** Short names of the types that tests ask for. */
export const TYPE = {
  applicationCredential: "openstack:identity/applicationCredential:ApplicationCredential",
  cloud: "pulumi:providers:openstack",
  command: "command:local:Command",
  keys: "pulumi:providers:tls",
  configMap: "kubernetes:core/v1:ConfigMap",
  namespace: "kubernetes:core/v1:Namespace",
  secret: "kubernetes:core/v1:Secret",
  api: "pulumi:providers:kubernetes",
  container: "openstack:objectstorage/container:Container",
  floatingIp: "openstack:networking/floatingIp:FloatingIp",
  instance: "openstack:compute/instance:Instance",
  keypair: "openstack:compute/keypair:Keypair",
  listener: "openstack:loadbalancer/listener:Listener",
  loadBalancer: "openstack:loadbalancer/loadBalancer:LoadBalancer",
  member: "openstack:loadbalancer/member:Member",
  monitor: "openstack:loadbalancer/monitor:Monitor",
  network: "openstack:networking/network:Network",
  pool: "openstack:loadbalancer/pool:Pool",
  port: "openstack:networking/port:Port",
  privateKey: "tls:index/privateKey:PrivateKey",
  recordSet: "openstack:dns/recordSet:RecordSet",
  router: "openstack:networking/router:Router",
  routerInterface: "openstack:networking/routerInterface:RouterInterface",
  rule: "openstack:networking/secGroupRule:SecGroupRule",
  securityGroup: "openstack:networking/secGroup:SecGroup",
  serverGroup: "openstack:compute/serverGroup:ServerGroup",
  subnet: "openstack:networking/subnet:Subnet",
  subnetRoute: "openstack:networking/subnetRoute:SubnetRoute",
  volume: "openstack:blockstorage/volume:Volume",
  volumeAttach: "openstack:compute/volumeAttach:VolumeAttach",
  zone: "openstack:dns/zone:Zone",
} as const;

/** The least that a user must write, without what makes further resources. */
export const minimal = {
  name: "test",
  environment: "development",
  openstack: { externalNetwork: "public", image: "ubuntu" },
  access: {
    sshAllowedCidrs: ["198.51.100.0/24"],
    apiAllowedCidrs: ["198.51.100.0/24"],
    bastion: { enabled: false },
  },
  controlPlane: { count: 1, flavor: "medium" },
  pools: { general: { count: 1, flavor: "medium" } },
  apiEndpoint: { type: "single" },
  backup: { store: "none" },
} satisfies ClusterInput;

/** As little as possible written, so that most of it comes from defaults: load balancer, bastion, Swift. */
export const usual = {
  name: "test",
  environment: "development",
  openstack: { externalNetwork: "public", image: "ubuntu" },
  access: { sshAllowedCidrs: ["198.51.100.0/24"], apiAllowedCidrs: ["198.51.100.0/24"] },
  controlPlane: { count: 3, flavor: "medium" },
  pools: { general: { count: 2, flavor: "medium" } },
} satisfies ClusterInput;

/** A production cluster that uses everything that makes resources. */
export const production = {
  name: "prod",
  environment: "production",
  domain: "prod.acme.internal",
  tags: ["team=platform"],
  openstack: { externalNetwork: "public", image: "ubuntu", availabilityZones: ["az1", "az2", "az3"] },
  network: {
    dnsServers: ["9.9.9.9"],
    ntpServers: ["ntp.acme.internal"],
    hostRoutes: [{ destination: "192.168.50.0/24", nextHop: "10.20.3.251" }],
  },
  access: {
    sshAllowedCidrs: ["198.51.100.0/24"],
    apiAllowedCidrs: ["198.51.100.0/24", "203.0.113.0/25"],
    bastion: { flavor: "small" },
  },
  controlPlane: { count: 3, flavor: "large", rootVolume: { sizeGiB: 80, type: "fast" } },
  pools: {
    general: {
      nodes: [1, 3],
      flavor: "large",
      rootVolume: { sizeGiB: 100 },
      nodePorts: [{ from: 30080, allowedCidrs: ["203.0.113.0/24"] }],
    },
    storage: {
      count: 2,
      flavor: "large",
      volumes: [
        { name: "data", sizeGiB: 500, type: "fast" },
        { name: "scratch", sizeGiB: 50, persistent: false },
      ],
    },
  },
  apiEndpoint: {
    type: "octavia",
    hostname: "api.prod.acme.internal",
    dns: "designate",
    manageZone: true,
  },
  gitops: { repository: { url: "ssh://git@git.acme.internal/platform/clusters.git" } },
} satisfies ClusterInput;

/** A configuration as the program gets it. Throws when a test's settings would not pass the checks. */
export function configure(cluster: ClusterInput): ClusterConfig {
  const { config, issues } = validateStackValues({ organization: "acme", cluster });
  if (config !== undefined) return config;
  throw new Error(issues.map((issue) => formatIssue(issue)).join("\n"));
}

export function plan(cluster: ClusterInput) {
  return planCluster(configure(cluster));
}

/** What the last run left of a cluster that was converged with these settings. */
export function recordOf(settings: ClusterInput): ConvergeRecord {
  const config = configure(settings);
  const { version, kubespray, variables, immutable, nodes, facts } = planRequest(
    config,
    placeholderFacts(config),
  );
  const controlPlane = nodes.filter(({ role }) => role === "control-plane").map(({ name }) => name);
  const machines = nodes.map((node) => ({ ...node, ...facts.machines[node.name]! }));
  return {
    version,
    kubesprayRef: kubespray.ref,
    nodes: machines.map(({ name, role, address, serverId, labels, taints }) => ({
      ...{ name, role, address, serverId, version, labels: { ...labels } },
      taints: [...taints],
    })),
    mark: {
      ...{ kubesprayRef: kubespray.ref, version, variables, controlPlane, immutable },
      surroundings: "of the cloud",
      credential: "of the cloud controller",
    },
    hostKeys: machines.map(({ name, address, serverId }) => ({
      ...{ name, address, serverId },
      booted: true,
      hostKeys: [`ssh-ed25519 of-${name}`],
    })),
  };
}

const deployments = new Map<string, Promise<Deployment<Cluster>>>();

/** A whole cluster, the same one for the same settings: it is only looked at, and takes half a second to make. */
export function deployCluster(
  settings: ClusterInput,
  { preview = false } = {},
): Promise<Deployment<Cluster>> {
  const key = JSON.stringify({ settings, preview });
  const known = deployments.get(key);
  if (known !== undefined) return known;
  const config = configure(settings);
  const deployment = deploy(() => new Cluster(config.name, { config, root: scratch() }), { preview });
  deployments.set(key, deployment);
  return deployment;
}

/**
 * What most components stand on. Call it inside `deploy`. Groups have one rule each: that is enough to wait for, and
 * all of them would take most of the time of the tests.
 */
export function surroundings(settings: ClusterInput) {
  const { network: networkPlan, securityGroups: groups, tags } = plan(settings);
  const cloud = new Cloud("test-cloud", { externalNetwork: "public" });
  const opts = { providers: [cloud.provider, cloud.keys] };
  const externalNetworkId = cloud.externalNetwork.id;
  const network = new Network("test-network", { plan: networkPlan, tags, externalNetworkId }, opts);
  const few = groups.map((group) => ({ ...group, rules: group.rules.slice(0, 1) }));
  const securityGroups = new SecurityGroups("test", { groups: few, tags }, opts);
  return { opts, standing: { cloud, network, securityGroups, keyPair: "test-g1" } };
}
