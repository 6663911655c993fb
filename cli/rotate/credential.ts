/** New application credentials beside the old ones, handed to everything that logs in to the cloud; then the old ones go. */
import { setTimeout as sleep } from "node:timers/promises";
import { digestIn } from "../../delivery/seal/secret";
import { poke, rootReady } from "../../delivery/flux/readiness";
import { generationName, generationOf } from "../../plan/serviceCredentials";
import { ExitCode, UserError } from "../errors";
import { filesInGit, gitHeads } from "../git/asFlux";
import type { SequenceStep } from "../operation/sequence";
import { logicalName, type StackState } from "../recover/state";
import { applied, published } from "./age";
import { consumers, holders, restart, restarted } from "./consumers";
import type { Rotation, Subject } from "./rotation";

const TYPE = "openstack:identity/applicationCredential:ApplicationCredential";
const FLUX_LIMIT_MS = 300_000;
const POLL_MS = 2_000;

/** A credential that the program made. */
export interface MadeCredential {
  /** Of all its generations. */
  readonly base: string;
  readonly generation: number;
  readonly id: string;
}

export function madeCredentials({ resources }: StackState): MadeCredential[] {
  return resources
    .filter(({ type, id }) => type === TYPE && id !== undefined)
    .map((resource) => {
      const name = logicalName(resource);
      const generation = generationOf(name);
      const suffix = generationName("", generation);
      return { base: name.slice(0, name.length - suffix.length), generation, id: resource.id ?? "" };
    });
}

/** Two generations are a rotation that has begun; so is a credential in the state that the configuration has not. */
export function planCredential(generations: readonly number[], made: readonly MadeCredential[]) {
  const newest = Math.max(...generations);
  const underWay = generations.length > 1 || made.some(({ generation }) => generation !== newest);
  const next = underWay ? newest : newest + 1;
  return { old: generations.filter((one) => one !== next), next, underWay };
}

export async function credentialRotation(subject: Subject): Promise<Rotation> {
  const { config } = subject.target;
  const made = madeCredentials(await subject.target.state());
  if (made.length === 0)
    throw new UserError(
      "this cluster logs in with a credential that was given to it, or has not been built: there is none to rotate.",
      "A given one: make another at the cloud, set opencenter:cloudControllerCredentialId, …Name and …Secret, pulumi up, " +
        "merge, restart what uses it, then delete the old one at the cloud.",
      ExitCode.failed,
    );
  const { old, next, underWay } = planCredential(config.secrets.applicationCredential.generations, made);
  const inGit = config.gitops === undefined ? [] : [merged(subject), applied(subject)];
  return {
    title: `application credentials, generation ${old.join(", ") || "before"} → ${next}`,
    underWay,
    steps: [
      newCredential(subject, old, next),
      handedOut(subject, old, next),
      ...inGit,
      inCluster(subject, next),
      consumersRestarted(subject, next),
      dropOld(subject, next),
    ],
  };
}

const generations = (all: readonly number[], active: number) => [
  { path: ["secrets", "applicationCredential", "generations"], value: [...all] },
  { path: ["secrets", "applicationCredential", "active"], value: active },
];

async function made({ target }: Subject): Promise<readonly MadeCredential[]> {
  return madeCredentials(await target.state());
}

/** Every purpose has a credential of the generation. */
export function complete(made: readonly MadeCredential[], generation: number): boolean {
  const bases = (some: readonly MadeCredential[]) => new Set(some.map(({ base }) => base)).size;
  return made.length > 0 && bases(made.filter((one) => one.generation === generation)) === bases(made);
}

function newCredential(subject: Subject, old: readonly number[], next: number): SequenceStep {
  return {
    name: "new-credential",
    title: `Credentials of generation ${next}, beside the old ones`,
    done: async () =>
      subject.target.config.secrets.applicationCredential.generations.includes(next) &&
      complete(await made(subject), next),
    run: () =>
      subject.change(generations([...old, next], subject.target.config.secrets.applicationCredential.active)),
  };
}

function handedOut(subject: Subject, old: readonly number[], next: number): SequenceStep {
  return {
    name: "handed-out",
    title: "The cloud controller logs in with the new one; the services' Secrets proposed for review",
    done: async () =>
      subject.target.config.secrets.applicationCredential.active === next &&
      (await subject.target.outputs())["cloudCredential"] === next,
    run: () => subject.change(generations([...old, next], next)),
  };
}

