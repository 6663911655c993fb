/** Kubespray from a folder of the user's: read, never written to. */
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Kubespray, KubespraySource, SourceOptions } from ".";
import { RunFailure } from "../errors";
import { ensureFolder, shortDigest } from "./cache";
import { kubesprayIn, makeVenv, requirementsOf } from "./venv";

export async function ensureDirectory(
  cache: string,
  directory: string,
  source: KubespraySource,
  options: SourceOptions,
): Promise<Kubespray> {
  const checkout = resolve(directory);
  if (!existsSync(join(checkout, "cluster.yml")))
    throw new RunFailure(`kubespray.directory ${checkout} is no Kubespray: it has no cluster.yml.`, [
      "Write the path of a checkout, absolute or from the project's root.",
    ]);
  // By what it asks for: a checkout that is moved to another release gets another venv.
  const name = `directory-${shortDigest(requirementsOf(checkout))}`;
  const folder = join(cache, "kubespray", name);
  await ensureFolder(folder, async () => ({
    ref: source.ref,
    source: checkout,
    ...(await makeVenv({ folder, checkout, source }, options)),
  }));
  return kubesprayIn(folder, checkout);
}
