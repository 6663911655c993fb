/** `npm run sandbox -- build-kubernetes`: the programs of the control plane and of Flux, once per machine. */
import { progress } from "../progress";
import { fluxManifests } from "../flux";
import { ensureFlux, ensureKubernetes, findFlux, findKubernetes } from "../toolchain";

const SECONDS_PER_MINUTE = 60;

export interface BuildKubernetesOptions {
  /** Whether the official releases are asked for. */
  readonly download: boolean;
  /** Whether they are asked again after a failure within the last day. */
  readonly retry: boolean;
}

export async function buildKubernetes({ download, retry }: BuildKubernetesOptions): Promise<void> {
  const missing = [findKubernetes(), findFlux()].flatMap((found) =>
    "missing" in found ? found.missing : [],
  );
  if (missing.length > 0) {
    console.log(`Missing: ${missing.join(", ")}.`);
    console.log(
      "Downloaded where the official releases can be reached, in a minute or two. Else built from Go modules:",
    );
    console.log("once per machine, about 25 minutes on two cores, some gigabytes in Go's caches.\n");
  }
  const startedAt = Date.now();
  const options = { progress, allowDownload: download, retryDownloads: retry };
  const kubernetes = await ensureKubernetes(options);
  const flux = await ensureFlux(options);
  const manifests = await progress.step("Making Flux's manifests", (report) => fluxManifests(report));
  const parts = [...kubernetes.parts, ...flux.parts];
  console.log(`\nFlux's manifests: ${manifests}`);
  for (const { name, version, source, path, why } of parts)
    console.log(`${name} ${version}, ${source}: ${path}\n  ${why}`);
  console.log(`\nReady after ${duration(Date.now() - startedAt)}.`);
}

function duration(milliseconds: number): string {
  const seconds = Math.round(milliseconds / 1000);
  if (seconds < SECONDS_PER_MINUTE) return `${seconds} s`;
  return `${Math.floor(seconds / SECONDS_PER_MINUTE)} min ${seconds % SECONDS_PER_MINUTE} s`;
}
