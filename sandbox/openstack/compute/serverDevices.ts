/** Volumes and interfaces that come and go while a server runs. */
import { z } from "zod";
import { ApiError, type Reply, type Request, type Resource, type Route, type Store } from "../api";
import { fixedIpsOf } from "../network/fixedIps";
import { check, checkUnder, text, unwrap } from "../requests";
import { microversion } from "./microversions";
import { connect, disconnect, portsOfServer, usableNetwork, usablePort } from "./serverNetworks";
import { findServer } from "./servers";
import {
  attach,
  ATTACHMENTS,
  attachmentsOf,
  detach,
  findVolume,
  refuseUnavailable,
  VOLUMES,
} from "./volumes";

const READY = ["active", "stopped", "paused", "suspended", "resized"];
const PLUG_MS = 200;

function requireReady(server: Resource, action: string): void {
  const [state, task] = [text(server["OS-EXT-STS:vm_state"]), server["OS-EXT-STS:task_state"]];
  if (READY.includes(state) && task === null) return;
  const where = READY.includes(state) ? `task_state ${String(task)}` : `vm_state ${state}`;
  throw new ApiError(409, `Cannot '${action}' instance ${server.id} while it is in ${where}`);
}

function viewAttachment(request: Request, attachment: Resource): Record<string, unknown> {
  const version = microversion(request);
  const { volume_id, server_id, device } = attachment;
  return {
    ...(version < 89
      ? { id: volume_id }
      : { attachment_id: attachment["attachment_id"], bdm_uuid: attachment["attachment_id"] }),
    volumeId: volume_id,
    serverId: server_id,
    device,
    ...(version >= 70 ? { tag: attachment["tag"] } : {}),
    ...(version >= 79 ? { delete_on_termination: attachment["delete_on_termination"] } : {}),
  };
}

const attachSchema = z.object({
  volumeId: z.string(),
  device: z.string().nullish(),
  tag: z.string().optional(),
  delete_on_termination: z.boolean().optional(),
});

function attachVolume(request: Request, store: Store): Reply {
  const server = findServer(request, store);
  const wanted = checkUnder(request, "volumeAttachment", attachSchema);
  requireReady(server, "attach_volume");
  const volume = findVolume(store, request, wanted.volumeId);
  if (volume["multiattach"] === true && microversion(request) < 60) {
    throw new ApiError(400, `Multiattach volumes are only supported starting with compute API version 2.60.`);
  }
  if (store.get(ATTACHMENTS, `${server.id}:${volume.id}`) !== undefined) {
    throw new ApiError(
      400,
      `Invalid volume: volume ${volume.id} is already attached to instances: ${server.id}`,
    );
  }
  refuseUnavailable(volume);
  const attachment = attach(store, server, volume, {
    device: wanted.device ?? undefined,
    tag: wanted.tag,
    deleteOnTermination: wanted.delete_on_termination,
  });
  return { status: 200, body: { volumeAttachment: viewAttachment(request, attachment) } };
}

function findAttachment(request: Request, store: Store): Resource {
  const server = findServer(request, store);
  const { volume = "" } = request.params;
  const attachment = attachmentsOf(store, server.id).find(({ volume_id }) => volume_id === volume);
  if (attachment === undefined)
    throw new ApiError(404, `Instance ${server.id} is not attached to volume ${volume}`);
  return attachment;
}

function detachVolume(request: Request, store: Store): Reply {
  const attachment = findAttachment(request, store);
  const server = findServer(request, store);
  requireReady(server, "detach_volume");
  const isRoot = server["image"] === "" && attachment["device"] === "/dev/vda";
  if (isRoot) throw new ApiError(400, "Cannot detach a root device volume");
  const status = text(store.get(VOLUMES, text(attachment["volume_id"]))?.["status"]);
  if (status !== "in-use" && status !== "") {
    throw new ApiError(
      400,
      `Invalid volume: Invalid input received: Invalid volume: Unable to detach volume. Volume status must be 'in-use' and attach_status must be 'attached' to detach. Currently: status: '${status}'. (HTTP 400)`,
    );
  }
  detach(store, attachment);
  return { status: 202 };
}

