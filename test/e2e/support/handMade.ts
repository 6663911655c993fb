/** What people do to a cluster by hand, behind the program's back: one change of every kind that it makes. */
import type { OpenStackClient } from "../../../cli/cloud/client";
import type { DayTwoBed, Named } from "./dayTwoBed";
import { apiAddress, apiMembers, apiRecord, kubeletRule } from "./parts";
import { changedInEverything, deletedOfSome, lostWithMachine } from "./reported";

/** One property of one resource of each kind. @returns what the report must name */
export async function changeEverything(ops: DayTwoBed): Promise<string[]> {
  const cloud = await ops.cloud();
  const [network, compute, volume] = [
    cloud.service("network"),
    cloud.service("compute"),
    cloud.service("volume"),
  ];
  const balancer = cloud.service("load-balancer");
  const put = async (collection: string, key: string, name: string, body: object) => {
    const found = await ops.one("network", `/${collection}`, collection.replaceAll("-", "_"), name);
    await network.change("PUT", `/${collection}/${found.id}`, { [key]: body });
  };
  // By its subnet: look-alikes of other organisations have the network's name.
  const { network_id: own } = await ops.one("network", "/subnets", "subnets", ops.stack);
  await network.change("PUT", `/networks/${String(own)}`, { network: { admin_state_up: false } });
  await put("subnets", "subnet", ops.stack, { dns_nameservers: ["192.0.2.1"] });
  await put("routers", "router", ops.stack, { name: "somebody" });
  await put("security-groups", "security_group", `${ops.stack}-worker`, { description: "somebody" });
  const other = await ops.one("network", "/security-groups", "security_groups", `${ops.stack}-bastion`);
  await put("ports", "port", `${ops.stack}-general-2`, { security_groups: [other.id] });
  const lb = async (
    collection: string,
    key: string,
    body: object,
    name = `${ops.stack}-api`,
    path = `/lbaas/${collection}`,
  ) => {
    const all = await balancer.list<Named>(path, collection);
    const found = all.find((one) => one.name === name) ?? all[0];
    await balancer.change("PUT", `${path}/${found?.id}`, { [key]: body });
    await settled(balancer);
    return found!;
  };
  await lb("loadbalancers", "loadbalancer", { description: "somebody" });
  await lb("listeners", "listener", { name: "somebody" });
  const pool = await lb("pools", "pool", { name: "somebody" });
  await lb("healthmonitors", "healthmonitor", { delay: 33 });
  await lb("members", "member", { weight: 7 }, `${ops.stack}-cp-1`, `/lbaas/pools/${pool.id}/members`);
  const server = await ops.one("compute", "/servers", "servers", `${ops.stack}-general-1`);
  await compute.change("PUT", `/servers/${server.id}`, { server: { name: "somebody" } });
  const disk = await ops.one("volume", "/volumes", "volumes", `${ops.stack}-general-1-data`);
  await volume.change("PUT", `/volumes/${disk.id}`, { volume: { name: "somebody" } });
  const { zone, record } = await apiRecord(ops);
  await cloud.service("dns").change("PUT", `/zones/${zone.id}/recordsets/${record.id}`, { ttl: 77 });
  const { id: address } = await apiAddress(ops);
  await network.change("PUT", `/floatingips/${address}`, { floatingip: { description: "somebody" } });
  return changedInEverything(ops.stack);
}

type BalancerService = ReturnType<Awaited<ReturnType<DayTwoBed["cloud"]>>["service"]>;

