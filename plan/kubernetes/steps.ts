/**
 * From what is wanted and what is there to the playbooks that lead from one to the other. The same function decides in
 * a preview, where "there" is what the last run wrote down, and in a run, where it is the live cluster; so the preview
 * is what will happen, and a run that failed half-way goes on where it stopped.
 */
import { allowEven } from "./quorum";
import { extra, facts, pinned } from "./calls";
import {
  forgetDeadMembers,
  growControlPlane,
  newFirst,
  settled,
  tellApiServers,
  tellsApiServers,
} from "./controlPlaneSteps";
import type { ConvergeDigests } from "./digests";
import { refusalsOf } from "./refusals";
import { afterReplacedServers, type Situation, situationOf } from "./situation";
import type { ConvergeMark, ConvergePlan, ConvergeRequest, ObservedCluster, PlaybookStep } from "./types";

/** @param there nothing when no cluster was ever installed on these machines */
export function planConvergence(
  request: ConvergeRequest,
  digests: ConvergeDigests,
  there: ObservedCluster | undefined,
): ConvergePlan {
  if (there === undefined) return { refusals: [], steps: installation(request, digests), leaving: [] };
  const refusals = refusalsOf(request, there);
  const situation = situationOf(request, there);
  const { leaving } = situation;
  if (refusals.length > 0) return { refusals, steps: [], leaving };
  return { refusals, steps: changes(request, digests, there, situation).map(allowEven), leaving };
}

function markOf(
  request: ConvergeRequest,
  digests: ConvergeDigests,
  order: readonly string[],
): Partial<ConvergeMark> {
  return {
    kubesprayRef: request.kubespray.ref,
    version: request.version,
    ...settled(request, digests),
    controlPlane: order,
  };
}

function installation(request: ConvergeRequest, digests: ConvergeDigests): PlaybookStep[] {
  const names = request.nodes.map(({ name }) => name);
  const controlPlane = request.nodes.filter(({ role }) => role === "control-plane").map(({ name }) => name);
  const workers = names.filter((name) => !controlPlane.includes(name));
  const inventory = { controlPlane, workers };
  return [
    {
      playbook: "cluster.yml",
      why: `install Kubernetes ${request.version} on ${names.length} node(s)`,
      inventory,
      proves: { joined: names, mark: markOf(request, digests, controlPlane) },
    },
  ];
}

function changes(
  request: ConvergeRequest,
  digests: ConvergeDigests,
  there: ObservedCluster,
  situation: Situation,
): PlaybookStep[] {
  const steps = [
    ...ownAddresses(digests, there.mark, situation),
    ...afterReplacedServers(situation),
    ...newFirst(request, there, situation),
  ];
  const unfinished = there.mark === undefined;
  const upgraded = !unfinished && needsUpgrade(request, there, situation);
  if (upgraded) steps.push(upgrade(request, digests, situation));
  const version = upgraded ? request.version : situation.runningVersion;
  if (unfinished) steps.push(...finishInstallation(request, digests, there, situation, version));
  else if (situation.newControlPlane.length > 0) {
    steps.push(...growControlPlane(request, digests, situation, version));
  } else {
    const settings = upgraded ? [] : applySettings(request, digests, there.mark, situation);
    steps.push(...settings);
    if (!settings.some(tellsApiServers)) steps.push(...forgetDeadMembers(situation, version));
    steps.push(...addWorkers(situation));
  }
  // An unfinished installation of an older version is finished as what it is, and upgraded then.
  if (unfinished && situation.runningVersion !== request.version)
    steps.push(upgrade(request, digests, situation));
  return steps;
}

function needsUpgrade(request: ConvergeRequest, { mark }: ObservedCluster, situation: Situation): boolean {
  return (
    mark?.upgrading !== undefined ||
    mark?.kubesprayRef !== request.kubespray.ref ||
    mark.version !== request.version ||
    situation.staying.some(
      ({ kubeletVersion, apiServerVersion }) =>
        kubeletVersion !== request.version || (apiServerVersion ?? request.version) !== request.version,
    )
  );
}

