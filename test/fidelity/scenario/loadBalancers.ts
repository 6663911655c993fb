/** Octavia: a load balancer with its parts, which change one at a time. */
import type { Json } from "../connection";
import { NO_ID } from "../recorder";
import { members, monitors, pools, type Settle } from "./balancerPools";
import { below, hasStatus, type Area, type Caller, type Scene } from "./scene";

const ACTIVE = hasStatus("ACTIVE");

async function balancers(api: Caller, subnet: string, hold: Scene["hold"]): Promise<string> {
  const make = (step: string, loadbalancer: Json) => api.post(step, "/loadbalancers", { loadbalancer });
  await make("balancer of nothing", { name: "x" });
  await make("balancer on an unknown subnet", { vip_subnet_id: NO_ID });
  await make("balancer on an unknown network", { vip_network_id: NO_ID });
  await make("balancer on an unknown port", { vip_port_id: NO_ID });
  await make("balancer on a wrong subnet", { vip_subnet_id: "nonsense" });
  await make("balancer at an address elsewhere", { vip_subnet_id: subnet, vip_address: "172.30.0.4" });
  await make("balancer of an unknown provider", { vip_subnet_id: subnet, provider: "none" });
  await make("balancer of an unknown flavor", { vip_subnet_id: subnet, flavor_id: NO_ID });
  await make("balancer with an unknown attribute", { vip_subnet_id: subnet, colour: "blue" });
  const body = {
    loadbalancer: {
      name: "api",
      description: "d",
      vip_subnet_id: subnet,
      vip_address: "10.20.0.5",
      tags: ["a"],
    },
  };
  hold(true);
  const balancer = await api.made("balancer", "/loadbalancers", body);
  await api.put("balancer renamed while it is made", `/loadbalancers/${balancer}`, {
    loadbalancer: { name: "x" },
  });
  await api.post("listener while it is made", "/listeners", {
    listener: { loadbalancer_id: balancer, protocol: "TCP", protocol_port: 1 },
  });
  hold(false);
  await api.until("balancer ready", `/loadbalancers/${balancer}`, ACTIVE);
  await make("balancer at an address that is taken", { vip_subnet_id: subnet, vip_address: "10.20.0.5" });
  await api.get("all balancers", "/loadbalancers");
  await api.get("balancers", "/loadbalancers?name=api");
  await api.get("balancers by tag", "/loadbalancers?tags=a");
  await api.get("balancers by an unknown filter", "/loadbalancers?colour=blue");
  await api.get("balancers by no name", "/loadbalancers?name=none");
  await api.get("unknown balancer", `/loadbalancers/${NO_ID}`);
  await api.delete("unknown balancer deleted", `/loadbalancers/${NO_ID}`);
  await api.put("unknown balancer changed", `/loadbalancers/${NO_ID}`, { loadbalancer: { name: "x" } });
  hold(true);
  await api.put("balancer renamed", `/loadbalancers/${balancer}`, {
    loadbalancer: { name: "api-2", tags: ["b"] },
  });
  await api.put("balancer renamed while it changes", `/loadbalancers/${balancer}`, {
    loadbalancer: { name: "x" },
  });
  await api.delete("balancer deleted while it changes", `/loadbalancers/${balancer}`);
  hold(false);
  await api.until("balancer ready again", `/loadbalancers/${balancer}`, ACTIVE);
  await api.put("balancer with another address", `/loadbalancers/${balancer}`, {
    loadbalancer: { vip_address: "10.20.0.6" },
  });
  return balancer;
}

async function listeners(api: Caller, balancer: string, settle: Settle): Promise<string> {
  const base = { loadbalancer_id: balancer, protocol: "TCP", protocol_port: 6443 };
  const make = (step: string, listener: Json) =>
    api.post(step, "/listeners", { listener: { ...base, ...listener } });
  await make("listener of an unknown balancer", { loadbalancer_id: NO_ID });
  await make("listener of an unknown protocol", { protocol: "PIGEON" });
  await make("listener on an impossible port", { protocol_port: 70000 });
  await make("listener with a wrong range", { allowed_cidrs: ["nonsense"] });
  await make("listener with ranges of the other version", { allowed_cidrs: ["fd00::/64"] });
  await make("listener of an unknown pool", { default_pool_id: NO_ID });
  await api.post("listener without a port", "/listeners", {
    listener: { loadbalancer_id: balancer, protocol: "TCP" },
  });
  await make("listener with an unknown attribute", { colour: "blue" });
  await make("listener with TLS but no secret", { protocol: "TERMINATED_HTTPS" });
  const listener = await api.made("listener", "/listeners", {
    listener: { ...base, name: "api", allowed_cidrs: ["192.0.2.0/24"], timeout_client_data: 60000 },
  });
  await settle("listener");
  await make("listener on the same port", {});
  await api.get("listener itself", `/listeners/${listener}`);
  await api.get("listeners of a balancer", `/listeners?loadbalancer_id=${balancer}`);
  await api.get("listeners by name", "/listeners?name=api");
  await api.get("all listeners", "/listeners");
  await api.get("unknown listener", `/listeners/${NO_ID}`);
  await api.put("listener changed", `/listeners/${listener}`, {
    listener: { name: "api-2", allowed_cidrs: ["198.51.100.0/24"], connection_limit: 100 },
  });
  await settle("listener changed");
  await api.put("listener on another port", `/listeners/${listener}`, { listener: { protocol_port: 1 } });
  await api.put("listener of an unknown pool later", `/listeners/${listener}`, {
    listener: { default_pool_id: NO_ID },
  });
  return listener;
}

