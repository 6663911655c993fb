/** What is done to a volume that is there: `POST /volumes/:id/action`. */
import { randomUUID } from "node:crypto";
import { z } from "zod";
import { ApiError, type Reply, type Request, type Resource, type Store } from "../api";
import { check, isAdmin, text } from "../requests";
import { refuseOverQuota, VOLUMES } from "./quotas";
import { findType } from "./types";
import { findVolume } from "./volumes";
import { forbidden, inCindersWords, invalidInput, invalidVolume, now } from "./words";

const EXTEND_MS = 300;
const RETYPE_MS = 300;

type Action = (volume: Resource, values: unknown, request: Request, store: Store) => Reply;

/** Since when Cinder extends volumes that are in use. */
const EXTEND_IN_USE = 42;

export function minorVersion({ headers }: Pick<Request, "headers">): number {
  const [, minor = "0"] = /volume\S*\s+3\.(\d+)/.exec(headers["openstack-api-version"] ?? "") ?? [];
  return Number(minor);
}

function extend(volume: Resource, values: unknown, request: Request, store: Store): Reply {
  const { new_size } = check(z.object({ new_size: z.int().min(1) }), values, inCindersWords);
  const [size, status] = [Number(volume["size"]), text(volume["status"])];
  const may = minorVersion(request) >= EXTEND_IN_USE ? ["available", "in-use"] : ["available"];
  if (!may.includes(status))
    throw invalidVolume(
      // Cinder shows the condition as Python writes it.
      `Volume ${volume.id} status must be '{'status': '${may.join(" or ")}'}' to extend, currently ${status}.`,
    );
  if (new_size <= size)
    throw invalidInput(
      `New size for extend must be greater than current size. (current: ${size}, extended: ${new_size}).`,
    );
  refuseOverQuota(store, text(volume.project_id), { volumes: 0, gigabytes: new_size - size });
  store.update(VOLUMES, volume.id, { status: "extending" });
  store.later(VOLUMES, volume.id, EXTEND_MS, { status, size: new_size, updated_at: now() });
  return { status: 202 };
}

function retype(volume: Resource, values: unknown, _: Request, store: Store): Reply {
  const schema = z.object({ new_type: z.string(), migration_policy: z.string().optional() });
  const { new_type } = check(schema, values, inCindersWords);
  const { name } = findType(new_type, store);
  const status = text(volume["status"]);
  if (!["available", "in-use"].includes(status) || name === volume["volume_type"])
    throw invalidVolume(
      "Retype needs volume to be in available or in-use state, not be part of an active migration or a consistency group, requested type has to be different that the one from the volume, and for in-use volumes front-end qos specs cannot change.",
    );
  store.update(VOLUMES, volume.id, { status: "retyping" });
  store.later(VOLUMES, volume.id, RETYPE_MS, { status, volume_type: name, updated_at: now() });
  return { status: 202 };
}

const attachSchema = z.object({
  instance_uuid: z.string(),
  mountpoint: z.string().min(1),
  host_name: z.string().nullish(),
});

function attach(volume: Resource, values: unknown, _: Request, store: Store): Reply {
  const { instance_uuid, mountpoint, host_name } = check(attachSchema, values, inCindersWords);
  const isShareable = volume["multiattach"] === true && volume["status"] === "in-use";
  if (!["available", "attaching"].includes(text(volume["status"])) && !isShareable)
    throw invalidVolume("volume is already attached");
  const attachment = {
    id: volume.id,
    attachment_id: randomUUID(),
    volume_id: volume.id,
    server_id: instance_uuid,
    host_name: host_name ?? null,
    device: mountpoint,
    attached_at: now(),
  };
  const attachments = [...(volume["attachments"] as unknown[]), attachment];
  store.update(VOLUMES, volume.id, { status: "in-use", attachments });
  return { status: 202 };
}

function detach(volume: Resource, values: unknown, _: Request, store: Store): Reply {
  const { attachment_id } = check(z.object({ attachment_id: z.string().nullish() }), values, inCindersWords);
  const attachments = volume["attachments"] as { attachment_id: string }[];
  if (attachment_id == null && attachments.length > 1)
    throw invalidVolume(
      "Volume is attached to more than one instance; an attachment_id is needed to detach.",
    );
  const left =
    attachment_id == null
      ? []
      : attachments.filter((attachment) => attachment.attachment_id !== attachment_id);
  if (attachment_id != null && left.length === attachments.length)
    throw new ApiError(
      404,
      `Volume attachment could not be found with filter: attachment_id = ${attachment_id}.`,
    );
  store.update(VOLUMES, volume.id, { status: left.length > 0 ? "in-use" : "available", attachments: left });
  return { status: 202 };
}

/** Marks a volume for somebody who is about to attach it, and back. */
function mark(from: string, to: string): Action {
  return (volume, _, __, store) => {
    if (volume["status"] !== from)
      throw invalidVolume(
        `Volume ${volume.id} status must be ${from} to reserve, but the current status is ${text(volume["status"])}.`,
      );
    store.update(VOLUMES, volume.id, { status: to });
    return { status: 202 };
  };
}

const ACTIONS: Readonly<Record<string, Action>> = {
  "os-extend": extend,
  "os-retype": retype,
  "os-attach": attach,
  "os-detach": detach,
  "os-reserve": mark("available", "attaching"),
  "os-unreserve": mark("attaching", "available"),
  "os-begin_detaching": mark("in-use", "detaching"),
  "os-roll_detaching": mark("detaching", "in-use"),
  "os-set_bootable": (volume, values, _, store) => {
    const { bootable } = check(z.object({ bootable: z.boolean() }), values, inCindersWords);
    store.update(VOLUMES, volume.id, { bootable: String(bootable) });
    return { status: 200 };
  },
  "os-reset_status": (volume, values, request, store) => {
    if (!isAdmin(request.caller)) throw forbidden("volume_extension:volume_admin_actions:reset_status");
    const { status } = check(z.object({ status: z.string().min(1) }), values, inCindersWords);
    store.update(VOLUMES, volume.id, { status });
    return { status: 202 };
  },
};

export function act(request: Request, store: Store): Reply {
  const volume = findVolume(request, store);
  const body = check(z.record(z.string(), z.unknown()), request.body, inCindersWords);
  const [[name, values] = ["", undefined]] = Object.entries(body);
  const action = ACTIONS[name];
  if (action === undefined)
    throw new ApiError(
      400,
      `There is no such action: ${name}. Verify the request body and Content-Type header and try again.`,
    );
  return action(volume, values ?? {}, request, store);
}