function upgrade(request: ConvergeRequest, digests: ConvergeDigests, situation: Situation): PlaybookStep {
  const { before, runningVersion } = situation;
  const why =
    runningVersion === request.version
      ? `Kubespray ${request.kubespray.ref} brings other components`
      : `Kubernetes ${runningVersion} becomes ${request.version}, Kubespray ${request.kubespray.ref}`;
  const mark = {
    kubesprayRef: request.kubespray.ref,
    version: request.version,
    ...settled(request, digests),
    upgrading: undefined,
  };
  return {
    playbook: "upgrade-cluster.yml",
    extraVars: { kube_version: request.version },
    why,
    inventory: before,
    proves: { mark },
  };
}

function finishInstallation(
  request: ConvergeRequest,
  digests: ConvergeDigests,
  { nodes }: ObservedCluster,
  { after }: Situation,
  version: string,
): PlaybookStep[] {
  const all = [...after.controlPlane, ...after.workers];
  // API servers that were there already may have been told of fewer etcd members than there are by now.
  const some = nodes.some(({ role }) => role === "control-plane");
  const told = some && version === request.version ? tellApiServers(after, version) : [];
  const mark = { ...markOf(request, digests, after.controlPlane), version };
  const last = told.pop();
  const finished: PlaybookStep = {
    playbook: "cluster.yml",
    ...extra(pinned(version, request)),
    why: "the installation did not come to its end",
    inventory: after,
    // Finished only when the API servers are told: of a run that is killed before, the next one must do both.
    proves: last === undefined ? { joined: all, mark } : { joined: all },
  };
  return last === undefined ? [finished] : [finished, ...told, { ...last, proves: { mark } }];
}

const differs = (wanted: string | undefined, there: string | undefined) =>
  wanted !== undefined && wanted !== there;

const settingsDiffer = (digests: ConvergeDigests, mark: ConvergeMark | undefined) =>
  differs(digests.variables, mark?.variables) || differs(digests.surroundings, mark?.surroundings);

/** Before any other playbook: one of the variables may be the port or the address that those would call the API by. */
function ownAddresses(
  digests: ConvergeDigests,
  mark: ConvergeMark | undefined,
  { before }: Situation,
): PlaybookStep[] {
  if (mark === undefined || !settingsDiffer(digests, mark)) return [];
  const why = "the control plane asks its own API servers, wherever the endpoint goes";
  return [{ playbook: "opencenter/own-address.yml", why, inventory: before }];
}

/**
 * All variables, with a word to the API servers: which of them are arguments of theirs is Kubespray's to know, and
 * cluster.yml writes the manifest of a new one only. The price is a control plane that is drained node by node.
 */
function applySettings(
  request: ConvergeRequest,
  digests: ConvergeDigests,
  mark: ConvergeMark | undefined,
  { before, runningVersion }: Situation,
): PlaybookStep[] {
  if (settingsDiffer(digests, mark)) {
    return [
      { playbook: "cluster.yml", why: "variables changed", inventory: before },
      ...tellApiServers(before, runningVersion, {
        why: "the API servers get the changed variables",
        proves: settled(request, digests),
      }),
    ];
  }
  if (!differs(digests.credential, mark?.credential)) return [];
  return [
    {
      playbook: "cluster.yml",
      tags: ["external-cloud-controller"],
      why: "the cloud controller gets another credential",
      inventory: before,
      proves: { mark: { credential: digests.credential } },
    },
  ];
}

function addWorkers({ added, after }: Situation): PlaybookStep[] {
  if (added.length === 0) return [];
  return [
    facts(after),
    {
      playbook: "scale.yml",
      limit: added,
      why: `${added.length} new worker(s)`,
      inventory: after,
      proves: { joined: added },
    },
  ];
}