function viewInterface(port: Resource): Record<string, unknown> {
  return {
    port_id: port.id,
    net_id: port["network_id"],
    mac_addr: port["mac_address"],
    port_state: port["status"],
    fixed_ips: fixedIpsOf(port),
  };
}

const interfaceSchema = z.object({
  port_id: z.string().optional(),
  net_id: z.string().optional(),
  fixed_ips: z
    .array(z.object({ ip_address: z.string() }))
    .max(1)
    .optional(),
  tag: z.string().optional(),
});

function attachInterface(request: Request, store: Store): Reply {
  const server = findServer(request, store);
  const wanted = check(interfaceSchema, unwrap(request, "interfaceAttachment"));
  requireReady(server, "attach_interface");
  if (wanted.port_id !== undefined && wanted.net_id !== undefined) {
    throw new ApiError(400, "Must not input both network_id and port_id");
  }
  const port = connect(
    store,
    server,
    wanted.port_id !== undefined
      ? { port: usablePort(store, request, wanted.port_id, 404) }
      : {
          network: usableNetwork(store, request, wanted.net_id ?? ""),
          fixedIp: wanted.fixed_ips?.[0]?.ip_address,
        },
  );
  store.later("network.ports", port.id, PLUG_MS, { status: "ACTIVE" });
  return { status: 200, body: { interfaceAttachment: viewInterface(port) } };
}

function findInterface(request: Request, store: Store): Resource {
  const server = findServer(request, store);
  const { port: id = "" } = request.params;
  const port = portsOfServer(store, server.id).find((candidate) => candidate.id === id);
  if (port === undefined) throw new ApiError(404, `Instance ${server.id} does not have a port with id ${id}`);
  return port;
}

const OF_SERVER = "/v2.1/servers/:id";

export const serverDeviceRoutes: Route[] = [
  { method: "POST", pattern: `${OF_SERVER}/os-volume_attachments`, handler: attachVolume },
  {
    method: "GET",
    pattern: `${OF_SERVER}/os-volume_attachments`,
    handler: (request, store) => {
      const attachments = attachmentsOf(store, findServer(request, store).id);
      return {
        status: 200,
        body: { volumeAttachments: attachments.map((each) => viewAttachment(request, each)) },
      };
    },
  },
  {
    method: "GET",
    pattern: `${OF_SERVER}/os-volume_attachments/:volume`,
    handler: (request, store) => ({
      status: 200,
      body: { volumeAttachment: viewAttachment(request, findAttachment(request, store)) },
    }),
  },
  { method: "DELETE", pattern: `${OF_SERVER}/os-volume_attachments/:volume`, handler: detachVolume },
  { method: "POST", pattern: `${OF_SERVER}/os-interface`, handler: attachInterface },
  {
    method: "GET",
    pattern: `${OF_SERVER}/os-interface`,
    handler: (request, store) => {
      const ports = portsOfServer(store, findServer(request, store).id);
      return { status: 200, body: { interfaceAttachments: ports.map(viewInterface) } };
    },
  },
  {
    method: "GET",
    pattern: `${OF_SERVER}/os-interface/:port`,
    handler: (request, store) => ({
      status: 200,
      body: { interfaceAttachment: viewInterface(findInterface(request, store)) },
    }),
  },
  {
    method: "DELETE",
    pattern: `${OF_SERVER}/os-interface/:port`,
    handler: (request, store) => {
      const server = findServer(request, store);
      requireReady(server, "detach_interface");
      // The host finds out whether there is such a port, when nobody waits for it any more.
      const port = portsOfServer(store, server.id).find(({ id }) => id === request.params["port"]);
      if (port !== undefined) disconnect(store, port, PLUG_MS);
      return { status: 202 };
    },
  },
];
