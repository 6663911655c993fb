/** Kubespray and the Ansible that it was made for, ready to run: from Git, from a folder, or from an image. */
import { join } from "node:path";
import type { ConvergeRequest } from "../../plan/kubernetes/types";
import { RunFailure } from "../../runner/errors";
import type { Supervisor } from "../../runner/supervisor/supervisor";
import { cacheFolder, readMarker } from "./cache";
import { ensureDirectory } from "./directory";
import { ensureGit } from "./git";
import { ensureImage } from "./image";
import { kubesprayIn } from "./venv";

/** What the sandbox's cache says: there, whatever source a stack names is played and nothing is fetched. */
const SANDBOX = "sandbox double";

export type KubespraySource = ConvergeRequest["kubespray"];

export interface SourceOptions {
  /** Ends what it started when the run ends. */
  readonly supervisor: Pick<Supervisor, "start" | "interrupted">;
  /** @default that of this process */
  readonly environment?: NodeJS.ProcessEnv;
}

export interface Kubespray {
  /** Absolute path of the checkout: Ansible's working directory. */
  readonly checkout: string;
  /** Absolute path of the program. */
  readonly ansiblePlaybook: string;
  /** What the program needs in its environment. */
  readonly env: Readonly<Record<string, string>>;
}

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
