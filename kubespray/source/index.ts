/** Kubespray and the Ansible that it was made for, ready to run: from Git, from a folder, or from an image. */
import { join } from "node:path";
import { RunFailure } from "../../runner/errors";
import { cacheFolder, readMarker } from "./cache";
import { ensureDirectory } from "./directory";
import { ensureGit } from "./git";
import { ensureImage } from "./image";
import type { Kubespray, KubespraySource, SourceOptions } from "./types";
import { kubesprayIn } from "./venv";

export type { Kubespray, KubespraySource, SourceOptions } from "./types";

/** What the sandbox's cache says: there, whatever source a stack names is played and nothing is fetched. */
const SANDBOX = "sandbox double";

/**
 * Makes Kubespray ready, once per release and machine; later calls only look.
 * @throws RunFailure with what is missing on this machine, and what to do
 */
export async function ensureKubespray(source: KubespraySource, options: SourceOptions): Promise<Kubespray> {
  const cache = cacheFolder(options.environment ?? process.env);
  const double = join(cache, "kubespray", source.ref);
  if (readMarker(double)?.source === SANDBOX) return kubesprayIn(double, join(double, "checkout"));
  switch (source.source) {
    case "git":
      return ensureGit(cache, source, options);
    case "directory":
      return ensureDirectory(cache, required(source.directory, "directory"), source, options);
    case "image":
      return ensureImage(cache, required(source.image, "image"), source.ref, options);
  }
}

function required(value: string | undefined, key: string): string {
  if (value !== undefined) return value;
  throw new RunFailure(`kubespray.${key} is missing; kubespray.source: ${key} needs it.`);
}
