/** Publishes a cluster's part of the organisation's repository: pushed until Flux is at work, proposed afterwards. */
import { join } from "node:path";
import {
  type DeliveryRequest,
  type DeliveryResult,
  type DeliverySecrets,
  fileDigests,
} from "../plan/delivery";
import { statePaths } from "../plan/names";
import { RunFailure } from "../runner/errors";
import { withLock } from "../runner/lock";
import { status } from "../runner/output";
import type { Supervisor } from "../runner/supervisor/supervisor";
import type { Wanted } from "./content";
import { fluxManifests } from "./fluxManifests";
import { closeAccess, type GitAccess, type GitopsConfig, openAccess } from "./git/access";
import { requireGit } from "./git/errors";
import { gitIn } from "./git/program";
import { Repository } from "./git/repository";
import { updateWorkTree } from "./git/workTree";
import { propose } from "./propose";
import type { Outcome, Renderer } from "./publishing";
import { push } from "./push";
import { plainSecret, type Seal, sopsRules } from "./seal/secret";
import { digestKey, secretValues } from "./secretValues";

export interface PublishRun {
  /** Folder of the project: where `clusters/` is. */
  readonly root: string;
  readonly request: DeliveryRequest;
  readonly secrets: DeliverySecrets;
  readonly renderer: Renderer;
  readonly supervisor: Supervisor;
}

/** Places on this machine; everything in them can be made again. */
function placesOf(root: string, organization: string, cluster: string) {
  const paths = statePaths({ organization, name: cluster });
  return {
    /** Of the organisation: its clusters share the folder that a user sees. */
    lock: join(root, `clusters/state/${organization}/gitops.lock`),
    repository: join(root, paths.state, "gitops.git"),
    workTree: join(root, paths.gitops),
    gitKey: join(root, paths.gitKey),
  };
}

/**
 * Safe to run again after anything: commits are made aside, and a push is whole or not at all.
 * @throws RunFailure with what to do
 */
export async function publish(run: PublishRun): Promise<DeliveryResult> {
  const { root, request, secrets, supervisor } = run;
  const gitops = request.config.gitops;
  if (gitops === undefined) throw new RunFailure("This cluster has no gitops part in its configuration.");
  const places = placesOf(root, request.organization, request.cluster);
  const wanted = await wantedBy(run, gitops);
  return withLock(places.lock, status, async () => {
    await requireGit(gitIn(supervisor, root));
    const { learntHosts = [] } = request;
    const access = openAccess(gitops, secrets, { gitKey: places.gitKey, learntHosts });
    try {
      const repository = await Repository.open(places.repository, access, supervisor);
      const result = await publishTo(repository, access, wanted, gitops, run);
      await showTo(places.workTree, repository, gitops, supervisor);
      return result;
    } finally {
      closeAccess(access);
    }
  });
}

async function publishTo(
  repository: Repository,
  access: GitAccess,
  wanted: Wanted,
  gitops: GitopsConfig,
  { request, secrets, renderer }: PublishRun,
): Promise<DeliveryResult> {
  const { lifecycle, config } = request;
  const recipients = secrets.identities.map(({ recipient }) => recipient);
  const publishing = { request, gitops, repository, access, wanted, token: secrets.token, recipients };
  const outcome: Outcome = await (lifecycle === "day-1" ? push : propose)(publishing);
  return {
    lifecycle,
    ...outcome,
    // As a preview knows them: Flux's own manifests are fetched, and no preview does that.
    files: fileDigests(renderer.renderTree(config)),
    recipients: wanted.seal.recipients,
    knownHosts: access.knownHosts(),
  };
}

/** Everything that this cluster wants in Git; Secrets are not encrypted yet, and in memory alone. */
async function wantedBy(
  { root, request, secrets, renderer }: PublishRun,
  gitops: GitopsConfig,
): Promise<Wanted> {
  const { config, cluster } = request;
  const seal = sealOf(secrets);
  const fluxComponents = await fluxManifests(gitops.flux, root);
  const values = secretValues(secrets);
  return {
    cluster,
    pure: renderer.renderTree(config, { fluxComponents }),
    onlyOnce: renderer.onlyOnce(config),
    secrets: renderer.sealedFiles(config).map((file) => plainSecret(file, values, seal)),
    rules: new Map([[`overlays/${cluster}/.sops.yaml`, sopsRules(seal.recipients)]]),
    seal,
  };
}

function sealOf(secrets: DeliverySecrets): Seal {
  const { identities, active } = secrets;
  const current = identities.find(({ generation }) => generation === active);
  if (current === undefined)
    throw new RunFailure(`There is no age key of generation ${active}.`, [
      "secrets.age.active has to be one of secrets.age.generations.",
    ]);
  return {
    recipients: [current.recipient],
    identities: identities.map(({ identity }) => identity),
    digestKey: digestKey(secrets),
  };
}

/** A copy for people: what is published does not depend on it. */
async function showTo(
  workTree: string,
  repository: Repository,
  { repository: { url, branch } }: GitopsConfig,
  supervisor: Supervisor,
): Promise<void> {
  const commit = (await repository.branches("")).get(branch);
  if (commit === undefined) return;
  try {
    await updateWorkTree(workTree, { source: repository.directory, url, branch, commit }, supervisor);
  } catch (error) {
    if (supervisor.interrupted) throw error;
    status(`warning: ${workTree} could not be brought up to date: ${(error as Error).message}`);
  }
}
