/** Flavors and images: there, usable, and large enough for each other and for Kubespray. */
import { minimumMemoryMiB } from "../../config/compatibility";
import type { Finding, Path } from "../../config/issue";
import type { ClusterConfig } from "../../config/resolve";
import type { MachinePlan } from "../../plan";
import { didYouMean } from "../suggest";
import { distinct, groupPath, oneOfEachGroup, type Check } from "./check";
import { isId, type Flavor, type Image, type Inventory } from "./inventory";

const GIB = 1024 ** 3;
/** What the configuration demands of a root volume is demanded of a flavor's disk too. */
const SMALLEST_DISK_GIB = 10;

export const flavorCheck: Check = {
  subject: "The flavors",
  path: ["cluster", "controlPlane", "flavor"],
  run: async ({ plan, inventory }) => {
    const found = oneOfEachGroup(plan).map((machine) => checkFlavor(machine, inventory));
    return (await Promise.all(found)).flat();
  },
};

export const imageCheck: Check = {
  subject: "The images",
  path: ["cluster", "openstack", "image"],
  run: async ({ config, plan, inventory }) => {
    const found = oneOfEachGroup(plan).map((machine) => checkImage(machine, config, inventory));
    return distinct((await Promise.all(found)).flat());
  },
};

async function checkFlavor(machine: MachinePlan, inventory: Inventory): Promise<Finding[]> {
  const path = [...groupPath(machine), "flavor"];
  const flavor = await inventory.flavor(machine.flavor);
  if (flavor === undefined) return [flavorMissing(machine, path, await inventory.flavors())];
  const findings: Finding[] = [];
  const minimum = machine.role === "bastion" ? 0 : minimumMemoryMiB[machine.role];
  if (flavor.ram < minimum)
    findings.push({
      code: "flavor-too-small",
      path,
      message: `flavor ${flavor.name} has ${flavor.ram} MiB of memory; Kubespray refuses a ${machine.role} machine below ${minimum} MiB.`,
      hint: `Choose a flavor with at least ${minimum} MiB${suggestLarger(await inventory.flavors(), minimum)}.`,
    });
  if (machine.rootVolume === undefined && machine.role !== "bastion" && flavor.disk < SMALLEST_DISK_GIB)
    findings.push(flavor.disk === 0 ? diskless(flavor, path) : smallDisk(flavor, path));
  return findings;
}

function suggestLarger(flavors: readonly Flavor[], minimum: number): string {
  const fitting = flavors.filter((flavor) => flavor.ram >= minimum).sort((a, b) => a.ram - b.ram)[0];
  return fitting === undefined ? "" : `, for example ${fitting.name}`;
}

function flavorMissing(machine: MachinePlan, path: Path, flavors: readonly Flavor[]): Finding {
  const names = flavors.map((flavor) => flavor.name);
  const withThatId = flavors.find((flavor) => flavor.id === machine.flavor);
  const otherwise =
    withThatId === undefined
      ? `${didYouMean(machine.flavor, names)}The cloud has: ${names.join(", ") || "none"}.`
      : `That is the id of ${withThatId.name}; write the name.`;
  return {
    code: "flavor-not-found",
    path,
    message: `the cloud has no flavor ${machine.flavor}.`,
    hint: otherwise,
  };
}

function diskless(flavor: Flavor, path: Path): Finding {
  const message = `flavor ${flavor.name} has no disk of its own, and there is no root volume.`;
  return {
    code: "flavor-without-disk",
    path,
    message,
    hint: "Add rootVolume: { sizeGiB: 40 } beside flavor.",
  };
}

function smallDisk(flavor: Flavor, path: Path): Finding {
  const message = `flavor ${flavor.name} has a disk of ${flavor.disk} GiB; a node needs ${SMALLEST_DISK_GIB} GiB.`;
  return { code: "flavor-too-small", path, message, hint: "Choose a larger flavor, or add a rootVolume." };
}

/** Groups without an image of their own point at the common key. */
function imagePath(machine: MachinePlan, config: ClusterConfig): Path {
  return machine.image === config.openstack.image
    ? ["cluster", "openstack", "image"]
    : [...groupPath(machine), "image"];
}

async function checkImage(
  machine: MachinePlan,
  config: ClusterConfig,
  inventory: Inventory,
): Promise<Finding[]> {
  const path = imagePath(machine, config);
  const [image, ...others] = await inventory.images(machine.image);
  if (image === undefined) return [await imageMissing(machine, path, inventory)];
  if (others.length > 0)
    return [
      {
        code: "image-ambiguous",
        path,
        message: `the cloud has ${others.length + 1} images with the name ${machine.image}.`,
        hint: `Write the id of the one that is meant: ${[image, ...others].map(({ id }) => id).join(", ")}.`,
      },
    ];
  if (image.status !== "active")
    return [
      {
        code: "image-not-active",
        path,
        message: `image ${machine.image} is ${image.status}, so no machine can start from it.`,
        hint: "Wait until its upload is complete, or choose another image.",
      },
    ];
  const flavor = await inventory.flavor(machine.flavor);
  return flavor === undefined ? [] : checkFit(machine, image, flavor);
}

async function imageMissing({ image }: MachinePlan, path: Path, inventory: Inventory): Promise<Finding> {
  const names = isId(image) ? [] : await inventory.imageNames();
  const hint = `${didYouMean(image, names)}See openstack image list; an image of another project must be shared with yours.`;
  return { code: "image-not-found", path, message: `the cloud has no image ${image}.`, hint };
}

function checkFit(machine: MachinePlan, image: Image, flavor: Flavor): Finding[] {
  const findings: Finding[] = [];
  if (image.min_ram > flavor.ram)
    findings.push({
      code: "image-needs-more-memory",
      path: [...groupPath(machine), "flavor"],
      message: `image ${machine.image} needs ${image.min_ram} MiB of memory; flavor ${flavor.name} has ${flavor.ram} MiB.`,
      hint: "Choose a larger flavor.",
    });
  const disk = machine.rootVolume?.sizeGiB ?? flavor.disk;
  const needed = Math.max(image.min_disk, Math.ceil((image.virtual_size ?? 0) / GIB));
  // A flavor without a disk has its own finding.
  if (disk > 0 && needed > disk)
    findings.push({
      code: "image-needs-more-disk",
      path: [
        ...groupPath(machine),
        ...(machine.rootVolume === undefined ? ["flavor"] : ["rootVolume", "sizeGiB"]),
      ],
      message: `image ${machine.image} needs a disk of ${needed} GiB; ${machine.name} has ${disk} GiB.`,
      hint:
        machine.rootVolume === undefined
          ? "Choose a larger flavor, or add a rootVolume."
          : `Make it ${needed} or more.`,
    });
  return findings;
}
