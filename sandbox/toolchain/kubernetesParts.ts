import type { DownloadSource, Part } from "./parts";

/** The programs of the sandbox's control plane, as data. */
export type KubernetesProgram = "etcd" | "kube-apiserver" | "kubectl" | "kwok";

/** Where releases are published, and the variable that names a mirror of the same shape. */
export const KUBERNETES_SITES = {
  kubernetes: { url: "https://dl.k8s.io", mirror: "OPENCENTER_KUBERNETES_RELEASES" },
  github: { url: "https://github.com", mirror: "OPENCENTER_GITHUB" },
} as const;

export type KubernetesSite = keyof typeof KUBERNETES_SITES;

export interface KubernetesPart extends Part {
  readonly program: KubernetesProgram;
  readonly site: KubernetesSite;
}

const KUBERNETES = "1.37.2";
const ETCD = "3.7.3";
const KWOK = "0.7.0";
const ETCD_RELEASE = `etcd-io/etcd/releases/download/v${ETCD}`;

/** In the order of a start: what the others wait for comes first. */
export const KUBERNETES_PARTS: readonly KubernetesPart[] = [
  {
    name: "etcd",
    kind: "kubernetes",
    version: ETCD,
    program: "etcd",
    site: "github",
    // macOS gets a .zip, which is not unpacked here: its absence is a reason to build.
    download: {
      archive: ({ os, arch }) => `${ETCD_RELEASE}/etcd-v${ETCD}-${os}-${arch}.tar.gz`,
      checksums: () => `${ETCD_RELEASE}/SHA256SUMS`,
      folder: ({ os, arch }) => `etcd-v${ETCD}-${os}-${arch}`,
    },
    build: { module: "etcd", package: "go.etcd.io/etcd/server/v3", variables: {} },
  },
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

function kubernetes(program: "kube-apiserver" | "kubectl", duration: string): KubernetesPart {
  const path: DownloadSource["archive"] = ({ os, arch }) => `v${KUBERNETES}/bin/${os}/${arch}/${program}`;
  const [major, minor] = KUBERNETES.split(".") as [string, string];
  const variable = "k8s.io/component-base/version";
  return {
    name: program,
    kind: "kubernetes",
    version: KUBERNETES,
    program,
    site: "kubernetes",
    // For macOS there is a kubectl, but no kube-apiserver: that one is built.
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
