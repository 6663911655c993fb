/**
 * Kubespray from a container image: its checkout and its Ansible are used where they are, and a launcher starts one
 * container per call of ansible-playbook. Nothing here was tried against a real container engine; the arguments are
 * tested, and a run says so.
 */
import { mkdirSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Kubespray, SourceOptions } from "./types";
import { RunFailure } from "../../runner/errors";
import { status } from "../../runner/output";
import { ensureFolder, shortDigest } from "./cache";
import { CHECKOUT } from "./container";
import { runProgram } from "./program";
import { checkedAnsible } from "./venv";

/** Podman first: its containers of a user write that user's files. */
const ENGINES = ["podman", "docker"];

export async function ensureImage(
  cache: string,
  image: string,
  ref: string,
  options: SourceOptions,
): Promise<Kubespray> {
  const engine = await findEngine(options);
  const folder = join(cache, "kubespray", `image-${shortDigest(JSON.stringify([image, ref]))}`);
  status(`warning: kubespray.source: image was never tried against a real ${engine}`);
  await ensureFolder(folder, async () => {
    const ansibleCore = await inspect(engine, image, ref, options);
    // Ansible's working directory outside; inside it is the image's checkout.
    mkdirSync(join(folder, "checkout"));
    return { ref, source: image, python: "in the image", ansibleCore };
  });
  return {
    checkout: join(folder, "checkout"),
    ansiblePlaybook: writeLauncher(folder),
    env: { OPENCENTER_CONTAINER: JSON.stringify({ engine, image }) },
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

/** Fetches the image, and asks it what it has. @returns its version of ansible-core */
async function inspect(engine: string, image: string, ref: string, options: SourceOptions): Promise<string> {
  const have = await runProgram(options, engine, ["image", "inspect", image]);
  if (have.code !== 0) {
    status(`fetching the image ${image}`);
    const pull = await runProgram(options, engine, ["pull", image]);
    if (pull.code !== 0)
      throw new RunFailure(`${engine} pull of ${image} failed:\n${pull.lastLines}`, [
        `Is kubespray.image right, and is this machine logged in to its registry (${engine} login)?`,
      ]);
  }
  const ask = `test -f ${CHECKOUT}/cluster.yml && test -f ${CHECKOUT}/ansible.cfg && exec ansible-playbook --version`;
  const end = await runProgram(options, engine, ["run", "--rm", "--entrypoint=sh", image, "-c", ask]);
  if (end.code !== 0)
    throw new RunFailure(`The image ${image} is no Kubespray that runs:\n${end.lastLines}`, [
      `It needs a checkout in ${CHECKOUT}, and ansible-playbook on PATH.`,
    ]);
  return checkedAnsible(end, ref, `the image ${image}`);
}

/**
 * ansible-playbook as far as its caller can see. By its content, for the cache outlives the copy of this program that
 * the launcher starts.
 */
function writeLauncher(folder: string): string {
  const typescript = `--require=${require.resolve("../../runner/typescript.cjs")}`;
  const words = [process.execPath, typescript, join(__dirname, "inContainer.ts")].map(
    (word) => `'${word.replaceAll("'", "'\\''")}'`,
  );
  const script = `#!/bin/sh\nexec ${words.join(" ")} "$@"\n`;
  const path = join(folder, shortDigest(script), "ansible-playbook");
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const draft = `${path}.${process.pid}.draft`;
  writeFileSync(draft, script, { mode: 0o700 });
  renameSync(draft, path);
  return path;
}