/** Encrypted files of the cluster whose content differs between a proposal and the branch that Flux reads. */
export function notMerged(
  proposal: ReadonlyMap<string, string>,
  main: ReadonlyMap<string, string>,
  cluster: string,
): readonly string[] {
  return [...proposal]
    .filter(([path]) => path.startsWith(`overlays/${cluster}/`))
    .filter(
      ([path, text]) => digestIn(text) !== undefined && digestIn(text) !== digestIn(main.get(path) ?? ""),
    )
    .map(([path]) => path);
}

function merged(subject: Subject): SequenceStep {
  const left = async () => {
    const { target } = subject;
    const { branch } = (await published(subject)) ?? {};
    const api = await target.api();
    // A branch that is gone was merged, or thrown away: then what Flux applies shows it.
    if (branch === undefined || !(await gitHeads(target, api)).has(branch)) return [];
    return notMerged(
      await filesInGit(target, api, branch),
      await filesInGit(target, api),
      target.config.name,
    );
  };
  return {
    name: "merged",
    title: "The proposal merged",
    done: async () => (await left()).length === 0,
    run: async () => {
      const { branch = "the proposal", pullRequest } = (await published(subject)) ?? {};
      throw new UserError(
        `${(await left()).join(", ")} on ${branch} are not on the branch that Flux reads; the old credentials stay until then.`,
        `Review and merge ${pullRequest ?? branch}. Then run the same command again: it goes on from here.`,
        ExitCode.failed,
      );
    },
  };
}

/** Whatever Flux, Git or a playbook says of itself: no Secret names an old credential, and every new one is in use. */
function inCluster(subject: Subject, next: number): SequenceStep {
  const wrong = async () => {
    const all = await made(subject);
    const api = await subject.target.api();
    const old = all.filter(({ generation }) => generation !== next).map(({ id }) => id);
    return (await holders(api, old)).map(({ namespace, name }) => `${namespace}/${name}`);
  };
  return {
    name: "in-cluster",
    title: "No Secret in the cluster with an old credential",
    done: async () => (await wrong()).length === 0,
    run: async () => {
      const api = await subject.target.api();
      if (subject.target.config.gitops !== undefined) {
        await poke(api);
        await rootReady(api, FLUX_LIMIT_MS);
      }
      for (const end = Date.now() + FLUX_LIMIT_MS; (await wrong()).length > 0; await sleep(POLL_MS)) {
        if (Date.now() < end) continue;
        throw new UserError(
          `these Secrets still have an old credential, which stays until then: ${(await wrong()).join(", ")}.`,
          "If Flux owns it: kubectl -n flux-system get kustomizations. If it is yours: change it. Then run the same command again.",
          ExitCode.failed,
        );
      }
    },
  };
}

/** A program reads its login when it starts: one that was not restarted would fail the moment the old one goes. */
function consumersRestarted(subject: Subject, next: number): SequenceStep {
  const mark = String(next);
  const found = async () => {
    const api = await subject.target.api();
    const ids = (await made(subject)).filter(({ generation }) => generation === next).map(({ id }) => id);
    return { api, workloads: await consumers(api, await holders(api, ids)) };
  };
  return {
    name: "restarted",
    title: "Everything that logs in to the cloud restarted with the new one, and ready",
    done: async () => (await found()).workloads.every((workload) => restarted(workload, mark)),
    run: async () => {
      const { api, workloads } = await found();
      for (const workload of workloads) await restart(api, workload, mark);
      for (const end = Date.now() + FLUX_LIMIT_MS; ; await sleep(POLL_MS)) {
        const waiting = (await found()).workloads.filter((workload) => !restarted(workload, mark));
        if (waiting.length === 0) return;
        if (Date.now() < end) continue;
        const names = waiting.map(({ kind, metadata }) => `${kind} ${metadata?.namespace}/${metadata?.name}`);
        throw new UserError(
          `not ready with the new credential: ${names.join(", ")}. The old one stays.`,
          "kubectl describe says why; then run the same command again: it goes on from here.",
          ExitCode.failed,
        );
      }
    },
  };
}

function dropOld(subject: Subject, next: number): SequenceStep {
  return {
    name: "drop-old",
    title: "The old credentials deleted at the cloud",
    done: async () => {
      const { generations: all } = subject.target.config.secrets.applicationCredential;
      const left = (await made(subject)).filter(({ generation }) => generation !== next);
      return all.length === 1 && all[0] === next && left.length === 0;
    },
    run: () => subject.change(generations([next], next)),
  };
}
