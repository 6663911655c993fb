/** Flux's own manifests: from a file, or fetched once, and never used without a word about what they were checked against. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { RunFailure } from "../runner/errors";
import { writePrivate } from "../runner/files";
import { status } from "../runner/output";
import type { GitopsConfig } from "./git/access";
import { send } from "./http";

const OFFLINE = [
  "For a site without the Internet: gitops.flux.manifests.file, or .url with .sha256, naming a copy of install.yaml.",
];

const DOWNLOAD_LIMIT_MS = 120_000;

const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");

/** Where downloads are kept, as for Kubespray. */
export function cacheFolder(env: NodeJS.ProcessEnv = process.env): string {
  return (
    env.OPENCENTER_CACHE || join(env.XDG_CACHE_HOME || join(env.HOME || homedir(), ".cache"), "opencenter")
  );
}

/**
 * @param root what a relative path of a file is relative to
 * @returns the install.yaml
 * @throws RunFailure when it cannot be had, or is not what its checksum says
 */
export async function fluxManifests(
  { version, manifests }: GitopsConfig["flux"],
  root: string,
  cache = cacheFolder(),
): Promise<string> {
  if (manifests !== undefined && "file" in manifests) return fromFile(manifests, root);
  const url = manifests?.url ?? `https://github.com/fluxcd/flux2/releases/download/v${version}/install.yaml`;
  const folder = join(cache, "flux");
  // A release does not change: what its list said once, it says for ever.
  const remembered = join(folder, `${sha256(url).slice(0, 12)}.sha256`);
  const expected = manifests?.sha256 ?? read(remembered)?.trim();
  const against =
    manifests?.sha256 === undefined ? "the release's own list of checksums" : "gitops.flux.manifests.sha256";
  const cached = expected === undefined ? undefined : read(join(folder, `${expected}.yaml`));
  if (cached !== undefined && sha256(cached) === expected) return cached;
  status(`fetching Flux ${version} from ${new URL(url).host}`);
  const sum = expected ?? (await listedSum(url, version));
  const text = await download(url);
  check(text, sum, url, against);
  writePrivate(join(folder, `${sum}.yaml`), text);
  writePrivate(remembered, `${sum}\n`);
  status(`Flux ${version}: checked against ${against}`);
  return text;
}

function fromFile({ file, sha256: sum }: { file: string; sha256?: string }, root: string): string {
  const text = read(join(file.startsWith("/") ? "" : root, file));
  if (text === undefined)
    throw new RunFailure(`Flux's manifests cannot be read: ${file}`, [
      "gitops.flux.manifests.file has to name the install.yaml of a release, on the machine that runs this.",
    ]);
  if (sum === undefined)
    status(`Flux's manifests from ${file}: not checked, gitops.flux.manifests.sha256 is not set`);
  else check(text, sum, file, "gitops.flux.manifests.sha256");
  return text;
}

function check(text: string, sum: string, from: string, against: string): void {
  const found = sha256(text);
  if (found !== sum)
    throw new RunFailure(
      `${from} is not what it should be: its SHA-256 is ${found}, and ${against} says ${sum}.`,
      ["Do not use it; find out who changed it."],
    );
}

/** `<sum>  <file>` per line, beside the manifests. */
async function listedSum(url: string, version: string): Promise<string> {
  const list = new URL(`flux_${version}_checksums.txt`, url).href;
  const name = new URL(url).pathname.split("/").at(-1);
  const lines = (await download(list)).split("\n").map((line) => line.trim().split(/\s+\*?/));
  const sum = lines.find(([, file]) => file === name)?.[0];
  if (sum !== undefined && /^[0-9a-f]{64}$/.test(sum)) return sum;
  throw new RunFailure(`${list} has no checksum of ${name}.`, ["Set gitops.flux.manifests.url and .sha256."]);
}

async function download(url: string): Promise<string> {
  const answer = await send(url, {
    follow: true,
    limitMs: DOWNLOAD_LIMIT_MS,
    headers: { accept: "*/*" },
  }).catch((error: Error) => {
    throw new RunFailure(`Flux's manifests cannot be fetched: ${error.message}`, OFFLINE);
  });
  if (answer.status === 200) return answer.body;
  throw new RunFailure(`Flux's manifests cannot be fetched: ${url} answered ${answer.status}.`, OFFLINE);
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}
