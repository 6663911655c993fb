import { createHash } from "node:crypto";
import { createWriteStream } from "node:fs";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { Report } from "../progress";

export interface FetchLimits {
  /** For the answer to begin, in milliseconds. */
  readonly connectTimeoutMs: number;
  /** Longest pause between two pieces of the answer, in milliseconds. @default 30000 */
  readonly stallTimeoutMs?: number;
}

/** The site could not be reached or did not answer; to ask it for something else would take as long again. */
export class SiteUnreachable extends Error {}

const MEBIBYTE = 1024 * 1024;

/**
 * Downloads to a file; one try, because there is always another source.
 *
 * @returns the SHA-256 of the content, in hexadecimal
 * @throws SiteUnreachable when no answer begins; Error for any answer but 200, or one that stops half-way
 */
export async function downloadFile(
  url: string,
  path: string,
  limits: FetchLimits,
  report: Report,
): Promise<string> {
  const { response, watch } = await begin(url, limits);
  const total = Number(response.headers.get("content-length"));
  const hash = createHash("sha256");
  let received = 0;
  const body = Readable.fromWeb(response.body as Parameters<typeof Readable.fromWeb>[0]);
  body.on("data", (chunk: Buffer) => {
    watch.pat();
    hash.update(chunk);
    received += chunk.length;
    report(`${inMebibytes(received)}${total ? ` of ${inMebibytes(total)}` : ""} MiB`);
  });
  try {
    await pipeline(body, createWriteStream(path));
  } catch (error) {
    throw watch.expired
      ? new Error(`${withoutCredentials(url).url.host} stopped sending after ${received} bytes`)
      : error;
  } finally {
    watch.stop();
  }
  return hash.digest("hex");
}

/** Downloads a short text; errors as of {@link downloadFile}. */
export async function downloadText(url: string, limits: FetchLimits): Promise<string> {
  const { response, watch } = await begin(url, limits);
  try {
    return await response.text();
  } catch (error) {
    throw watch.expired ? new Error(`${withoutCredentials(url).url.host} stopped sending`) : error;
  } finally {
    watch.stop();
  }
}

async function begin(address: string, limits: FetchLimits): Promise<{ response: Response; watch: Watch }> {
  const { url, headers } = withoutCredentials(address);
  const watch = new Watch();
  watch.start(limits.connectTimeoutMs);
  let response: Response;
  try {
    response = await fetch(url, { signal: watch.signal, headers });
  } catch (error) {
    watch.stop();
    const { host } = url;
    const cause = (error as Error).cause as NodeJS.ErrnoException | undefined;
    const reason = watch.expired
      ? `did not answer within ${limits.connectTimeoutMs / 1000} s`
      : `cannot be reached (${cause?.code ?? String(error)})`;
    throw new SiteUnreachable(`${host} ${reason}`);
  }
  watch.start(limits.stallTimeoutMs ?? 30_000);
  if (response.ok) return { response, watch };
  watch.stop();
  await response.body?.cancel();
  throw new Error(`${url.href} answered ${response.status}`);
}

/** A proxy's address may carry a user and a password: fetch refuses those, and errors that name them are shown. */
function withoutCredentials(address: string): { url: URL; headers: Record<string, string> } {
  const url = new URL(address);
  const { username, password } = url;
  if (username === "" && password === "") return { url, headers: {} };
  url.username = url.password = "";
  const credentials = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return { url, headers: { authorization: `Basic ${Buffer.from(credentials).toString("base64")}` } };
}

/** Aborts a request when nothing has happened for a while. */
class Watch {
  private readonly controller = new AbortController();
  private timer: NodeJS.Timeout | undefined;
  private timeoutMs = 0;
  readonly signal = this.controller.signal;

  get expired(): boolean {
    return this.signal.aborted;
  }
  start(timeoutMs: number): void {
    this.timeoutMs = timeoutMs;
    this.pat();
  }
  pat(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.controller.abort(), this.timeoutMs);
  }
  stop(): void {
    clearTimeout(this.timer);
  }
}

function inMebibytes(bytes: number): string {
  return (bytes / MEBIBYTE).toFixed(0);
}
