/** Everything in the cloud that belongs to a cluster, by tags, metadata, and where there are none, exact names. */
import type { ClusterConfig } from "../../config/resolve";
import { planCluster } from "../../plan";
import type { OpenStackClient, ServiceName } from "../cloud/client";
import { CloudError } from "../cloud/errors";
import {
  hasMetadata,
  hasTags,
  isClaimedVolume,
  isDescribedAsOf,
  isKeyPair,
  isServiceBalancer,
  type Listed,
} from "./match";
import type { Belonging, Belongings, Owner, Unasked } from "./types";

type Lister = (cloud: OpenStackClient, owner: Owner) => Promise<Belonging[]>;

interface Judgement {
  readonly owner: Belonging["owner"];
  readonly sure: boolean;
}

const OURS: Judgement = { owner: "opencenter", sure: true };
/** Made by a controller, whose names say the cluster and not the organisation. */
const THEIRS: Judgement = { owner: "kubernetes", sure: false };
const BY_NAME: Judgement = { owner: "opencenter", sure: false };

interface Collection {
  readonly kind: string;
  readonly service: ServiceName;
  readonly list: string;
  readonly key: string;
  /** Where one is deleted, if not below the list. */
  readonly path?: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly judge: (item: Listed, owner: Owner) => Judgement | undefined;
  /** After the id, when one is deleted. */
  readonly suffix?: string;
}

function inCollection({
  kind,
  service,
  list,
  key,
  path = list,
  query = {},
  judge,
  suffix = "",
}: Collection): Lister {
  return async (cloud, owner) => {
    const api = cloud.service(service);
    const items = await api.list<Listed>(list, key, query);
    return items.flatMap((item) => {
      const judgement = judge(item, owner);
      if (judgement === undefined) return [];
      const remove = () => api.delete(`${path}/${item.id}${suffix}`);
      return [{ kind, id: item.id, name: item.name ?? "", ...judgement, remove }];
    });
  };
}

const tagged = (item: Listed, owner: Owner) => (hasTags(item, owner) ? OURS : undefined);

const network = (kind: string, collection: string, judge: Collection["judge"] = tagged): Lister =>
  inCollection({
    kind,
    service: "network",
    list: `/${collection}`,
    key: collection.replaceAll("-", "_"),
    judge,
  });

const withDescription: Collection["judge"] = (item, owner) =>
  tagged(item, owner) ?? (isDescribedAsOf(item, owner) ? THEIRS : undefined);

const loadBalancers = inCollection({
  kind: "load balancer",
  service: "load-balancer",
  list: "/lbaas/loadbalancers",
  key: "loadbalancers",
  // With its listeners, pools and members.
  suffix: "?cascade=true",
  judge: (item, owner) => tagged(item, owner) ?? (isServiceBalancer(item, owner) ? THEIRS : undefined),
});

const servers = inCollection({
  kind: "server",
  service: "compute",
  list: "/servers/detail",
  key: "servers",
  path: "/servers",
  judge: (item, owner) => (hasMetadata(item.metadata, owner) ? OURS : undefined),
});

const volumes = inCollection({
  kind: "volume",
  service: "volume",
  list: "/volumes/detail",
  key: "volumes",
  path: "/volumes",
  judge: (item, owner) => {
    if (hasMetadata(item.metadata, owner)) return OURS;
    return isClaimedVolume(item, owner) ? THEIRS : undefined;
  },
});

const serverGroups = inCollection({
  kind: "server group",
  service: "compute",
  list: "/os-server-groups",
  key: "server_groups",
  judge: ({ name }, { names }) => (names.serverGroups.includes(name ?? "") ? BY_NAME : undefined),
});

/** A router holds its subnets by ports that go by a request of their own. */
const routerInterfaces: Lister = async (cloud, owner) => {
  const api = cloud.service("network");
  const routers = (await api.list<Listed>("/routers", "routers")).filter((router) => hasTags(router, owner));
  const ports = await Promise.all(
    routers.map(({ id }) => api.list<Listed>("/ports", "ports", { device_id: id })),
  );
  return ports
    .flat()
    .filter((port) => String(port["device_owner"]).startsWith("network:router_interface"))
    .map((port) => ({
      kind: "router interface",
      id: port.id,
      name: `of router ${String(port["device_id"])}`,
      ...OURS,
      remove: async () => {
        const body = { port_id: port.id };
        await api.change("PUT", `/routers/${String(port["device_id"])}/remove_router_interface`, body);
      },
    }));
};

