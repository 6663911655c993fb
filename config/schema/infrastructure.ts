/** What a cluster stands on: cloud, network, access, machines, API endpoint. */
import { z } from "zod";
import { addressCount, isCidr } from "../address";
import { address, cidr, dnsName, host, httpUrl, metadata, pem, port, tag, uuid } from "./primitives";

export const openstack = z.strictObject({
  cloud: z
    .string()
    .min(1)
    .optional()
    .describe("Entry of clouds.yaml to use. @default openstack, unless authUrl is given"),
  authUrl: httpUrl
    .optional()
    .describe("Keystone's address, instead of `cloud`; the credentials then come from OS_* variables."),
  region: z.string().min(1).optional().describe("Region. @default the one of the clouds.yaml entry"),
  externalNetwork: z
    .string()
    .min(1)
    .describe("Name or id of the network that floating IPs come from and routers lead to."),
  availabilityZones: z
    .array(z.string().min(1))
    .default([])
    .describe("Nova zones to spread machines over. Empty leaves the choice to Nova."),
  image: z.string().min(1).describe("Name or id of the image of all machines; groups may have their own."),
  caCertificate: pem
    .optional()
    .describe("CA certificate of the cloud's API in PEM form, where a public one did not sign it."),
});

/** Router, endpoint, room for machines from the tenth address on, and the last one: a smaller subnet has no pool. */
const SMALLEST_SUBNET = 16n;

export const network = z.strictObject({
  cidr: cidr
    .refine(
      (value) => !isCidr(value) || addressCount(value) >= SMALLEST_SUBNET,
      "is too small: a subnet of nodes needs a prefix of /28 or shorter",
    )
    .default("10.20.0.0/22")
    .describe("Subnet of the nodes."),
  allocationPool: z
    .strictObject({ start: address.describe("First address."), end: address.describe("Last address.") })
    .optional()
    .describe(
      "Addresses that Neutron may hand out. @default the tenth address of the subnet to its last but one",
    ),
  dnsServers: z.array(address).default([]).describe("Resolvers of the nodes. Empty takes the cloud's own."),
  ntpServers: z
    .array(host)
    .default([])
    .describe("Time servers of the nodes. Empty keeps those of the image."),
  mtu: z.int().min(1280).max(9216).optional().describe("MTU in bytes. @default what the cloud offers"),
  hostRoutes: z
    .array(
      z.strictObject({
        destination: cidr.describe("Network to reach."),
        nextHop: address.describe("Through which address."),
      }),
    )
    .default([])
    .describe("Routes that the subnet gives to its machines."),
  existing: z
    .strictObject({
      networkId: uuid.describe("The network."),
      subnetId: uuid.describe("Its subnet; `network.cidr` must be the subnet's."),
      routerId: uuid
        .optional()
        .describe("The router that leads to the external network; needed for floating IPs."),
    })
    .optional()
    .describe("Join a network that is there instead of making one."),
});

const bastion = z.strictObject({
  enabled: z
    .boolean()
    .default(true)
    .describe("A small machine with a floating IP, the only one that SSH reaches from outside."),
  flavor: z
    .string()
    .min(1)
    .optional()
    .describe("Name or id of its flavor. @default that of the control plane"),
  image: z.string().min(1).optional().describe("Name or id of its image. @default openstack.image"),
});

export const access = z.strictObject({
  sshAllowedCidrs: z
    .array(cidr)
    .min(1, "must name at least one network")
    .describe("Networks from which SSH is allowed."),
  apiAllowedCidrs: z
    .array(cidr)
    .min(1, "must name at least one network")
    .describe("Networks from which the Kubernetes API is allowed."),
  bastion: bastion.prefault({}).describe("The jump host."),
  sshUser: z
    .string()
    .regex(/^[a-z_][a-z0-9_-]{0,31}$/, "must be a user name")
    .default("ubuntu")
    .describe("Default user of the images, whom cloud-init gives the key to."),
});

const rootVolume = z.strictObject({
  sizeGiB: z.int().min(10).max(16384).describe("Size in GiB."),
  type: z.string().min(1).optional().describe("Cinder volume type. @default the cloud's default type"),
});

