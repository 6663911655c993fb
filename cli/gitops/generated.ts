/** The tree of a cluster, with Flux's own manifests where they can be had without the network. */
import { fluxManifests } from "../../delivery/fluxManifests";
import { renderTree } from "../../gitops";
import type { Files } from "../../gitops/types";
import { RunFailure } from "../../runner/errors";
import { ExitCode, UserError } from "../errors";
import { type GivenCluster, requireGitops } from "./cluster";

export interface Generated {
  readonly tree: Files;
  /** Why a file is left out. */
  readonly missing?: string;
}

/**
 * @param present files of the folder, in which Flux's manifests may be
 * @throws UserError when the configured file of manifests cannot be used
 */
export async function generateTree(given: GivenCluster, present: Files): Promise<Generated> {
  const { config } = given;
  const path = `clusters/${config.name}/flux-system/gotk-components.yaml`;
  const components = (await configured(given)) ?? present.get(path);
  const tree = renderTree(config, { fluxComponents: components });
  if (components !== undefined) return { tree };
  return {
    tree,
    missing: `${path} is left out: pulumi up fetches Flux's manifests (offline: gitops.flux.manifests.file)`,
  };
}

async function configured(given: GivenCluster): Promise<string | undefined> {
  const { flux } = requireGitops(given);
  if (flux.manifests === undefined || !("file" in flux.manifests)) return undefined;
  try {
    return await fluxManifests(flux, given.project);
  } catch (error) {
    if (!(error instanceof RunFailure)) throw error;
    throw new UserError(error.message, error.hints.join(" "), ExitCode.failed);
  }
}
