/** cluster.yml and scale.yml. */
import type { Play } from "../engine";
import {
  boilerplate,
  cluster,
  controlPlane,
  facts,
  group,
  plain,
  resolvConf,
  verifyFacts,
  workers,
} from "./common";
import { writeEncryption } from "./encryption";
import {
  checkFirstHost,
  etcdPlays,
  installKubelet,
  joinControlPlane,
  joinWorker,
  labelsAndTaints,
  startApiServer,
} from "./joining";

/** From the play after the facts to the end; recover-control-plane.yml runs it too. */
export const clusterPlays: readonly Play[] = [
  ...boilerplate,
  ...facts,
  {
    name: "Prepare for etcd install",
    hosts: cluster,
    tasks: [
      verifyFacts,
      plain("container-engine/containerd : Containerd | Ensure containerd is started", "container-engine"),
      plain("download : Download | Download files / images", "download"),
    ],
  },
  ...etcdPlays,
  { name: "Install Kubernetes nodes", hosts: group("k8s_cluster"), tasks: [installKubelet] },
  {
    name: "Install the control plane",
    hosts: controlPlane,
    tasks: [checkFirstHost, writeEncryption, startApiServer, joinControlPlane],
  },
  {
    name: "Invoke kubeadm and install a CNI",
    hosts: group("k8s_cluster"),
    tasks: [joinWorker, ...labelsAndTaints, plain("network_plugin : Start the network plugin", "network")],
  },
  {
    name: "Install Kubernetes apps",
    hosts: controlPlane,
    tasks: [
      plain(
        "kubernetes-apps/external_cloud_controller : Apply the cloud controller",
        "external-cloud-controller",
      ),
      plain("kubernetes-apps : Apply the CSI driver", "csi-driver", "apps"),
    ],
  },
  resolvConf,
];

const forNewWorkers = (part: string) =>
  `Target only workers to get kubelet installed and checking in on any new nodes(${part})`;

/** Control-plane hosts are left alone, also when the limit names them. */
export const scalePlays: readonly Play[] = [
  ...boilerplate,
  ...facts,
  {
    name: "Download images to ansible host cache via first kube_control_plane node",
    hosts: (inventory) => controlPlane(inventory).slice(0, 1),
    tasks: [plain("download : Download | Download files / images", "download")],
  },
  {
    name: forNewWorkers("engine"),
    hosts: workers,
    tasks: [verifyFacts, plain("Install containerd", "container-engine")],
  },
  { name: forNewWorkers("node"), hosts: workers, tasks: [installKubelet] },
  {
    name: "Upload control plane certs and retrieve encryption key",
    hosts: (inventory) => controlPlane(inventory).slice(0, 1),
    tasks: [plain("Upload control plane certificates", "kubeadm")],
  },
  {
    name: forNewWorkers("network"),
    hosts: workers,
    tasks: [joinWorker, ...labelsAndTaints, plain("network_plugin : Start the network plugin", "network")],
  },
  resolvConf,
];
