/** Where machines and volumes go: availability zones and volume types. */
import type { Finding, Path } from "../../config/issue";
import type { ClusterConfig } from "../../config/resolve";
import { didYouMean } from "../suggest";
import type { Check, CheckContext } from "./check";

interface Zone {
  readonly zoneName: string;
  readonly zoneState: { readonly available: boolean };
}

/** Every zone that is named, at the key that names it. */
function namedZones(config: ClusterConfig): { zone: string; path: Path }[] {
  const common = config.openstack.availabilityZones;
  const own = (zones: readonly string[], base: Path) =>
    // The problems of a group that took over the common list are told there.
    zones.join() === common.join()
      ? []
      : zones.map((zone, index) => ({ zone, path: [...base, "availabilityZones", index] }));
  return [
    ...common.map((zone, index) => ({ zone, path: ["cluster", "openstack", "availabilityZones", index] })),
    ...own(config.controlPlane.availabilityZones, ["cluster", "controlPlane"]),
    ...Object.entries(config.pools).flatMap(([name, pool]) =>
      own(pool.availabilityZones, ["cluster", "pools", name]),
    ),
  ];
}

export const zoneCheck: Check = {
  subject: "The availability zones",
  path: ["cluster", "openstack", "availabilityZones"],
  run: async ({ config, cloud }) => {
    const named = namedZones(config);
    if (named.length === 0) return [];
    const zones = await cloud.service("compute").list<Zone>("/os-availability-zone", "availabilityZoneInfo");
    return named.flatMap(({ zone, path }) => checkZone(zone, path, zones));
  },
};

function checkZone(wanted: string, path: Path, zones: readonly Zone[]): Finding[] {
  const zone = zones.find(({ zoneName }) => zoneName === wanted);
  const names = zones.map(({ zoneName }) => zoneName);
  const hint = `${didYouMean(wanted, names)}The cloud has: ${names.join(", ") || "none"}.`;
  if (zone === undefined)
    return [{ code: "zone-not-found", path, message: `the cloud has no availability zone ${wanted}.`, hint }];
  if (zone.zoneState.available) return [];
  return [
    { code: "zone-unavailable", path, message: `availability zone ${wanted} takes no machines now.`, hint },
  ];
}

/** Every volume of the configuration, at the key that describes it. */
function volumesOf({ config }: CheckContext): { type?: string; path: Path }[] {
  const groups = [
    { base: ["cluster", "controlPlane"], rootVolume: config.controlPlane.rootVolume, volumes: [] },
    ...Object.entries(config.pools).map(([name, { rootVolume, volumes }]) => ({
      base: ["cluster", "pools", name],
      rootVolume,
      volumes,
    })),
  ];
  return groups.flatMap(({ base, rootVolume, volumes }) => [
    ...(rootVolume === undefined ? [] : [{ type: rootVolume.type, path: [...base, "rootVolume"] }]),
    ...volumes.map(({ type }, index) => ({ type, path: [...base, "volumes", index] })),
  ]);
}

export const volumeTypeCheck: Check = {
  subject: "The volume types",
  path: ["cluster", "pools"],
  run: async (context) => {
    const volumes = volumesOf(context);
    if (volumes.length === 0) return [];
    const types = await context.cloud.service("volume").list<{ name: string }>("/types", "volume_types");
    const names = types.map(({ name }) => name);
    return volumes.flatMap(({ type, path }) =>
      type === undefined || names.includes(type)
        ? []
        : [
            {
              code: "volume-type-not-found",
              path: [...path, "type"],
              message: `the cloud has no volume type ${type}.`,
              hint: `${didYouMean(type, names)}The cloud has: ${names.join(", ") || "none"}.`,
            },
          ],
    );
  },
};
