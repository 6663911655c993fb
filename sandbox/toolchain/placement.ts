import { mkdirSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { pluginDirectory, userPulumiHome } from "./installed";
import { installProgram, installStandIn, linkPlugin } from "./installing";
import { CLI, LANGUAGE_HOST, PLUGINS } from "./parts";
import type { Cache } from "./paths";
import type { ToolchainPart } from "./result";

/** Puts what is in the cache where the CLI looks for it; the user's own installation is not written to. */
export function place(
  cache: Cache,
  cli: ToolchainPart,
  languageHost: ToolchainPart,
  plugins: readonly ToolchainPart[],
): [ToolchainPart, ...ToolchainPart[]] {
  let placedCli = cli;
  if (cli.source === "built") {
    placedCli = { ...cli, path: join(cache.bin, CLI.program) };
    installProgram(placedCli.path, cli.path);
  }
  if (languageHost.source === "stand-in")
    installStandIn(languageHost.path, LANGUAGE_HOST.standIn!.entry, cache.bundles);
  if (!plugins.some(isOurs)) return [placedCli, languageHost, ...plugins];
  mkdirSync(cache.pulumiHome, { recursive: true, mode: 0o700 });
  const placedPlugins = plugins.map((plugin) => {
    const part = PLUGINS.find(({ name }) => name === plugin.name)!;
    const directory = join(cache.pulumiHome, "plugins", pluginDirectory(part));
    if (plugin.source === "stand-in")
      installStandIn(join(directory, part.program), part.standIn!.entry, cache.bundles);
    else linkPlugin(directory, dirname(plugin.path));
    return { ...plugin, path: join(directory, part.program) };
  });
  return [placedCli, languageHost, ...placedPlugins];
}

/** What `pulumi` needs in its environment to find the parts. */
export function environment(cache: Cache, parts: readonly ToolchainPart[]): Record<string, string> {
  const [cli, languageHost, ...plugins] = parts;
  const own = [cli, languageHost]
    .filter((part) => part !== undefined && isOurs(part))
    .map((part) => dirname(part!.path));
  const others = (process.env.PATH ?? "").split(delimiter).filter((directory) => !cache.owns(directory));
  const env: Record<string, string> = {
    PATH: [...new Set(own), ...others].join(delimiter),
    PULUMI_SKIP_UPDATE_CHECK: "1",
  };
  if (plugins.some(isOurs)) {
    env.PULUMI_HOME = cache.pulumiHome;
    // All plugins are there; a missing one must be an error at once, not a download that hangs.
    env.PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION = "1";
  } else if (process.env.PULUMI_HOME) {
    env.PULUMI_HOME = userPulumiHome(cache);
  }
  return env;
}

function isOurs(part: ToolchainPart): boolean {
  return part.source !== "path";
}
