/** What must not be done to a running cluster, each with the reason and the way that is open. */
import { compare } from "semver";
import { isMemberOf, memberName } from "./etcdMembers";
import { etcdObstacle, hasQuorum, removalObstacle } from "./quorum";
import { afterReplacedServers, situationOf, type Situation } from "./situation";
import type { ConvergeRequest, EtcdMember, Json, ObservedCluster, Refusal } from "./types";
import { releaseObstacle, versionObstacle } from "./versions";

/** All reasons at once; empty when the change may be made. */
export function refusalsOf(request: ConvergeRequest, there: ObservedCluster): Refusal[] {
  const situation = situationOf(request, there);
  return [
    ...immutableChanges(request, there),
    ...encryptionSwitchedOff(request, there),
    ...endpointChange(request, there),
    ...versionChanges(request, there, situation),
    ...begunUpgrade(request, there),
    ...firstControlPlane(request, there, situation),
    ...controlPlaneRemovals(there, situation),
    ...sickEtcd(request, there, situation),
  ];
}

const same = (a: Json | undefined, b: Json | undefined) => JSON.stringify(a) === JSON.stringify(b);

function immutableChanges(request: ConvergeRequest, { mark }: ObservedCluster): Refusal[] {
  if (mark === undefined) return [];
  return Object.entries(mark.immutable)
    .filter(([path, value]) => !same(value, request.immutable[path]))
    .map(([path, value]) => ({
      code: "immutable-after-installation",
      path,
      message:
        `${path} is ${JSON.stringify(value)} in the running cluster and cannot become ` +
        `${JSON.stringify(request.immutable[path])}: nothing migrates it. Put the old value back, or build another cluster.`,
    }));
}

const ENCRYPTION = "kubernetes.encryptionAtRest.enabled";

/** Marks of older programs do not say that it was switched on after the installation; the API servers do. */
function encryptionSwitchedOff(request: ConvergeRequest, { mark, encrypts }: ObservedCluster): Refusal[] {
  if (encrypts !== true || request.immutable[ENCRYPTION] === true) return [];
  if (mark?.immutable[ENCRYPTION] !== undefined) return [];
  return [
    {
      code: "immutable-after-installation",
      path: ENCRYPTION,
      message:
        `${ENCRYPTION} cannot become false: the API servers encrypt Secrets, and could not read any of those that they ` +
        "have written. Put true back.",
    },
  ];
}

/** What is new is made before what is old goes, and a subnet gives no address twice: the run would fail half-way. */
function endpointChange({ endpoint }: ConvergeRequest, { mark }: ObservedCluster): Refusal[] {
  const before = mark?.endpoint;
  if (before === undefined || endpoint === undefined) return [];
  if (before.type === endpoint.type || before.vip !== endpoint.vip) return [];
  return [
    {
      code: "endpoint-address-held",
      path: "apiEndpoint.vip",
      message:
        `${endpoint.vip} is held by the endpoint of type ${before.type} until its successor is there, and cannot be ` +
        `the address of one of type ${endpoint.type} at the same time. Set apiEndpoint.vip to another free address of ` +
        "the subnet in the same change; certificates and kubeconfigs follow.",
    },
  ];
}

function versionChanges(
  request: ConvergeRequest,
  { mark }: ObservedCluster,
  { runningVersion, newestVersion }: Situation,
): Refusal[] {
  const back = compare(request.version, newestVersion) < 0;
  const version = versionObstacle(back ? newestVersion : runningVersion, request.version);
  const release = mark && releaseObstacle(mark.kubesprayRef, request.kubespray.ref);
  return [
    ...(version === undefined
      ? []
      : [{ code: "version-step", path: "kubernetes.version", message: version }]),
    ...(release === undefined ? [] : [{ code: "release-step", path: "kubespray.ref", message: release }]),
  ];
}

/**
 * An upgrade brings etcd on every member first, long before any version that Kubernetes shows. With the old version
 * every playbook would put the old etcd over data of the new one, on all members at once, and none would start.
 */
