/** The cluster's age keys: they encrypt the parts of a set, and prove its manifest. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { identityToRecipient } from "age-encryption";
import { ExitCode, UserError } from "../errors";
import type { Target } from "../operation";

export interface AgeIdentity {
  /** `AGE-SECRET-KEY-1…` */
  readonly identity: string;
  /** `age1…` */
  readonly recipient: string;
}

const IDENTITY = /AGE-SECRET-KEY-1[A-Z0-9]+/g;

/** Of a text in the form of `age-keygen`. */
export async function identitiesIn(text: string): Promise<AgeIdentity[]> {
  const identities = [...new Set(text.match(IDENTITY) ?? [])];
  return Promise.all(
    identities.map(async (identity) => ({ identity, recipient: await identityToRecipient(identity) })),
  );
}

/** What an export with secrets says of the keys: each is the output of a Command. */
export async function identitiesOfState(exported: string): Promise<AgeIdentity[]> {
  type Resource = { readonly urn?: string; readonly outputs?: Readonly<Record<string, unknown>> };
  const { deployment } = JSON.parse(exported) as { deployment?: { resources?: Resource[] } };
  const keys = (deployment?.resources ?? []).filter(({ urn = "" }) => KEY_URN.test(urn));
  return identitiesIn(keys.map(({ outputs }) => JSON.stringify(outputs?.["stdout"] ?? "")).join("\n"));
}

const KEY_URN = /opencenter:secrets:AgeKeys\$command:local:Command::/;

/**
 * All keys that are known: those of `--identity`, those of the stack's state, and where that is lost those of the copy
 * below `clusters/`.
 * @throws UserError where there is none
 */
export async function ageIdentities(
  target: Target,
  identityFile: string | undefined,
): Promise<AgeIdentity[]> {
  const given = identityFile === undefined ? [] : await identitiesOfFile(identityFile);
  const own = await ownIdentities(target, given.length > 0);
  const all = [...given, ...own];
  const unique = all.filter(
    ({ identity }, index) => all.findIndex((other) => other.identity === identity) === index,
  );
  if (unique.length > 0) return unique;
  throw new UserError(
    `cluster ${target.config.name} has no age key, which a backup is encrypted with.`,
    "A cluster with gitops has one after pulumi up. For another: make a key with age-keygen, keep it in two places, and say --identity <file>.",
    ExitCode.failed,
  );
}

async function ownIdentities(target: Target, others: boolean): Promise<AgeIdentity[]> {
  try {
    const found = await identitiesOfState(await target.pulumi(["stack", "export", "--show-secrets"]));
    if (found.length > 0) return found;
  } catch (error) {
    // A lost state is what a restore is for; without any other key there is nothing to go on with.
    const copy = await identitiesOfCopy(target);
    if (copy.length === 0 && !others) throw error;
    return copy;
  }
  return identitiesOfCopy(target);
}

async function identitiesOfCopy({ project, paths }: Target): Promise<AgeIdentity[]> {
  const copy = join(project, paths.ageKeys);
  return existsSync(copy) ? identitiesIn(readFileSync(copy, "utf8")) : [];
}

async function identitiesOfFile(path: string): Promise<AgeIdentity[]> {
  if (!existsSync(path))
    throw new UserError(`${path} does not exist.`, "--identity names a file of age-keygen.");
  const found = await identitiesIn(readFileSync(path, "utf8"));
  if (found.length > 0) return found;
  throw new UserError(
    `${path} holds no age identity (AGE-SECRET-KEY-1…).`,
    "--identity names a file of age-keygen.",
  );
}
