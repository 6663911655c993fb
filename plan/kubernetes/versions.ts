/** Which versions may follow which: kubeadm's rule on minors, Kubespray's on its own releases. */
import { compare, minor, major } from "semver";
import { kubesprayReleases } from "../../config/compatibility";

/** Position of a release in the table; undefined for a commit, whose place nobody knows. */
export function releaseIndex(ref: string): number | undefined {
  const index = kubesprayReleases.findIndex((release) => release.ref === ref);
  return index === -1 ? undefined : index;
}

/** Why a running version may not become another one, or nothing. */
export function versionObstacle(running: string, wanted: string): string | undefined {
  if (compare(wanted, running) < 0)
    return `Kubernetes cannot go back from ${running} to ${wanted}; etcd's data has been converted.`;
  const hops = (major(wanted) - major(running)) * 100 + minor(wanted) - minor(running);
  if (hops <= 1) return undefined;
  return (
    `Kubernetes goes one minor version at a time, and ${running} to ${wanted} is ${hops}. ` +
    `Let it be walked: npx opencenter upgrade <cluster> --to ${wanted}`
  );
}

/** Why a Kubespray release may not follow another one, or nothing. */
export function releaseObstacle(running: string, wanted: string): string | undefined {
  const from = releaseIndex(running);
  const to = releaseIndex(wanted);
  if (from === undefined || to === undefined || running === wanted) return undefined;
  if (to < from) return `Kubespray cannot go back from ${running} to ${wanted}.`;
  if (to - from <= 1) return undefined;
  const between = kubesprayReleases[from + 1]?.ref;
  return `Kubespray releases are not to be skipped: ${running} must become ${between} before ${wanted}.`;
}
