/** Flux is installed once, onto the repository that was published before; from then on it looks after itself. */
import type { DeliveryRequest } from "../../plan/delivery";
import { RunFailure } from "../../runner/errors";
import { ClusterObjects, type AnyObject } from "../../runner/kubernetes/objects";
import { status } from "../../runner/output";
import { fluxManifests } from "../fluxManifests";
import type { Renderer } from "../publishing";
import { applyAll, installFlux, parseManifests } from "./installation";
import { FLUX_NAMESPACE, ROOT_KUSTOMIZATION, ROOT_REPOSITORY } from "./names";
import { poke, type Readiness, rootReady, servicesReady } from "./readiness";

/** In milliseconds. */
export interface BootstrapLimits {
  /** Until the API answers. */
  readonly api: number;
  /** Until Flux's controllers run: their images have to be fetched. */
  readonly deployments: number;
  /** Until the root Kustomization is ready. */
  readonly root: number;
  /** Until the services are; they are not waited for longer, and nothing fails. */
  readonly services: number;
}

const MINUTE = 60_000;
const LIMITS: BootstrapLimits = {
  api: 10 * MINUTE,
  deployments: 10 * MINUTE,
  root: 15 * MINUTE,
  services: 10 * MINUTE,
};

export interface BootstrapRun {
  /** Folder of the project. */
  readonly root: string;
  readonly request: DeliveryRequest;
  /** Secret. */
  readonly kubeconfig: string;
  readonly renderer: Pick<Renderer, "renderTree">;
  /** @default minutes, as production needs them */
  readonly limits?: BootstrapLimits;
}

/** What the installation saw at its end. */
export interface BootstrapResult {
  /** Of the root Kustomization, such as `main@sha1:…`. */
  readonly revision: string;
  readonly fluxVersion: string;
  readonly kustomizations: Readiness;
}

/**
 * Safe to run again after anything, also on a cluster on which Flux is at work: that is left as it is.
 * @throws RunFailure with what to do
 */
export async function bootstrap(run: BootstrapRun): Promise<BootstrapResult> {
  const { request, kubeconfig, limits = LIMITS } = run;
  const { gitops } = request.config;
  if (gitops === undefined) throw new RunFailure("This cluster has no gitops part in its configuration.");
  const api = new ClusterObjects(kubeconfig);
  await api.answered(limits.api, (reason) => status(`waiting for the Kubernetes API: ${reason}`));
  if (await isAtWork(api, request)) status("Flux is at work on this cluster already: it is left as it is");
  else {
    const { components, sync } = await ownManifests(run, gitops.flux);
    await installFlux(api, components, limits);
    await applyAll(api, sync);
  }
  await poke(api);
  const revision = await rootReady(api, limits.root);
  const kustomizations = await servicesReady(api, limits.services);
  const { ready, total, waiting } = kustomizations;
  status(`Flux is at work: ${ready} of ${total} Kustomizations are ready at ${revision}`);
  for (const line of waiting) status(`warning: not ready yet: ${line}`);
  return { revision, fluxVersion: await installedVersion(api, gitops.flux.version), kustomizations };
}

/** Exactly the files that are in Git, so that Flux, when it applies itself from there, changes nothing. */
async function ownManifests(
  { root, request, renderer }: BootstrapRun,
  flux: NonNullable<DeliveryRequest["config"]["gitops"]>["flux"],
): Promise<{ components: AnyObject[]; sync: AnyObject[] }> {
  const files = renderer.renderTree(request.config, { fluxComponents: await fluxManifests(flux, root) });
  const parsed = (file: string) => {
    const path = `clusters/${request.cluster}/flux-system/${file}`;
    return parseManifests(files.get(path) ?? "", path);
  };
  return { components: parsed("gotk-components.yaml"), sync: parsed("gotk-sync.yaml") };
}

/** @throws RunFailure when it works for something else: two owners would undo each other's work for ever */
async function isAtWork(api: ClusterObjects, { cluster, config }: DeliveryRequest): Promise<boolean> {
  const [root, repository] = [await api.read(ROOT_KUSTOMIZATION), await api.read(ROOT_REPOSITORY)];
  if (root?.status?.["lastAppliedRevision"] === undefined) return false;
  const found = {
    url: String(repository?.spec?.["url"]),
    branch: (repository?.spec?.["ref"] as { branch?: string } | undefined)?.branch,
    path: normal(root.spec?.["path"]),
  };
  const { url, branch } = config.gitops!.repository;
  const wanted = { url, branch, path: `clusters/${cluster}` };
  if (JSON.stringify(found) === JSON.stringify(wanted)) return true;
  const say = (of: typeof found) => `${of.path} on branch ${of.branch} of ${of.url}`;
  throw new RunFailure(
    `Flux of this cluster reads ${say(found)}, and the configuration says ${say(wanted)}. Nothing was changed.`,
    [
      "If that Flux is to stay, give gitops.repository its place. If not, remove it first: flux uninstall --keep-namespace.",
    ],
  );
}

function normal(path: unknown): string {
  return String(path).replace(/^\.?\/+|\/+$/g, "");
}

async function installedVersion(api: ClusterObjects, configured: string): Promise<string> {
  const namespace = await api.read({ apiVersion: "v1", kind: "Namespace", name: FLUX_NAMESPACE });
  const label = namespace?.metadata?.labels?.["app.kubernetes.io/version"];
  return label?.replace(/^v/, "") ?? configured;
}
