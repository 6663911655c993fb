/** From image and block devices of a request to the disks of a server, with Nova's checks. */
import { ApiError, type Request, type Resource, type Store } from "../api";
import { isAdmin, owns, text } from "../requests";
import { sizeOf } from "./flavors";
import type { BlockDevice, CreateServer } from "./serverSchema";
import { attach, findVolume, makeVolume, refuseUnavailable, VOLUMES } from "./volumes";

/** A disk that is known to be possible; nothing was made for it yet. */
interface PlannedVolume {
  readonly device: BlockDevice;
  readonly size: number;
  readonly image?: Resource;
  readonly existing?: Resource;
}

export interface PlannedDisks {
  /** Image of the local root disk; absent when the server boots from a volume. */
  readonly image?: Resource;
  readonly volumes: readonly PlannedVolume[];
}

function invalidMapping(reason: string): ApiError {
  return new ApiError(400, `Block Device Mapping is Invalid: ${reason}`);
}

/** @throws ApiError 400 */
export function findImage(
  store: Store,
  request: Request,
  id: string,
  words = "Can not find requested image",
): Resource {
  const image = store.get("image.images", id);
  if (image === undefined || (image["visibility"] !== "public" && !owns(request.caller, image))) {
    throw new ApiError(400, words);
  }
  if (image["status"] !== "active") throw new ApiError(400, `Image ${id} is not active.`);
  return image;
}

export function checkImageFits(image: Resource, flavor: Resource, isLocal: boolean): void {
  const { ram, disk } = sizeOf(flavor);
  if (ram < Number(image["min_ram"])) {
    throw new ApiError(400, "Flavor's memory is too small for requested image.");
  }
  if (!isLocal || disk === 0) return;
  const [minimum, has] = [Number(image["min_disk"]), disk];
  if (has < minimum) {
    throw new ApiError(
      400,
      `Flavor's disk is smaller than the minimum size specified in image metadata. Flavor disk is ${has * 1024 ** 3} bytes, minimum size is ${minimum * 1024 ** 3} bytes.`,
    );
  }
}

function planVolume(store: Store, request: Request, device: BlockDevice): PlannedVolume {
  const { source_type: source, uuid = "" } = device;
  const size = device.volume_size ?? 0;
  if (source === "volume") {
    const existing = store.get(VOLUMES, uuid);
    if (existing === undefined || !owns(request.caller, existing)) {
      throw invalidMapping(`failed to get volume ${uuid}.`);
    }
    refuseUnavailable(existing);
    if (device.boot_index === 0 && existing["bootable"] !== "true") {
      throw invalidMapping(`Volume ${uuid} is not bootable.`);
    }
    return { device, size: Number(existing["size"]), existing };
  }
  if (source === "snapshot") {
    const snapshot = store.get("volume.snapshots", uuid);
    if (snapshot === undefined) throw invalidMapping(`failed to get snapshot ${uuid}.`);
    return { device, size: size || Number(snapshot["size"]) };
  }
  if (size === 0) {
    throw new ApiError(400, "Images with destination_type 'volume' need to have a non-zero size specified");
  }
  const image = source === "image" ? findImage(store, request, uuid) : undefined;
  if (image !== undefined && size < Number(image["min_disk"])) {
    throw new ApiError(
      400,
      `Volume is smaller than the minimum size specified in image metadata. Volume size is ${size * 1024 ** 3} bytes, minimum size is ${Number(image["min_disk"]) * 1024 ** 3} bytes.`,
    );
  }
  return { device, size, image };
}

function isLocal({ destination_type, source_type }: BlockDevice): boolean {
  return (destination_type ?? (source_type === "volume" ? "volume" : "local")) === "local";
}

/** The disks that a server will have. @throws ApiError 400 and 403 as Nova does */
export function planDisks(
  store: Store,
  request: Request,
  server: CreateServer,
  flavor: Resource,
): PlannedDisks {
  const devices = server.block_device_mapping_v2 ?? [];
  const volumes = devices
    .filter((device) => !isLocal(device))
    .map((device) => planVolume(store, request, device));
  const bootsFromVolume = volumes.some(({ device }) => device.boot_index === 0);
  const localRoot = devices.find((device) => isLocal(device) && device.source_type === "image");
  if (devices.length > 0 && !devices.some(({ boot_index }) => boot_index === 0) && !server.imageRef) {
    throw invalidMapping(
      "Boot sequence for the instance and image/block device mapping combination is not valid.",
    );
  }
  for (const { image } of volumes) if (image !== undefined) checkImageFits(image, flavor, false);
  if (bootsFromVolume) return { volumes };
  const imageId = server.imageRef || localRoot?.uuid;
  if (!imageId) throw new ApiError(400, "Missing imageRef attribute");
  if (localRoot !== undefined && server.imageRef && localRoot.uuid !== server.imageRef) {
    throw invalidMapping("You specified more local devices than the limit allows");
  }
  const image = findImage(store, request, imageId);
  checkImageFits(image, flavor, true);
  if (sizeOf(flavor).disk === 0 && !isAdmin(request.caller)) {
    throw new ApiError(403, "Only volume-backed servers are allowed for flavors with zero disk.");
  }
  return { image, volumes };
}

/** Makes and attaches the volumes of a new server. */
export function makeDisks(store: Store, request: Request, server: Resource, disks: PlannedDisks): void {
  const ordered = [...disks.volumes].sort((a, b) => rank(a.device) - rank(b.device));
  for (const { device, size, image, existing } of ordered) {
    const volume =
      existing ??
      makeVolume(store, {
        projectId: request.caller.projectId,
        userId: request.caller.userId,
        size,
        zone: text(server["OS-EXT-AZ:availability_zone"]) || "nova",
        type: device.volume_type,
        image,
      });
    attach(store, server, findVolume(store, request, volume.id), {
      device: device.device_name,
      deleteOnTermination: device.delete_on_termination,
      tag: device.tag,
      atOnce: true,
    });
  }
}

/** The boot disk comes first, as the machine sees it. */
function rank({ boot_index }: BlockDevice): number {
  return boot_index == null || boot_index < 0 ? Infinity : boot_index;
}
