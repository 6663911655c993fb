/** Nova's servers, from creation over every change that a cluster makes to deletion. */
import type { Json } from "../connection";
import { NO_ID } from "../recorder";
import { below, hasStatus, type Area, type Caller, type Scene } from "./scene";
import { actions, at, devices, labels, type Place } from "./serverChanges";

const KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ6Y5p5yJrV1uD5M4Q2N6l4JmTg3q1l0b0JmO9s2u5xk fidelity";

async function place(neutron: Caller, nova: Caller): Promise<Place> {
  const network = await neutron.made("network", "/networks", { network: { name: "net" } });
  const subnet = await neutron.made("subnet", "/subnets", {
    subnet: { network_id: network, ip_version: 4, cidr: "10.20.0.0/24" },
  });
  const fixed = { network_id: network, fixed_ips: [{ subnet_id: subnet, ip_address: "10.20.0.50" }] };
  const port = await neutron.made("port", "/ports", { port: { ...fixed, name: "node-1" } });
  await nova.post("keypair", "/os-keypairs", { keypair: { name: "key", public_key: KEY } });
  const group = await nova.made(
    "server group",
    "/os-server-groups",
    { server_group: { name: "g", policies: ["soft-anti-affinity"] } },
    at("2.15"),
  );
  return { network, subnet, port, group };
}

async function refusals(api: Caller, scene: Scene, { network, port }: Place): Promise<void> {
  const { smallFlavor: flavorRef, image: imageRef } = scene.facts;
  const base = { name: "x", flavorRef, imageRef, networks: [{ uuid: network }] };
  const make = (step: string, server: Json, more: Json = {}) =>
    api.post(step, "/servers", { server: { ...base, ...server }, ...more });
  await make("server of an unknown flavor", { flavorRef: NO_ID });
  await make("server of an unknown image", { imageRef: NO_ID });
  await make("server of no image", { imageRef: "" });
  await make("server on an unknown network", { networks: [{ uuid: NO_ID }] });
  await make("server on an unknown port", { networks: [{ port: NO_ID }] });
  await make("server on a wrong network", { networks: [{ uuid: "nonsense" }] });
  await make("server at an address that is taken", { networks: [{ uuid: network, fixed_ip: "10.20.0.50" }] });
  await make("server with an unknown keypair", { key_name: "none" });
  await make("server in an unknown zone", { availability_zone: "moon" });
  await make("server on a host", { availability_zone: "nova:here" });
  await make("server of an unknown security group", { security_groups: [{ name: "none" }] });
  await make("server without a name", { name: "" });
  await make("server with wrong user data", { user_data: "not base64!" });
  await make("server with too many labels", {
    metadata: Object.fromEntries(Array.from({ length: 129 }, (_, i) => [`k${i}`, "v"])),
  });
  await make("server with a wrong label", { metadata: { "a b/c": 1 } });
  await make("server of an unknown group", {}, { "os:scheduler_hints": { group: NO_ID } });
  await make("server of a wrong group", {}, { "os:scheduler_hints": { group: "nonsense" } });
  await make("server with an unknown attribute", { colour: "blue" });
  await make("server with tags before their time", { tags: ["a"] });
  await make("server of an unknown volume", {
    imageRef: "",
    block_device_mapping_v2: [
      { boot_index: 0, uuid: NO_ID, source_type: "volume", destination_type: "volume" },
    ],
  });
  await make("server of a volume without a size", {
    imageRef: "",
    block_device_mapping_v2: [
      { boot_index: 0, uuid: imageRef, source_type: "image", destination_type: "volume" },
    ],
  });
  await make("server with a wrong port", { networks: [{ port: "nonsense" }] });
  await api.post(
    "server with no network named in 2.37",
    "/servers",
    { server: { ...base, networks: undefined } },
    at("2.37"),
  );
  await api.post("server without its key", "/servers", { machine: {} });
  void port;
}

/** Accepted at first, and failed when nobody waits for it any more. */
async function failure(api: Caller, scene: Scene, { network }: Place): Promise<void> {
  const { smallFlavor: flavorRef, image: imageRef } = scene.facts;
  const networks = [{ uuid: network, fixed_ip: "172.30.0.4" }];
  const id = await api.made("server at an address elsewhere", "/servers", {
    server: { name: "lost", flavorRef, imageRef, networks },
  });
  await api.until("server that failed", `/servers/${id}`, hasStatus("ERROR"));
  await api.post("server that failed stopped", `/servers/${id}/action`, { "os-stop": null });
  await api.delete("server that failed deleted", `/servers/${id}`);
  await api.gone("server that failed is gone", `/servers/${id}`);
}

