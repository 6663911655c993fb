/** What a commit changes, per service, for the people who read its message. */
import { isDeepStrictEqual } from "node:util";
import { parseAllDocuments } from "yaml";
import type { ClusterConfig } from "../config/resolve";
import type { Files } from "../gitops/types";
import type { ChangeSummary, ServiceChange } from "../plan/delivery";
import { baseOf, isOwn, type Plan } from "./content";

interface Release {
  readonly version?: string;
  readonly values: unknown;
}

type Services = ReadonlyMap<string, Release>;

const CATALOGUE = "the program's catalogue";

/** @param before texts of the commit that the plan changes */
export function summarize(config: ClusterConfig, before: Files, { edits, result }: Plan): ChangeSummary {
  const cluster = config.name;
  const old = servicesIn(before, cluster);
  const first = ![...before.keys()].some((path) => isOwn(path, cluster));
  const touched = new Set<string>();
  const others = new Set<string>();
  for (const path of changedPaths(before, result, edits)) {
    const service = serviceOf(path, cluster);
    if (service !== undefined) touched.add(service);
    else others.add(otherChange(path, cluster, edits));
  }
  const now = servicesIn(result, cluster);
  const services = [...touched]
    .sort()
    .map((service) => changeOf(config, service, old.get(service), now.get(service)))
    .filter((change) => change !== undefined);
  return { cluster, first, services, others: [...others].sort(), files: listed(before, edits) };
}

/** Of a base, only what differs from the base before: the folder's name alone changes all of its paths. */
function changedPaths(before: Files, result: Files, edits: Plan["edits"]): string[] {
  const inOldBase = new Map(
    [...before].flatMap(([path, text]) => (baseOf(path) ? [[withoutBase(path), text]] : [])),
  );
  return [...edits.keys()].filter((path) => {
    if (baseOf(path) === undefined) return true;
    return result.has(path) && inOldBase.get(withoutBase(path)) !== result.get(path);
  });
}

const withoutBase = (path: string) => path.replace(/^base\/[0-9a-f]{12}\//, "base/");

function serviceOf(path: string, cluster: string): string | undefined {
  const [, folder, owner, service] =
    /^(base|overlays|clusters)\/([^/]+)\/services\/([^/]+?)(?:-config)?(?:\/|\.yaml$)/.exec(path) ?? [];
  return folder === "base" || owner === cluster ? service : undefined;
}

function otherChange(path: string, cluster: string, edits: Plan["edits"]): string {
  const base = baseOf(path);
  if (base !== undefined)
    return edits.get(path) === undefined ? `base ${base} removed: nothing uses it` : "base changed";
  if (path === `overlays/${cluster}/.sops.yaml`) return "age recipients changed";
  if (path.includes("/flux-system/")) return "Flux's own manifests changed";
  if (path.includes("/namespaces")) return "namespaces or their network policies changed";
  return "entry point changed";
}

/** Services whose Kustomization is there, with what their releases say. */
function servicesIn(files: Files, cluster: string): Services {
  const releases = new Map<string, Release>();
  for (const path of files.keys()) {
    const [, service] = new RegExp(`^clusters/${cluster}/services/([^/]+)\\.yaml$`).exec(path) ?? [];
    if (service !== undefined && !service.endsWith("-config"))
      releases.set(service, releaseOf(files, cluster, service));
  }
  return releases;
}

/** The overlay's patch over the base's release. */
function releaseOf(files: Files, cluster: string, service: string): Release {
  const overlay = helmReleaseIn(files.get(`overlays/${cluster}/services/${service}/values.yaml`));
  const named = /\bbase\/[0-9a-f]{12}\b/.exec(
    files.get(`overlays/${cluster}/services/${service}/kustomization.yaml`) ?? "",
  )?.[0];
  const base = helmReleaseIn(named && files.get(`${named}/services/${service}/release.yaml`));
  return {
    version: overlay?.chart?.spec?.version ?? base?.chart?.spec?.version,
    values: [base?.values, overlay?.values],
  };
}

interface HelmReleaseSpec {
  readonly chart?: { readonly spec?: { readonly version?: string } };
  readonly values?: unknown;
}

function helmReleaseIn(text: string | undefined): HelmReleaseSpec | undefined {
  const documents = parseAllDocuments(text ?? "");
  for (const document of Array.isArray(documents) ? documents : []) {
    const manifest = document.toJS() as { kind?: string; spec?: HelmReleaseSpec } | null;
    if (manifest?.kind === "HelmRelease") return manifest.spec;
  }
  return undefined;
}

function changeOf(
  { services }: ClusterConfig,
  service: string,
  old: Release | undefined,
  now: Release | undefined,
): ServiceChange | undefined {
  const set = (services as Readonly<Record<string, object | undefined>>)[service] ?? {};
  const because = (...keys: string[]) => {
    const own = keys.filter((key) => key in set && isSaid((set as Record<string, unknown>)[key]));
    return own.length > 0 ? own.map((key) => `services.${service}.${key}`).join(", ") : CATALOGUE;
  };
  if (now === undefined)
    return old === undefined ? undefined : { service, kind: "removed", reason: because("enabled") };
  if (old === undefined)
    return { service, kind: "enabled", version: { to: now.version }, reason: because("enabled") };
  const version = old.version === now.version ? undefined : { from: old.version, to: now.version };
  const valuesChanged = !isDeepStrictEqual(old.values, now.values);
  const keys = [...(version === undefined ? [] : ["version"]), ...(valuesChanged ? ["values"] : [])];
  const reason = keys.length === 0 ? undefined : because(...keys);
  return { service, kind: "changed", version, valuesChanged, reason };
}

/** A default that the schema filled in is nobody's decision. */
function isSaid(value: unknown): boolean {
  return value !== undefined && !isDeepStrictEqual(value, {});
}

/** A base counts as one: its files say nothing more. */
function listed(before: Files, edits: Plan["edits"]): ChangeSummary["files"] {
  const kinds = {
    added: new Map<string, number>(),
    changed: new Map<string, number>(),
    removed: new Map<string, number>(),
  };
  for (const [path, text] of edits) {
    const kind = text === undefined ? "removed" : before.has(path) ? "changed" : "added";
    const base = baseOf(path);
    const name = base === undefined ? path : `base/${base}/`;
    kinds[kind].set(name, (kinds[kind].get(name) ?? 0) + 1);
  }
  const lines = (counts: Map<string, number>) =>
    [...counts].map(([name, count]) => (name.endsWith("/") ? `${name} (${count} files)` : name)).sort();
  return { added: lines(kinds.added), changed: lines(kinds.changed), removed: lines(kinds.removed) };
}
