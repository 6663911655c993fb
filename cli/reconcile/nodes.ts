/** Repairs on nodes: labels, taints, cordons, as the last run left them. */
import { AppsV1Api, CoreV1Api, KubeConfig } from "@kubernetes/client-node";
import { applyMetadata, observeNodes, uncordon } from "../../kubespray/kubernetes/nodes";
import { nodeMetadataChange } from "../../plan/kubernetes/labels";
import { parseRecord } from "../../plan/kubernetes/record";
import type { NodePlan, ObservedNode } from "../../plan/kubernetes/types";
import type { Taint } from "../../plan/types";
import { type ClusterApi, throughProxy } from "../../runner/kubernetes/client";
import { foreignTaints } from "../drift/nodes";
import type { Target } from "../operation";
import type { Action } from "./plan";

export async function repairNodes(target: Target, actions: readonly Action[]): Promise<void> {
  const kubeconfig = await target.kubeconfig();
  const record = parseRecord((await target.outputs())["kubernetes"]);
  if (actions.length === 0 || kubeconfig === undefined || record === undefined) return;
  const config = new KubeConfig();
  config.loadFromString(kubeconfig);
  throughProxy(config);
  const api = { core: config.makeApiClient(CoreV1Api), apps: config.makeApiClient(AppsV1Api) };
  const seen = new Map((await observeNodes(api)).map((node) => [node.name, node]));
  for (const { name, ...node } of record.nodes) {
    const there = seen.get(name);
    const own = actions.filter(({ subject }) => subject === `Node ${name}`);
    if (there === undefined || own.length === 0) continue;
    if (own.some(({ does }) => does === "uncordon")) await uncordon(api, name);
    if (own.some(({ does }) => does === "set"))
      await setMetadata(api, { name, pool: "", ...node, taints: node.taints }, there);
  }
}

/** The program owns what it set; a taint that somebody else put there is drift here, and goes too. */
async function setMetadata(api: ClusterApi, wanted: NodePlan, there: ObservedNode): Promise<void> {
  const foreign = foreignTaints(wanted, there);
  const owned = { ...there.owned, taints: [...there.owned.taints, ...foreign.map(keyOf)] };
  const change = nodeMetadataChange(wanted, { ...there, owned });
  if (change !== undefined) await applyMetadata(api, change);
}

const keyOf = ({ key, effect }: Taint) => `${key}:${effect}`;