/** What the control plane and every pool have in common. */
const nodeGroup = {
  count: z
    .int()
    .min(0)
    .max(999)
    .optional()
    .describe("How many nodes: 3 means nodes: [1, 2, 3]. Either this or `nodes`."),
  nodes: z
    .array(z.int().min(1).max(999))
    .optional()
    .describe("Numbers of the nodes. Removing node 2 of 3 is [1, 3]."),
  flavor: z.string().min(1).describe("Name or id of the flavor."),
  image: z
    .string()
    .min(1)
    .optional()
    .describe("Name or id of the image; only new nodes get it. @default openstack.image"),
  rootVolume: rootVolume.optional().describe("Boot from a Cinder volume. @default the disk of the flavor"),
  availabilityZones: z
    .array(z.string().min(1))
    .optional()
    .describe("Zones of this group. @default openstack.availabilityZones"),
  configDrive: z
    .boolean()
    .default(true)
    .describe("Give user data by config drive too, for clouds whose metadata service is slow to answer."),
  metadata: metadata.default({}).describe("Nova metadata of the machines, beside the program's own."),
  tags: z.array(tag).default([]).describe("Tags of the machines and their ports, beside `cluster.tags`."),
};

const serverGroupPolicy = z.enum([
  "affinity",
  "anti-affinity",
  "soft-affinity",
  "soft-anti-affinity",
  "none",
]);

export const controlPlane = z.strictObject({
  ...nodeGroup,
  serverGroupPolicy: serverGroupPolicy
    .default("anti-affinity")
    .describe("How Nova places the machines on hosts; `none` makes no server group."),
});

const dataVolume = z.strictObject({
  name: z
    .string()
    .regex(/^[a-z]([-a-z0-9]{0,30}[a-z0-9])?$/, "must be a short lower-case name")
    .describe("Name, part of the volume's name in the cloud."),
  sizeGiB: z.int().min(1).max(65536).describe("Size in GiB."),
  type: z.string().min(1).optional().describe("Cinder volume type. @default the cloud's default type"),
  persistent: z
    .boolean()
    .default(true)
    .describe(
      "A volume of its own that survives the replacement of its node; false deletes it with the machine.",
    ),
});

const nodePort = z.strictObject({
  from: port.describe("First port."),
  to: port.optional().describe("Last port. @default the first"),
  protocol: z.enum(["tcp", "udp"]).default("tcp").describe("Transport protocol."),
  allowedCidrs: z.array(cidr).min(1, "must name at least one network").describe("From where."),
});

export const taintEffects = ["NoSchedule", "PreferNoSchedule", "NoExecute"] as const;

export const pool = z.strictObject({
  ...nodeGroup,
  serverGroupPolicy: serverGroupPolicy
    .default("soft-anti-affinity")
    .describe("How Nova places the machines on hosts; `none` makes no server group."),
  volumes: z.array(dataVolume).default([]).describe("Data volumes of each node."),
  labels: z.record(z.string(), z.string()).default({}).describe("Kubernetes labels of the nodes."),
  taints: z
    .array(
      z.strictObject({
        key: z.string().describe("Key."),
        value: z.string().default("").describe("Value."),
        effect: z.enum(taintEffects).describe("Effect."),
      }),
    )
    .default([])
    .describe("Kubernetes taints of the nodes."),
  nodePorts: z
    .array(nodePort)
    .default([])
    .describe("NodePorts that may be reached from outside the cluster."),
  extraSecurityGroupIds: z
    .array(uuid)
    .default([])
    .describe("Security groups of yours that the ports get too."),
});

export const pools = z.record(z.string(), pool);

export const apiEndpoint = z.strictObject({
  type: z
    .enum(["octavia", "kube-vip", "single"])
    .default("octavia")
    .describe("Load balancer of the cloud, virtual address on the control plane, or the one node itself."),
  provider: z
    .string()
    .min(1)
    .default("amphora")
    .describe("Octavia provider: amphora, ovn, or the name of your vendor's."),
  flavorId: uuid.optional().describe("Octavia flavor. @default the provider's own"),
  vip: address
    .optional()
    .describe(
      "Address inside the subnet and outside the allocation pool. @default the fifth address of a subnet that the program makes",
    ),
  port: port.default(6443).describe("Port of the endpoint."),
  floatingIp: z.boolean().default(true).describe("Give the endpoint an address on the external network."),
  hostname: dnsName.optional().describe("DNS name of the endpoint; all nodes must resolve it."),
  dns: z.enum(["none", "designate"]).default("none").describe("Who makes the record of `hostname`."),
  manageZone: z
    .boolean()
    .default(false)
    .describe("Make the Designate zone `domain` too. It is kept when the cluster goes."),
  monitor: z
    .strictObject({
      delaySeconds: z.int().min(1).max(300).default(10).describe("Between two checks of a member."),
      timeoutSeconds: z.int().min(1).max(300).default(5).describe("For one check."),
      maxRetries: z.int().min(1).max(10).default(3).describe("Checks until a member counts as up or down."),
    })
    .prefault({})
    .describe("Health monitor of the load balancer."),
});