const keyPairs: Lister = async (cloud, owner) => {
  const api = cloud.service("compute");
  const entries = await api.list<{ keypair: { name: string } }>("/os-keypairs", "keypairs");
  return entries
    .map(({ keypair: { name } }) => name)
    .filter((name) => isKeyPair(name, owner))
    .map((name) => ({
      kind: "key pair",
      id: name,
      name,
      ...BY_NAME,
      remove: () => api.delete(`/os-keypairs/${name}`),
    }));
};

const records: Lister = async (cloud, { names }) => {
  if (names.records.length === 0) return [];
  const api = cloud.service("dns");
  const zones = await api.list<Listed>("/zones", "zones");
  const all = zones.map(async ({ id: zone }) => {
    const found = await api.list<Listed>(`/zones/${zone}/recordsets`, "recordsets");
    return found
      .filter(({ name, type }) => names.records.includes(name ?? "") && ["A", "AAAA"].includes(String(type)))
      .map(({ id, name }) => ({
        kind: "DNS record",
        id: `${zone}/${id}`,
        name: name ?? "",
        ...BY_NAME,
        remove: () => api.delete(`/zones/${zone}/recordsets/${id}`),
      }));
  });
  return (await Promise.all(all)).flat();
};

/** What is in it is a backup: a container is never deleted with its content from here. */
const containers: Lister = async (cloud, owner) => {
  const { container } = owner.names;
  if (container === undefined) return [];
  const api = cloud.service("object-store");
  try {
    const headers = await api.head(`/${container}`);
    const metadata = {
      "opencenter-organization": String(headers["x-container-meta-opencenter-organization"] ?? ""),
      "opencenter-cluster": String(headers["x-container-meta-opencenter-cluster"] ?? ""),
    };
    if (!hasMetadata(metadata, owner)) return [];
    return [
      {
        kind: "container",
        id: container,
        name: container,
        ...OURS,
        remove: () => api.delete(`/${container}`),
      },
    ];
  } catch (error) {
    if (error instanceof CloudError && error.kind === "not-found") return [];
    throw error;
  }
};

/** In the order in which they can be deleted. */
const LISTERS: readonly (readonly [service: string, kind: string, lister: Lister])[] = [
  ["DNS", "DNS record", records],
  ["load balancers", "load balancer", loadBalancers],
  ["floating IPs", "floating IP", network("floating IP", "floatingips", withDescription)],
  ["servers", "server", servers],
  ["volumes", "volume", volumes],
  ["router interfaces", "router interface", routerInterfaces],
  // A router's and a load balancer's ports go with these, and carry no tags of ours.
  ["ports", "port", network("port", "ports")],
  ["security groups", "security group", network("security group", "security-groups", withDescription)],
  ["routers", "router", network("router", "routers")],
  ["subnets", "subnet", network("subnet", "subnets")],
  ["networks", "network", network("network", "networks")],
  ["server groups", "server group", serverGroups],
  ["key pairs", "key pair", keyPairs],
  ["object store", "container", containers],
];

/** Whose things are looked for, from the configuration alone: a stack that is gone has no other memory. */
export function ownerOf(config: ClusterConfig): Owner {
  const { organization, name, controlPlane, pools, dns, ssh, backupContainer } = planCluster(config);
  const groups = [controlPlane, ...pools].flatMap(({ serverGroup }) => serverGroup?.name ?? []);
  return {
    organization,
    cluster: name,
    names: {
      serverGroups: groups,
      keyPairPrefix: `${ssh.name}-`,
      records: dns?.records.map((record) => record.name) ?? [],
      ...(backupContainer && { container: backupContainer.name }),
    },
  };
}

export async function listBelongings(cloud: OpenStackClient, owner: Owner): Promise<Belongings> {
  const unasked: Unasked[] = [];
  const lists = await Promise.all(
    LISTERS.map(async ([service, kind, lister]) => {
      try {
        return await lister(cloud, owner);
      } catch (error) {
        if (!(error instanceof CloudError)) throw error;
        unasked.push({ service, kind, reason: error.message, missing: error.kind === "service-missing" });
        return [];
      }
    }),
  );
  return { found: lists.flat(), unasked };
}
