/** Kubespray from a folder of the user's: read, never written to. */
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Kubespray, KubespraySource, SourceOptions } from "./types";
import { RunFailure } from "../../runner/errors";
import { ensureFolder, shortDigest } from "./cache";
import { kubesprayIn, makeVenv, requirementsOf } from "./venv";

/** Ansible runs the one by the settings of the other. */
const NEEDED = ["cluster.yml", "ansible.cfg"];

export async function ensureDirectory(
  cache: string,
  directory: string,
  source: KubespraySource,
  options: SourceOptions,
): Promise<Kubespray> {
  const checkout = resolve(directory);
  const missing = NEEDED.filter((name) => !existsSync(join(checkout, name)));
  if (missing.length > 0)
    throw new RunFailure(
      `kubespray.directory ${checkout} is no Kubespray: it has no ${missing.join(" and no ")}.`,
      ["Write the path of a checkout, absolute or from the project's root."],
    );
  // By what it asks for, too: a checkout that is moved to another release gets another venv.
  const name = `directory-${shortDigest(JSON.stringify([checkout, requirementsOf(checkout)]))}`;
  const folder = join(cache, "kubespray", name);
  await ensureFolder(folder, async () => ({
    ref: source.ref,
    source: checkout,
    ...(await makeVenv({ folder, checkout, source }, options)),
  }));
  return kubesprayIn(folder, checkout);
}
