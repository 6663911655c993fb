import type { DownloadSource, Part } from "./parts";

/** The programs of the sandbox's control plane, as data. */
export type KubernetesProgram = "etcd" | "etcdutl" | "kube-apiserver" | "kubectl" | "kwok";

/**
 * What turns a bare API into a cluster that Flux works on: Deployments get pods, pods get nodes, Git is read. `sops` is
 * the reference that tests compare with.
 */
export type FluxProgram =
  | "kube-controller-manager"
  | "kube-scheduler"
  | "source-controller"
  | "kustomize-controller"
  | "helm-controller"
  | "sops";

/** Where releases are published, and the variable that names a mirror of the same shape. */
export const KUBERNETES_SITES = {
  kubernetes: { url: "https://dl.k8s.io", mirror: "OPENCENTER_KUBERNETES_RELEASES" },
  github: { url: "https://github.com", mirror: "OPENCENTER_GITHUB" },
} as const;

export type KubernetesSite = keyof typeof KUBERNETES_SITES;

export interface KubernetesPart<Program extends string = KubernetesProgram> extends Part {
  readonly program: Program;
  readonly site: KubernetesSite;
}

const KUBERNETES = "1.37.2";
const ETCD = "3.7.3";
const KWOK = "0.7.0";
const SOPS = "3.13.3";
const ETCD_RELEASE = `etcd-io/etcd/releases/download/v${ETCD}`;

/** In the order of a start: what the others wait for comes first. */
export const KUBERNETES_PARTS: readonly KubernetesPart[] = [
  ofEtcd("etcd", "server"),
  // Restores a snapshot; without it everything else works.
  ofEtcd("etcdutl", "etcdutl"),
  kubernetes("kube-apiserver", "about ten minutes"),
  kubernetes("kubectl", "a few minutes"),
  {
    name: "kwok",
    kind: "kubernetes",
    version: KWOK,
    program: "kwok",
    site: "github",
    // No download: its releases come without checksums, so that what arrives could not be told from what was published.
    build: { module: "kwok", package: "sigs.k8s.io/kwok/cmd/kwok", variables: {} },
  },
];

/** Versions of the Flux release that the program installs by default. */
export const FLUX_CONTROLLERS = {
  "source-controller": "1.9.5",
  "kustomize-controller": "1.9.5",
  "helm-controller": "1.6.4",
} as const;

export type FluxController = keyof typeof FLUX_CONTROLLERS;

const SOPS_RELEASE = `getsops/sops/releases/download/v${SOPS}/sops-v${SOPS}`;

/** A set of its own: without it the sandbox still has an API server, and plays Flux. */
export const FLUX_PARTS: readonly KubernetesPart<FluxProgram>[] = [
  kubernetes("kube-controller-manager", "about three minutes"),
  kubernetes("kube-scheduler", "about a minute"),
  controller("source-controller", "about five minutes"),
  controller("kustomize-controller", "about five minutes"),
  controller("helm-controller", "about three minutes"),
  {
    name: "sops",
    kind: "kubernetes",
    version: SOPS,
    program: "sops",
    site: "github",
    download: {
      archive: ({ os, arch }) => `${SOPS_RELEASE}.${os}.${arch}`,
      checksums: () => `${SOPS_RELEASE}.checksums.txt`,
    },
    build: { module: "sops", package: "github.com/getsops/sops/v3/cmd/sops", variables: {} },
  },
];

/** @param folder of its module in etcd's repository */
function ofEtcd(program: "etcd" | "etcdutl", folder: string): KubernetesPart {
  return {
    name: program,
    kind: "kubernetes",
    version: ETCD,
    program,
    site: "github",
    // macOS gets a .zip, which is not unpacked here: its absence is a reason to build.
    download: {
      archive: ({ os, arch }) => `${ETCD_RELEASE}/etcd-v${ETCD}-${os}-${arch}.tar.gz`,
      checksums: () => `${ETCD_RELEASE}/SHA256SUMS`,
      folder: ({ os, arch }) => `etcd-v${ETCD}-${os}-${arch}`,
    },
    build: { module: "etcd", package: `go.etcd.io/etcd/${folder}/v3`, variables: {} },
  };
}

/** No download: the project publishes images of them, not programs. */
function controller(program: FluxController, duration: string): KubernetesPart<FluxController> {
  return {
    name: program,
    kind: "kubernetes",
    version: FLUX_CONTROLLERS[program],
    program,
    site: "github",
    build: { module: program, package: `github.com/fluxcd/${program}`, variables: {}, duration },
  };
}

function kubernetes<Program extends `kube${string}`>(
  program: Program,
  duration: string,
): KubernetesPart<Program> {
  const path: DownloadSource["archive"] = ({ os, arch }) => `v${KUBERNETES}/bin/${os}/${arch}/${program}`;
  const [major, minor] = KUBERNETES.split(".") as [string, string];
  const variable = "k8s.io/component-base/version";
  return {
    name: program,
    kind: "kubernetes",
    version: KUBERNETES,
    program,
    site: "kubernetes",
    // For macOS there is a kubectl, but no server: those are built.
    download: { archive: path, checksums: (platform) => `${path(platform)}.sha256` },
    build: {
      module: "kubernetes",
      package: `k8s.io/kubernetes/cmd/${program}`,
      // Clients, Kubespray's checks among them, read these from /version.
      variables: {
        [`${variable}.gitVersion`]: `v${KUBERNETES}`,
        [`${variable}.gitMajor`]: major,
        [`${variable}.gitMinor`]: minor,
      },
      duration,
    },
  };
}
