/** What pushing and proposing have in common. */
import type { Files, SealedFile } from "../gitops/types";
import type { ClusterConfig } from "../config/resolve";
import { contentDigest, type DeliveryRequest, type DeliveryResult } from "../plan/delivery";
import { RunFailure } from "../runner/errors";
import { status } from "../runner/output";
import { baseOf, isOwn, namedBases, type Plan, type Snapshot, type Wanted } from "./content";
import type { GitAccess, GitopsConfig } from "./git/access";
import type { Repository } from "./git/repository";

/** What makes the files. */
export interface Renderer {
  /** @param fluxComponents text of Flux's install.yaml; its file is left out without */
  renderTree(config: ClusterConfig, options?: { fluxComponents?: string }): Files;
  sealedFiles(config: ClusterConfig): readonly SealedFile[];
  /** Paths that are written when they are not there, and then left to the user. */
  onlyOnce(config: ClusterConfig): ReadonlySet<string>;
}

/** Everything that publishing works with. */
export interface Publishing {
  readonly request: DeliveryRequest;
  readonly gitops: GitopsConfig;
  readonly repository: Repository;
  readonly access: GitAccess;
  readonly wanted: Wanted;
  readonly token?: string;
  /** Of every age generation that the cluster will have the key of. */
  readonly recipients: readonly string[];
}

/** What is at the host afterwards. */
export type Outcome = Pick<DeliveryResult, "branch" | "commit" | "published" | "pullRequest">;

/** Others push too, but not for ever. */
export const ATTEMPTS = 12;

export function tooBusy(branch: string, said: string): RunFailure {
  return new RunFailure(
    `Branch ${branch} cannot be pushed: it moved on ${ATTEMPTS} times in between.\n${said}`,
    ["Run pulumi up again when fewer others are at work."],
  );
}

export function warnOfForeign({ foreign }: Plan): void {
  for (const path of foreign)
    status(`warning: ${path} is not generated and stays; your own files belong in customer-managed/`);
}

export async function snapshotOf(repository: Repository, commit: string): Promise<Snapshot> {
  const files = await repository.files(commit);
  const texts = await repository.texts(files.values());
  const all = [...files].map(([path, id]) => [path, texts.get(id) ?? ""] as const);
  return { paths: new Set(files.keys()), texts: new Map(all) };
}

/** Bases that open proposals of any cluster name: removing one would break what is merged next. */
export async function proposedBases(repository: Repository, head: string | undefined): Promise<Set<string>> {
  const bases = new Set<string>();
  for (const tip of (await repository.branches("opencenter/")).values()) {
    if (head !== undefined && (await repository.isAncestor(tip, head))) continue;
    const outside = [...(await repository.files(tip))].filter(([path]) => baseOf(path) === undefined);
    const texts = await repository.texts(outside.map(([, id]) => id));
    for (const base of namedBases(outside.map(([path, id]) => [path, texts.get(id) ?? ""] as const)))
      bases.add(base);
  }
  return bases;
}

/** Whether a plan does more than to remove bases that nobody uses: that alone is no reason for a proposal. */
export function hasOwnEdits({ edits, result }: Plan, cluster: string): boolean {
  return [...edits.keys()].some((path) => isOwn(path, cluster) || result.has(path));
}

/** The same for the same content, although encrypted files differ each time. */
export function digestOf({ pure, secrets, rules, seal }: Wanted): string {
  const plaintexts = secrets.map(
    ({ path, digest }) => [path, `${digest} ${seal.recipients.join(" ")}`] as const,
  );
  return contentDigest(new Map([...pure, ...rules]), new Map(plaintexts));
}
