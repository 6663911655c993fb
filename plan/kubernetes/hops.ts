/** The way from a running version to a far one: one Kubernetes minor and one Kubespray release at a time. */
import { compare, minor } from "semver";
import { installs, kubesprayReleases, type KubesprayRelease } from "../../config/compatibility";
import { releaseIndex } from "./versions";

export interface Rung {
  readonly ref: string;
  /** Kubernetes version, without v. */
  readonly version: string;
}

/** One `pulumi up` of the way. */
export interface Hop extends Rung {
  readonly why: string;
  /** etcd version that must run before this hop; reached by the hop before it. */
  readonly etcdFloor?: string;
}

export type HopPlan = { readonly hops: readonly Hop[] } | { readonly obstacle: string };

/** More hops than there are releases and minors means a table that leads in circles. */
const LONGEST = 20;

/** @param from what runs now */
export function planHops(from: Rung, target: string): HopPlan {
  if (compare(target, from.version) < 0)
    return { obstacle: `Kubernetes cannot go back from ${from.version} to ${target}.` };
  if (releaseIndex(from.ref) === undefined) {
    return {
      obstacle: `${from.ref} is not a release of the table, so the way on from it is not known: set kubespray.ref to a release first.`,
    };
  }
  const goal = kubesprayReleases.some((release) => installs(release, target));
  if (!goal)
    return { obstacle: `no Kubespray release that this program knows installs Kubernetes ${target}.` };
  const hops: Hop[] = [];
  let at = from;
  while (at.version !== target) {
    const hop = nextHop(at, target);
    if (hop === undefined || hops.length === LONGEST)
      return { obstacle: `there is no way on from Kubernetes ${at.version} with Kubespray ${at.ref}.` };
    hops.push(hop);
    at = hop;
  }
  return { hops };
}

function nextHop(at: Rung, target: string): Hop | undefined {
  const index = releaseIndex(at.ref) ?? 0;
  const last = minor(target) === minor(at.version);
  const next = minor(at.version) + (last ? 0 : 1);
  for (const release of kubesprayReleases.slice(index, index + 2)) {
    const version = next === minor(target) ? target : highest(release, next);
    if (version !== undefined && installs(release, version)) return hop(at, release, version);
  }
  // The next minor needs a release that is further away: one release on, with the minor that runs.
  const release = kubesprayReleases[index + 1];
  if (release === undefined) return undefined;
  const version = installs(release, at.version) ? at.version : highest(release, minor(at.version));
  if (version === undefined || compare(version, at.version) < 0) return undefined;
  return hop(at, release, version);
}

function highest({ patches }: KubesprayRelease, minor: number): string | undefined {
  const patch = patches[`1.${minor}`];
  return patch === undefined ? undefined : `1.${minor}.${patch}`;
}

function hop(at: Rung, release: KubesprayRelease, version: string): Hop {
  const reasons = [
    ...(version === at.version ? [] : [`Kubernetes ${at.version} → ${version}`]),
    ...(release.ref === at.ref
      ? [`${release.ref} installs both`]
      : [`Kubespray ${at.ref} → ${release.ref}, the next release`]),
  ];
  const floor = release.etcdFloor;
  const crosses =
    floor !== undefined &&
    compare(version, floor.fromKubernetes) >= 0 &&
    compare(at.version, floor.fromKubernetes) < 0;
  return {
    ref: release.ref,
    version,
    why: reasons.join("; "),
    ...(crosses ? { etcdFloor: floor.etcd } : {}),
  };
}
