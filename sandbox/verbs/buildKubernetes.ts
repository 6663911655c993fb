/** `npm run sandbox -- build-kubernetes`: the programs of the control plane, once per machine. */
import { progress } from "../progress";
import { ensureKubernetes, findKubernetes } from "../toolchain";

const SECONDS_PER_MINUTE = 60;

export interface BuildKubernetesOptions {
  /** Whether the official releases are asked for. */
  readonly download: boolean;
  /** Whether they are asked again after a failure within the last day. */
  readonly retry: boolean;
}

export async function buildKubernetes({ download, retry }: BuildKubernetesOptions): Promise<void> {
  const found = findKubernetes();
  if ("missing" in found) {
    console.log(`Missing: ${found.missing.join(", ")}.`);
    console.log(
      "Downloaded where the official releases can be reached, in a minute or two. Else built from Go modules:",
    );
    console.log("once per machine, about 20 minutes on two cores, some gigabytes in Go's caches.\n");
  }
  const startedAt = Date.now();
  const { parts } = await ensureKubernetes({ progress, allowDownload: download, retryDownloads: retry });
  console.log();
  for (const { name, version, source, path, why } of parts)
    console.log(`${name} ${version}, ${source}: ${path}\n  ${why}`);
  console.log(`\nReady after ${duration(Date.now() - startedAt)}.`);
}

function duration(milliseconds: number): string {
  const seconds = Math.round(milliseconds / 1000);
  if (seconds < SECONDS_PER_MINUTE) return `${seconds} s`;
  return `${Math.floor(seconds / SECONDS_PER_MINUTE)} min ${seconds % SECONDS_PER_MINUTE} s`;
}
