/** upgrade-cluster.yml. */
import { writeEncryption } from "./encryption";
import { cordon, drain, uncordon } from "../drain";
import type { Play, Run, Task } from "../engine";
import { TaskFailure } from "../errors";
import { isTrue } from "../inventory";
import { nodePath, serverIdOf } from "../nodes";
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
import {
  checkFirstHost,
  etcdPlays,
  installKubelet,
  joinControlPlane,
  joinWorker,
  labelsAndTaints,
  startApiServer,
  upgradeApiServer,
  writeManifest,
} from "./joining";

/** A node that somebody cordoned before is neither drained nor uncordoned. */
const cordonNode: Task = {
  name: "upgrade/pre-upgrade : Cordon node",
  tags: ["pre-upgrade"],
  work: async ({ name }, run) => {
    if (!(await cordon(run, name))) return false;
    run.cordoned.add(name);
    return true;
  },
};

const DRAIN = "upgrade/pre-upgrade : Drain node";
const drainNode: Task = {
  name: DRAIN,
  tags: ["pre-upgrade"],
  work: async ({ name }, run) => {
    if (!run.cordoned.has(name) || run.vars.drain_nodes === false) return false;
    const problem = await drain(run, name, DRAIN);
    if (problem === undefined) return true;
    if (run.vars.upgrade_node_uncordon_after_drain_failure !== false) await uncordon(run, name);
    throw new TaskFailure(`Failed to drain node ${name}\n${problem}`);
  },
};

const uncordonNode: Task = {
  name: "upgrade/post-upgrade : Uncordon node",
  tags: ["post-upgrade"],
  work: async ({ name }, run) => {
    if (!run.cordoned.delete(name)) return false;
    await uncordon(run, name);
    return true;
  },
};

/** Only here the manifest of an API server that is there gets changed variables, and the members that etcd has by now. */
const upgradeControlPlane: Task = {
  name: "kubernetes/control-plane : Kubeadm | Upgrade control plane node",
  tags: ["control-plane"],
  work: async (host, run) => {
    const known = run.memory.installed(host.name, serverIdOf(host)).apiServer;
    if (known === undefined) return (await joinControlPlane.work?.(host, run)) === true;
    const upgraded = await upgradeApiServer(run, host);
    return writeManifest(run, host) || upgraded;
  },
};

/** kubeadm comes before kubelet, so that a refused upgrade leaves the old kubelet. */
const strike: Task = { ...plain("Install containerd", "container-engine"), faultPoint: true };

const requireCluster: Task = {
  name: "Stop if there is no cluster",
  tags: ["always"],
  once: true,
  work: async (_, run) => {
    const [first] = controlPlane(run.inventory);
    const present =
      run.controlPlane.made && first && (await (await run.api()).find(nodePath(first.name))) !== undefined;
    if (!present)
      throw new TaskFailure(
        `the connection to the server ${first?.name}:6443 was refused: there is no cluster`,
      );
  },
};

/** Numbers and percentages. */
function batchSize({ vars }: Run, hosts: number): number {
  const serial = (vars.serial as string | number | undefined) ?? "20%";
  const size =
    typeof serial === "string" && serial.endsWith("%")
      ? Math.floor((hosts * parseInt(serial)) / 100)
      : Number(serial);
  return Math.max(1, size || 1);
}

export const upgradePlays: readonly Play[] = [
  ...boilerplate,
  ...facts,
  {
    name: "Download images to ansible host cache via first kube_control_plane node",
    hosts: (inventory) => controlPlane(inventory).slice(0, 1),
    tasks: [plain("download : Download | Download files / images", "download")],
  },
  {
    name: "Prepare nodes for upgrade",
    hosts: cluster,
    tasks: [requireCluster, verifyFacts, plain("download : Download | Download files / images", "download")],
  },
  ...etcdPlays,
  {
    name: "Handle upgrades to control plane components first to maintain backwards compat.",
    hosts: controlPlane,
    serial: () => 1,
    tasks: [
      cordonNode,
      drainNode,
      strike,
      checkFirstHost,
      writeEncryption,
      { ...startApiServer, faultPoint: false },
      upgradeControlPlane,
      installKubelet,
      ...labelsAndTaints,
      uncordonNode,
    ],
  },
  {
    name: "Upgrade calico and external cloud provider on all control plane nodes, calico-rrs, and nodes",
    hosts: group("k8s_cluster"),
    serial: batchSize,
    tasks: [plain("network_plugin : Start the network plugin", "network", "external-cloud-controller")],
  },
  {
    name: "Finally handle worker upgrades, based on given batch size",
    hosts: workers,
    serial: batchSize,
    tasks: [cordonNode, drainNode, strike, installKubelet, joinWorker, ...labelsAndTaints, uncordonNode],
  },
  {
    name: "Install Kubernetes apps",
    hosts: controlPlane,
    tasks: [plain("kubernetes-apps : Apply the CSI driver", "csi-driver", "apps")],
  },
  resolvConf,
];

/** Questions would wait for an answer that nobody gives. */
export function asksQuestions({ vars }: Run): boolean {
  return isTrue(vars.upgrade_node_confirm) || isTrue(vars.upgrade_node_post_upgrade_confirm);
}
