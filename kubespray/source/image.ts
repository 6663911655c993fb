/**
 * Kubespray from a container image. The playbooks are copied out of the image once, so that Ansible's working directory
 * is the same path inside and outside; Ansible itself runs in a container that sees this project and the cache where
 * they are. Not tried against a real container engine yet: it says so when it is used.
 */
import { chmodSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Kubespray, SourceOptions } from ".";
import { RunFailure } from "../errors";
import { writePrivate } from "../files";
import { status } from "../output";
import { ensureFolder, shortDigest } from "./cache";
import { runProgram } from "./program";

/** Where the project's images have the checkout. */
const INSIDE = "/kubespray";
const ENGINES = ["podman", "docker"];

export async function ensureImage(cache: string, image: string, options: SourceOptions): Promise<Kubespray> {
  const engine = await findEngine(options);
  const folder = join(cache, "kubespray", `image-${shortDigest(image)}`);
  const checkout = join(folder, "checkout");
  const launcher = join(folder, "ansible-playbook");
  status(`warning: kubespray.source: image was never tried against a real ${engine}`);
  await ensureFolder(folder, async () => {
    await copyOut(engine, image, checkout, options);
    writeLauncher(launcher);
    return { ref: image, source: "image", python: "in the image", ansibleCore: "in the image" };
  });
  return {
    checkout,
    ansiblePlaybook: launcher,
    env: { OPENCENTER_CONTAINER: JSON.stringify({ engine, image, mounts: [process.cwd(), cache] }) },
  };
}

async function findEngine(options: SourceOptions): Promise<string> {
  for (const engine of ENGINES) {
    if ((await runProgram(options, engine, ["version"])).code === 0) return engine;
  }
  throw new RunFailure("kubespray.source: image needs podman or docker, and neither of them runs here.", [
    "Start the engine, or write kubespray.source: git.",
  ]);
}

async function copyOut(
  engine: string,
  image: string,
  checkout: string,
  options: SourceOptions,
): Promise<void> {
  const must = async (...args: string[]) => {
    const end = await runProgram(options, engine, args);
    if (end.code === 0) return end.stdout.trim();
    throw new RunFailure(`${engine} ${args[0]} of ${image} failed:\n${end.lastLines}`);
  };
  const container = (await must("create", image)).split("\n").at(-1) ?? "";
  mkdirSync(checkout, { recursive: true });
  try {
    await must("cp", `${container}:${INSIDE}/.`, checkout);
  } finally {
    await must("rm", container);
  }
}

/** ansible-playbook as far as its caller can see. */
function writeLauncher(path: string): void {
  const tsx = pathToFileURL(require.resolve("tsx")).href;
  const program = join(__dirname, "inContainer.ts");
  const words = [process.execPath, "--import", tsx, program].map(
    (word) => `'${word.replaceAll("'", "'\\''")}'`,
  );
  writePrivate(path, `#!/bin/sh\nexec ${words.join(" ")} "$@"\n`);
  chmodSync(path, 0o700);
}
