/**
 * Which Kubespray release installs which Kubernetes, and what it needs: the one table behind validation, upgrade
 * hops and tool set-up. Sources: each release's RELEASE notes, `roles/kubespray_defaults/vars/main/checksums.yml`
 * and `requirements.txt` at the tag.
 */
export interface KubesprayRelease {
  /** Git tag. */
  readonly ref: string;
  /** Lowest and highest Kubernetes version with checksums in the release; the highest is its default. */
  readonly kubernetes: { readonly min: string; readonly max: string };
  /** Highest patch with checksums of each minor; all patches from .0 on have theirs. */
  readonly patches: Readonly<Record<string, number>>;
  /** Range of ansible-core that its first play accepts. */
  readonly ansibleCore: string;
  /** Range of Python on the machine that runs Ansible. */
  readonly python: string;
  /** etcd version that must already run before this release may upgrade to a given Kubernetes minor. */
  readonly etcdFloor?: { readonly fromKubernetes: string; readonly etcd: string };
}

export const kubesprayReleases: readonly KubesprayRelease[] = [
  {
    ref: "v2.29.1",
    kubernetes: { min: "1.31.0", max: "1.33.7" },
    patches: { "1.31": 14, "1.32": 10, "1.33": 7 },
    ansibleCore: ">=2.17.3 <2.18",
    python: ">=3.10 <3.13",
  },
  {
    ref: "v2.30.0",
    kubernetes: { min: "1.32.0", max: "1.34.3" },
    patches: { "1.32": 11, "1.33": 7, "1.34": 3 },
    ansibleCore: ">=2.17.3 <2.18",
    python: ">=3.10 <3.13",
  },
  {
    ref: "v2.31.0",
    kubernetes: { min: "1.33.0", max: "1.35.4" },
    patches: { "1.33": 11, "1.34": 7, "1.35": 4 },
    ansibleCore: ">=2.18.0 <2.19",
    python: ">=3.11 <3.14",
    // kube 1.35 brings etcd 3.6, which refuses to start on data of an etcd older than this.
    etcdFloor: { fromKubernetes: "1.35.0", etcd: "3.5.26" },
  },
  {
    ref: "v2.32.0",
    kubernetes: { min: "1.34.0", max: "1.36.4" },
    patches: { "1.34": 11, "1.35": 8, "1.36": 4 },
    ansibleCore: ">=2.19.0 <2.20",
    python: ">=3.11 <3.14",
    etcdFloor: { fromKubernetes: "1.35.0", etcd: "3.5.26" },
  },
];

/**
 * What a new cluster gets: the newest release that was read at its tag. v2.32.0 is in the table for upgrades, from
 * announcements only, and becomes the default when its tag was read.
 */
export const defaultKubesprayRef = "v2.31.0";
export const defaultKubernetesVersion = "1.35.4";

/** Flux that a new cluster begins with. */
export const defaultFluxVersion = "2.9.5";

/** Smallest memory of a machine that Kubespray installs on, in MiB (its `minimal_*_memory_mb`). */
export const minimumMemoryMiB = { "control-plane": 1500, worker: 1024 } as const;

export function kubesprayRelease(ref: string): KubesprayRelease | undefined {
  return kubesprayReleases.find((release) => release.ref === ref);
}

/** Whether a release has the checksums of a Kubernetes version: without them its first play refuses. */
export function installs(release: KubesprayRelease, version: string): boolean {
  const [major, minor, patch] = version.split(".");
  const highest = release.patches[`${major}.${minor}`];
  return highest !== undefined && Number(patch) <= highest;
}
