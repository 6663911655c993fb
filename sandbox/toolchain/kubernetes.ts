import { join } from "node:path";
import type { Progress } from "../progress";
import { Downloads } from "./download";
import {
  FLUX_PARTS,
  type FluxProgram,
  KUBERNETES_PARTS,
  KUBERNETES_SITES,
  type KubernetesPart,
  type KubernetesProgram,
  type KubernetesSite,
} from "./kubernetesParts";
import { hadEarlier, obtain } from "./obtain";
import { Cache, currentPlatform } from "./paths";
import type { ToolchainPart } from "./result";

export interface FindKubernetesOptions {
  /** @default `opencenter` in XDG_CACHE_HOME or ~/.cache */
  readonly cacheDir?: string;
  /** Folder with the module folders to build from. @default `modules/` beside this file */
  readonly modules?: string;
}

export interface KubernetesOptions extends FindKubernetesOptions {
  readonly progress: Progress;
  /** Whether the official releases are asked for; the Go module proxy is asked either way. @default true */
  readonly allowDownload?: boolean;
  /** Asks again for what could not be downloaded within the last day. @default false */
  readonly retryDownloads?: boolean;
  /** Release sites. @default OPENCENTER_KUBERNETES_RELEASES and OPENCENTER_GITHUB, else the official ones */
  readonly releases?: Partial<Record<KubernetesSite, string>>;
  /** How long a site may take to answer, in milliseconds. @default 5000 */
  readonly connectTimeoutMs?: number;
}

type Programs<Program extends string> = Readonly<Record<Program, string>>;

type Found<Program extends string> =
  | { readonly programs: Programs<Program> }
  | {
      /** Names and versions, such as `etcd 3.7.3`. */
      readonly missing: readonly string[];
      /** For the user: what is missing and which command gets it. */
      readonly why: string;
    };

interface Obtained<Program extends string> {
  readonly programs: Programs<Program>;
  readonly parts: readonly ToolchainPart[];
}

/** The programs of the sandbox's control plane, by name; absolute paths. */
export type KubernetesPrograms = Programs<KubernetesProgram>;
export type FoundKubernetes = Found<KubernetesProgram>;
export type Kubernetes = Obtained<KubernetesProgram>;

/** The programs of Flux and what its Deployments need, by name; absolute paths. */
export type FluxPrograms = Programs<FluxProgram>;
export type FoundFlux = Found<FluxProgram>;

/** Looks for the programs of the control plane among earlier downloads and builds; asks nobody and builds nothing. */
export function findKubernetes(options: FindKubernetesOptions = {}): FoundKubernetes {
  return find(KUBERNETES_PARTS, options);
}

/** The same for Flux: without it, but with the programs of {@link findKubernetes}, Flux is played. */
export function findFlux(options: FindKubernetesOptions = {}): FoundFlux {
  return find(FLUX_PARTS, options);
}

function find<Program extends string>(
  wanted: readonly KubernetesPart<Program>[],
  options: FindKubernetesOptions,
): Found<Program> {
  const cache = new Cache(options.cacheDir);
  const platform = currentPlatform();
  const modules = options.modules ?? join(__dirname, "modules");
  // Only for where it keeps its downloads.
  const downloads = new Downloads(cache, platform, {
    site: "",
    allowed: false,
    limits: { connectTimeoutMs: 0 },
    retry: false,
  });
  const found = wanted.map((part) => ({
    part,
    path: hadEarlier({ cache, platform, modules, downloads }, part),
  }));
  const missing = found
    .filter(({ path }) => path === undefined)
    .map(({ part }) => `${part.program} ${part.version}`);
  if (missing.length === 0) return { programs: byName(found.map(({ part, path }) => [part.program, path!])) };
  const why =
    `${missing.join(", ")} ${missing.length === 1 ? "is" : "are"} not on this machine yet. ` +
    "Get what is missing with: npm run sandbox -- build-kubernetes";
  return { missing, why };
}

/**
 * Makes sure of the programs of the control plane: downloaded where the official releases are in reach, else built from
 * Go modules. What is there already costs nothing.
 *
 * @throws ToolchainError when one cannot be had, with what was tried and what to do
 */
export function ensureKubernetes(options: KubernetesOptions): Promise<Kubernetes> {
  return ensure(KUBERNETES_PARTS, options);
}

/** The same for Flux. @throws ToolchainError as {@link ensureKubernetes} does */
export function ensureFlux(options: KubernetesOptions): Promise<Obtained<FluxProgram>> {
  return ensure(FLUX_PARTS, options);
}

async function ensure<Program extends string>(
  wanted: readonly KubernetesPart<Program>[],
  options: KubernetesOptions,
): Promise<Obtained<Program>> {
  const { progress, connectTimeoutMs = 5_000 } = options;
  const cache = new Cache(options.cacheDir);
  const platform = currentPlatform();
  const modules = options.modules ?? join(__dirname, "modules");
  const downloadsFrom = (site: KubernetesSite) =>
    new Downloads(cache, platform, {
      site: siteOf(site, options),
      siteKey: `site-${site}`,
      allowed: options.allowDownload ?? true,
      limits: { connectTimeoutMs },
      retry: options.retryDownloads ?? false,
    });
  const downloads = { kubernetes: downloadsFrom("kubernetes"), github: downloadsFrom("github") };
  const parts: ToolchainPart[] = [];
  for (const part of wanted) {
    const context = {
      cache,
      platform,
      modules,
      progress,
      connectTimeoutMs,
      downloads: downloads[part.site],
    };
    parts.push(await obtain(context, part, []));
  }
  return { parts, programs: byName(parts.map(({ name, path }) => [name, path])) };
}

function siteOf(site: KubernetesSite, { releases }: KubernetesOptions): string {
  const { url, mirror } = KUBERNETES_SITES[site];
  return (releases?.[site] ?? process.env[mirror] ?? url).replace(/\/$/, "");
}

function byName<Program extends string>(programs: readonly (readonly [string, string])[]): Programs<Program> {
  return Object.fromEntries(programs) as Programs<Program>;
}
