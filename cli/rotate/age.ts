/** A new age key: Flux has both, everything in Git is encrypted for the new one, and only then the old one goes. */
import { identityToRecipient } from "age-encryption";
import { poke, rootReady } from "../../delivery/flux/readiness";
import { ROOT_KUSTOMIZATION, ROOT_REPOSITORY } from "../../delivery/flux/names";
import { standingOf } from "../../delivery/flux/conditions";
import { updateKeys } from "../../delivery/rotation";
import { recipientsOf } from "../../delivery/seal/document";
import { ExitCode, UserError } from "../errors";
import { filesInGit, gitHeads } from "../git/asFlux";
import type { SequenceStep } from "../operation/sequence";
import type { Rotation, Subject } from "./rotation";

const SECRET = { apiVersion: "v1", kind: "Secret", name: "sops-age", namespace: "flux-system" } as const;
const FLUX_LIMIT_MS = 300_000;

/**
 * Two generations are a rotation that has begun; so is one, as long as Flux still has more keys than that.
 * @param keys how many Flux has
 */
export function planAge({ generations }: { readonly generations: readonly number[] }, keys: number) {
  const newest = Math.max(...generations);
  const underWay = generations.length > 1 || keys > 1;
  const next = underWay ? newest : newest + 1;
  return { old: generations.filter((one) => one !== next), next, underWay };
}

export async function ageRotation(subject: Subject): Promise<Rotation> {
  const { gitops, secrets } = subject.target.config;
  if (gitops === undefined)
    throw new UserError("this cluster has no gitops part, and so no age key.", undefined, ExitCode.failed);
  const { old, next, underWay } = planAge(secrets.age, (await identities(subject)).length);
  return {
    title: `age key, generation ${old.join(", ") || "before"} → ${next}`,
    underWay,
    steps: [
      newKey(subject, old, next),
      encryptForNew(subject, old, next),
      merged(subject),
      applied(subject),
      dropOld(subject, next),
    ],
  };
}

const age = (generations: readonly number[], active: number) => [
  { path: ["secrets", "age", "generations"], value: [...generations] },
  { path: ["secrets", "age", "active"], value: active },
];

/** Identities that Flux has, in the order of their generations. Secret. */
async function identities(subject: Subject): Promise<string[]> {
  const secret = await (await subject.target.api()).read(SECRET);
  const text = (secret?.["data"] as Record<string, string> | undefined)?.["age.agekey"] ?? "";
  return Buffer.from(text, "base64")
    .toString()
    .split("\n")
    .filter((line) => line.startsWith("AGE-SECRET-KEY-"));
}

function newKey(subject: Subject, old: readonly number[], next: number): SequenceStep {
  return {
    name: "new-key",
    title: `A key of generation ${next}, which Flux has beside the old one`,
    done: async () => {
      const { generations } = subject.target.config.secrets.age;
      return generations.includes(next) && (await identities(subject)).length >= generations.length;
    },
    run: () => subject.change(age([...old, next], subject.target.config.secrets.age.active)),
  };
}

/** The files are published with the new recipient once `pulumi up` has said so. */
function encryptForNew(subject: Subject, old: readonly number[], next: number): SequenceStep {
  return {
    name: "encrypt-for-new",
    title: "Secrets in Git encrypted for the new key, proposed for review",
    done: async () => {
      if (subject.target.config.secrets.age.active !== next) return false;
      const { recipients = [] } = (await published(subject)) ?? {};
      return recipients.includes(await newRecipient(subject));
    },
    run: () => subject.change(age([...old, next], next)),
  };
}

export interface Published {
  readonly branch?: string;
  readonly pullRequest?: string;
  readonly recipients?: readonly string[];
}

/** What the last `pulumi up` published. */
export async function published({ target }: Subject): Promise<Published | undefined> {
  return (await target.outputs())["gitops"] as Published | undefined;
}

async function newRecipient(subject: Subject): Promise<string> {
  const newest = (await identities(subject)).at(-1);
  return newest === undefined ? "" : identityToRecipient(newest);
}

/** Files of the cluster that the new key does not open. */
export function unreadable(
  files: ReadonlyMap<string, string>,
  cluster: string,
  recipient: string,
): readonly string[] {
  return [...files]
    .filter(([path]) => path.startsWith(`overlays/${cluster}/`) || path.startsWith(`clusters/${cluster}/`))
    .filter(([, text]) => recipientsOf(text)?.includes(recipient) === false)
    .map(([path]) => path);
}

const MOST_PATHS = 5;

function merged(subject: Subject): SequenceStep {
  const left = async () => {
    const api = await subject.target.api();
    const files = await filesInGit(subject.target, api);
    return unreadable(files, subject.target.config.name, await newRecipient(subject));
  };
  return {
    name: "merged",
    title: "The proposal merged",
    done: async () => (await left()).length === 0,
    run: async () => {
      const paths = await left();
      const { branch = "the proposal", pullRequest } = (await published(subject)) ?? {};
      const more = paths.length > MOST_PATHS ? ` and ${paths.length - MOST_PATHS} more` : "";
      throw new UserError(
        `${paths.slice(0, MOST_PATHS).join(", ")}${more} still need the old key, which stays until then.`,
        `Review and merge ${pullRequest ?? branch}; your own files (customer-managed/), in the ` +
          `repository's root: ${updateKeys(subject.target.config.name)}. ` +
          "Then run the same command again: it goes on from here.",
        ExitCode.failed,
      );
    },
  };
}

/** Whether Flux has what the branch has; asks it to look now. */
export function applied(subject: Subject): SequenceStep {
  return {
    name: "applied",
    title: "What was merged applied by Flux",
    done: async () => {
      const { target } = subject;
      const api = await target.api();
      const branch = target.config.gitops?.repository.branch ?? "";
      const head = (await gitHeads(target, api)).get(branch);
      const [repository, root] = [await api.read(ROOT_REPOSITORY), await api.read(ROOT_KUSTOMIZATION)];
      if (repository === undefined || root === undefined || !standingOf(root).ready) return false;
      return root.status?.["lastAppliedRevision"] === `${branch}@sha1:${head}`;
    },
    run: async () => {
      const api = await subject.target.api();
      await poke(api);
      await rootReady(api, FLUX_LIMIT_MS);
    },
  };
}

function dropOld(subject: Subject, next: number): SequenceStep {
  return {
    name: "drop-old",
    title: "The old key dropped",
    done: async () => {
      const { generations } = subject.target.config.secrets.age;
      return generations.length === 1 && generations[0] === next && (await identities(subject)).length === 1;
    },
    run: async () => {
      await subject.confirm(
        "Drop the old key? Backups from before need it: keep it elsewhere, and give it with --identity.",
      );
      await subject.change(age([next], next));
    },
  };
}
