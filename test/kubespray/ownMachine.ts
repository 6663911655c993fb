/** A machine for the program's own playbooks: real Ansible, real files, in namespaces that end with the process. */
import { execFile, execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Context } from "mocha";
import { defaultKubesprayRef } from "../../config/compatibility";
import { projectRoot } from "../../sandbox/workspace";
import { findProgram } from "../../cli/programs";
import { skip } from "../support/skip";

const PROGRAMS = ["python3", "unshare", "mount", "ip", "openssl"];

function requirement(): string {
  const file = readFileSync(
    join(projectRoot, "kubespray/requirements", `${defaultKubesprayRef}.txt`),
    "utf8",
  );
  const line = /^ansible-core==\S+/m.exec(file)?.[0];
  if (line === undefined) throw new Error("Kubespray's requirements name no ansible-core");
  return line;
}

/** ansible-core as Kubespray pins it, in the cache; undefined with the reason where it cannot be had. */
function ansible(): { readonly program?: string; readonly reason?: string } {
  const wanted = requirement();
  const cache = process.env["OPENCENTER_CACHE"] ?? join(homedir(), ".cache", "opencenter");
  const folder = join(cache, "test", createHash("sha256").update(wanted).digest("hex").slice(0, 12));
  const program = join(folder, "bin", "ansible-playbook");
  if (existsSync(join(folder, "complete"))) return { program };
  rmSync(folder, { recursive: true, force: true });
  try {
    execFileSync("python3", ["-m", "venv", folder], { stdio: "pipe" });
    execFileSync(join(folder, "bin", "pip"), ["install", "--quiet", wanted], {
      stdio: "pipe",
      timeout: 300_000,
    });
    writeFileSync(join(folder, "complete"), wanted);
    return { program };
  } catch (error) {
    return { reason: `${wanted} cannot be installed: ${(error as Error).message.split("\n")[0]}` };
  }
}

/** Skips where there are no namespaces to be had, or no Ansible. */
export function requireMachine(context: Context): string {
  if (process.getuid?.() !== 0) skip(context, "a machine of its own needs root, for namespaces");
  const missing = PROGRAMS.filter((name) => findProgram(name) === undefined);
  if (missing.length > 0) skip(context, `not on PATH: ${missing.join(", ")}`);
  try {
    execFileSync("unshare", ["--mount", "--net", "--pid", "--fork", "true"], { stdio: "pipe" });
  } catch (error) {
    skip(context, `no namespaces here: ${(error as Error).message.split("\n")[0]}`);
  }
  const { program, reason } = ansible();
  if (program === undefined) skip(context, reason ?? "no Ansible");
  return program;
}

/** What happens in the namespaces, before Ansible: whatever it writes below /etc and /root is in its own folder. */
const SET_UP = `
set -eu
ip link set lo up
for folder in etc root var/lib; do
  mkdir -p "$MACHINE/work/$folder"
  mount -t overlay overlay -o "lowerdir=/$folder,upperdir=$MACHINE/$folder,workdir=$MACHINE/work/$folder" "/$folder"
done
mount -t overlay overlay -o "lowerdir=$MACHINE/bin:/usr/local/bin" /usr/local/bin
`;

export class OwnMachine {
  readonly folder = mkdtempSync(join(tmpdir(), "opencenter-machine-"));

  constructor(private readonly program: string) {
    for (const path of [
      "etc/kubernetes/ssl",
      "etc/kubernetes/machine",
      "root/.ssh",
      "root/.kube",
      "var/lib",
      "bin",
    ])
      mkdirSync(join(this.folder, path), { recursive: true, mode: 0o700 });
    cpSync(join(projectRoot, "test/kubespray/machine"), join(this.folder, "bin"), { recursive: true });
    this.write(
      "etc/etcd.env",
      "ETCD_LISTEN_CLIENT_URLS=https://127.0.0.1:2379\nETCD_TRUSTED_CA_FILE=a\nETCD_CERT_FILE=b\nETCD_KEY_FILE=c\n",
    );
  }

  path(name: string): string {
    return join(this.folder, name);
  }
  write(name: string, text: string): void {
    writeFileSync(this.path(name), text, { mode: 0o600 });
  }
  read(name: string): string {
    return readFileSync(this.path(name), "utf8");
  }

  /** Runs a script on the machine. */
  run(script: string, env: Readonly<Record<string, string>> = {}): Promise<{ code: number; output: string }> {
    const args = [
      "--mount",
      "--net",
      "--pid",
      "--fork",
      "--mount-proc",
      "--kill-child",
      "sh",
      "-c",
      `${SET_UP}\n${script}`,
    ];
    const options = { env: { ...process.env, MACHINE: this.folder, ...env }, maxBuffer: 64 << 20 };
    return new Promise((resolve) => {
      execFile("unshare", args, options, (error, stdout, stderr) =>
        resolve({ code: error === null ? 0 : Number(error.code ?? 1), output: stdout + stderr }),
      );
    });
  }

  /** One of the program's playbooks. @param before shell commands on the machine before it */
  async playbook(
    name: string,
    vars: Readonly<Record<string, unknown>>,
    {
      before = "",
      env = {},
    }: { readonly before?: string; readonly env?: Readonly<Record<string, string>> } = {},
  ) {
    const host = {
      ansible_connection: "local",
      ansible_python_interpreter: join(dirname(this.program), "python"),
      ansible_user: "root",
    };
    const member = { hosts: { "cp-1": {} } };
    const groups = { kube_control_plane: member, etcd: member, k8s_cluster: member };
    const inventory = {
      all: { hosts: { "cp-1": host }, children: groups },
    };
    this.write("inventory.yaml", JSON.stringify(inventory));
    const file = join(projectRoot, "kubespray/playbooks", name);
    const words = ["-i", this.path("inventory.yaml"), "-e", JSON.stringify(vars), file].map(
      (word) => `'${word}'`,
    );
    const home = {
      HOME: "/root",
      ANSIBLE_LOCALHOST_WARNING: "False",
      ANSIBLE_HOME: "/root/.ansible",
      ...env,
    };
    return this.run(`${before}\n'${this.program}' -b ${words.join(" ")}`, home);
  }

  close(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
