/** New application credentials: valid beside the old ones until nothing in the cluster names an old one any more. */
import { poke } from "../../delivery/flux/readiness";
import { nameOf, refOf } from "../../delivery/flux/names";
import { servicesWithLogin } from "../../plan/serviceCredentials";
import type { AnyObject, ClusterObjects } from "../../runner/kubernetes/objects";
import { isChange, parseDigest } from "../drift/cloud/digest";
import { ExitCode, UserError } from "../errors";
import type { SequenceStep } from "../operation/sequence";
import { logicalName, type StateResource } from "../recover/state";
import type { Rotation, Subject } from "./rotation";
import { setTimeout as sleep } from "node:timers/promises";

const TYPE = "openstack:identity/applicationCredential:ApplicationCredential";
const FLUX_LIMIT_MS = 120_000;
const POLL_MS = 2_000;

/** As {@link planAge}: two generations are a rotation that has begun. */
export function planCredentials(generations: readonly number[], made: number, perGeneration: number) {
  const newest = Math.max(...generations);
  // The file may be ahead of the cloud: a run that was killed while it dropped the old ones.
  const underWay = generations.length > 1 || made > perGeneration;
  const next = underWay ? newest : newest + 1;
  return { old: generations.filter((one) => one !== next), next, underWay };
}

/** Generation that a credential's name says; the first says none. */
export function generationOf(name: string): number {
  const number = /-(\d+)$/.exec(name)?.[1];
  return number === undefined ? 1 : Number(number);
}

export async function credentialRotation(subject: Subject): Promise<Rotation> {
  const { config } = subject.target;
  const made = await credentials(subject);
  if (made.length === 0)
    throw new UserError(
      "this cluster has no application credential that the program made.",
      "One that was given (opencenter:applicationCredential…) is replaced by giving another, and pulumi up.",
      ExitCode.failed,
    );
  const logins = 1 + (config.gitops === undefined ? 0 : servicesWithLogin(config).length);
  const { generations } = config.secrets.applicationCredentials;
  const { old, next, underWay } = planCredentials(generations, made.length, logins);
  return {
    title: `application credentials, generation ${old.join(", ") || "before"} → ${next}`,
    underWay,
    steps: [broughtIn(subject, old, next), inUse(subject, next), dropOld(subject, next)],
  };
}

async function credentials(subject: Subject): Promise<StateResource[]> {
  return (await subject.target.state()).resources.filter(({ type }) => type === TYPE);
}

const edit = (generations: readonly number[], active: number) => [
  { path: ["secrets", "applicationCredentials", "generations"], value: [...generations] },
  { path: ["secrets", "applicationCredentials", "active"], value: active },
];

async function nothingPending(subject: Subject): Promise<boolean> {
  const steps = parseDigest(await subject.target.pulumi(["preview", "--json"]), "pulumi preview");
  return !steps.some(isChange);
}

function broughtIn(subject: Subject, old: readonly number[], next: number): SequenceStep {
  return {
    name: "new-credentials",
    title: `Credentials of generation ${next} made; the cloud controller has its own, the services' are proposed`,
    done: async () => {
      const { generations, active } = subject.target.config.secrets.applicationCredentials;
      return generations.includes(next) && active === next && (await nothingPending(subject));
    },
    run: () => subject.change(edit([...old, next], next)),
  };
}

/** Objects that still hold an old credential; what they are called, never what is in them. */
export function holdersOf(secrets: readonly AnyObject[], ids: readonly string[]): string[] {
  return secrets
    .filter((secret) => {
      const values = Object.values((secret["data"] ?? {}) as Record<string, string>);
      return values.some((value) => ids.some((id) => Buffer.from(value, "base64").includes(id)));
    })
    .map(nameOf);
}

