/** `POST /servers/:id/action`. */
import { z } from "zod";
import { ApiError, type Reply, type Request, type Resource, type Route, type Store } from "../api";
import { touched } from "../network/collection";
import { PORTS } from "../network/portCreation";
import { SECURITY_GROUPS } from "../network/securityGroups";
import { check, text, texts, timestamp } from "../requests";
import { findFlavor, sizeOf, type FlavorSize } from "./flavors";
import { refuseOverQuota } from "./quotas";
import { checkImageFits, findImage } from "./serverDisks";
import { portsOfServer } from "./serverNetworks";
import { deleteServer, findServer } from "./servers";
import { SERVERS, viewServer } from "./serverView";

const STEP_MS = 300;

type Action = (request: Request, store: Store, server: Resource, argument: unknown) => Reply;

/** What a server shows in each state that it can rest in. */
const RESTING = {
  active: { status: "ACTIVE", "OS-EXT-STS:power_state": 1 },
  stopped: { status: "SHUTOFF", "OS-EXT-STS:power_state": 4 },
  paused: { status: "PAUSED", "OS-EXT-STS:power_state": 3 },
  suspended: { status: "SUSPENDED", "OS-EXT-STS:power_state": 4 },
  shelved_offloaded: { status: "SHELVED_OFFLOADED", "OS-EXT-STS:power_state": 4 },
  resized: { status: "VERIFY_RESIZE", "OS-EXT-STS:power_state": 1 },
} as const;

type State = keyof typeof RESTING;

function resting(state: State): Record<string, unknown> {
  return {
    ...RESTING[state],
    "OS-EXT-STS:vm_state": state,
    "OS-EXT-STS:task_state": null,
    updated: timestamp(),
  };
}

function requireState(server: Resource, action: string, states: readonly State[]): void {
  const [state, task] = [text(server["OS-EXT-STS:vm_state"]), server["OS-EXT-STS:task_state"]];
  const [name, value] = task === null ? ["vm_state", state] : ["task_state", String(task)];
  if (task === null && (states as readonly string[]).includes(state)) return;
  if (server["_host"] === "") throw new ApiError(409, `Instance ${server.id} is not ready`);
  throw new ApiError(409, `Cannot '${action}' instance ${server.id} while it is in ${name} ${value}`);
}

interface Step {
  readonly from: readonly State[];
  /** Shown while it lasts; the status stays when absent. */
  readonly status?: string;
  readonly task: string;
  readonly to: State;
}

function step(action: string, { from, status, task, to }: Step): Action {
  return (_, store, server) => {
    requireState(server, action, from);
    store.update(SERVERS, server.id, {
      "OS-EXT-STS:task_state": task,
      ...(status === undefined ? {} : { status }),
    });
    store.later(SERVERS, server.id, STEP_MS, resting(to));
    return { status: 202 };
  };
}

const resize: Action = (_, store, server, argument) => {
  const { flavorRef } = check(z.object({ flavorRef: z.coerce.string() }), argument);
  requireState(server, "resize", ["active", "stopped"]);
  if (flavorRef === server["_flavor_id"])
    throw new ApiError(400, "When resizing, instances must change flavor!");
  let flavor: Resource;
  try {
    flavor = findFlavor(store, flavorRef);
  } catch {
    throw new ApiError(400, `Flavor ${flavorRef} could not be found.`);
  }
  const [size, before] = [sizeOf(flavor), server["_size"] as FlavorSize];
  if (size.disk === 0 && before.disk > 0 && server["image"] !== "") {
    throw new ApiError(400, "Resize to zero disk flavor is not allowed.");
  }
  refuseOverQuota(store, text(server.project_id), {
    cores: size.vcpus - before.vcpus,
    ram: size.ram - before.ram,
  });
  store.update(SERVERS, server.id, {
    status: "RESIZE",
    "OS-EXT-STS:task_state": "resize_prep",
    _before_resize: { _flavor_id: server["_flavor_id"], _size: before },
    _state_before_resize: server["OS-EXT-STS:vm_state"],
  });
  store.later(SERVERS, server.id, STEP_MS, { ...resting("resized"), _flavor_id: flavor.id, _size: size });
  return { status: 202 };
};

function endResize(action: string, status: number, undo: boolean): Action {
  return (_, store, server) => {
    requireState(server, action, ["resized"]);
    const state = server["_state_before_resize"] === "stopped" ? "stopped" : "active";
    const old = undo ? (server["_before_resize"] as Record<string, unknown>) : {};
    store.update(SERVERS, server.id, {
      "OS-EXT-STS:task_state": undo ? "resize_reverting" : null,
      ...(undo ? { status: "REVERT_RESIZE" } : {}),
    });
    store.later(SERVERS, server.id, STEP_MS, { ...resting(state), ...old, _before_resize: null });
    return { status };
  };
}

