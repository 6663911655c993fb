/**
 * One operation at a time per cluster, between machines: a Lease in the cluster. What goes through Pulumi has the lock
 * of its stack besides. Where there is no cluster to ask, Pulumi's lock is the only one.
 */
import { hostname } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { type AnyObject, type ClusterObjects } from "../../runner/kubernetes/objects";
import { ExitCode, UserError } from "../errors";
import { whoAmI } from "./audit";

const REF = {
  apiVersion: "coordination.k8s.io/v1",
  kind: "Lease",
  namespace: "kube-system",
  name: "opencenter-operation",
} as const;

/** Without a renewal for so long, its holder counts as dead. */
const DURATION_S = 60;
const RENEW_MS = 15_000;

export interface Holder {
  readonly identity: string;
  readonly since: string;
  /** Whether it has renewed its lease in time. */
  readonly alive: boolean;
}

/** What Kubernetes calls MicroTime. */
const microTime = (date: Date) => date.toISOString().replace("Z", "000Z");

function identityOf(verb: string): string {
  return `${whoAmI()} (opencenter ${verb}, process ${process.pid} on ${hostname()})`;
}

export function holderOf(lease: AnyObject, now = new Date()): Holder {
  const { spec = {} } = lease;
  const renewed = Date.parse(String(spec["renewTime"]));
  return {
    identity: String(spec["holderIdentity"]),
    since: String(spec["acquireTime"]),
    alive: now.getTime() - renewed < DURATION_S * 1_000,
  };
}

/** Who is at work on the cluster; nobody where there is no Lease. */
export async function currentHolder(api: ClusterObjects): Promise<Holder | undefined> {
  const lease = await api.read(REF);
  return lease && holderOf(lease);
}

export interface Held {
  /** Says that somebody broke the lock, so that work can stop. */
  lost(): boolean;
  /** Takes it again after the cluster was taken back in time, whoever held it then. */
  retake(): Promise<void>;
  release(): Promise<void>;
}

/**
 * Takes the lock of a cluster.
 * @param breakLock whether the lock of a dead holder may be taken away; that of a living one never
 * @throws UserError with the holder
 */
export async function acquire(
  api: ClusterObjects,
  verb: string,
  breakLock: boolean,
  renewMs = RENEW_MS,
): Promise<Held> {
  const identity = identityOf(verb);
  if (!(await take(api, identity))) {
    await giveWay(api, breakLock, renewMs);
    // Somebody else may have been faster: then it is theirs.
    if (!(await take(api, identity))) await giveWay(api, false, renewMs);
  }
  return keep(api, identity, renewMs);
}

/**
 * Takes the lock of a cluster that was taken back in time: whoever holds it there did so then, and is long gone.
 * @throws Unreachable
 */
export async function seize(api: ClusterObjects, verb: string, renewMs = RENEW_MS): Promise<Held> {
  const held = keep(api, identityOf(verb), renewMs);
  await held.retake();
  return held;
}

function take(api: ClusterObjects, identity: string): Promise<boolean> {
  const now = microTime(new Date());
  const { apiVersion, kind, namespace, name } = REF;
  return api.create({
    apiVersion,
    kind,
    metadata: { namespace, name },
    spec: {
      holderIdentity: identity,
      leaseDurationSeconds: DURATION_S,
      acquireTime: now,
      renewTime: now,
      leaseTransitions: 0,
    },
  });
}

/** Takes a dead holder's Lease away, or says who holds it. */
async function giveWay(api: ClusterObjects, breakLock: boolean, renewMs: number): Promise<void> {
  const lease = await api.read(REF);
  if (lease === undefined) return;
  const { identity, since, alive: renewed } = holderOf(lease);
  const alive = renewed || (breakLock && (await renewsWithin(api, lease, renewMs)));
  if (!alive && breakLock) return api.remove(REF, lease);
  throw new UserError(
    `the cluster is being worked on by ${identity}, since ${since}.`,
    alive
      ? "Wait for it, or stop it with Ctrl-C: it ends after the step that it is at."
      : "It has not been heard of for a minute. If it is dead: the same command with --break-lock.",
    ExitCode.failed,
  );
}

/**
 * Whether a Lease changes within the time of a renewal. Its time is that of another machine: where the clocks are more
 * than a minute apart, a living holder looks dead, and its lock would be broken under its hands.
 */
async function renewsWithin(api: ClusterObjects, before: AnyObject, renewMs: number): Promise<boolean> {
  await sleep(renewMs + renewMs / 10);
  const after = await api.read(REF);
  return after !== undefined && after.spec?.["renewTime"] !== before.spec?.["renewTime"];
}

function keep(api: ClusterObjects, identity: string, renewMs: number): Held {
  let lost = false;
  let renewal: Promise<void> = Promise.resolve();
  const mine = (lease: AnyObject | undefined) => lease?.spec?.["holderIdentity"] === identity;
  const renew = async () => {
    const lease = await api.read(REF);
    if (mine(lease)) await api.mergeRaw(REF, { spec: { renewTime: microTime(new Date()) } });
    else lost = true;
  };
  const timer = setInterval(() => {
    // An API that restarts in the middle of an operation is what operations do; the next renewal will tell.
    renewal = renew().catch(() => {});
  }, renewMs);
  timer.unref();
  return {
    lost: () => lost,
    retake: async () => {
      await renewal;
      const lease = await api.read(REF);
      if (lease !== undefined && !mine(lease)) await api.remove(REF, lease);
      if (!mine(lease)) await take(api, identity);
      lost = false;
    },
    release: async () => {
      clearInterval(timer);
      // One that is under way changes the Lease between reading and removing it, and it would stay.
      await renewal;
      const lease = await api.read(REF);
      if (lease !== undefined && mine(lease)) await api.remove(REF, lease);
    },
  };
}
