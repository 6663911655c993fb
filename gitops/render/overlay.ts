/** What is this cluster's alone: values, Secrets and objects of the services that are on. */
import { catalogue, chartSettings } from "../../config/catalogue";
import type { ServiceName } from "../../config/services";
import type { HelmValues } from "../services/definition";
import type { SealedFile } from "../types";
import { type Base, releaseOf } from "./base";
import { overlayOf, type Rendering } from "./context";
import { escapeSecrets } from "./escape";
import { externalService, valuesOverride } from "./externalBase";
import { HELM_RELEASE_API } from "./fluxObjects";
import { mergeValues, valuesPatch } from "./values";
import { kustomizationFile, manifestsFile, patchYaml, yamlFile } from "./yaml";

const secretFile = (name: string) => `secret-${name}.yaml`;

const serviceFolder = ({ config }: Rendering, service: string) => `${overlayOf(config)}/services/${service}`;

/** Secrets of the services that are on; encrypted by whoever writes them. */
export function sealedFilesOf(rendering: Rendering): readonly SealedFile[] {
  const { context, definitions, enabled } = rendering;
  return enabled.flatMap((service) =>
    (definitions[service].secrets?.(context) ?? []).map((secret) => ({
      path: `${serviceFolder(rendering, service)}/${secretFile(secret.name)}`,
      secret: {
        name: secret.name,
        namespace: catalogue[service].namespace,
        ...(secret.type === undefined ? {} : { type: secret.type }),
      },
      stringData: (values) => secret.stringData(escapeSecrets(values), context),
    })),
  );
}

/** What the cluster says over the defaults of a release: first its shape, then its user. */
function overrideOf({ context, definitions }: Rendering, service: ServiceName): HelmValues {
  const shape = definitions[service].release?.overlay?.(context) ?? {};
  return mergeValues(shape, chartSettings(context.config, service).values);
}

interface Release {
  readonly resources: readonly string[];
  readonly patches: readonly object[];
  readonly files: readonly (readonly [string, string])[];
}

const NOTHING: Release = { resources: [], patches: [], files: [] };

/** The base's release, or one of our own beside an external base, with the cluster's values as a patch. */
function patchedRelease(rendering: Rendering, service: ServiceName, base: Base | undefined): Release {
  const release = releaseOf(rendering, service);
  const { release: defined } = rendering.definitions[service];
  if (release === undefined || defined === undefined) return NOTHING;
  const own = base === undefined ? [["release.yaml", manifestsFile([release])] as const] : [];
  const resources = [base === undefined ? "release.yaml" : `../../../../${base.folder}/services/${service}`];
  const version = chartSettings(rendering.context.config, service).version;
  const override = overrideOf(rendering, service);
  const { merge, operations } = valuesPatch(defined.base, override, ["spec", "values"]);
  const spec = {
    ...(version === undefined ? {} : { chart: { spec: { version } } }),
    ...(Object.keys(override).length === 0 ? {} : { values: merge }),
  };
  if (Object.keys(spec).length === 0) return { resources, patches: [], files: own };
  const { name, namespace } = release.metadata;
  const patch = { apiVersion: HELM_RELEASE_API, kind: "HelmRelease", metadata: { name, namespace }, spec };
  const exact = { target: { kind: "HelmRelease", name }, patch: patchYaml(operations) };
  return {
    resources,
    patches: [{ path: "values.yaml" }, ...(operations.length > 0 ? [exact] : [])],
    files: [...own, ["values.yaml", yamlFile(patch)]],
  };
}

/** The same for a service of an external base, whose release is in a stage of its own. */
function externalRelease(rendering: Rendering, service: ServiceName): Release | undefined {
  const external = externalService(service);
  if (external === undefined) return undefined;
  if (external.values === undefined) return NOTHING;
  const secret = valuesOverride(
    external.values,
    catalogue[service].namespace,
    overrideOf(rendering, service),
  );
  return {
    resources: ["values-override.yaml"],
    patches: [],
    files: [["values-override.yaml", manifestsFile([secret])]],
  };
}

/** Files of one service's folder; none where there is nothing to apply. */
function serviceFiles(rendering: Rendering, service: ServiceName, base: Base | undefined) {
  const { context, definitions } = rendering;
  const release =
    (base === undefined ? externalRelease(rendering, service) : undefined) ??
    patchedRelease(rendering, service, base);
  const files = new Map(release.files);
  const resources = [...release.resources];
  const objects = definitions[service].objects?.(context) ?? [];
  if (objects.length > 0) {
    files.set("objects.yaml", manifestsFile(objects));
    resources.push("objects.yaml");
  }
  for (const { name } of definitions[service].secrets?.(context) ?? []) resources.push(secretFile(name));
  if (resources.length > 0)
    files.set("kustomization.yaml", kustomizationFile({ resources, patches: release.patches }));
  return files;
}

/** Files of what is applied when a service is there. */
function configurationFiles({ context, definitions }: Rendering, service: ServiceName) {
  const objects = definitions[service].configuration?.(context) ?? [];
  if (objects.length === 0) return new Map<string, string>();
  return new Map([
    ["kustomization.yaml", kustomizationFile({ resources: ["objects.yaml"] })],
    ["objects.yaml", manifestsFile(objects)],
  ]);
}

/** @param base absent beside an external one */
export function overlayFiles(rendering: Rendering, base: Base | undefined): ReadonlyMap<string, string> {
  const below = (folder: string, files: ReadonlyMap<string, string>) =>
    [...files].map(([path, text]) => [`${serviceFolder(rendering, folder)}/${path}`, text] as const);
  return new Map(
    rendering.enabled.flatMap((service) => [
      ...below(service, serviceFiles(rendering, service, base)),
      ...below(`${service}-config`, configurationFiles(rendering, service)),
    ]),
  );
}
