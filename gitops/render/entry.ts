/** Where Flux begins: its own manifests, and one Kustomization for each stage, in the order of what needs what. */
import { catalogue, chartSettings } from "../../config/catalogue";
import type { ServiceName } from "../../config/services";
import type { Files, Manifest } from "../types";
import { customerFolder } from "./customerManaged";
import { entryOf, overlayOf, type Rendering } from "./context";
import { EXTERNAL_BASE, externalPatches, externalService } from "./externalBase";
import { baseRepository, fluxSync, type Stage, stageManifest } from "./fluxObjects";
import { kustomizationFile, yamlFile } from "./yaml";

const NAMESPACES = "namespaces";
const SOURCES = "sources";

/** Stages of a service; the last one is what others wait for. */
function serviceStages(
  rendering: Rendering,
  service: ServiceName,
  has: (folder: string) => boolean,
): Stage[] {
  const { config, context } = rendering;
  const folder = (name: string) => `${overlayOf(config)}/services/${name}`;
  const { needs, after } = catalogue[service];
  const first = [...new Set([...needs, ...after])].filter((name) => context.isEnabled(name));
  let dependsOn = [
    ...(has(`${overlayOf(config)}/${NAMESPACES}`) ? [NAMESPACES] : []),
    ...(has(`${overlayOf(config)}/${SOURCES}`) ? [SOURCES] : []),
    ...first.flatMap((name) => serviceStages(rendering, name, has).at(-1)?.name ?? []),
  ];
  const stages: Stage[] = [];
  const add = (stage: Omit<Stage, "dependsOn">) => {
    // Switched off and on again, a service must not meet what is left of itself.
    stages.push({ ...stage, dependsOn, deletionPolicy: "WaitForTermination" });
    dependsOn = [stage.name];
  };
  if (has(folder(service))) add({ name: service, path: folder(service) });
  const external = typeof config.gitops?.base === "object" ? externalService(service) : undefined;
  if (external !== undefined) {
    const patches = externalPatches(chartSettings(config, service).version, config.gitops?.charts);
    add({ name: `${service}-base`, path: external.path, source: EXTERNAL_BASE, patches });
  }
  const configuration = `${service}-config`;
  if (has(folder(configuration))) add({ name: configuration, path: folder(configuration) });
  return stages;
}

/** Flux's own part, so that it finds itself in Git as it was installed. */
function fluxFiles(config: Rendering["config"], components: string | undefined): [string, string][] {
  const folder = `${entryOf(config)}/flux-system`;
  const resources = ["gotk-components.yaml", "gotk-sync.yaml"];
  return [
    [`${folder}/kustomization.yaml`, kustomizationFile({ resources })],
    [`${folder}/gotk-sync.yaml`, yamlFile(...fluxSync(config))],
    ...(components === undefined ? [] : [[`${folder}/gotk-components.yaml`, components] as [string, string]]),
  ];
}

/** Stages that are not of a service, by file. */
function sharedStages({ config }: Rendering, has: (folder: string) => boolean): [string, Manifest][] {
  const overlay = overlayOf(config);
  const stages: Stage[] = [
    // The policies of a namespace come and go; were the stage itself deleted, they stay as the namespaces do.
    { name: NAMESPACES, path: `${overlay}/${NAMESPACES}`, dependsOn: [], deletionPolicy: "Orphan" },
    // Without waiting: one repository that does not answer would hold up all services that never use it.
    { name: SOURCES, path: `${overlay}/${SOURCES}`, dependsOn: [], wait: false },
  ];
  const present = stages.filter(({ path }) => has(path));
  const dependsOn = present.filter(({ name }) => name === NAMESPACES).map(({ name }) => name);
  const customer = { name: "customer-managed", path: customerFolder(config), dependsOn, wait: false };
  return [...present, customer].map((stage) => [`${stage.name}.yaml`, stageManifest(stage)]);
}

/**
 * The entry point of the cluster.
 * @param overlay what it refers to
 */
export function entryFiles(
  rendering: Rendering,
  overlay: Files,
  components: string | undefined,
): ReadonlyMap<string, string> {
  const { config, enabled } = rendering;
  const entry = entryOf(config);
  const has = (folder: string) => overlay.has(`${folder}/kustomization.yaml`);
  const { base } = config.gitops ?? {};
  const parts = new Map<string, readonly Manifest[]>(
    sharedStages(rendering, has).map(([file, stage]) => [file, [stage]]),
  );
  if (typeof base === "object") parts.set("base.yaml", [baseRepository(EXTERNAL_BASE, base.url, base.tag)]);
  for (const service of enabled)
    for (const stage of serviceStages(rendering, service, has)) {
      // The stage of the external base stands with its service: each file is one thing that a user knows.
      const file = `services/${stage.name === `${service}-config` ? stage.name : service}.yaml`;
      parts.set(file, [...(parts.get(file) ?? []), stageManifest(stage)]);
    }
  const resources = ["flux-system", ...parts.keys()];
  return new Map([
    [`${entry}/kustomization.yaml`, kustomizationFile({ resources })],
    ...fluxFiles(config, components),
    ...[...parts].map(([file, manifests]) => [`${entry}/${file}`, yamlFile(...manifests)] as const),
  ]);
}
