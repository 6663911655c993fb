import { spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Report } from "../progress";
import { artefact } from "./artefacts";
import type { BuildSource, Part, Platform } from "./parts";
import { type Cache, shortHash } from "./paths";

/** Enough of a failed build to see why, without a screenful of what followed from it. */
const SHOWN_ERROR_LINES = 8;

/** Where a build of these module files for this platform is, or will be. */
export function buildDirectory(
  cache: Cache,
  part: Part,
  source: BuildSource,
  platform: Platform,
  modules: string,
): string {
  const directory = join(modules, source.module);
  const files = readdirSync(directory).sort();
  const contents = files.flatMap((file) => [file, readFileSync(join(directory, file))]);
  const key = shortHash(JSON.stringify([identity(source), platform]), ...contents);
  return cache.artefact(`${part.program}-${part.version}-${platform.os}-${platform.arch}-${key}`);
}

/** Written as it was when a build had one variable: otherwise every machine would build the same once more. */
function identity({ module, package: target, variables }: BuildSource): unknown {
  const entries = Object.entries(variables);
  const [only] = entries;
  if (only === undefined || entries.length > 1) return { module, package: target, variables };
  const [versionVariable, versionValue] = only;
  return { module, package: target, versionVariable, versionValue };
}

/**
 * Builds a part from its Go modules.
 *
 * @param go the `go` command
 * @param modules the folder of the module folders
 * @returns the folder with the program
 * @throws Error with what the compiler said; nothing is left behind
 */
export async function build(
  cache: Cache,
  part: Part,
  source: BuildSource,
  platform: Platform,
  go: string,
  modules: string,
  report: Report,
): Promise<string> {
  const directory = buildDirectory(cache, part, source, platform, modules);
  return artefact(cache, directory, report, async (draft) => {
    report("waiting for the Go compiler");
    const values = Object.entries(source.variables).map(([name, value]) => `-X ${name}=${value}`);
    const linkerFlags = ["-s", "-w", ...values].join(" ");
    const output = join(draft, part.program);
    await runGo(
      go,
      ["build", "-v", "-trimpath", "-buildvcs=false", "-ldflags", linkerFlags, "-o", output, source.package],
      join(modules, source.module),
      platform,
      report,
    );
  });
}

async function runGo(
  go: string,
  args: string[],
  cwd: string,
  platform: Platform,
  report: Report,
): Promise<void> {
  const child = spawn(go, args, {
    cwd,
    stdio: ["ignore", "ignore", "pipe"],
    env: {
      ...process.env,
      // A build that changed go.mod or go.sum would not be the one that was reviewed.
      GOFLAGS: "-mod=readonly",
      GOWORK: "off",
      GOOS: platform.os,
      GOARCH: platform.arch,
      // Without a C compiler too.
      CGO_ENABLED: "0",
    },
  });
  const killed = () => child.kill();
  process.once("exit", killed);
  const messages: string[] = [];
  let compiled = 0;
  createInterface({ input: child.stderr }).on("line", (line) => {
    if (line.startsWith("go: downloading ")) return report(line.slice("go: ".length));
    // With -v, go names each package as its compilation begins: words without spaces.
    if (!/\s/.test(line)) return report(`compiled ${++compiled} packages, last ${line}`);
    messages.push(line);
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  process.off("exit", killed);
  if (code !== 0)
    throw new Error(`go build failed (exit code ${code}): ${messages.slice(-SHOWN_ERROR_LINES).join("\n")}`);
}
