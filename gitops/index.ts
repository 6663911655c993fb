/** The organisation's repository as far as it is one cluster's: pure functions from configuration to files. */
import type { ClusterConfig } from "../config/resolve";
import { serviceDefinitions } from "./services";
import type { Files, SealedFile } from "./types";
import { type Base, baseOf } from "./render/base";
import { type Definitions, type Rendering, renderingOf, sortedFiles } from "./render/context";
import { customerFiles } from "./render/customerManaged";
import { entryFiles } from "./render/entry";
import { fluxComponents } from "./render/fluxComponents";
import { namespaceFiles } from "./render/namespaces";
import { externalService } from "./render/externalBase";
import { overlayFiles, sealedFilesOf } from "./render/overlay";
import { sourceFiles } from "./render/sources";

export { fluxComponents } from "./render/fluxComponents";
export { fluxSync } from "./render/fluxObjects";

export interface RenderOptions {
  /** Text of Flux's install.yaml; without it, its file is left out although the entry point lists it. */
  readonly fluxComponents?: string;
  /** @default those of `services/` */
  readonly definitions?: Definitions;
}

/** Whether the releases are our own. */
const isEmbedded = ({ gitops }: ClusterConfig) => gitops !== undefined && typeof gitops.base !== "object";

/** Everything below `overlays/<cluster>/` that is not encrypted. */
function overlay(rendering: Rendering, base: Base | undefined): Files {
  const { enabled } = rendering;
  const inBase = base && ((kind: string) => (name: string) => `../../../${base.folder}/${kind}/${name}`);
  const own = enabled.filter((service) => base !== undefined || externalService(service) === undefined);
  return sortedFiles(
    namespaceFiles(rendering, inBase?.("namespaces")),
    sourceFiles(rendering, own, inBase?.("sources")),
    overlayFiles(rendering, base),
    customerFiles(rendering),
  );
}

/**
 * Every file that follows from the configuration alone, the base included; nothing without `gitops`. The same bytes for
 * the same configuration.
 */
export function renderTree(config: ClusterConfig, options: RenderOptions = {}): Files {
  if (config.gitops === undefined) return new Map();
  const { definitions = serviceDefinitions } = options;
  const rendering = renderingOf(config, definitions);
  const base = isEmbedded(config) ? baseOf(rendering) : undefined;
  const own = overlay(rendering, base);
  const components =
    options.fluxComponents === undefined ? undefined : fluxComponents(config, options.fluxComponents);
  return sortedFiles(base?.files ?? [], own, entryFiles(rendering, own, components));
}

/** The Secrets of the cluster, which are known only while the program runs. */
export function sealedFiles(
  config: ClusterConfig,
  { definitions = serviceDefinitions }: Pick<RenderOptions, "definitions"> = {},
): readonly SealedFile[] {
  return sealedFilesOf(renderingOf(config, definitions));
}

/** Names the folder of the base; nothing beside an external one. */
export function baseDigest(
  config: ClusterConfig,
  { definitions = serviceDefinitions }: Pick<RenderOptions, "definitions"> = {},
): string | undefined {
  return isEmbedded(config) ? baseOf(renderingOf(config, definitions)).digest : undefined;
}

/** Paths that are written when they are not there, and then left to the user. */
export function onlyOnce(config: ClusterConfig): ReadonlySet<string> {
  return new Set(config.gitops === undefined ? [] : customerFiles({ config }).keys());
}
