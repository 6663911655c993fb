/** Debian's packages of the services, and why this machine cannot have them. */
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { runCommand } from "../../../sandbox/process";
import type { Layout } from "./layout";

/** Libraries and common files only: what the programs of a real machine need (libvirt, LVM, agents) stays away. */
const PACKAGES = [
  ...["mariadb-server-core", "mariadb-client-core", "rabbitmq-server", "uwsgi-plugin-python3", "openssl"],
  ...["python3-pymysql", "python3-keystone", "glance-common", "python3-placement", "nova-common"],
  ...["neutron-common", "cinder-common", "qemu-utils", "octavia-common", "designate-common", "python3-swift"],
  // For what people do by hand.
  ...["python3-openstackclient", "python3-octaviaclient", "python3-designateclient"],
];

const RELEASE = "bookworm";
const POLICY = "/usr/sbin/policy-rc.d";
/** By which a file that a killed run left is known. */
const OURS = "# Made by opencenter's tests for the time of an installation.";

/** The machine lacks something that nobody can give it in a test. */
export class Unavailable extends Error {}

/** Why these services cannot run here; undefined where they can. */
export function whyNotHere(): string | undefined {
  const release = existsSync("/etc/os-release") ? readFileSync("/etc/os-release", "utf8") : "";
  if (!/^ID=debian$/m.test(release) || !new RegExp(`^VERSION_CODENAME=${RELEASE}$`, "m").test(release)) {
    const name = /^PRETTY_NAME="?([^"\n]*)/m.exec(release)?.[1] ?? process.platform;
    return `real OpenStack comes from the packages of Debian 12 (${RELEASE}), and this is ${name}`;
  }
  if (process.getuid?.() !== 0)
    return "real OpenStack comes from Debian's packages, which only root can install and start";
  return undefined;
}

/**
 * Installs what is missing.
 * @throws Unavailable when the packages cannot be had
 */
export async function installPackages(layout: Layout): Promise<void> {
  const missing = await missingPackages(layout);
  if (missing.length === 0) return;
  await withoutStarting(async () => {
    // A failed update is not the end: the lists that are there may do.
    await apt(layout, ["update"]);
    const install = ["install", "--yes", "--no-install-recommends", ...missing];
    const { code, output } = await apt(layout, install);
    if (code !== 0)
      throw new Unavailable(
        `Debian's packages of OpenStack cannot be installed: ${lastError(output)} (all of it: ${layout.log("apt.log")})`,
      );
  });
}

async function missingPackages(layout: Layout): Promise<string[]> {
  const format = ["--show", "--showformat", "${Package} ${db:Status-Status}\n"];
  const { stdout } = await command(layout, "dpkg-query", [...format, ...PACKAGES]);
  const installed = new Set(stdout.split("\n").filter((line) => line.endsWith(" installed")));
  return PACKAGES.filter((name) => !installed.has(`${name} installed`));
}

function apt(layout: Layout, args: readonly string[]) {
  const settings = [
    ...["Dpkg::Options::=--force-confdef", "Dpkg::Options::=--force-confold"],
    ...["Dpkg::Options::=--force-unsafe-io", "DPkg::Lock::Timeout=300", "Acquire::Retries=2"],
  ];
  return command(layout, "apt-get", [...settings.flatMap((one) => ["-o", one]), ...args]);
}

function command(layout: Layout, name: string, args: readonly string[]) {
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive", LC_ALL: "C.UTF-8" };
  return runCommand(name, args, { cwd: "/", env, log: layout.log("apt.log") });
}

/** Nothing may start by itself: mariadb and rabbitmq would listen where others are. */
async function withoutStarting(work: () => Promise<void>): Promise<void> {
  const mine = !existsSync(POLICY) || readFileSync(POLICY, "utf8").includes(OURS);
  if (mine) writeFileSync(POLICY, `#!/bin/sh\n${OURS}\nexit 101\n`, { mode: 0o755 });
  try {
    await work();
  } finally {
    if (mine) rmSync(POLICY, { force: true });
  }
}

function lastError(output: string): string {
  const errors = output.split("\n").filter((line) => /^(E|Err):?/.test(line));
  return errors.at(-1) ?? output.trim().split("\n").at(-1) ?? "";
}
