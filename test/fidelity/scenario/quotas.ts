/** What each service says to a project that has used up what it may have. */
import type { Json, ServiceName } from "../connection";
import { below, hasStatus, type Area, type Scene } from "./scene";

async function limit(
  { admin, connection }: Scene,
  service: ServiceName,
  path: string,
  body: Json,
): Promise<void> {
  await admin.need("PUT", service, path.replace("PROJECT", connection.projectId), { body });
}

async function inNetwork(scene: Scene): Promise<string> {
  const api = below(scene.recorder, "network", "/v2.0");
  const { projectId } = scene.connection;
  const network = await api.made("network", "/networks", { network: { name: "net" } });
  const subnet = await api.made("subnet", "/subnets", {
    subnet: { network_id: network, ip_version: 4, cidr: "10.20.0.0/24" },
  });
  await api.get("security groups", "/security-groups?fields=name");
  const quota = {
    network: 1,
    subnet: 1,
    port: 0,
    router: 0,
    floatingip: 0,
    security_group: 1,
    security_group_rule: 4,
  };
  await limit(scene, "network", "/v2.0/quotas/PROJECT", { quota });
  await api.get("quotas", `/quotas/${projectId}`);
  await api.get("quotas in detail", `/quotas/${projectId}/details`);
  await api.get("quotas of another project", "/quotas/0123456789abcdef0123456789abcdef");
  await api.put("quotas by a member", `/quotas/${projectId}`, { quota });
  await api.post("network too many", "/networks", { network: { name: "x" } });
  await api.post("subnet too many", "/subnets", {
    subnet: { network_id: network, ip_version: 4, cidr: "10.21.0.0/24" },
  });
  await api.post("port too many", "/ports", { port: { network_id: network } });
  await api.post("router too many", "/routers", { router: { name: "x" } });
  await api.post("floating IP too many", "/floatingips", {
    floatingip: { floating_network_id: scene.facts.externalNetwork },
  });
  await api.post("security group too many", "/security-groups", { security_group: { name: "x" } });
  const { body } = await scene.connection.call("GET", "network", "/v2.0/security-groups");
  const security_group_id = (body as Json)["security_groups"]?.[0]?.id;
  await api.post("rule too many", "/security-group-rules", {
    security_group_rule: { security_group_id, direction: "ingress", ethertype: "IPv4" },
  });
  void subnet;
  return network;
}

async function inCompute(scene: Scene, network: string): Promise<void> {
  const api = below(scene.recorder, "compute", "/v2.1");
  const { smallFlavor: flavorRef, largeFlavor, image: imageRef } = scene.facts;
  const quota_set = { instances: 1, cores: 1, ram: 1024, key_pairs: 0, server_groups: 0, metadata_items: 1 };
  await limit(scene, "network", "/v2.0/quotas/PROJECT", { quota: { port: 10 } });
  await scene.recorder.call(
    "quota by an administrator",
    "PUT",
    "compute",
    `/v2.1/os-quota-sets/${scene.connection.projectId}`,
    { token: scene.admin.token, body: { quota_set }, typesOnly: true },
  );
  const make = (step: string, server: Json) =>
    api.post(step, "/servers", {
      server: { name: "x", flavorRef, imageRef, networks: [{ uuid: network }], ...server },
    });
  await api.get("compute quotas", `/os-quota-sets/${scene.connection.projectId}/detail`, { typesOnly: true });
  await api.put("compute quotas by a member", `/os-quota-sets/${scene.connection.projectId}`, { quota_set });
  await make("server with too many cores", { flavorRef: largeFlavor });
  await make("server with too many labels", { metadata: { a: "1", b: "2" } });
  const id = await api.made("server that fits", "/servers", {
    server: { name: "a", flavorRef, imageRef, networks: [{ uuid: network }] },
  });
  await api.until("server that fits ready", `/servers/${id}`, hasStatus("ACTIVE"));
  await make("server too many", {});
  await api.post("resize beyond the quota", `/servers/${id}/action`, { resize: { flavorRef: largeFlavor } });
  await api.post("server group too many", "/os-server-groups", {
    server_group: { name: "x", policies: ["affinity"] },
  });
  await api.get("limits of a project", "/limits", { typesOnly: true });
  await api.delete("server deleted", `/servers/${id}`);
  await api.gone("server is gone", `/servers/${id}`);
}

async function inVolumes(scene: Scene): Promise<void> {
  const { admin, connection } = scene;
  const api = below(scene.recorder, "volume", `/v3/${connection.projectId}`);
  const path = `/v3/${admin.projectId}/os-quota-sets/PROJECT`;
  const make = (step: string, size: number) => api.post(step, "/volumes", { volume: { name: "x", size } });
  await limit(scene, "volume", path, { quota_set: { volumes: 0 } });
  await make("volume too many", 1);
  await limit(scene, "volume", path, { quota_set: { volumes: 10, gigabytes: 1 } });
  await make("volume too large", 2);
  await limit(scene, "volume", path, { quota_set: { gigabytes: 100, per_volume_gigabytes: 1 } });
  await make("volume too large for one", 2);
}

async function inBalancers(scene: Scene, network: string): Promise<void> {
  const api = below(scene.recorder, "load-balancer", "/v2.0/lbaas");
  await limit(scene, "load-balancer", "/v2.0/lbaas/quotas/PROJECT", { quota: { loadbalancer: 0 } });
  await api.get("balancer quotas", `/quotas/${scene.connection.projectId}`, { typesOnly: true });
  await api.post("balancer too many", "/loadbalancers", {
    loadbalancer: { name: "x", vip_network_id: network },
  });
}

export const quotas: Area = async (scene) => {
  const network = await inNetwork(scene);
  await inCompute(scene, network);
  await inVolumes(scene);
  await inBalancers(scene, network);
  const neutron = below(scene.recorder, "network", "/v2.0");
  await neutron.until(
    "ports that are left",
    `/ports?network_id=${network}&fields=id`,
    ({ body }) => (body as Json)["ports"]?.length === 0,
  );
  await neutron.delete("network deleted", `/networks/${network}`);
};
