/** A real Kubespray checkout and its Ansible, run on generated inventories by a user who may do nothing. */
import { execFile } from "node:child_process";
import { chmodSync, chownSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Context } from "mocha";
import { stringify } from "yaml";
import { defaultKubesprayRef } from "../../config/compatibility";
import type { ClusterConfig } from "../../config/resolve";
import { inventoryFiles, knownHosts, sshConfig } from "../../plan/kubernetes/inventory";
import { placeholderFacts } from "../../plan/kubernetes/placeholders";
import { planRequest } from "../../plan/kubernetes/request";
import { skip } from "../support/skip";

/** `nobody`: Kubespray has roles that make users on the machine that runs it. */
const NOBODY = 65534;
const asRoot = process.getuid?.() === 0;

const checkout = process.env["KUBESPRAY_DIR"];

/** Where ansible-playbook may be: said explicitly, or in the cache that the program fills itself. */
function ansibleFolder(): string | undefined {
  const cache = process.env["OPENCENTER_CACHE"] ?? join(homedir(), ".cache", "opencenter");
  const ref = process.env["KUBESPRAY_REF"] ?? defaultKubesprayRef;
  const folders = [process.env["KUBESPRAY_VENV"], join(cache, "kubespray", ref, "venv")];
  return folders
    .filter((folder) => folder !== undefined)
    .map((folder) => join(folder, "bin"))
    .find((folder) => existsSync(join(folder, "ansible-playbook")));
}

/** Skips the test where there is no Kubespray to run. */
export function requireKubespray(context: Context): void {
  if (checkout === undefined) skip(context, "KUBESPRAY_DIR is not set: it names a checkout of Kubespray");
  if (!existsSync(join(checkout, "cluster.yml")))
    skip(context, `KUBESPRAY_DIR=${checkout} has no cluster.yml`);
  if (ansibleFolder() === undefined)
    skip(context, "no Ansible: KUBESPRAY_VENV names a venv with Kubespray's requirements");
}

export interface AnsibleResult {
  readonly code: number;
  /** Everything that was printed. */
  readonly output: string;
  readonly stdout: string;
}

/** An inventory on disk, with a home and a fact cache of its own. */
export class Inventory {
  readonly folder = mkdtempSync(join(tmpdir(), "opencenter-kubespray-"));

  constructor(files: Readonly<Record<string, string>>) {
    for (const [path, text] of Object.entries(files)) this.write(path, text);
    for (const folder of ["", "home", "facts"]) this.makeFolder(join(this.folder, folder));
  }

  private write(path: string, text: string): void {
    const file = join(this.folder, path);
    this.makeFolder(dirname(file));
    writeFileSync(file, text, { mode: 0o644 });
  }

  private makeFolder(folder: string): void {
    mkdirSync(folder, { recursive: true });
    if (!asRoot) return;
    chownSync(folder, NOBODY, NOBODY);
    chmodSync(folder, 0o755);
  }

  /** Writes a playbook of a test; its path. */
  playbook(name: string, plays: readonly object[]): string {
    this.write(name, stringify(plays));
    return join(this.folder, name);
  }

  /** Runs a program of Ansible in the checkout. */
  ansible(program: string, args: readonly string[]): Promise<AnsibleResult> {
    const home = join(this.folder, "home");
    const env = {
      PATH: `${ansibleFolder()}:/usr/bin:/bin`,
      HOME: home,
      LANG: "C.UTF-8",
      ANSIBLE_HOME: home,
      ANSIBLE_LOCAL_TEMP: join(home, "tmp"),
      ANSIBLE_CONFIG: join(checkout ?? "", "ansible.cfg"),
      ANSIBLE_CACHE_PLUGIN_CONNECTION: join(this.folder, "facts"),
      ANSIBLE_NOCOLOR: "1",
      OPENCENTER_KUBEADM_CERTIFICATE_KEY: "0".repeat(64),
      OPENCENTER_ENCRYPTION_TOKEN: "x".repeat(32),
    };
    const user = asRoot ? { uid: NOBODY, gid: NOBODY } : {};
    return new Promise((resolve, reject) => {
      execFile(
        join(ansibleFolder() ?? "", program),
        ["-i", join(this.folder, "hosts.yaml"), ...args],
        { cwd: checkout, env, maxBuffer: 64 * 1024 * 1024, encoding: "utf8", ...user },
        (error, stdout, stderr) => {
          // A program that another user installed for himself alone, for example.
          if (error !== null && typeof error.code === "string") reject(new Error(error.message));
          else
            resolve({ code: error === null ? 0 : Number(error.code ?? 1), stdout, output: stdout + stderr });
        },
      );
    });
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** The inventory that a configuration gets before its first `up`. */
export function inventoryOf(config: ClusterConfig, more: Readonly<Record<string, string>> = {}): Inventory {
  const request = planRequest(config, placeholderFacts(config));
  return new Inventory({
    ...inventoryFiles(request),
    ssh_config: sshConfig({ request, directory: "/inventory", privateKey: "/key" }),
    known_hosts: knownHosts(request.facts.bastion, []),
    ...more,
  });
}

/** The lines of a failed task that say why. */
export function reasonOf({ output }: AnsibleResult): string {
  return output
    .split("\n")
    .filter((line) => /fatal|FAILED|ERROR|assertion|msg|evaluated_to|WARNING.*undefined/i.test(line))
    .join("\n")
    .slice(0, 2_000);
}
