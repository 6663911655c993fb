/**
 * What the clusters of an organisation share. It follows from the program and not from a cluster, but two clusters may
 * be at two versions of the program: each version's base has a folder of its own, named by its content.
 */
import { createHash } from "node:crypto";
import { catalogue } from "../../config/catalogue";
import { serviceNames, type ServiceName } from "../../config/services";
import type { Manifest } from "../types";
import { type Definitions, namespacesOf, type Rendering, sortedFiles } from "./context";
import { helmRelease, helmRepository } from "./fluxObjects";
import { namespaceManifests } from "./namespaces";
import { repositoriesOf, repositoryOf } from "./sources";
import { kustomizationFile, manifestsFile } from "./yaml";

const DIGITS = 12;

/** The release of a service with the defaults; nothing for services that are plain manifests. */
export function releaseOf(rendering: Rendering, service: ServiceName): Manifest | undefined {
  const { release } = rendering.definitions[service];
  const { chart, namespace } = catalogue[service];
  const repository = repositoryOf(rendering, service);
  if (release === undefined || chart === undefined || repository === undefined) return undefined;
  return helmRelease({ name: release.name, namespace }, chart, repository.name, release.base);
}

/** A folder that an overlay can refer to. */
function folder(path: string, file: string, manifests: readonly Manifest[]): [string, string][] {
  return [
    [`${path}/kustomization.yaml`, kustomizationFile({ resources: [file] })],
    [`${path}/${file}`, manifestsFile(manifests)],
  ];
}

export interface Base {
  /** `base/` and a digest. */
  readonly folder: string;
  readonly digest: string;
  readonly files: ReadonlyMap<string, string>;
}

/** A preview renders several times, and the base is most of the work. */
const made = new WeakMap<Definitions, Map<string | undefined, Base>>();

/** The base, with every service of the catalogue: what a cluster switches on must not change it for the others. */
export function baseOf(rendering: Rendering): Base {
  const { definitions, context } = rendering;
  const charts = context.config.gitops?.charts;
  const known = made.get(definitions) ?? new Map<string | undefined, Base>();
  const base = known.get(charts) ?? makeBase(rendering);
  made.set(definitions, known.set(charts, base));
  return base;
}

function makeBase(rendering: Rendering): Base {
  const { definitions } = rendering;
  const content = sortedFiles(
    namespacesOf(serviceNames).flatMap((name) =>
      folder(`namespaces/${name}`, "namespace.yaml", namespaceManifests(name, definitions)),
    ),
    [...repositoriesOf(rendering, serviceNames)].flatMap(([name, url]) =>
      folder(`sources/${name}`, "repository.yaml", [helmRepository(name, url)]),
    ),
    serviceNames.flatMap((name) => {
      const release = releaseOf(rendering, name);
      return release === undefined ? [] : folder(`services/${name}`, "release.yaml", [release]);
    }),
  );
  const digest = createHash("sha256")
    .update(JSON.stringify([...content]))
    .digest("hex")
    .slice(0, DIGITS);
  const root = `base/${digest}`;
  return {
    folder: root,
    digest,
    files: new Map([...content].map(([path, text]) => [`${root}/${path}`, text])),
  };
}
