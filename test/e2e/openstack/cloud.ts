/** A set of real OpenStack services on the loopback: started, found running, stopped, whatever happened before. */
import { existsSync, readdirSync, rmSync } from "node:fs";
import { createConnection } from "node:net";
import { join } from "node:path";
import { stringify } from "yaml";
import { writePrivate } from "../../../runner/files";
import { endTree } from "../../../runner/supervisor/processTree.mjs";
import { Daemon } from "../../../sandbox/kubernetes/daemons";
import type { Progress } from "../../../sandbox/progress";
import { AdminApi } from "./adminApi";
import { writeConfiguration } from "./configuration";
import { HOST, Layout, PASSWORD, REGION } from "./layout";
import { installPackages } from "./packages";
import { environmentOf } from "./programs";
import { createDatabases, createSchemas, once, prepareMariadb } from "./schemas";
import { type Project, PROJECTS, seedHosts, seedIdentity, seedResources } from "./seed";
import { foundation, keystone, type Service, services } from "./services";

const START_LIMIT_MS = 240_000;

/**
 * Starts what does not run; with everything there already this takes seconds.
 * @returns the place of its clouds.yaml, and all else
 */
export async function startOpenstack(directory: string, progress: Progress): Promise<Layout> {
  const layout = await usableLayout(directory);
  await progress.step("Packages of Debian", () => installPackages(layout));
  writeConfiguration(layout);
  await progress.step("Database and message bus", async () => {
    await prepareMariadb(layout);
    await Promise.all(foundation(layout).map((service) => start(layout, service)));
    await createDatabases(layout);
  });
  await progress.step("Schemas", () => createSchemas(layout));
  const api = await progress.step("Keystone", async () => {
    await start(layout, keystone(layout));
    const admin = await AdminApi.logIn(layout);
    await seedIdentity(layout, admin);
    return admin;
  });
  await progress.step("Services", async () => {
    await Promise.all(services(layout).map((service) => start(layout, service)));
    await pools(layout);
  });
  await progress.step("Images, flavors, networks, zones", () => seedResources(api));
  await progress.step("Compute hosts", () => seedHosts(api));
  writePrivate(layout.cloudsYaml, cloudsYaml(layout));
  return layout;
}

/** Stops exactly what was started from this folder; what the services keep stays, unless it is to go. */
export async function stopOpenstack(directory: string, { wipe = false } = {}): Promise<void> {
  const run = join(directory, "run");
  const recorded = existsSync(run) ? readdirSync(run).filter((name) => name.endsWith(".json")) : [];
  const names = recorded.map((name) => name.slice(0, -".json".length));
  // Those that keep something go last, when nobody writes any more.
  const last = new Set(["mariadb", "rabbitmq", "epmd"]);
  for (const group of [names.filter((name) => !last.has(name)), names.filter((name) => last.has(name))])
    await Promise.all(group.map((name) => stop(new Daemon(directory, name))));
  if (wipe) rmSync(directory, { recursive: true, force: true });
}

async function stop(daemon: Daemon): Promise<void> {
  const { pid } = daemon;
  if (pid !== undefined) await endTree(pid);
  await daemon.stop();
}

/** Ports that others have taken since mean a new beginning: addresses are written into the databases. */
async function usableLayout(directory: string): Promise<Layout> {
  const layout = await Layout.open(directory);
  const taken = await layout.takenPorts();
  const all = [...foundation(layout), keystone(layout), ...services(layout)];
  const running = all.some(({ name }) => new Daemon(layout.directory, name).pid !== undefined);
  if (taken.length === 0 || running) return layout;
  await stopOpenstack(layout.directory, { wipe: true });
  return Layout.open(directory);
}

async function start(layout: Layout, service: Service): Promise<void> {
  const daemon = new Daemon(layout.directory, service.name);
  const { command, args } = service.program;
  await daemon.start({ command, args, env: environmentOf(layout, service.program) });
  const { port, speaks } = service;
  if (port === undefined) return;
  const answers = speaks === "http" ? () => answersHttp(layout.url(port)) : () => listens(layout.port(port));
  await daemon.ready(answers, START_LIMIT_MS);
}

/** Any answer that is not an apology: some want a token already for their first page. */
async function answersHttp(url: string): Promise<boolean> {
  try {
    return (await fetch(url, { signal: AbortSignal.timeout(20_000) })).status < 500;
  } catch {
    return false;
  }
}

function listens(port: number): Promise<boolean> {
  return new Promise((done) => {
    const socket = createConnection({ port, host: HOST });
    socket.once("connect", () => (socket.destroy(), done(true)));
    socket.once("error", () => done(false));
  });
}

/** Of Designate; its central part has to be there to write it. */
function pools(layout: Layout): Promise<void> {
  const file = ["--config-file", layout.etc("designate/designate.conf")];
  const args = [...file, "pool", "update", "--file", layout.etc("designate/pools.yaml")];
  return once(layout, { name: "pools", programs: [{ command: "/usr/bin/designate-manage", args }] });
}

/**
 * A clouds.yaml with an entry for each project, and for the administrator.
 * @param project where the example stacks' own entries, `sandbox` and `openstack`, lead to. @default each to its own
 */
export function cloudsYaml(layout: Layout, project?: Project): string {
  const entry = (name: string) => ({
    auth_type: "password",
    auth: {
      auth_url: `${layout.url("keystone")}/v3`,
      username: name,
      password: PASSWORD,
      project_name: name,
      user_domain_name: "Default",
      project_domain_name: "Default",
    },
    region_name: REGION,
    interface: "public",
    identity_api_version: 3,
  });
  const names = {
    ...Object.fromEntries([...PROJECTS, "admin"].map((name) => [name, name])),
    openstack: project ?? "sandbox",
    sandbox: project ?? "sandbox",
  };
  const clouds = Object.entries(names).map(([name, owner]) => [name, entry(owner)] as const);
  return stringify({ clouds: Object.fromEntries(clouds) }, { aliasDuplicateObjects: false });
}
