/** Nova: what a server that runs goes through. */
import type { Answer, Json } from "../connection";
import { NO_ID } from "../recorder";
import { hasStatus, type Caller, type Scene } from "./scene";

/** A microversion. */
export const at = (version: string) => ({ headers: { "openstack-api-version": `compute ${version}` } });

/** What a server stands on. */
export interface Place {
  readonly network: string;
  readonly subnet: string;
  readonly port: string;
  readonly group: string;
}

export async function labels(api: Caller, id: string): Promise<void> {
  const path = `/servers/${id}`;
  await api.put("server renamed", path, { server: { name: "node-2" } });
  await api.put("server described in 2.19", path, { server: { description: "d" } }, at("2.19"));
  await api.put("server with a wrong name", path, { server: { name: "" } });
  await api.post("labels merged", `${path}/metadata`, { metadata: { a: "1", b: "2" } });
  await api.put("labels replaced", `${path}/metadata`, { metadata: { a: "3" } });
  await api.get("labels", `${path}/metadata`);
  await api.put("label", `${path}/metadata/c`, { meta: { c: "4" } });
  await api.get("label itself", `${path}/metadata/c`);
  await api.delete("label deleted", `${path}/metadata/c`);
  await api.delete("unknown label deleted", `${path}/metadata/none`);
  await api.put("tags", `${path}/tags`, { tags: ["a", "b"] }, at("2.26"));
  await api.put("tag", `${path}/tags/c`, undefined, at("2.26"));
  await api.get("tags themselves", `${path}/tags`, at("2.26"));
  await api.get("tag itself", `${path}/tags/c`, at("2.26"));
  await api.delete("tag deleted", `${path}/tags/c`, at("2.26"));
  await api.delete("unknown tag deleted", `${path}/tags/none`, at("2.26"));
  await api.get("tags before their time", `${path}/tags`);
}

export async function devices(
  api: Caller,
  neutron: Caller,
  id: string,
  { network, subnet, port }: Place,
): Promise<void> {
  const path = `/servers/${id}/os-interface`;
  const body = {
    port: { network_id: network, fixed_ips: [{ subnet_id: subnet, ip_address: "10.20.0.77" }] },
  };
  const second = await neutron.made("second port", "/ports", body);
  await api.post("interface attached", path, { interfaceAttachment: { port_id: second } });
  await api.post("interface attached again", path, { interfaceAttachment: { port_id: second } });
  await api.post("interface of an unknown port", path, { interfaceAttachment: { port_id: NO_ID } });
  await api.post("interface of an unknown network", path, { interfaceAttachment: { net_id: NO_ID } });
  await api.post("interface of two things", path, {
    interfaceAttachment: { net_id: network, port_id: second },
  });
  await api.delete("interface detached", `${path}/${second}`);
  await api.until("interface is gone", `${path}/${second}`, ({ status }) => status === 404);
  await neutron.until(
    "port of a detached interface",
    `/ports/${second}`,
    ({ body }) => (body as Json)["port"]?.device_id === "",
  );
  await api.delete("unknown interface detached", `${path}/${NO_ID}`);
  await neutron.delete("second port deleted", `/ports/${second}`);
  await neutron.put("port of a server without pairs", `/ports/${port}`, {
    port: { allowed_address_pairs: [{ ip_address: "10.99.0.0/16" }] },
  });
}

export async function actions(api: Caller, id: string, { facts }: Scene): Promise<void> {
  const act = (step: string, body: unknown, version?: string) =>
    api.post(step, `/servers/${id}/action`, body, version === undefined ? {} : at(version));
  const ready = (step: string, ...status: string[]) =>
    api.until(step, `/servers/${id}`, (answer: Answer) => {
      const server = (answer.body as Json)["server"] ?? {};
      return hasStatus(...status)(answer) && server["OS-EXT-STS:task_state"] === null;
    });
  await act("unknown action", { dance: null });
  await act("two actions", { "os-stop": null, "os-start": null });
  await act("start of a running server", { "os-start": null });
  await act("confirmation of nothing", { confirmResize: null });
  await act("resize to the same", { resize: { flavorRef: facts.smallFlavor } });
  await act("resize to nothing known", { resize: { flavorRef: NO_ID } });
  await act("resize", { resize: { flavorRef: facts.largeFlavor } });
  await ready("resized", "VERIFY_RESIZE");
  await act("resize of a resized server", { resize: { flavorRef: facts.smallFlavor } });
  await act("resize confirmed", { confirmResize: null });
  await ready("resize done", "ACTIVE");
  await act("resize back", { resize: { flavorRef: facts.smallFlavor } });
  await ready("resized back", "VERIFY_RESIZE");
  await act("resize reverted", { revertResize: null });
  await ready("reverted", "ACTIVE");
  await act("stop", { "os-stop": null });
  await ready("stopped", "SHUTOFF");
  await act("stop of a stopped server", { "os-stop": null });
  await act("soft reboot of a stopped server", { reboot: { type: "SOFT" } });
  await act("start", { "os-start": null });
  await ready("started", "ACTIVE");
  await act("reboot", { reboot: { type: "SOFT" } });
  await ready("rebooted", "ACTIVE");
  await act("reboot of an unknown kind", { reboot: { type: "GENTLE" } });
  await act("security group added", { addSecurityGroup: { name: "none" } });
  await act("rebuild with an unknown image", { rebuild: { imageRef: NO_ID } });
  await act("lock", { lock: null });
  await act("unlock", { unlock: null });
}
