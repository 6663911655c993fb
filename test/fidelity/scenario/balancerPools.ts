/** Octavia: what is behind a listener. */
import type { Json } from "../connection";
import { NO_ID } from "../recorder";
import type { Caller } from "./scene";

/** Waits until the load balancer takes the next change. */
export type Settle = (step: string) => Promise<unknown>;

export async function pools(
  api: Caller,
  listener: string,
  balancer: string,
  settle: Settle,
): Promise<string> {
  const base = { protocol: "TCP", lb_algorithm: "ROUND_ROBIN" };
  const make = (step: string, pool: Json) => api.post(step, "/pools", { pool: { ...base, ...pool } });
  await make("pool of nothing", {});
  await make("pool of an unknown listener", { listener_id: NO_ID });
  await make("pool of an unknown balancer", { loadbalancer_id: NO_ID });
  await make("pool of another protocol", { listener_id: listener, protocol: "UDP" });
  await make("pool of an unknown algorithm", { listener_id: listener, lb_algorithm: "DANCE" });
  await make("pool with wrong persistence", {
    listener_id: listener,
    session_persistence: { type: "DANCE" },
  });
  const pool = await api.made("pool", "/pools", { pool: { ...base, listener_id: listener, name: "api" } });
  await settle("pool");
  await make("second pool of a listener", { listener_id: listener });
  await make("pool without a listener", {
    loadbalancer_id: balancer,
    name: "spare",
    session_persistence: { type: "SOURCE_IP" },
  });
  await settle("spare pool");
  await api.get("pool itself", `/pools/${pool}`);
  await api.get("pools of a balancer", `/pools?loadbalancer_id=${balancer}&name=api`);
  await api.get("pools by name", "/pools?name=api");
  await api.get("unknown pool", `/pools/${NO_ID}`);
  await api.put("pool changed", `/pools/${pool}`, {
    pool: { name: "api-2", lb_algorithm: "LEAST_CONNECTIONS" },
  });
  await settle("pool changed");
  await api.put("pool of another protocol later", `/pools/${pool}`, { pool: { protocol: "UDP" } });
  return pool;
}

export async function members(api: Caller, pool: string, subnet: string, settle: Settle): Promise<void> {
  const path = `/pools/${pool}/members`;
  const base = { address: "10.20.0.11", protocol_port: 6443 };
  const make = (step: string, member: Json, where = path) =>
    api.post(step, where, { member: { ...base, ...member } });
  await make("member of an unknown pool", {}, `/pools/${NO_ID}/members`);
  await api.get("members of an unknown pool", `/pools/${NO_ID}/members`);
  await make("member with a wrong address", { address: "nonsense" });
  await make("member on an unknown subnet", { subnet_id: NO_ID });
  await make("member on an impossible port", { protocol_port: 0 });
  await make("member of impossible weight", { weight: 1000 });
  const member = await api.made("member", path, { member: { ...base, name: "cp-1", subnet_id: subnet } });
  await settle("member");
  await make("member twice", {});
  await api.get("member itself", `${path}/${member}`);
  await api.get("members", path);
  await api.get("members by name", `${path}?name=cp-1`);
  await api.get("unknown member", `${path}/${NO_ID}`);
  await api.put("member changed", `${path}/${member}`, { member: { weight: 5, name: "cp-1b" } });
  await settle("member changed");
  await api.put("member with another address", `${path}/${member}`, { member: { address: "10.20.0.12" } });
  const two = [
    { ...base, weight: 7 },
    { address: "10.20.0.12", protocol_port: 6443, subnet_id: subnet },
  ];
  await api.put("members replaced", path, { members: two });
  await settle("members replaced");
  await api.get("members after replacement", path);
  await api.put("members replaced by one", path, { members: two.slice(0, 1) });
  await settle("members replaced by one");
  const another = await api.made("another member", path, { member: { ...base, address: "10.20.0.13" } });
  await settle("another member");
  await api.delete("another member deleted", `${path}/${another}`);
  await settle("another member deleted");
  await api.get("another member that was deleted", `${path}/${another}`);
  await api.delete("unknown member deleted", `${path}/${NO_ID}`);
}

export async function monitors(api: Caller, pool: string, settle: Settle): Promise<string> {
  const base = { pool_id: pool, type: "TCP", delay: 5, timeout: 3, max_retries: 3 };
  const make = (step: string, healthmonitor: Json) =>
    api.post(step, "/healthmonitors", { healthmonitor: { ...base, ...healthmonitor } });
  await make("monitor of an unknown pool", { pool_id: NO_ID });
  await make("monitor of an unknown type", { type: "DANCE" });
  await make("monitor with too many retries", { max_retries: 11 });
  const monitor = await api.made("monitor", "/healthmonitors", { healthmonitor: { ...base, name: "api" } });
  await settle("monitor");
  await make("second monitor", {});
  await api.get("monitor itself", `/healthmonitors/${monitor}`);
  await api.get("monitors", "/healthmonitors?name=api");
  await api.get("all monitors", "/healthmonitors");
  await api.get("unknown monitor", `/healthmonitors/${NO_ID}`);
  await api.put("monitor changed", `/healthmonitors/${monitor}`, {
    healthmonitor: { delay: 10, name: "api-2" },
  });
  await settle("monitor changed");
  await api.put("monitor of another type", `/healthmonitors/${monitor}`, { healthmonitor: { type: "HTTP" } });
  return monitor;
}
