/** Before a cluster goes, the cloud takes back its load balancers and volumes: afterwards nobody could ask for it. */
import { setTimeout as sleep } from "node:timers/promises";
import { RunFailure } from "../../runner/errors";
import { type AnyObject, ClusterObjects, Unreachable } from "../../runner/kubernetes/objects";
import { onChange, status } from "../../runner/output";
import { holdBack, Refusals, type Snapshots } from "./held";
import {
  allOf,
  describe,
  findLeftovers,
  type KeptVolume,
  type Leftovers,
  placeOf,
  whyKept,
} from "./leftovers";
import { refOf } from "./names";
import { cordonAll, stopUsersOf, suspendFlux } from "./quiesce";

export interface TeardownRun {
  /** Secret. @default there never was a cluster */
  readonly kubeconfig?: string;
  /** Of the whole. */
  readonly timeoutSeconds: number;
  /** Go on when the API does not answer. */
  readonly skipUnreachable: boolean;
  /** What the cloud has, by volume. @default nobody could ask it */
  readonly snapshots?: Snapshots;
}

const POLL_MS = 2_000;
/** An API that restarts is back by then. */
const API_LIMIT_MS = 60_000;
const MOST_NAMES = 3;

/**
 * Safe to repeat. Volumes with reclaim policy Retain stay, and are named; so do those that have snapshots which stay.
 * @returns the volumes that stay; none where the API does not answer, and then nobody knows
 * @throws RunFailure with what is left, when the time is over or the API does not answer
 */
export async function teardown(run: TeardownRun): Promise<readonly KeptVolume[]> {
  const { kubeconfig, timeoutSeconds, skipUnreachable, snapshots = new Map<string, string[]>() } = run;
  if (!kubeconfig) {
    status("there never was a cluster to take anything back from");
    return [];
  }
  const until = Date.now() + timeoutSeconds * 1_000;
  const api = new ClusterObjects(kubeconfig);
  try {
    await api.answered(Math.min(API_LIMIT_MS, timeoutSeconds * 1_000), (reason) =>
      status(`waiting for the Kubernetes API: ${reason}`),
    );
  } catch (error) {
    if (!(error instanceof Unreachable)) throw error;
    if (!skipUnreachable) throw unreachable(error);
    status(`warning: ${error.message}. Its load balancers and volumes stay in the cloud.`);
    return [];
  }
  await suspendFlux(api);
  await holdBack(api, snapshots);
  const kept = await takeBack(api, until);
  reportKept(kept);
  return kept;
}

function unreachable(error: Unreachable): RunFailure {
  return new RunFailure(
    `${error.message}\nNothing was destroyed: load balancers and volumes that Kubernetes made would stay in the cloud, ` +
      "and nothing would know of them.",
    [
      ...error.hints,
      "If the cluster is lost: npx opencenter decommission STACK --skip-unreachable. Or teardown.skipUnreachable: true, " +
        "pulumi up --target '**-teardown', pulumi destroy; then look for what stayed by its tags and names.",
    ],
  );
}

async function takeBack(api: ClusterObjects, until: number): Promise<readonly KeptVolume[]> {
  const say = onChange();
  const refusals = new Refusals();
  // A volume that is refused may be gone from Kubernetes by the next look.
  const kept = new Map<string, KeptVolume>();
  let cordoned = false;
  for (;;) {
    const found = await findLeftovers(api);
    for (const one of [...found.kept, ...(await refusals.look(api, found))]) kept.set(one.volume, one);
    const left = allOf(found);
    if (left.length === 0) return [...kept.values()];
    if (Date.now() > until) throw tooLate(left);
    if (!cordoned && found.claims.length > 0) {
      await cordonAll(api);
      cordoned = true;
    }
    await removeAll(api, found);
    const names = left.slice(0, MOST_NAMES).map(describe).join("; ");
    say(
      `waiting for the cloud to take back ${left.length}: ${names}${left.length > MOST_NAMES ? "; …" : ""}`,
    );
    await sleep(POLL_MS);
  }
}

/** Asks for everything again each time, because controllers may have made new ones meanwhile. */
async function removeAll(api: ClusterObjects, found: Leftovers): Promise<void> {
  const { gateways, loadBalancers, snapshots, claims, volumes } = found;
  const claimed = new Set(claims.map(placeOf));
  const unclaimed = volumes.filter(({ spec }) => {
    const claim = spec?.["claimRef"] as { namespace?: string; name?: string } | undefined;
    return claim === undefined || !claimed.has(`${claim.namespace}/${claim.name}`);
  });
  await stopUsersOf(api, claims);
  const asked = ({ metadata }: AnyObject) => metadata?.deletionTimestamp !== undefined;
  for (const object of [...gateways, ...loadBalancers, ...snapshots, ...claims, ...unclaimed])
    if (!asked(object)) await api.remove(refOf(object));
}

function reportKept(kept: readonly KeptVolume[]): void {
  for (const one of kept) status(`volume ${one.volume} of ${one.claim} stays in the cloud: ${whyKept(one)}`);
  status("the cloud has taken back the cluster's load balancers and volumes");
}

function tooLate(left: readonly AnyObject[]): RunFailure {
  return new RunFailure(
    [
      "The cloud did not take back everything in time (teardown.timeout):",
      ...left.map((object) => `  ${describe(object)}`),
    ].join("\n"),
    [
      "Load balancers are the cloud controller's (kubectl -n kube-system logs -l k8s-app=openstack-cloud-controller-manager), " +
        "volumes the CSI driver's: their logs say why.",
      "Cinder deletes no volume that has snapshots: openstack volume snapshot list.",
      "Nothing was destroyed. Run pulumi destroy again: it goes on from here.",
    ],
  );
}