async function end(
  api: Caller,
  neutron: Caller,
  ids: { balancer: string; pool: string; monitor: string; listener: string; vipPort: string },
  settle: Settle,
): Promise<void> {
  await api.get("state of a balancer", `/loadbalancers/${ids.balancer}/status`);
  await api.get("numbers of a balancer", `/loadbalancers/${ids.balancer}/stats`);
  await api.get("balancer with parts", `/loadbalancers/${ids.balancer}`);
  await neutron.get("port of a balancer", `/ports/${ids.vipPort}`);
  await neutron.delete("port of a balancer deleted", `/ports/${ids.vipPort}`);
  await api.delete("monitor deleted", `/healthmonitors/${ids.monitor}`);
  await settle("monitor deleted");
  await api.get("monitor that was deleted", `/healthmonitors/${ids.monitor}`);
  await api.delete("pool deleted", `/pools/${ids.pool}`);
  await settle("pool deleted");
  await api.get("listener without its pool", `/listeners/${ids.listener}`);
  await api.delete("balancer with parts deleted", `/loadbalancers/${ids.balancer}`);
  await api.delete("listener deleted", `/listeners/${ids.listener}`);
  await settle("listener deleted");
  await api.delete("balancer deleted with its parts", `/loadbalancers/${ids.balancer}?cascade=true`);
  await api.gone("balancer is gone", `/loadbalancers/${ids.balancer}`);
  await neutron.gone("port of a balancer is gone", `/ports/${ids.vipPort}`);
  await api.get("pools that are left", "/pools");
}

/** As it is when everything else has gone before it. */
async function withoutParts(api: Caller, subnet: string): Promise<void> {
  const balancer = await api.made("balancer without parts", "/loadbalancers", {
    loadbalancer: { name: "bare", vip_subnet_id: subnet },
  });
  await api.until("balancer without parts ready", `/loadbalancers/${balancer}`, ACTIVE);
  await api.delete("balancer without parts deleted", `/loadbalancers/${balancer}`);
  await api.gone("balancer without parts is gone", `/loadbalancers/${balancer}`);
}

async function catalogue(api: Caller, projectId: string): Promise<void> {
  await api.get("providers", "/providers", { typesOnly: true });
  await api.get("flavors", "/flavors");
  await api.get("unknown flavor", `/flavors/${NO_ID}`);
  await api.get("zones", "/availabilityzones");
  await api.get("quotas", `/quotas/${projectId}`, { typesOnly: true });
  await api.get("quotas by default", "/quotas/defaults", { typesOnly: true });
  await api.get("balancers of a project", `/loadbalancers?project_id=${projectId}`);
}

export const loadBalancers: Area = async ({ recorder, connection, hold }: Scene) => {
  const api = below(recorder, "load-balancer", "/v2.0/lbaas");
  const neutron = below(recorder, "network", "/v2.0");
  await catalogue(api, connection.projectId);
  const network = await neutron.made("network", "/networks", { network: { name: "net" } });
  const subnet = await neutron.made("subnet", "/subnets", {
    subnet: { network_id: network, ip_version: 4, cidr: "10.20.0.0/24" },
  });
  const balancer = await balancers(api, subnet, hold);
  const settle = (step: string) => api.until(`balancer after ${step}`, `/loadbalancers/${balancer}`, ACTIVE);
  const listener = await listeners(api, balancer, settle);
  const pool = await pools(api, listener, balancer, settle);
  await members(api, pool, subnet, settle);
  const monitor = await monitors(api, pool, settle);
  const { body } = await connection.call("GET", "load-balancer", `/v2.0/lbaas/loadbalancers/${balancer}`);
  const vipPort = (body as Json)["loadbalancer"]?.vip_port_id ?? NO_ID;
  await end(api, neutron, { balancer, pool, monitor, listener, vipPort }, settle);
  await withoutParts(api, subnet);
  await neutron.delete("network deleted", `/networks/${network}`);
};