export function begunUpgrade({ version, kubespray }: ConvergeRequest, { mark }: ObservedCluster): Refusal[] {
  const begun = mark?.upgrading;
  if (begun === undefined) return [];
  const back =
    compare(version, begun.version) < 0 || releaseObstacle(begun.kubesprayRef, kubespray.ref) !== undefined;
  if (!back) return [];
  return [
    {
      code: "upgrade-begun",
      path: "kubernetes.version",
      message:
        `an upgrade to Kubernetes ${begun.version} with Kubespray ${begun.kubesprayRef} was begun and has not come to ` +
        `its end; ${version} with ${kubespray.ref} would put an older etcd over data of a newer one. Set ` +
        `kubernetes.version: ${begun.version} and kubespray.ref: ${begun.kubesprayRef}, and run pulumi up to finish ` +
        "it: docs/operations/upgrade.md.",
    },
  ];
}

function firstControlPlane(
  request: ConvergeRequest,
  { mark }: ObservedCluster,
  { present, replaced, staying }: Situation,
): Refusal[] {
  const first = mark?.controlPlane[0] ?? present[0];
  if (first === undefined) return [];
  const wanted = request.nodes.some(({ name }) => name === first);
  const lost = replaced.some(({ name }) => name === first);
  const refusals: Refusal[] = [];
  const upgrade = mark?.upgrading !== undefined || mark?.kubesprayRef !== request.kubespray.ref;
  if (!wanted && mark !== undefined && upgrade) {
    refusals.push({
      code: "one-at-a-time",
      path: "kubespray.ref",
      message: `${first} cannot be replaced together with the Kubespray release, nor during an upgrade: make two changes of it.`,
    });
  }
  if (!staying.some(({ role }) => role === "control-plane")) {
    refusals.push({
      code: "no-control-plane-left",
      path: "controlPlane.nodes",
      message:
        "no node of the running control plane would stay, and the cluster's data with it. Add new nodes first, " +
        "then take the old ones away.",
    });
  }
  if ((!wanted || lost) && !request.replaceFirstControlPlane) {
    refusals.push({
      code: "first-control-plane",
      path: "controlPlane.nodes",
      message:
        `${first} is the first control-plane node, which Kubespray takes the cluster's CA from; a new first node would ` +
        "make a new CA. To replace it, follow docs/operations/control-plane.md and set " +
        "kubespray.replaceFirstControlPlane: true for that one change.",
    });
  }
  return refusals;
}

function controlPlaneRemovals({ etcd, nodes }: ObservedCluster, situation: Situation): Refusal[] {
  if (etcd === undefined) return [];
  const names = [...situation.leaving, ...afterReplacedServers(situation).map(nodeOf)].filter(
    (name) => nodes.find((node) => node.name === name)?.role === "control-plane",
  );
  // New members join before old ones go, so only what is removed in this state of etcd counts.
  if (situation.newControlPlane.length > 0 && situation.dead.length + situation.replaced.length === 0)
    return [];
  return names.flatMap((name) => {
    const obstacle = removalObstacle(etcd, memberName(etcd, name));
    if (obstacle === undefined) return [];
    return [
      { code: "quorum", path: "controlPlane.nodes", message: `${name} cannot be removed: ${obstacle}` },
    ];
  });
}

function nodeOf({ extraVars }: { extraVars?: Readonly<Record<string, Json>> }): string {
  return String(extraVars?.node);
}

/**
 * A dead member that is on its way out, or one that is still on its way in, is what the run repairs; any other one makes
 * every change a risk. One that was added and has not started has no name, and the playbook that added it starts it.
 */
function sickEtcd(
  { facts: { machines } }: ConvergeRequest,
  { etcd }: ObservedCluster,
  { dead, replaced, newControlPlane }: Situation,
): Refusal[] {
  if (etcd === undefined) return [];
  // Members are numbered as control-plane nodes are: a worker of the same number has nothing to do with one.
  const leaving = [...dead, ...replaced].filter(({ role }) => role === "control-plane");
  const members = etcd.members.filter((member) => !leaving.some(({ name }) => isMemberOf(member, name)));
  // At another address it is the member of a machine that was there before, which nothing brings back.
  const isJoining = (member: EtcdMember) =>
    member.name === "" ||
    newControlPlane.some(
      (node) =>
        isMemberOf(member, node) && (member.address ?? machines[node]?.address) === machines[node]?.address,
    );
  const obstacle = etcdObstacle({ members });
  const settled = members.filter((member) => !isJoining(member));
  const stands = members.length > 0 && settled.every(({ healthy }) => healthy) && hasQuorum({ members });
  if (obstacle === undefined || stands) return [];
  return [
    {
      code: "etcd-unhealthy",
      message: `${obstacle} Nothing is changed until it is whole again: docs/operations/control-plane.md.`,
    },
  ];
}
