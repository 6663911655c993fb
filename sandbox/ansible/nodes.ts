/** Nodes and the API server's pods, as kubelet and kubeadm make them. */
import { createHash } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { ApiClient, ApiObject } from "../kubernetes/apiClient";
import { KubernetesError } from "../kubernetes/apiClient";
import type { Run } from "./engine";
import { addressOf, type Host, type Inventory, textOf } from "./inventory";

const NODES = "/api/v1/nodes";
const PODS = "/api/v1/namespaces/kube-system/pods";
const CONTROL_PLANE = "node-role.kubernetes.io/control-plane";
/** What the machines of the sandbox run; no playbook of the program chooses it. */
const RUNTIME = "containerd://2.2.3";
const CAPACITY = { cpu: "4", memory: "8Gi", pods: "110", "ephemeral-storage": "40Gi" };

export function serverIdOf({ vars }: Host): string | undefined {
  return textOf(vars, "opencenter_server_id");
}
export function isControlPlane(inventory: Inventory, { name }: Host): boolean {
  return inventory.groups.get("kube_control_plane")?.includes(name) ?? false;
}
export function nodePath(name: string): string {
  return `${NODES}/${name}`;
}

/** Makes the Node of a machine that joins, or takes over the one that an earlier machine of that name left. */
export async function registerNode(run: Run, host: Host, version: string): Promise<void> {
  const client = await run.api();
  const node = nodeOf(run, host, version);
  const existing = await client.find(nodePath(host.name));
  if (existing === undefined) await client.create(NODES, node);
  else await client.patch(`${nodePath(host.name)}/status`, { status: node.status });
}

function nodeOf({ inventory, controlPlane }: Run, host: Host, version: string): ApiObject {
  const { name } = host;
  const control = isControlPlane(inventory, host);
  // A control-plane node that is also in kube_node runs everybody's pods.
  const tainted = control && inventory.groups.get("kube_node")?.includes(name) !== true;
  const id = serverIdOf(host);
  return {
    apiVersion: "v1",
    kind: "Node",
    metadata: {
      name,
      labels: {
        "kubernetes.io/hostname": name,
        "kubernetes.io/os": "linux",
        "kubernetes.io/arch": "amd64",
        ...(control
          ? { [CONTROL_PLANE]: "", "node.kubernetes.io/exclude-from-external-load-balancers": "" }
          : {}),
      },
    },
    spec: {
      ...(id === undefined ? {} : { providerID: `openstack:///${id}` }),
      ...(tainted ? { taints: [{ key: CONTROL_PLANE, effect: "NoSchedule" }] } : {}),
    },
    status: {
      phase: "Running",
      addresses: [
        { type: "InternalIP", address: addressOf(host) },
        { type: "Hostname", address: name },
      ],
      capacity: CAPACITY,
      allocatable: CAPACITY,
      conditions: [ready()],
      nodeInfo: nodeInfo(id ?? `${controlPlane.cluster}-${name}`, version),
    },
  };
}

function ready() {
  const now = new Date().toISOString().replace(/\.\d+Z$/, "Z");
  return {
    type: "Ready",
    status: "True",
    reason: "KubeletReady",
    message: "kubelet is posting ready status",
    lastHeartbeatTime: now,
    lastTransitionTime: now,
  };
}

function nodeInfo(systemUUID: string, version: string): Record<string, string> {
  return {
    systemUUID,
    machineID: createHash("md5").update(systemUUID).digest("hex"),
    bootID: systemUUID,
    kubeletVersion: `v${version}`,
    kubeProxyVersion: `v${version}`,
    containerRuntimeVersion: RUNTIME,
    kernelVersion: "6.8.0-sandbox",
    osImage: "Sandbox Linux",
    operatingSystem: "linux",
    architecture: "amd64",
  };
}

/** @returns whether the node had another version */
export async function setKubeletVersion(run: Run, name: string, version: string): Promise<boolean> {
  const client = await run.api();
  const node = await client.find(nodePath(name));
  if (node === undefined || node.status?.nodeInfo?.kubeletVersion === `v${version}`) return false;
  const nodeInfo = { kubeletVersion: `v${version}`, kubeProxyVersion: `v${version}` };
  await client.patch(`${nodePath(name)}/status`, { status: { nodeInfo } });
  return true;
}

