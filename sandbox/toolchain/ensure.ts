import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import type { Progress } from "../progress";
import { Downloads, RELEASES } from "./download";
import { messageOf, ToolchainError } from "./errors";
import { build, buildDirectory } from "./goBuild";
import { findGo } from "./goToolchain";
import { installedCli, installedLanguageHost, installedPlugin, pluginDirectory } from "./installed";
import { CLI, LANGUAGE_HOST, type Part, type Platform, PLUGINS } from "./parts";
import { Cache, currentPlatform, PROJECT } from "./paths";
import { environment, place } from "./placement";
import type { PartSource, Toolchain, ToolchainPart } from "./result";

export interface ToolchainOptions {
  readonly progress: Progress;
  /** @default `opencenter` in XDG_CACHE_HOME or ~/.cache */
  readonly cacheDir?: string;
  /** Whether the official releases are asked for; the Go module proxy is asked either way. @default true */
  readonly allowDownload?: boolean;
  /** Asks again for what could not be downloaded within the last day. @default false */
  readonly retryDownloads?: boolean;
  /** The release site. @default OPENCENTER_RELEASES, else GitHub's */
  readonly releases?: string;
  /** How long a site may take to answer, in milliseconds. @default 5000 */
  readonly connectTimeoutMs?: number;
  /** Folder with the module folders to build from. @default `modules/` beside this file */
  readonly modules?: string;
}

interface Context {
  readonly cache: Cache;
  readonly platform: Platform;
  readonly downloads: Downloads;
  readonly progress: Progress;
  readonly modules: string;
  readonly connectTimeoutMs: number;
}

/**
 * Makes sure that this machine has a working `pulumi` with all that the project's program needs, and leaves what the
 * user installed as it is. Each part is taken from the first source that has it: installed, downloaded, built from Go
 * modules, stand-in.
 *
 * @throws ToolchainError when a part cannot be had, with what was tried and what to do
 */
export async function ensureToolchain(options: ToolchainOptions): Promise<Toolchain> {
  const context = contextOf(options);
  const cli = await obtainCli(context);
  const languageHost = obtainLanguageHost(context, cli);
  const plugins: ToolchainPart[] = [];
  for (const part of PLUGINS) plugins.push(await obtainPlugin(context, part));
  const placed = place(context.cache, cli, languageHost, plugins);
  return { pulumi: placed[0].path, env: environment(context.cache, placed), parts: placed };
}

function contextOf(options: ToolchainOptions): Context {
  const cache = new Cache(options.cacheDir);
  const platform = currentPlatform();
  const connectTimeoutMs = options.connectTimeoutMs ?? 5_000;
  const downloads = new Downloads(cache, platform, {
    site: (options.releases ?? process.env.OPENCENTER_RELEASES ?? RELEASES).replace(/\/$/, ""),
    allowed: options.allowDownload ?? true,
    limits: { connectTimeoutMs },
    retry: options.retryDownloads ?? false,
  });
  const modules = options.modules ?? join(__dirname, "modules");
  return { cache, platform, downloads, progress: options.progress, modules, connectTimeoutMs };
}

async function obtainCli(context: Context): Promise<ToolchainPart> {
  const project = parse(readFileSync(join(PROJECT, "Pulumi.yaml"), "utf8")) as {
    requiredPulumiVersion: string;
  };
  const found = await installedCli(context.cache, project.requiredPulumiVersion);
  if ("path" in found) return { name: CLI.name, source: "path", ...found };
  return obtain(context, CLI, [found.reason]);
}

function obtainLanguageHost({ cache }: Context, cli: ToolchainPart): ToolchainPart {
  const found = installedLanguageHost(cache, cli.path, LANGUAGE_HOST);
  const { name, program, version } = LANGUAGE_HOST;
  if ("path" in found && cli.source !== "built") {
    return { name, source: cli.source, path: found.path, version: cli.version, why: found.why };
  }
  // One on PATH may be of any version; with a CLI of our own it would also bring a warning at every run.
  const why = cli.source === "built" ? "a CLI built here has none" : (found as { reason: string }).reason;
  return { name, source: "stand-in", version, path: join(cache.bin, program), why };
}

