import { execFile } from "node:child_process";
import { chmodSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { promisify } from "node:util";
import type { Report } from "../progress";
import { artefact } from "./artefacts";
import { messageOf } from "./errors";
import { downloadFile, downloadText, type FetchLimits, SiteUnreachable } from "./http";
import type { DownloadSource, Part, Platform } from "./parts";
import type { Cache } from "./paths";

/** Where Pulumi publishes its releases; OPENCENTER_RELEASES names a mirror of the same shape. */
export const RELEASES = "https://github.com/pulumi";
/** After this time a download that failed is tried again. */
const RETRY_AFTER_MS = 24 * 60 * 60 * 1000;

export interface DownloadOptions {
  readonly site: string;
  /** The key of failures that concern the whole site. @default "site" */
  readonly siteKey?: string;
  readonly allowed: boolean;
  readonly limits: FetchLimits;
  /** Tries again even what failed a moment ago. */
  readonly retry: boolean;
}

interface Failure {
  readonly site: string;
  readonly at: number;
  readonly reason: string;
}

/** The official downloads, as far as this machine can get at them. */
export class Downloads {
  /** Set once the site was found to be out of reach, so that each further part does not wait for it again. */
  private unreachable: string | undefined;

  constructor(
    private readonly cache: Cache,
    private readonly platform: Platform,
    private readonly options: DownloadOptions,
  ) {}

  /**
   * Downloads a part, checks it against the release's checksums and unpacks it.
   *
   * @returns the folder with its programs
   * @throws Error with the reason; nothing is left behind
   */
  async get(part: Part, report: Report): Promise<string> {
    const { download } = part;
    if (!download) throw new Error("there is none");
    const key = this.key(part);
    try {
      const directory = this.cache.artefact(key);
      return await artefact(this.cache, directory, report, (draft) =>
        this.fill(draft, part, download, report),
      );
    } catch (error) {
      if (error instanceof SiteUnreachable) this.unreachable = error.message;
      // A site that does not answer costs the whole time-out, so it is not asked for other parts either.
      this.remember(error instanceof SiteUnreachable ? this.siteKey : key, messageOf(error));
      throw error;
    }
  }

  /** Why a download need not be tried, where that is known without asking. */
  obstacle(part: Part): string | undefined {
    if (!part.download) return "there is none";
    if (!this.options.allowed) return "switched off";
    if (this.options.retry) return this.unreachable;
    return this.unreachable ?? this.recall(this.siteKey) ?? this.recall(this.key(part));
  }

  /** The folder of an earlier download, which may not be there. */
  had(part: Part): string {
    return this.cache.artefact(this.key(part));
  }

  private get siteKey(): string {
    return this.options.siteKey ?? "site";
  }

  private key(part: Part): string {
    return `${part.program}-${part.version}-${this.platform.os}-${this.platform.arch}-official`;
  }

  private async fill(draft: string, part: Part, source: DownloadSource, report: Report): Promise<void> {
    const { site, limits } = this.options;
    const path = source.archive(this.platform);
    const expected = checksumOf(
      await downloadText(`${site}/${source.checksums(this.platform)}`, limits),
      basename(path),
    );
    const file = join(draft, "downloaded");
    const actual = await downloadFile(`${site}/${path}`, file, limits, report);
    if (actual !== expected) {
      throw new Error(
        `${basename(path)} has SHA-256 ${actual}, but the release says ${expected}; it was thrown away`,
      );
    }
    const program = join(draft, part.program);
    if (path.endsWith(".tar.gz")) {
      report("unpacking");
      await unpack(file, draft, source.folder?.(this.platform));
    } else {
      renameSync(file, program);
      chmodSync(program, 0o755);
    }
    if (!statSync(program, { throwIfNoEntry: false })?.isFile()) {
      throw new Error(`${basename(path)} holds no ${part.program}`);
    }
  }

  /** What failed lately at the same site. */
  private recall(key: string): string | undefined {
    const failure = readFailure(this.cache.failure(key));
    if (!failure || failure.site !== this.options.site || Date.now() - failure.at > RETRY_AFTER_MS)
      return undefined;
    return `${failure.reason} (at ${new Date(failure.at).toISOString()}; --retry asks again)`;
  }

  private remember(key: string, reason: string): void {
    const path = this.cache.failure(key);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(
      path,
      JSON.stringify({ site: this.options.site, at: Date.now(), reason } satisfies Failure),
    );
  }
}

/** @throws Error when the list does not name the file */
function checksumOf(list: string, file: string): string {
  if (/^[0-9a-f]{64}$/i.test(list.trim())) return list.trim().toLowerCase();
  for (const line of list.split("\n")) {
    const [checksum, name] = line.trim().split(/\s+\*?/);
    if (name === file && checksum) return checksum.toLowerCase();
  }
  throw new Error(`the release's checksums do not name ${file}`);
}

/** With the tar command, which every system that Pulumi runs on has; npm's tar is not among our dependencies. */
async function unpack(archive: string, directory: string, folder: string | undefined): Promise<void> {
  const depth = folder === undefined ? [] : ["--strip-components=1", folder];
  await promisify(execFile)("tar", ["-xzf", archive, "-C", directory, ...depth]);
  rmSync(archive);
}

function readFailure(path: string): Failure | undefined {
  try {
    return JSON.parse(readFileSync(path, "utf8")) as Failure;
  } catch {
    return undefined;
  }
}
