import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Progress } from "../progress";
import type { Downloads } from "./download";
import { messageOf, ToolchainError } from "./errors";
import { build, buildDirectory } from "./goBuild";
import { findGo } from "./goToolchain";
import { pluginDirectory } from "./installed";
import type { Part, Platform } from "./parts";
import type { Cache } from "./paths";
import type { PartSource, ToolchainPart } from "./result";

/** Where parts are put, and where they may come from. */
export interface ObtainContext {
  readonly cache: Cache;
  readonly platform: Platform;
  readonly downloads: Downloads;
  readonly progress: Progress;
  readonly modules: string;
  readonly connectTimeoutMs: number;
}

/** Gets a part that is not installed, into the cache. */
export async function obtain(context: ObtainContext, part: Part, reasons: string[]): Promise<ToolchainPart> {
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

/** Where an earlier build or download of a part is; looked up without asking anybody. */
export function hadEarlier(
  context: Pick<ObtainContext, "cache" | "downloads" | "modules" | "platform">,
  part: Part,
): string | undefined {
  const downloaded = context.downloads.had(part);
  const directory = existsSync(downloaded) ? downloaded : builtEarlier(context, part);
  return directory && join(directory, part.program);
}

function builtEarlier(
  { cache, modules, platform }: Pick<ObtainContext, "cache" | "modules" | "platform">,
  part: Part,
): string | undefined {
  const directory = part.build && buildDirectory(cache, part, part.build, platform, modules);
  return directory !== undefined && existsSync(directory) ? directory : undefined;
}

function downloadPart({ downloads, progress }: ObtainContext, part: Part): Promise<string> {
  return progress.step(`Downloading ${part.program} ${part.version}`, (report) =>
    downloads.get(part, report),
  );
}

function buildPart(context: ObtainContext, part: Part): Promise<{ directory: string; why: string }> {
  const { cache, platform, modules, connectTimeoutMs, progress } = context;
  const source = part.build!;
  const title = `Building ${part.program} ${part.version} from Go modules, once; ${source.duration ?? "a few minutes"}`;
  return progress.step(title, async (report) => {
    const goMod = readFileSync(join(modules, source.module, "go.mod"), "utf8");
    const needed = /^go (\S+)/m.exec(goMod)?.[1] ?? "1.25.0";
    const go = await findGo(cache, platform, needed, { connectTimeoutMs }, report);
    const directory = await build(cache, part, source, platform, go.command, modules, report);
    return { directory, why: go.why };
  });
}

function nothingWorked(part: Part, reasons: readonly string[]): string {
  return [
    `${part.program} ${part.version} is missing and cannot be made here.`,
    ...reasons.map((reason) => `  - ${reason}`),
    "Do one of these, then try again:",
    ...remedies(part).map((remedy) => `  - ${remedy}`),
    "  - install Go and put it on PATH, or name a Go module proxy in GOPROXY, from which Go itself is fetched",
  ].join("\n");
}

function remedies(part: Part): string[] {
  if (part.kind === "kubernetes") {
    return part.download ? ["name mirrors in OPENCENTER_KUBERNETES_RELEASES and OPENCENTER_GITHUB"] : [];
  }
  const install =
    part.kind === "cli"
      ? "the Pulumi CLI"
      : `the plugin (pulumi plugin install resource ${part.name} ${part.version})`;
  return [
    `install ${install}, on PATH or in the Pulumi home`,
    "name a mirror of Pulumi's releases in OPENCENTER_RELEASES",
  ];
}
