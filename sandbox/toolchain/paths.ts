import { createHash } from "node:crypto";
import { homedir } from "node:os";
import { join, resolve, sep } from "node:path";
import type { Platform } from "./parts";

/** The folder `sandbox/` of this checkout; a program in one file is told where it was made from. */
export const SANDBOX = process.env.OPENCENTER_BUNDLED_FROM ?? resolve(__dirname, "..");
/** The folder of this checkout. */
export const PROJECT = resolve(SANDBOX, "..");

/** Where the toolchain keeps its things; outside the repository, so that a fresh clone does not build again. */
export class Cache {
  /** @param root the cache folder. @default `opencenter` in XDG_CACHE_HOME or ~/.cache */
  constructor(readonly root = join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "opencenter")) {}

  /** A finished program, by the key of what went into it. */
  artefact(key: string): string {
    return join(this.root, "artefacts", key);
  }
  lock(name: string): string {
    return join(this.root, "locks", name);
  }
  /** Why a download failed the last time. */
  failure(key: string): string {
    return join(this.root, "failures", `${key}.json`);
  }
  go(version: string): string {
    return join(this.root, "go", version);
  }
  /** What refers to the files of one checkout, and must not be shared with another. */
  get checkout(): string {
    return join(this.root, "checkouts", shortHash(PROJECT));
  }
  /** First on the PATH when the CLI is ours. */
  get bin(): string {
    return join(this.checkout, "bin");
  }
  /** PULUMI_HOME when plugins of ours are used. */
  get pulumiHome(): string {
    return join(this.checkout, "pulumi-home");
  }
  /** Programs of this checkout, each in one file. */
  get bundles(): string {
    return join(this.checkout, "bundles");
  }
  /** Whether a path is of our own making: an environment file of an earlier run puts such paths into the PATH. */
  owns(path: string): boolean {
    return resolve(path).startsWith(resolve(this.root) + sep);
  }
}

/** @throws Error on a platform that neither the downloads nor the build know */
export function currentPlatform(): Platform {
  const arch = { x64: "amd64", arm64: "arm64" }[process.arch as string];
  if (!arch || !["linux", "darwin"].includes(process.platform)) {
    throw new Error(
      `the sandbox runs on Linux and macOS, x64 or arm64, not on ${process.platform} ${process.arch}.`,
    );
  }
  return { os: process.platform, arch };
}

/** A name for a file or folder that is made from content: 12 hexadecimal digits. */
export function shortHash(...contents: readonly (string | Buffer)[]): string {
  const hash = createHash("sha256");
  for (const content of contents) hash.update(`${content.length}:`).update(content);
  return hash.digest("hex").slice(0, 12);
}