function inUse(subject: Subject, next: number): SequenceStep {
  const holders = async (api: ClusterObjects) => {
    const old = (await credentials(subject)).filter((one) => generationOf(logicalName(one)) !== next);
    return holdersOf(
      await api.list("v1", "Secret"),
      old.flatMap(({ id }) => id ?? []),
    );
  };
  return {
    name: "in-use",
    title: "No Secret in the cluster names an old one; pods that read them have started anew",
    done: async () => {
      const api = await subject.target.api();
      return (
        (await holders(api)).length === 0 && (await staleUsers(api, await newIds(subject, next))).length === 0
      );
    },
    run: async () => {
      const api = await subject.target.api();
      await poke(api);
      const until = Date.now() + FLUX_LIMIT_MS;
      while ((await holders(api)).length > 0 && Date.now() < until && !(await proposalOpen(subject)))
        await sleep(POLL_MS);
      const left = await holders(api);
      if (left.length > 0) throw await unfinished(subject, left);
      // One by one, so that what runs twice keeps running once.
      for (const pod of await staleUsers(api, await newIds(subject, next))) await api.remove(refOf(pod));
    },
  };
}

async function newIds(subject: Subject, next: number): Promise<string[]> {
  const made = (await credentials(subject)).filter((one) => generationOf(logicalName(one)) === next);
  return made.flatMap(({ id }) => id ?? []);
}

async function proposalOf(subject: Subject): Promise<{ branch?: string; pullRequest?: string }> {
  return (await subject.target.outputs())["gitops"] ?? {};
}

/** Waiting for Flux makes no sense as long as nobody has merged. */
async function proposalOpen(subject: Subject): Promise<boolean> {
  const { gitops } = subject.target.config;
  return gitops !== undefined && (await proposalOf(subject)).branch !== gitops.repository.branch;
}

async function unfinished(subject: Subject, left: readonly string[]): Promise<UserError> {
  const { branch = "the proposal", pullRequest } = await proposalOf(subject);
  return new UserError(
    `${left.join(", ")} still hold the old credentials, which stay valid until then.`,
    `Review and merge ${pullRequest ?? branch}; when Flux has applied it, run the same command again.`,
    ExitCode.failed,
  );
}

interface PodSpec {
  readonly volumes?: readonly { readonly secret?: { readonly secretName?: string } }[];
  readonly containers?: readonly {
    readonly envFrom?: readonly { readonly secretRef?: { readonly name?: string } }[];
    readonly env?: readonly { readonly valueFrom?: { readonly secretKeyRef?: { readonly name?: string } } }[];
  }[];
}

/** Names of Secrets that a pod reads. */
export function secretsOf(pod: AnyObject): Set<string> {
  const { volumes = [], containers = [] } = (pod.spec ?? {}) as PodSpec;
  const names = [
    ...volumes.map(({ secret }) => secret?.secretName),
    ...containers.flatMap(({ envFrom = [], env = [] }) => [
      ...envFrom.map(({ secretRef }) => secretRef?.name),
      ...env.map(({ valueFrom }) => valueFrom?.secretKeyRef?.name),
    ]),
  ];
  return new Set(names.filter((name) => name !== undefined));
}

/** When an object was last written, as its managers have noted. */
function lastWritten({ metadata }: AnyObject): number {
  const times = (metadata?.managedFields ?? []).map(({ time }) => Date.parse(String(time)));
  return Math.max(Date.parse(String(metadata?.creationTimestamp)), ...times.filter(Number.isFinite));
}

/** Pods that began before their Secret got the new credential: they still log in with the old one. */
export async function staleUsers(api: ClusterObjects, ids: readonly string[]): Promise<AnyObject[]> {
  const secrets = await api.list("v1", "Secret");
  const names = new Set(holdersOf(secrets, ids));
  const holding = secrets.filter((secret) => names.has(nameOf(secret)));
  const pods = await api.list("v1", "Pod");
  return pods.filter((pod) => {
    const used = secretsOf(pod);
    const began = Date.parse(String(pod.status?.["startTime"] ?? pod.metadata?.creationTimestamp));
    return holding.some(
      (secret) =>
        secret.metadata?.namespace === pod.metadata?.namespace &&
        used.has(secret.metadata?.name ?? "") &&
        began < lastWritten(secret),
    );
  });
}

function dropOld(subject: Subject, next: number): SequenceStep {
  return {
    name: "drop-old",
    title: "The old credentials revoked",
    done: async () => {
      const { generations } = subject.target.config.secrets.applicationCredentials;
      const others = (await credentials(subject)).filter((one) => generationOf(logicalName(one)) !== next);
      return generations.length === 1 && generations[0] === next && others.length === 0;
    },
    run: () => subject.change(edit([next], next)),
  };
}
