import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import type { Progress } from "../progress";
import { Downloads, RELEASES } from "./download";
import { installedCli, installedLanguageHost, installedPlugin } from "./installed";
import { obtain, type ObtainContext } from "./obtain";
import { CLI, LANGUAGE_HOST, type Part, PLUGINS } from "./parts";
import { Cache, currentPlatform, PROJECT } from "./paths";
import { environment, place } from "./placement";
import type { Toolchain, ToolchainPart } from "./result";

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

function contextOf(options: ToolchainOptions): ObtainContext {
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

async function obtainCli(context: ObtainContext): Promise<ToolchainPart> {
  const project = parse(readFileSync(join(PROJECT, "Pulumi.yaml"), "utf8")) as {
    requiredPulumiVersion: string;
  };
  const found = await installedCli(context.cache, project.requiredPulumiVersion);
  if ("path" in found) return { name: CLI.name, source: "path", ...found };
  return obtain(context, CLI, [found.reason]);
}

function obtainLanguageHost({ cache }: ObtainContext, cli: ToolchainPart): ToolchainPart {
  const found = installedLanguageHost(cache, cli.path, LANGUAGE_HOST);
  const { name, program, version } = LANGUAGE_HOST;
  if ("path" in found && cli.source !== "built") {
    return { name, source: cli.source, path: found.path, version: cli.version, why: found.why };
  }
  // One on PATH may be of any version; with a CLI of our own it would also bring a warning at every run.
  const why = cli.source === "built" ? "a CLI built here has none" : (found as { reason: string }).reason;
  return { name, source: "stand-in", version, path: join(cache.bin, program), why };
}

async function obtainPlugin(context: ObtainContext, part: Part): Promise<ToolchainPart> {
  const found = installedPlugin(context.cache, part);
  if ("path" in found) return { name: part.name, source: "path", ...found };
  return obtain(context, part, [found.reason]);
}
