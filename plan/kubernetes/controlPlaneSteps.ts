/** Sequences that change the control plane: etcd keeps its majority, and every API server learns of every member. */
import { extra, facts, pinned } from "./calls";
import type { ConvergeDigests } from "./digests";
import type { Situation } from "./situation";
import type { ConvergeMark, ConvergeRequest, ObservedCluster, PlaybookStep } from "./types";

/** Groups that a change of the control plane is limited to (docs/operations/nodes.md of Kubespray). */
const CONTROL_PLANE = ["etcd", "kube_control_plane"];

/**
 * What a playbook with all variables proves. What may never change again is part of it: a setting that is switched on
 * later would otherwise be in no mark, and nobody would refuse to switch it off.
 */
export function settled(
  { immutable, endpoint }: ConvergeRequest,
  digests: ConvergeDigests,
): Partial<ConvergeMark> {
  return { ...digests, immutable, endpoint };
}

/**
 * One member at a time, so that etcd never counts two at once that have not answered yet; then everything once more,
 * and the API servers learn of the new etcd members (facts: only upgrade-cluster.yml rewrites their manifests).
 */
export function growControlPlane(
  request: ConvergeRequest,
  digests: ConvergeDigests,
  situation: Situation,
  version: string,
): PlaybookStep[] {
  const { newControlPlane, before, after, added } = situation;
  const vars = pinned(version, request);
  const mark = { ...settled(request, digests), controlPlane: after.controlPlane };
  const steps: PlaybookStep[] = [facts(after)];
  let controlPlane = [...before.controlPlane];
  for (const name of newControlPlane) {
    controlPlane = [...controlPlane, name];
    steps.push({
      playbook: "cluster.yml",
      limit: CONTROL_PLANE,
      extraVars: { ...vars, etcd_retries: 10 },
      why: `${name} joins the control plane and etcd`,
      inventory: { controlPlane, workers: before.workers },
    });
  }
  steps.push(
    {
      playbook: "cluster.yml",
      ...extra(vars),
      why: "all nodes learn of the new control plane",
      inventory: after,
    },
    {
      playbook: "upgrade-cluster.yml",
      limit: CONTROL_PLANE,
      extraVars: { kube_version: version },
      why: "the API servers learn of the new etcd members",
      inventory: after,
      proves: { joined: added, mark },
    },
  );
  return steps;
}

/** Where no new member came, nothing else tells the API servers of those that went. */
export function forgetDeadMembers({ dead, after }: Situation, version: string): PlaybookStep[] {
  return dead.length === 0 ? [] : tellApiServers(after, version);
}

const NEW_MEMBERS = { why: "the API servers learn which etcd members there are", proves: {} };

export const tellsApiServers = ({ playbook }: PlaybookStep) => playbook === "upgrade-cluster.yml";

/** Only upgrade-cluster.yml rewrites the manifest of an API server that is there. */
export function tellApiServers(
  inventory: PlaybookStep["inventory"],
  version: string,
  news: { readonly why: string; readonly proves: Partial<ConvergeMark> } = NEW_MEMBERS,
): PlaybookStep[] {
  return [
    facts(inventory),
    {
      playbook: "upgrade-cluster.yml",
      limit: CONTROL_PLANE,
      extraVars: { kube_version: version },
      why: news.why,
      inventory,
      proves: { mark: { ...news.proves, controlPlane: inventory.controlPlane } },
    },
  ];
}

/** A first node that leaves hands its place over before anything else: everybody is told the new order once. */
export function newFirst(
  request: ConvergeRequest,
  { mark }: ObservedCluster,
  { before, runningVersion }: Situation,
): PlaybookStep[] {
  const [first] = mark?.controlPlane ?? [];
  const [next] = before.controlPlane;
  if (first === undefined || next === undefined || first === next) return [];
  return [
    {
      playbook: "cluster.yml",
      ...extra(pinned(runningVersion, request)),
      why: `${next} becomes the first control-plane node`,
      inventory: before,
      proves: { mark: { controlPlane: before.controlPlane } },
    },
  ];
}
