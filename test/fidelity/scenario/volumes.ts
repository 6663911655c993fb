/** Cinder's volumes, and servers that boot from them or have them attached. */
import type { Answer, Json } from "../connection";
import { NO_ID } from "../recorder";
import { below, hasStatus, type Area, type Caller, type Scene } from "./scene";

async function volumes(api: Caller, image: string): Promise<string> {
  const make = (step: string, volume: Json) => api.post(step, "/volumes", { volume });
  const volume = await api.made("volume", "/volumes", {
    volume: { name: "data", size: 1, description: "d", metadata: { a: "1" } },
  });
  await api.until("volume ready", `/volumes/${volume}`, hasStatus("available"));
  await api.get("all volumes", "/volumes");
  await api.get("volumes", "/volumes?name=data");
  await api.get("volumes in detail", "/volumes/detail?status=available");
  await api.get("volumes by label", `/volumes/detail?metadata=${encodeURIComponent("{'a': '1'}")}`);
  await api.get("volumes by no name", "/volumes/detail?name=none");
  await api.get("volumes of everybody", "/volumes/detail?all_tenants=1&name=data");
  await make("volume without a size", { name: "x" });
  await make("volume with a wrong size", { size: "large" });
  await make("volume of nothing", { size: 0 });
  await make("volume of an unknown image", { size: 1, imageRef: NO_ID });
  await make("volume of an unknown type", { size: 1, volume_type: "none" });
  await make("volume of an unknown snapshot", { size: 1, snapshot_id: NO_ID });
  await make("volume in an unknown zone", { size: 1, availability_zone: "moon" });
  await make("volume with a wrong label", { size: 1, metadata: { a: 1 } });
  await api.put("volume renamed", `/volumes/${volume}`, { volume: { name: "data-2", description: "" } });
  await api.put("labels", `/volumes/${volume}/metadata`, { metadata: { b: "2" } });
  await api.get("labels themselves", `/volumes/${volume}/metadata`);
  const act = (step: string, body: unknown) => api.post(step, `/volumes/${volume}/action`, body);
  await act("volume extended", { "os-extend": { new_size: 2 } });
  await api.until(
    "volume extended is ready",
    `/volumes/${volume}`,
    (answer: Answer) => hasStatus("available")(answer) && (answer.body as Json)["volume"].size === 2,
  );
  await act("volume made smaller", { "os-extend": { new_size: 1 } });
  await act("unknown action", { "os-dance": {} });
  await act("volume bootable", { "os-set_bootable": { bootable: true } });
  await api.get("unknown volume", `/volumes/${NO_ID}`);
  await api.put("unknown volume changed", `/volumes/${NO_ID}`, { volume: { name: "x" } });
  await api.delete("unknown volume deleted", `/volumes/${NO_ID}`);
  const boot = await api.made("volume of an image", "/volumes", {
    volume: { name: "boot", size: 10, imageRef: image },
  });
  await api.until("volume of an image ready", `/volumes/${boot}`, hasStatus("available"), {
    typesOnly: true,
  });
  await api.delete("volume of an image deleted", `/volumes/${boot}`);
  await api.gone("volume of an image is gone", `/volumes/${boot}`);
  return volume;
}

async function others(api: Caller, project: string): Promise<void> {
  await api.get("types", "/types", { typesOnly: true });
  await api.get("unknown type", `/types/${NO_ID}`);
  await api.get("zones", "/os-availability-zone", { typesOnly: true });
  await api.get("limits", "/limits", { typesOnly: true });
  await api.get("quotas in use", `/os-quota-sets/${project}?usage=true`, { typesOnly: true });
  await api.get("quotas", `/os-quota-sets/${project}`, { typesOnly: true });
  await api.get("snapshots", "/snapshots");
  await api.get("snapshots in detail", "/snapshots/detail");
  await api.get("unknown snapshot", `/snapshots/${NO_ID}`);
}

async function attached(scene: Scene, cinder: Caller, volume: string): Promise<void> {
  const nova = below(scene.recorder, "compute", "/v2.1");
  const { smallFlavor: flavorRef, image: uuid } = scene.facts;
  const server = {
    name: "vm", flavorRef, networks: "none",
    block_device_mapping_v2: [{ boot_index: 0, uuid, source_type: "image", destination_type: "volume", volume_size: 10, delete_on_termination: true }],
  }; // prettier-ignore
  const headers = { "openstack-api-version": "compute 2.67" };
  const id = await nova.made("server of a volume", "/servers", { server }, { headers });
  await nova.until("server of a volume ready", `/servers/${id}`, hasStatus("ACTIVE"));
  const path = `/servers/${id}/os-volume_attachments`;
  const { body } = await nova.get("attachments of a server of a volume", path);
  const root = (body as Json)["volumeAttachments"]?.[0]?.volumeId ?? NO_ID;
  await cinder.get("root volume", `/volumes/${root}`, { typesOnly: true });
  await nova.post("volume attached", path, { volumeAttachment: { volumeId: volume } });
  await cinder.until("volume in use", `/volumes/${volume}`, hasStatus("in-use"));
  await nova.get("attachments", path);
  await nova.get("attachments in 2.89", path, { headers: { "openstack-api-version": "compute 2.89" } });
  await nova.get("attachment", `${path}/${volume}`);
  await nova.get("server with a volume", `/servers/${id}`);
  await nova.post("volume attached again", path, { volumeAttachment: { volumeId: volume } });
  await nova.post("unknown volume attached", path, { volumeAttachment: { volumeId: NO_ID } });
  await nova.post("nothing attached", path, { volumeAttachment: {} });
  await cinder.delete("volume in use deleted", `/volumes/${volume}`);
  await cinder.post("volume in use extended", `/volumes/${volume}/action`, { "os-extend": { new_size: 3 } });
  await nova.delete("root volume detached", `${path}/${root}`);
  await nova.delete("volume detached", `${path}/${volume}`);
  await cinder.until("volume free again", `/volumes/${volume}`, hasStatus("available"));
  await nova.delete("volume detached again", `${path}/${volume}`);
  await nova.get("unknown attachment", `${path}/${volume}`);
  await nova.delete("server of a volume deleted", `/servers/${id}`);
  await nova.gone("server of a volume is gone", `/servers/${id}`);
  await cinder.gone("root volume is gone", `/volumes/${root}`);
}

export const volume: Area = async (scene) => {
  const { connection, facts } = scene;
  const cinder = below(scene.recorder, "volume", `/v3/${connection.projectId}`);
  await others(cinder, connection.projectId);
  const id = await volumes(cinder, facts.image);
  await attached(scene, cinder, id);
  await cinder.delete("volume deleted", `/volumes/${id}`);
  await cinder.gone("volume is gone", `/volumes/${id}`);
  await cinder.get("volumes that are left", "/volumes/detail");
};
