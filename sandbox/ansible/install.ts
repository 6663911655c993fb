/** Lays the double out as the program lays out an installed Kubespray. */
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import semver from "semver";
import { kubesprayRelease } from "../../config/compatibility";
import { installStandIn } from "../toolchain/installing";
import { playbookNames } from "./playbooks";

const PYTHON = "3.12.0";
const ANSIBLE_CORE = "2.18.8";
const ANSIBLE_CFG = "# Of the sandbox's double of Kubespray.\n[defaults]\nhost_key_checking = True\n";
const EMPTY_PLAY = "- name: The sandbox's double knows what this playbook does\n  hosts: all\n  tasks: []\n";

/**
 * Makes `<cache>/kubespray/<ref>/` for every ref, so that nothing is fetched or installed.
 * @param cache the program's cache folder, $OPENCENTER_CACHE
 * @param refs tags or commits of Kubespray
 */
export function installDouble(cache: string, refs: readonly string[]): void {
  for (const ref of refs) installRef(cache, ref);
}

function installRef(cache: string, ref: string): void {
  const folder = join(cache, "kubespray", ref);
  const checkout = join(folder, "checkout");
  write(join(checkout, "ansible.cfg"), ANSIBLE_CFG);
  for (const name of playbookNames) write(join(checkout, name), EMPTY_PLAY);
  installStandIn(join(folder, "venv", "bin", "ansible-playbook"), "ansible/main.ts", join(cache, "bundles"));
  const marker = { ref, source: "sandbox double", python: PYTHON, ansibleCore: ansibleCoreOf(ref) };
  // Last: it says that everything else is there.
  write(join(folder, "complete.json"), `${JSON.stringify(marker)}\n`);
}

/** A version that the release accepts. */
function ansibleCoreOf(ref: string): string {
  const range = kubesprayRelease(ref)?.ansibleCore ?? ANSIBLE_CORE;
  return semver.satisfies(ANSIBLE_CORE, range) ? ANSIBLE_CORE : semver.minVersion(range)!.version;
}

function write(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}
