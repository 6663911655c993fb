/**
 * Flux's install.yaml, made from what the controllers' own Go modules hold. The released file has no Go module, and is
 * made of the same parts; only the notification and image controllers, which no process here plays, are left out.
 */
import { execFile } from "node:child_process";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { parse, parseAllDocuments, stringify } from "yaml";
import { defaultFluxVersion } from "../../config/compatibility";
import type { Report } from "../progress";
import { FLUX_NAMESPACE } from "./names";
import { artefact } from "../toolchain/artefacts";
import { findGo } from "../toolchain/goToolchain";
import { FLUX_CONTROLLERS, type FluxController } from "../toolchain/kubernetesParts";
import { Cache, currentPlatform, SANDBOX, shortHash } from "../toolchain/paths";

interface Manifest {
  apiVersion: string;
  kind: string;
  metadata: { name: string; namespace?: string; labels?: Record<string, string> };
  [field: string]: unknown;
}

const MODULES = join(SANDBOX, "toolchain", "modules");
const CLUSTER_WIDE = ["CustomResourceDefinition", "ClusterRole", "ClusterRoleBinding", "Namespace"];
/** As the release has them: kinds before what uses them. */
const ORDER = ["Namespace", "CustomResourceDefinition", "ServiceAccount", "Role", "Binding", "Service", ""];
const CONNECT_TIMEOUT_MS = 5_000;
const NEEDED_GO = "1.26.0";

/** Where the manifests are, or will be. */
function manifestsFile(cache: Cache): string {
  const sums = Object.keys(FLUX_CONTROLLERS).map((module) => readFileSync(join(MODULES, module, "go.sum")));
  const key = shortHash(defaultFluxVersion, readFileSync(__filename), ...sums);
  return join(cache.artefact(`flux-manifests-${defaultFluxVersion}-${key}`), "install.yaml");
}

/** The manifests that were made earlier; asks nobody. */
export function findFluxManifests(cacheDir?: string): string | undefined {
  const file = manifestsFile(new Cache(cacheDir));
  return existsSync(file) ? file : undefined;
}

/**
 * Makes sure of the manifests.
 * @returns path of the install.yaml
 * @throws Error when there is no Go, or the modules cannot be fetched
 */
export async function fluxManifests(report: Report = () => {}, cacheDir?: string): Promise<string> {
  const cache = new Cache(cacheDir);
  const file = manifestsFile(cache);
  if (existsSync(file)) return file;
  const limits = { connectTimeoutMs: CONNECT_TIMEOUT_MS };
  const go = await findGo(cache, currentPlatform(), NEEDED_GO, limits, report);
  await artefact(cache, join(file, ".."), report, async (draft) => {
    const controllers = Object.keys(FLUX_CONTROLLERS) as FluxController[];
    const parts: Manifest[] = [namespace()];
    for (const name of controllers) {
      report(`fetching ${name}`);
      parts.push(...(await controllerManifests(name, go.command)));
    }
    writeFileSync(join(draft, "install.yaml"), text(parts));
  });
  return file;
}

async function controllerManifests(name: FluxController, go: string): Promise<Manifest[]> {
  const config = join(await moduleFolder(name, go), "config");
  const crds = readdirSync(join(config, "crd", "bases")).sort();
  const roles = listed(join(config, "rbac"));
  const prefix = (parse(readFileSync(join(config, "rbac", "kustomization.yaml"), "utf8")) as Prefixed)
    .namePrefix;
  const own = new Set(roles.map(({ metadata }) => metadata.name));
  const account = { apiVersion: "v1", kind: "ServiceAccount", metadata: { name } };
  return [
    ...crds.flatMap((file) => documents(join(config, "crd", "bases", file))),
    account,
    ...roles.map((role) => prefixed(role, prefix, own, name)),
    ...listed(join(config, "manager")).map((object) => withImage(object, name)),
  ].map((object) => placed(object, name));
}