async function obtainPlugin(context: Context, part: Part): Promise<ToolchainPart> {
  const found = installedPlugin(context.cache, part);
  if ("path" in found) return { name: part.name, source: "path", ...found };
  return obtain(context, part, [found.reason]);
}

/** Gets a part that is not installed, into the cache. */
async function obtain(context: Context, part: Part, reasons: string[]): Promise<ToolchainPart> {
  const { cache, downloads } = context;
  const got = (source: PartSource, directory: string, how: string): ToolchainPart => ({
    name: part.name,
    version: part.version,
    source,
    path: join(directory, part.program),
    why: [...reasons, how].join("; "),
  });
  if (existsSync(downloads.had(part))) return got("download", downloads.had(part), "downloaded earlier");
  const obstacle = downloads.obstacle(part);
  if (obstacle !== undefined) reasons.push(`download: ${obstacle}`);
  const built = builtEarlier(context, part);
  if (built !== undefined) return got("built", built, "built from Go modules earlier");
  if (obstacle === undefined) {
    const downloaded = await attempt("download", reasons, () => downloadPart(context, part));
    if (downloaded !== undefined) return got("download", downloaded, "downloaded");
  }
  if (part.build) {
    const result = await attempt("build", reasons, () => buildPart(context, part));
    if (result !== undefined) return got("built", result.directory, `built from Go modules ${result.why}`);
  }
  if (part.standIn) {
    const directory = join(cache.pulumiHome, "plugins", pluginDirectory(part));
    return got("stand-in", directory, "the sandbox's own");
  }
  throw new ToolchainError(nothingWorked(part, reasons));
}

/** One source among several: its failure is a reason to go on to the next. */
async function attempt<T>(what: string, reasons: string[], work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    reasons.push(`${what}: ${messageOf(error)}`);
    return undefined;
  }
}

function builtEarlier({ cache, modules, platform }: Context, part: Part): string | undefined {
  const directory = part.build && buildDirectory(cache, part, part.build, platform, modules);
  return directory !== undefined && existsSync(directory) ? directory : undefined;
}

function downloadPart({ downloads, progress }: Context, part: Part): Promise<string> {
  return progress.step(`Downloading ${part.program} ${part.version}`, (report) =>
    downloads.get(part, report),
  );
}

function buildPart(context: Context, part: Part): Promise<{ directory: string; why: string }> {
  const { cache, platform, modules, connectTimeoutMs, progress } = context;
  const source = part.build!;
  const title = `Building ${part.program} ${part.version} from Go modules, once; a few minutes`;
  return progress.step(title, async (report) => {
    const goMod = readFileSync(join(modules, source.module, "go.mod"), "utf8");
    const needed = /^go (\S+)/m.exec(goMod)?.[1] ?? "1.25.0";
    const go = await findGo(cache, platform, needed, { connectTimeoutMs }, report);
    const directory = await build(cache, part, source, platform, go.command, modules, report);
    return { directory, why: go.why };
  });
}

function nothingWorked(part: Part, reasons: readonly string[]): string {
  const install =
    part.kind === "cli"
      ? "the Pulumi CLI"
      : `the plugin (pulumi plugin install resource ${part.name} ${part.version})`;
  return [
    `${part.program} ${part.version} is missing and cannot be made here.`,
    ...reasons.map((reason) => `  - ${reason}`),
    "Do one of these, then try again:",
    `  - install ${install}, on PATH or in the Pulumi home`,
    "  - name a mirror of Pulumi's releases in OPENCENTER_RELEASES",
    "  - install Go and put it on PATH, or name a Go module proxy in GOPROXY, from which Go itself is fetched",
  ].join("\n");
}
