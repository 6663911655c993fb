/** From a machine's disks to the image and block-device fields of a server. */
import type * as openstack from "@pulumi/openstack";
import type * as pulumi from "@pulumi/pulumi";
import type { MachinePlan, VolumePlan } from "../plan";
import { isId, type Cloud } from "./cloud";

type Disks = Pick<openstack.compute.InstanceArgs, "imageId" | "imageName" | "blockDevices">;

function rootDevice(plan: MachinePlan, imageId: pulumi.Output<string>) {
  const { rootVolume } = plan;
  const root = { uuid: imageId, sourceType: "image", bootIndex: 0, deleteOnTermination: true };
  return rootVolume === undefined
    ? { ...root, destinationType: "local" }
    : { ...root, destinationType: "volume", volumeSize: rootVolume.sizeGiB, volumeType: rootVolume.type };
}

function blankDevice({ sizeGiB, type }: VolumePlan) {
  return {
    sourceType: "blank",
    destinationType: "volume",
    volumeSize: sizeGiB,
    volumeType: type,
    bootIndex: -1,
    deleteOnTermination: true,
  };
}

/**
 * A server on its flavor's disk names its image. As soon as there is another disk, Nova wants all of them listed,
 * and an image by id.
 */
export function instanceDisks(plan: MachinePlan, cloud: Cloud): Disks {
  const ephemeral = plan.volumes.filter(({ persistent }) => !persistent);
  if (plan.rootVolume === undefined && ephemeral.length === 0) {
    return isId(plan.image) ? { imageId: plan.image } : { imageName: plan.image };
  }
  const imageId = cloud.imageId(plan.image);
  return {
    // A server that boots from a volume has no image of its own; naming one would show as drift.
    ...(plan.rootVolume === undefined ? { imageId } : {}),
    blockDevices: [rootDevice(plan, imageId), ...ephemeral.map(blankDevice)],
  };
}
