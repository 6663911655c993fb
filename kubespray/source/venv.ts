/** Ansible in a venv of its own: each release of Kubespray refuses the Ansible of its neighbours. */
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { delimiter, join, resolve } from "node:path";
import semver from "semver";
import type { Kubespray, KubespraySource, SourceOptions } from "./types";
import { kubesprayRelease } from "../../config/compatibility";
import { RunFailure } from "../../runner/errors";
import { status } from "../../runner/output";
import type { Marker } from "./cache";
import { type ProgramEnd, runProgram } from "./program";
import { findPython } from "./python";

/** Complete lists of packages with hashes, one per release that was tried. */
const LOCKS = join(__dirname, "..", "requirements");

export interface VenvInput {
  /** Where `venv/` is made. */
  readonly folder: string;
  readonly checkout: string;
  readonly source: Pick<KubespraySource, "ref" | "wheels">;
}

/** What is run, once the folder is complete. */
export function kubesprayIn(folder: string, checkout: string): Kubespray {
  const venv = join(folder, "venv");
  const bin = join(venv, "bin");
  return {
    checkout,
    ansiblePlaybook: join(bin, "ansible-playbook"),
    env: {
      // Kubespray's ansible.cfg looks for roles below it.
      VIRTUAL_ENV: venv,
      PATH: [bin, process.env.PATH ?? ""].join(delimiter),
      // The checkout may be somebody's own, or read-only.
      PYTHONDONTWRITEBYTECODE: "1",
    },
  };
}

export function requirementsOf(checkout: string): string {
  const file = join(checkout, "requirements.txt");
  if (existsSync(file)) return readFileSync(file, "utf8");
  throw new RunFailure(`${checkout} is no Kubespray: it has no requirements.txt.`);
}

/** The list for exactly these requirements, whatever the checkout calls itself. */
export function lockFor(requirements: string): string | undefined {
  const digest = createHash("sha256").update(requirements).digest("hex");
  return readdirSync(LOCKS)
    .filter((name) => name.endsWith(".txt"))
    .map((name) => join(LOCKS, name))
    .find((file) => readFileSync(file, "utf8").includes(`sha256 is ${digest}\n`));
}

export async function makeVenv(
  { folder, checkout, source }: VenvInput,
  options: SourceOptions,
): Promise<Pick<Marker, "python" | "ansibleCore">> {
  const python = await findPython(source.ref, options);
  const venv = join(folder, "venv");
  const made = await runProgram(options, python.program, ["-m", "venv", venv]);
  if (made.code !== 0)
    throw new RunFailure(`${python.program} cannot make a venv in ${venv}:\n${made.lastLines}`, [
      "On Debian and Ubuntu: apt-get install python3-venv",
    ]);
  await installPackages(venv, checkout, source, options);
  return { python: python.version, ansibleCore: await ansibleCore(venv, source.ref, options) };
}

async function installPackages(
  venv: string,
  checkout: string,
  source: VenvInput["source"],
  options: SourceOptions,
): Promise<void> {
  const { ref } = source;
  const wheels = wheelFolder(source, options);
  const lock = lockFor(requirementsOf(checkout));
  if (lock === undefined)
    status(
      `warning: no list of hashes for Kubespray ${ref}; its packages are installed as its requirements.txt says`,
    );
  status(`installing Ansible for Kubespray ${ref}; this takes some minutes, once`);
  const what =
    lock === undefined ? ["-r", join(checkout, "requirements.txt")] : ["--require-hashes", "-r", lock];
  const from = wheels === undefined ? [] : ["--no-index", "--find-links", wheels];
  const args = ["-m", "pip", "install", "--progress-bar", "off", ...from, ...what];
  const { code, lastLines } = await runProgram(options, join(venv, "bin", "python"), args);
  if (code === 0) return;
  throw new RunFailure(`pip cannot install Ansible for Kubespray ${ref}:\n${lastLines}`, [
    wheels === undefined
      ? "pip takes its index and proxy from PIP_INDEX_URL, HTTPS_PROXY and pip.conf; without any, kubespray.offline.wheels or OPENCENTER_WHEELS names a folder of wheels."
      : `The folder needs every package of ${lock ?? join(checkout, "requirements.txt")} as a wheel: pip download -d ${wheels} -r <that file>`,
  ]);
}

/** Where pip must take everything from. The cluster's own setting counts before the machine's. */
function wheelFolder(
  { wheels }: VenvInput["source"],
  { environment = process.env }: SourceOptions,
): string | undefined {
  const given = wheels ?? environment.OPENCENTER_WHEELS;
  if (given === undefined || given === "") return undefined;
  const folder = resolve(given);
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory()) return folder;
  const name = wheels === undefined ? "OPENCENTER_WHEELS" : "kubespray.offline.wheels";
  // Never the index instead: who names a folder wants nothing from outside.
  throw new RunFailure(`${name}: there is no folder ${folder}.`);
}

/** What was installed, by its own word. */
async function ansibleCore(venv: string, ref: string, options: SourceOptions): Promise<string> {
  const program = join(venv, "bin", "ansible-playbook");
  return checkedAnsible(await runProgram(options, program, ["--version"]), ref, program);
}

/**
 * @param end of `ansible-playbook --version`
 * @param where it was asked
 * @throws RunFailure when the release would refuse it
 */
export function checkedAnsible({ code, stdout, lastLines }: ProgramEnd, ref: string, where: string): string {
  const version = /\[core ([0-9.]+)/.exec(stdout)?.[1];
  if (code !== 0 || version === undefined)
    throw new RunFailure(`The Ansible of ${where} does not run:\n${lastLines}`);
  const range = kubesprayRelease(ref)?.ansibleCore;
  if (range === undefined || semver.satisfies(version, range)) return version;
  throw new RunFailure(`Kubespray ${ref} needs ansible-core ${range}, and ${version} was installed.`, [
    `Is kubespray.ref the release that was installed? Asked: ${where}`,
  ]);
}
