/** Repositories of charts, one object each however many services come from it. */
import { catalogue } from "../../config/catalogue";
import type { ServiceName } from "../../config/services";
import { overlayOf, type Rendering } from "./context";
import { helmRepository } from "./fluxObjects";
import { kustomizationFile, manifestsFile } from "./yaml";

/** Name of the repository that stands for all of them. */
const MIRROR = "charts";

/** `charts-jetstack-io` for https://charts.jetstack.io */
function nameOf(url: string): string {
  return url
    .replace(/^[a-z]+:\/\//, "")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-|-$/g, "");
}

/** Where the chart of a service comes from; nothing for services without one. */
export function repositoryOf(
  { context }: Pick<Rendering, "context">,
  service: ServiceName,
): { readonly name: string; readonly url: string } | undefined {
  const { chart } = catalogue[service];
  if (chart === undefined) return undefined;
  const mirror = context.config.gitops?.charts;
  return mirror === undefined
    ? { name: nameOf(chart.repository), url: chart.repository }
    : { name: MIRROR, url: mirror };
}

/** Addresses by name. */
export function repositoriesOf(
  rendering: Pick<Rendering, "context">,
  services: readonly ServiceName[],
): ReadonlyMap<string, string> {
  const all = services.flatMap((service) => repositoryOf(rendering, service) ?? []);
  return new Map(all.map(({ name, url }) => [name, url] as const).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/**
 * The overlay's repositories: those of the services that are on.
 * @param inBase path of a repository's folder in the base, from the folder of the overlay's; absent without a base of ours
 */
export function sourceFiles(
  rendering: Rendering,
  services: readonly ServiceName[],
  inBase?: (repository: string) => string,
): ReadonlyMap<string, string> {
  const folder = `${overlayOf(rendering.config)}/sources`;
  const files = new Map<string, string>();
  const resources: string[] = [];
  for (const [name, url] of repositoriesOf(rendering, services)) {
    if (inBase === undefined) files.set(`${folder}/${name}.yaml`, manifestsFile([helmRepository(name, url)]));
    resources.push(inBase === undefined ? `${name}.yaml` : inBase(name));
  }
  return resources.length === 0
    ? files
    : files.set(`${folder}/kustomization.yaml`, kustomizationFile({ resources }));
}
