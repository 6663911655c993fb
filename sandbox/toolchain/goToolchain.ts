import { execFile } from "node:child_process";
import { chmodSync, existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { coerce, gte } from "semver";
import type { Report } from "../progress";
import { artefact } from "./artefacts";
import { messageOf } from "./errors";
import { downloadFile, type FetchLimits } from "./http";
import { onPath } from "./installed";
import { unpackModule } from "./moduleZip";
import type { Platform } from "./parts";
import type { Cache } from "./paths";

/** The Go that is fetched where there is none; not older than what the go.mod files ask for. */
export const GO_VERSION = "1.26.8";
/** Hashes of that release as the public checksum database has them. */
const GO_HASHES: Record<string, string> = {
  "linux-amd64": "h1:ZOmGe1OnfREDMIdb1Qi4G9JSuDPBLGExZMQ4nis1RXM=",
  "linux-arm64": "h1:sYL/O6MqS68ML0kjsQ36WoYIpJqkw60TxizWUYUKQMc=",
  "darwin-amd64": "h1:7/9KPPN8PckcA9s91hm2jmQMhzW4KyTJXHIs45L0C9M=",
  "darwin-arm64": "h1:dFjGhY6f8DTsY8/rLchUTDRRfjJP4pCrGCwxvHFT2Fg=",
};
/** From this version on, go fetches a newer version of itself when a module asks for it. */
const SELF_UPGRADING = "1.21.0";

export interface Go {
  readonly command: string;
  readonly why: string;
}

/**
 * A `go` that can build the modules: the one on PATH, or one from the Go module proxy in GOPROXY.
 *
 * @param needed the version that the modules ask for
 * @throws Error that says what is missing and how to get it
 */
export async function findGo(
  cache: Cache,
  platform: Platform,
  needed: string,
  limits: FetchLimits,
  report: Report,
): Promise<Go> {
  const reasons: string[] = [];
  for (const command of onPath("go", cache)) {
    const problem = await problemWith(command, needed);
    if (problem === undefined) return { command, why: `with ${command}` };
    reasons.push(problem);
  }
  if (reasons.length === 0) reasons.push("no go on PATH");
  try {
    const directory = await goFromProxy(cache, platform, limits, report);
    return {
      command: join(directory, "bin", "go"),
      why: `with Go ${GO_VERSION} from GOPROXY, as there is ${reasons[0]}`,
    };
  } catch (error) {
    throw new Error([...reasons, messageOf(error)].join("; "));
  }
}

async function problemWith(command: string, needed: string): Promise<string | undefined> {
  try {
    const { stdout } = await promisify(execFile)(command, ["env", "GOVERSION", "GOTOOLCHAIN"]);
    const [name = "", toolchain = ""] = stdout.split("\n");
    const version = coerce(name);
    if (version === null) return `${command} does not tell its version`;
    if (gte(version, needed)) return undefined;
    if (gte(version, SELF_UPGRADING) && toolchain !== "local") return undefined;
    return `${command} is ${version.version}, but ${needed} is needed`;
  } catch (error) {
    return `${command} does not work: ${messageOf(error).split("\n")[0]}`;
  }
}

/** The module proxy serves Go itself as the module golang.org/toolchain. */
async function goFromProxy(
  cache: Cache,
  platform: Platform,
  limits: FetchLimits,
  report: Report,
): Promise<string> {
  const target = `${platform.os}-${platform.arch}`;
  const directory = cache.go(`go${GO_VERSION}-${target}`);
  if (existsSync(directory)) return directory;
  const proxies = (process.env.GOPROXY ?? "").split(/[,|]/).filter((entry) => /^https?:\/\//.test(entry));
  if (proxies.length === 0) throw new Error("GOPROXY names no module proxy to get Go from");
  const hash = GO_HASHES[target];
  if (!hash) throw new Error(`the hash of Go ${GO_VERSION} for ${target} is not known`);
  const module = `golang.org/toolchain@v0.0.1-go${GO_VERSION}.${target}`;
  const failures: string[] = [];
  for (const proxy of proxies) {
    try {
      return await artefact(cache, directory, report, async (draft) => {
        const archive = join(draft, "module.zip");
        const url = `${proxy.replace(/\/$/, "")}/${module.replace("@", "/@v/")}.zip`;
        await downloadFile(url, archive, limits, (size) => report(`fetching Go ${GO_VERSION}, ${size}`));
        report(`unpacking Go ${GO_VERSION}`);
        const actual = unpackModule(readFileSync(archive), `${module}/`, draft);
        if (actual !== hash)
          throw new Error(
            `Go from ${new URL(url).host} has the hash ${actual}, not ${hash}; it was thrown away`,
          );
        rmSync(archive);
        makeExecutable(draft);
      });
    } catch (error) {
      failures.push(messageOf(error));
    }
  }
  throw new Error(failures.join("; "));
}

/** Module archives keep no permissions. */
function makeExecutable(go: string): void {
  const folders = [
    join(go, "bin"),
    ...readdirSync(join(go, "pkg", "tool")).map((name) => join(go, "pkg", "tool", name)),
  ];
  for (const folder of folders) for (const name of readdirSync(folder)) chmodSync(join(folder, name), 0o755);
}