interface Prefixed {
  readonly namePrefix: string;
  readonly resources: readonly string[];
}

/** go checks what it fetches against the go.sum that the controller is built with. */
async function moduleFolder(name: FluxController, go: string): Promise<string> {
  const module = `github.com/fluxcd/${name}@v${FLUX_CONTROLLERS[name]}`;
  const env = { ...process.env, GOFLAGS: "-mod=readonly", GOWORK: "off" };
  const { stdout } = await promisify(execFile)(go, ["mod", "download", "-json", module], {
    cwd: join(MODULES, name),
    env,
  });
  const { Dir } = JSON.parse(stdout) as { Dir: string };
  return Dir;
}

/** What a folder's kustomization.yaml lists, in its order. */
function listed(folder: string): Manifest[] {
  const { resources } = parse(readFileSync(join(folder, "kustomization.yaml"), "utf8")) as Prefixed;
  return resources.flatMap((file) => documents(join(folder, file)));
}

function documents(file: string): Manifest[] {
  return parseAllDocuments(readFileSync(file, "utf8"))
    .map((document) => document.toJS() as Manifest | null)
    .filter((object) => object !== null);
}

/** What `namePrefix` of kustomize does to roles, their bindings and what these refer to. */
function prefixed(role: Manifest, prefix: string, own: ReadonlySet<string>, account: string): Manifest {
  const { roleRef, subjects } = role as { roleRef?: { name: string }; subjects?: object[] };
  return {
    ...role,
    metadata: { ...role.metadata, name: `${prefix}${role.metadata.name}` },
    ...(roleRef === undefined
      ? {}
      : { roleRef: { ...roleRef, name: own.has(roleRef.name) ? `${prefix}${roleRef.name}` : roleRef.name } }),
    ...(subjects === undefined
      ? {}
      : { subjects: subjects.map((subject) => ({ ...subject, name: account, namespace: FLUX_NAMESPACE })) }),
  };
}

interface PodTemplate {
  readonly template: { readonly spec: { serviceAccountName?: string; containers: { image: string }[] } };
}

/** The image as it is published, and an account of the controller's own. */
function withImage(object: Manifest, name: FluxController): Manifest {
  if (object.kind !== "Deployment") return object;
  const { template } = object["spec"] as PodTemplate;
  template.spec.serviceAccountName = name;
  template.spec.containers[0]!.image = `ghcr.io/fluxcd/${name}:v${FLUX_CONTROLLERS[name]}`;
  return object;
}

function labels(component?: string): Record<string, string> {
  return {
    "app.kubernetes.io/instance": FLUX_NAMESPACE,
    "app.kubernetes.io/part-of": "flux",
    "app.kubernetes.io/version": `v${defaultFluxVersion}`,
    ...(component === undefined ? {} : { "app.kubernetes.io/component": component }),
  };
}

function namespace(): Manifest {
  return { apiVersion: "v1", kind: "Namespace", metadata: { name: FLUX_NAMESPACE, labels: labels() } };
}

function placed(object: Manifest, component: string): Manifest {
  const { metadata, kind } = object;
  return {
    ...object,
    metadata: {
      ...metadata,
      ...(CLUSTER_WIDE.includes(kind) ? {} : { namespace: FLUX_NAMESPACE }),
      labels: { ...metadata.labels, ...labels(component) },
    },
  };
}

function text(objects: readonly Manifest[]): string {
  const place = ({ kind }: Manifest) => ORDER.findIndex((part) => kind.endsWith(part));
  const sorted = [...objects].sort((a, b) => place(a) - place(b));
  // No aliases and no line breaks of our own: the file is committed to Git and read by people.
  const plain = (object: Manifest) => stringify(object, { lineWidth: 0, aliasDuplicateObjects: false });
  return `# Flux v${defaultFluxVersion}: ${Object.keys(FLUX_CONTROLLERS).join(", ")}\n---\n${sorted.map(plain).join("---\n")}`;
}
