/** Nodes: read as the plan wants them, and changed as the plan says. */
import { PatchStrategy, setHeaderOptions, type V1Node, type V1Pod } from "@kubernetes/client-node";
import { z } from "zod";
import type { NodeMetadataChange } from "../../plan/kubernetes/labels";
import type { ObservedNode } from "../../plan/kubernetes/types";
import type { Taint } from "../../plan/types";
import { type ClusterApi, statusOf } from "../../runner/kubernetes/client";

const ANNOTATIONS = {
  /** Keys of the labels that the program set. */
  labels: "opencenter.io/labels",
  taints: "opencenter.io/taints",
  /** Server on which the node's playbook came to its end. */
  joined: "opencenter.io/joined",
};
const CONTROL_PLANE = "node-role.kubernetes.io/control-plane";
const API_SERVER_PODS = "component=kube-apiserver";
const mergePatch = () => setHeaderOptions("Content-Type", PatchStrategy.MergePatch);
const names = z.array(z.string());

export async function observeNodes({ core }: ClusterApi): Promise<ObservedNode[]> {
  const [nodes, pods] = await Promise.all([
    core.listNode(),
    core.listNamespacedPod({ namespace: "kube-system", labelSelector: API_SERVER_PODS }),
  ]);
  return nodes.items.map((node) => observed(node, pods.items));
}

function observed(node: V1Node, apiServers: readonly V1Pod[]): ObservedNode {
  const { metadata, spec, status } = node;
  const name = metadata?.name ?? "";
  const labels = metadata?.labels ?? {};
  const annotations = metadata?.annotations ?? {};
  const list = (key: string) => names.catch([]).parse(JSON.parse(annotations[key] ?? "[]"));
  const serverId = serverOf(node);
  return {
    name,
    role: CONTROL_PLANE in labels ? "control-plane" : "worker",
    address: status?.addresses?.find(({ type }) => type === "InternalIP")?.address ?? "",
    serverId,
    kubeletVersion: withoutV(status?.nodeInfo?.kubeletVersion ?? ""),
    apiServerVersion: apiServerVersion(apiServers.filter((pod) => pod.spec?.nodeName === name)),
    ready:
      status?.conditions?.some(({ type, status: value }) => type === "Ready" && value === "True") ?? false,
    unschedulable: spec?.unschedulable ?? false,
    labels,
    taints: (spec?.taints ?? []).map(({ key, value = "", effect }) => ({
      key,
      value,
      effect: effect as Taint["effect"],
    })),
    owned: { labels: list(ANNOTATIONS.labels), taints: list(ANNOTATIONS.taints) },
    joined: annotations[ANNOTATIONS.joined] === (serverId ?? name),
  };
}

/** The server's id: the cloud controller writes it as provider id, the kubelet reads it from the firmware. */
function serverOf({ spec, status }: V1Node): string | undefined {
  const fromProvider = /^openstack:\/\/.*\/([^/]+)$/.exec(spec?.providerID ?? "")?.[1];
  return fromProvider ?? status?.nodeInfo?.systemUUID?.toLowerCase();
}

function apiServerVersion([pod]: readonly V1Pod[]): string | undefined {
  const tag = /:v?([^:@]+)(@.*)?$/.exec(pod?.spec?.containers[0]?.image ?? "")?.[1];
  return tag === undefined ? undefined : withoutV(tag);
}

function withoutV(version: string): string {
  return version.replace(/^v/, "");
}

/** Notes that the playbook which made these machines nodes came to its end. */
export async function markJoined(api: ClusterApi, joined: readonly string[]): Promise<void> {
  const nodes = await observeNodes(api);
  for (const { name, serverId } of nodes.filter((node) => joined.includes(node.name) && !node.joined)) {
    await patch(api, name, { metadata: { annotations: { [ANNOTATIONS.joined]: serverId ?? name } } });
  }
}

export async function applyMetadata(api: ClusterApi, change: NodeMetadataChange): Promise<void> {
  const removed = Object.fromEntries(change.removeLabels.map((key) => [key, null]));
  const { owned } = change;
  await patch(api, change.node, {
    metadata: {
      labels: { ...change.setLabels, ...removed },
      annotations: {
        [ANNOTATIONS.labels]: JSON.stringify(owned.labels),
        [ANNOTATIONS.taints]: JSON.stringify(owned.taints),
      },
    },
    ...(change.taintsChange ? { spec: { taints: change.taints } } : {}),
  });
}

export async function uncordon(api: ClusterApi, node: string): Promise<void> {
  await patch(api, node, { spec: { unschedulable: null } });
}

/** Has the cloud controller's pods made anew: they read their credential once, at their start. */
export async function restartCloudController({ apps }: ClusterApi): Promise<void> {
  const annotations = { "opencenter.io/restarted": new Date().toISOString() };
  try {
    await apps.patchNamespacedDaemonSet(
      {
        namespace: "kube-system",
        name: "openstack-cloud-controller-manager",
        body: { spec: { template: { metadata: { annotations } } } },
      },
      mergePatch(),
    );
  } catch (error) {
    // Not there where another one was asked for.
    if (statusOf(error) !== 404) throw error;
  }
}

async function patch({ core }: ClusterApi, name: string, body: object): Promise<void> {
  await core.patchNode({ name, body }, mergePatch());
}