async function build(api: Caller, neutron: Caller, scene: Scene, where: Place): Promise<string> {
  const { smallFlavor: flavorRef, image: imageRef } = scene.facts;
  const server = {
    name: "node-1", flavorRef, imageRef, key_name: "key", networks: [{ port: where.port }], config_drive: true,
    metadata: { role: "worker" }, user_data: "I2Nsb3VkLWNvbmZpZwo=", security_groups: [{ name: "default" }],
  }; // prettier-ignore
  const hints = { "os:scheduler_hints": { group: where.group } };
  const id = await api.made("server", "/servers", { server, ...hints });
  await api.until("server ready", `/servers/${id}`, hasStatus("ACTIVE"));
  await api.post("server on a port that is used", "/servers", { server: { ...server, name: "y" } });
  for (const version of ["2.9", "2.26", "2.47", "2.63", "2.67", "2.71", "2.79", "2.90"])
    await api.get(`server in ${version}`, `/servers/${id}`, at(version));
  await api.get("servers", "/servers");
  await api.get("servers by name", "/servers?name=node-1");
  await api.get("servers in detail", "/servers/detail?name=node-1");
  await api.get("servers in detail in 2.47", "/servers/detail", at("2.47"));
  await api.get("servers by status", "/servers/detail?status=SHUTOFF");
  await api.get("servers by an unknown status", "/servers/detail?status=SLEEPING");
  await api.get("servers by an unknown filter", "/servers?colour=blue");
  await api.get("servers of everybody", "/servers?all_tenants=1");
  await api.get("servers with a wrong limit", "/servers?limit=nonsense");
  await api.get("servers after an unknown marker", `/servers?marker=${NO_ID}`);
  await api.get("servers, one page", "/servers?limit=1");
  await neutron.until(
    "port of a server",
    `/ports/${where.port}`,
    ({ body }) => (body as Json)["port"]?.status === "ACTIVE",
  );
  await api.get("group with a member", `/os-server-groups/${where.group}`, at("2.13"));
  await api.get("interfaces of a server", `/servers/${id}/os-interface`);
  await api.get("interface of a server", `/servers/${id}/os-interface/${where.port}`);
  await api.get("addresses of a server", `/servers/${id}/ips`);
  await api.get("security groups of a server", `/servers/${id}/os-security-groups`);
  await api.get("attachments of a server", `/servers/${id}/os-volume_attachments`);
  return id;
}

async function end(api: Caller, neutron: Caller, id: string, where: Place): Promise<void> {
  await neutron.delete("port of a running server, changed only", `/ports/${NO_ID}`);
  await neutron.delete("network of a running server", `/networks/${where.network}`);
  await api.delete("server deleted", `/servers/${id}`);
  await api.gone("server is gone", `/servers/${id}`);
  await api.delete("server deleted again", `/servers/${id}`);
  await api.put("unknown server renamed", `/servers/${id}`, { server: { name: "x" } });
  await api.post("action of an unknown server", `/servers/${id}/action`, { "os-stop": null });
  await api.get("interfaces of an unknown server", `/servers/${id}/os-interface`);
  await api.get("attachments of an unknown server", `/servers/${id}/os-volume_attachments`);
  await neutron.until(
    "port of a deleted server",
    `/ports/${where.port}`,
    ({ body }) => (body as Json)["port"]?.device_id === "",
  );
  await neutron.delete("port deleted", `/ports/${where.port}`);
  await api.get("group without members", `/os-server-groups/${where.group}`, at("2.13"));
  await api.delete("group deleted", `/os-server-groups/${where.group}`);
  await api.delete("keypair deleted", "/os-keypairs/key");
  await api.get("servers that are left", "/servers/detail");
  await neutron.until(
    "ports that are left",
    `/ports?network_id=${where.network}`,
    ({ body }) => (body as Json)["ports"]?.length === 0,
  );
  await neutron.delete("network deleted", `/networks/${where.network}`);
}

/** A server that gets its port from Nova, as a bastion without a port of its own. */
async function ownPort(api: Caller, neutron: Caller, scene: Scene, { network }: Place): Promise<void> {
  const { smallFlavor: flavorRef, image: imageRef } = scene.facts;
  const server = {
    name: "plain",
    flavorRef,
    imageRef,
    networks: [{ uuid: network }],
    tags: ["t"],
    description: "d",
  };
  const id = await api.made("server with a port of Nova's", "/servers", { server }, at("2.67"));
  await api.until("server with a port of Nova's ready", `/servers/${id}`, hasStatus("ACTIVE"), at("2.67"));
  await neutron.get("port of Nova's", `/ports?device_id=${id}`);
  await api.delete("server with a port of Nova's deleted", `/servers/${id}`);
  await api.gone("server with a port of Nova's is gone", `/servers/${id}`);
  await neutron.until(
    "port of Nova's is gone",
    `/ports?device_id=${id}`,
    ({ body }) => (body as Json)["ports"]?.length === 0,
  );
}

export const servers: Area = async (scene) => {
  const nova = below(scene.recorder, "compute", "/v2.1");
  const neutron = below(scene.recorder, "network", "/v2.0");
  await nova.get("unknown server", `/servers/${NO_ID}`);
  const where = await place(neutron, nova);
  await refusals(nova, scene, where);
  await failure(nova, scene, where);
  const id = await build(nova, neutron, scene, where);
  await labels(nova, id);
  await devices(nova, neutron, id, where);
  await actions(nova, id, scene);
  await ownPort(nova, neutron, scene, where);
  await end(nova, neutron, id, where);
};