const rebuild: Action = (request, store, server, argument) => {
  const given = check(
    z.object({
      imageRef: z.string(),
      name: z.string().min(1).optional(),
      metadata: z.record(z.string(), z.string()).optional(),
    }),
    argument,
  );
  requireState(server, "rebuild", ["active", "stopped"]);
  const image = findImage(store, request, given.imageRef, "Cannot find image for rebuild");
  const flavor = store.get("compute.flavors", text(server["_flavor_id"]));
  if (flavor !== undefined) checkImageFits(image, flavor, server["image"] !== "");
  const state = server["OS-EXT-STS:vm_state"] === "stopped" ? "stopped" : "active";
  const changed = store.update(SERVERS, server.id, {
    status: "REBUILD",
    "OS-EXT-STS:task_state": "rebuilding",
    // A server that boots from a volume never shows an image.
    image: server["image"] === "" ? "" : image.id,
    ...(given.name === undefined ? {} : { name: given.name }),
    ...(given.metadata === undefined ? {} : { metadata: given.metadata }),
  });
  store.later(SERVERS, server.id, STEP_MS, resting(state));
  return { status: 202, body: { server: viewServer(request, store, changed) } };
};

const reboot: Action = (_, store, server, argument) => {
  const { type } = check(
    z.object({ type: z.enum(["HARD", "Hard", "hard", "SOFT", "Soft", "soft"]) }),
    argument,
  );
  const hard = type.toUpperCase() === "HARD";
  requireState(server, "reboot", hard ? ["active", "stopped", "paused", "suspended"] : ["active"]);
  store.update(SERVERS, server.id, {
    status: hard ? "HARD_REBOOT" : "REBOOT",
    "OS-EXT-STS:task_state": hard ? "reboot_started_hard" : "rebooting",
  });
  store.later(SERVERS, server.id, STEP_MS, resting("active"));
  return { status: 202 };
};

/** Adds or removes a security group, by name or id, on all ports of the server. */
function changeGroups(change: (ids: string[], id: string) => string[]): Action {
  return (request, store, server, argument) => {
    const { name } = check(z.object({ name: z.string().min(1) }), argument);
    const group = store
      .list(SECURITY_GROUPS)
      .find(
        ({ id, project_id, name: other }) =>
          project_id === request.caller.projectId && (id === name || other === name),
      );
    if (group === undefined)
      throw new ApiError(404, `Security group ${name} is not found for project ${request.caller.projectId}`);
    for (const port of portsOfServer(store, server.id)) {
      store.update(PORTS, port.id, {
        security_groups: change(texts(port["security_groups"]), group.id),
        ...touched(port),
      });
    }
    return { status: 202 };
  };
}

function lock(locked: boolean): Action {
  return (_, store, server) => {
    store.update(SERVERS, server.id, { locked });
    return { status: 202 };
  };
}

const ACTIONS: Readonly<Record<string, Action>> = {
  resize,
  confirmResize: endResize("confirmResize", 204, false),
  revertResize: endResize("revertResize", 202, true),
  "os-start": step("start", { from: ["stopped"], task: "powering-on", to: "active" }),
  "os-stop": step("stop", { from: ["active"], task: "powering-off", to: "stopped" }),
  pause: step("pause", { from: ["active"], task: "pausing", to: "paused" }),
  unpause: step("unpause", { from: ["paused"], task: "unpausing", to: "active" }),
  suspend: step("suspend", { from: ["active"], task: "suspending", to: "suspended" }),
  resume: step("resume", { from: ["suspended"], task: "resuming", to: "active" }),
  shelve: step("shelve", {
    from: ["active", "stopped", "paused", "suspended"],
    task: "shelving",
    to: "shelved_offloaded",
  }),
  unshelve: step("unshelve", { from: ["shelved_offloaded"], task: "unshelving", to: "active" }),
  reboot,
  rebuild,
  lock: lock(true),
  unlock: lock(false),
  addSecurityGroup: changeGroups((ids, id) => [...new Set([...ids, id])]),
  removeSecurityGroup: changeGroups((ids, id) => ids.filter((other) => other !== id)),
  changePassword: () => ({ status: 202 }),
  forceDelete: (request, store) => ({ ...deleteServer(request, store), status: 202 }),
};

function act(request: Request, store: Store): Reply {
  const server = findServer(request, store);
  const body = check(z.record(z.string(), z.unknown()), request.body);
  const [name = "", ...others] = Object.keys(body);
  const action = ACTIONS[name];
  if (others.length > 0) throw new ApiError(400, "Malformed request body");
  if (action === undefined) {
    throw new ApiError(400, `There is no such action: ${Object.keys(body).join(", ")}`);
  }
  if (server["locked"] === true && name !== "unlock" && !request.caller.roles.includes("admin")) {
    throw new ApiError(409, `Instance ${server.id} is locked`);
  }
  return action(request, store, server, body[name]);
}

export const serverActionRoutes: Route[] = [
  { method: "POST", pattern: "/v2.1/servers/:id/action", handler: act },
];