/** Adds the inventory's labels; what is there stays, as `kubectl label --overwrite` leaves it. */
export async function addLabels(run: Run, host: Host): Promise<boolean> {
  const wanted = host.vars.node_labels;
  // As upstream: anything but a dictionary is silently no label.
  if (typeof wanted !== "object" || wanted === null || Array.isArray(wanted)) return false;
  const labels = Object.fromEntries(Object.entries(wanted).map(([key, value]) => [key, String(value)]));
  const client = await run.api();
  const node = await client.find(nodePath(host.name));
  if (node === undefined) return false;
  const missing = Object.entries(labels).some(([key, value]) => node.metadata.labels?.[key] !== value);
  if (missing) await client.patch(nodePath(host.name), { metadata: { labels } });
  return missing;
}

/** Adds the inventory's taints, `key=value:Effect`, to those that are there. */
export async function addTaints(run: Run, host: Host): Promise<boolean> {
  const wanted = host.vars.node_taints;
  if (!Array.isArray(wanted)) return false;
  const client = await run.api();
  const node = await client.find(nodePath(host.name));
  if (node === undefined) return false;
  let taints = node.spec?.taints ?? [];
  const before = JSON.stringify(taints);
  for (const word of wanted.map(String)) {
    const [, key, value, effect] = /^([^=:]+)(?:=([^:]*))?:(\w+)$/.exec(word) ?? [];
    if (key === undefined || effect === undefined) continue;
    const taint = { key, ...(value ? { value } : {}), effect };
    const same = (other: { key: string; effect: string }) => other.key === key && other.effect === effect;
    taints = taints.some(same) ? taints.map((other) => (same(other) ? taint : other)) : [...taints, taint];
  }
  if (JSON.stringify(taints) === before) return false;
  await client.patch(nodePath(host.name), { spec: { taints } });
  return true;
}

/** Makes the pod that mirrors the API server's static manifest. */
export async function placeApiServer(run: Run, node: string, version: string): Promise<void> {
  const client = await run.api();
  await removePod(client, `${PODS}/kube-apiserver-${node}`);
  const hash = createHash("md5").update(`${node} ${version}`).digest("hex");
  await client.create(PODS, {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name: `kube-apiserver-${node}`,
      namespace: "kube-system",
      labels: { component: "kube-apiserver", tier: "control-plane" },
      annotations: {
        "kubernetes.io/config.hash": hash,
        "kubernetes.io/config.mirror": hash,
        "kubernetes.io/config.source": "file",
      },
    },
    spec: {
      nodeName: node,
      hostNetwork: true,
      priorityClassName: "system-node-critical",
      tolerations: [{ operator: "Exists", effect: "NoExecute" }],
      containers: [{ name: "kube-apiserver", image: `registry.k8s.io/kube-apiserver:v${version}` }],
    },
  });
}

/** Deletes a pod and waits until it is gone. */
export async function removePod(client: ApiClient, path: string): Promise<void> {
  await client.remove(`${path}?gracePeriodSeconds=0`);
  for (let tries = 0; tries < 100 && (await client.find(path)) !== undefined; tries += 1) await sleep(50);
}

/** Version of the API server that runs on a node, without v. */
export async function apiServerVersion(run: Run, node: string): Promise<string | undefined> {
  const pod = await (await run.api()).find(`${PODS}/kube-apiserver-${node}`);
  return pod?.spec?.containers?.[0]?.image.split(":v").at(-1);
}

/** Pods that run on a node. */
export async function podsOn(client: ApiClient, node: string): Promise<ApiObject[]> {
  return client.list(`/api/v1/pods?fieldSelector=${encodeURIComponent(`spec.nodeName=${node}`)}`);
}

export async function deleteNode(run: Run, name: string): Promise<void> {
  const client = await run.api();
  await client.remove(nodePath(name));
  // Elsewhere the garbage collector does this; without a controller manager nobody else would.
  for (const { metadata } of await podsOn(client, name)) {
    await removePod(client, `/api/v1/namespaces/${metadata.namespace}/pods/${metadata.name}`);
  }
}

/** Namespaces that every cluster has; a real API server makes them itself, a little later. */
export async function ensureNamespaces(run: Run): Promise<void> {
  const client = await run.api();
  for (const name of ["default", "kube-system", "kube-public", "kube-node-lease"]) {
    if ((await client.find(`/api/v1/namespaces/${name}`)) !== undefined) continue;
    try {
      await client.create("/api/v1/namespaces", { metadata: { name } });
    } catch (error) {
      if (!(error instanceof KubernetesError && error.status === 409)) throw error;
    }
  }
}