/** Octavia refuses the next change until it has done this one. */
async function settled(balancer: BalancerService): Promise<void> {
  for (;;) {
    const all = await balancer.list<Named>("/lbaas/loadbalancers", "loadbalancers");
    if (all.every((one) => one["provisioning_status"] === "ACTIVE")) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** One of each kind that may go without a machine going. @returns what the report must name */
export async function deleteSome(ops: DayTwoBed): Promise<string[]> {
  const cloud = await ops.cloud();
  const [network, balancer, dns] = [
    cloud.service("network"),
    cloud.service("load-balancer"),
    cloud.service("dns"),
  ];
  await network.delete(`/security-group-rules/${(await kubeletRule(ops)).id}`);
  const [monitor] = await balancer.list<Named>("/lbaas/healthmonitors", "healthmonitors");
  await balancer.delete(`/lbaas/healthmonitors/${monitor?.id}`);
  await settled(balancer);
  const { zone, record } = await apiRecord(ops);
  await dns.delete(`/zones/${zone.id}/recordsets/${record.id}`);
  const subnet = await ops.one("network", "/subnets", "subnets", ops.stack);
  await network.change("PUT", `/subnets/${subnet.id}`, { subnet: { host_routes: [] } });
  // Behind Kubernetes' back too: what had it cannot log in any more.
  const credential = `${ops.stack}-cloud-controller`;
  for (const { id, name } of await credentials(cloud))
    if (name === credential) await cloud.service("identity").delete(`${credentialsOf(cloud)}/${id}`);
  return deletedOfSome(ops.stack);
}

const credentialsOf = (cloud: OpenStackClient) => `/users/${cloud.userId}/application_credentials`;

function credentials(cloud: OpenStackClient): Promise<Named[]> {
  return cloud.service("identity").list<Named>(credentialsOf(cloud), "application_credentials");
}

/** What goes with a machine or takes one with it. @returns what the report must name */
export async function loseMachine(ops: DayTwoBed): Promise<string[]> {
  const cloud = await ops.cloud();
  const [network, compute, volume, balancer] = [
    cloud.service("network"),
    cloud.service("compute"),
    cloud.service("volume"),
    cloud.service("load-balancer"),
  ];
  const server = await ops.one("compute", "/servers", "servers", `${ops.stack}-general-2`);
  await compute.delete(`/servers/${server.id}`);
  const disk = await ops.one("volume", "/volumes", "volumes", `${ops.stack}-general-2-data`);
  const status = async () =>
    (await volume.get<{ volume: Named }>(`/volumes/${disk.id}`)).volume["status"] === "available";
  while (!(await status())) await new Promise((resolve) => setTimeout(resolve, 100));
  await volume.delete(`/volumes/${disk.id}`);
  const [key] = await compute.list<{ keypair: { name: string } }>("/os-keypairs", "keypairs");
  await compute.delete(`/os-keypairs/${key?.keypair.name}`);
  const groups = await compute.list<Named>("/os-server-groups", "server_groups");
  await compute.delete(`/os-server-groups/${groups.find(({ name }) => name === `${ops.stack}-general`)?.id}`);
  const endpoint = await ops.one(
    "load-balancer",
    "/lbaas/loadbalancers",
    "loadbalancers",
    `${ops.stack}-api`,
  );
  const members = await apiMembers(ops);
  await balancer.delete(`/lbaas/loadbalancers/${endpoint.id}?cascade=true`);
  await settled(balancer);
  await network.delete(`/floatingips/${(await apiAddress(ops)).id}`);
  return lostWithMachine(
    ops.stack,
    members.map(({ name }) => name),
  );
}

/**
 * Everything that the project has, in the order in which a cloud lets it go: a clean-up script that ran in the wrong
 * project. Only the furniture stays: the external network, the `default` group, the zone.
 */
export async function loseEverything(ops: DayTwoBed): Promise<void> {
  const cloud = await ops.cloud();
  const [network, compute, volume, balancer, objects] = [
    cloud.service("network"),
    cloud.service("compute"),
    cloud.service("volume"),
    cloud.service("load-balancer"),
    cloud.service("object-store"),
  ];
  const balancers = () => balancer.list<Named>("/lbaas/loadbalancers", "loadbalancers");
  for (const { id } of await balancers()) await balancer.delete(`/lbaas/loadbalancers/${id}?cascade=true`);
  while ((await balancers()).length > 0) await new Promise((resolve) => setTimeout(resolve, 200));
  const servers = () => compute.list<Named>("/servers", "servers");
  for (const { id } of await servers()) await compute.delete(`/servers/${id}`);
  while ((await servers()).length > 0) await new Promise((resolve) => setTimeout(resolve, 200));
  for (const { id } of await volume.list<Named>("/volumes", "volumes")) await volume.delete(`/volumes/${id}`);
  for (const { keypair } of await compute.list<{ keypair: Named }>("/os-keypairs", "keypairs"))
    await compute.delete(`/os-keypairs/${keypair.name}`);
  for (const { id } of await compute.list<Named>("/os-server-groups", "server_groups"))
    await compute.delete(`/os-server-groups/${id}`);
  const own = async (collection: string) => {
    const found = await network.list<Named>(`/${collection}`, collection.replaceAll("-", "_"));
    return found.filter((one) => one["project_id"] === cloud.projectId && one.name !== "default");
  };
  for (const { id } of await own("floatingips")) await network.delete(`/floatingips/${id}`);
  for (const { id, device_id: router, device_owner: owner } of await own("ports"))
    if (owner === "network:router_interface")
      await network.change("PUT", `/routers/${String(router)}/remove_router_interface`, { port_id: id });
    else await network.delete(`/ports/${id}`);
  for (const collection of ["routers", "networks", "security-groups"])
    for (const { id } of await own(collection)) await network.delete(`/${collection}/${id}`);
  const dns = cloud.service("dns");
  for (const { id: zone } of await dns.list<Named>("/zones", "zones"))
    for (const { id, type } of await dns.list<Named>(`/zones/${zone}/recordsets`, "recordsets"))
      if (type !== "SOA" && type !== "NS") await dns.delete(`/zones/${zone}/recordsets/${id}`);
  for (const { id } of await credentials(cloud))
    await cloud.service("identity").delete(`${credentialsOf(cloud)}/${id}`);
  for (const { name } of await objects.get<readonly Named[]>("", { format: "json" }))
    await objects.delete(`/${name}`);
}
