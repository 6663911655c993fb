/** The two kinds of cloud that the scenario runs on. Each area gets a project of its own, as if it were alone. */
import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { parse } from "yaml";
import { SimulatorClient } from "../../sandbox/openstack/client";
import { defaultPassword } from "../../sandbox/openstack/identity/projects";
import { Connection, type Credentials, type Json } from "./connection";

/** What a scenario finds in the cloud. */
export interface Facts {
  /** One vCPU, 1 GiB, disk of 10 GiB. */
  readonly smallFlavor: string;
  /** Twice as much of everything. */
  readonly largeFlavor: string;
  readonly image: string;
  readonly externalNetwork: string;
}

export interface Cloud {
  readonly admin: Connection;
  readonly facts: Facts;
  /** Texts of this run, by what stands for them in a recording. */
  readonly names: ReadonlyMap<string, string>;
  /** Between two looks at something asynchronous. */
  readonly pauseMs: number;
  /** How long something asynchronous may take. */
  readonly patienceMs: number;
  /** Keeps asynchronous work from being done, where that can be had: real services take long enough. */
  readonly hold: (held: boolean) => void;
  project(area: string): Promise<Connection>;
  /** Takes away what was made for the comparison. */
  close(): Promise<void>;
}

const ROLES = ["member", "load-balancer_member"];

async function makeFlavor(admin: Connection, name: string, factor: number): Promise<string> {
  const flavor = { name, vcpus: factor, ram: 1024 * factor, disk: 10 * factor };
  const headers = { "openstack-api-version": "compute 2.61" };
  return (await admin.need("POST", "compute", "/v2.1/flavors", { body: { flavor }, headers })).flavor.id;
}

async function findFacts(admin: Connection, run: string): Promise<Facts> {
  const images = (await admin.need("GET", "image", "/v2/images?visibility=public&status=active"))
    .images as Json[];
  const networks = (await admin.need("GET", "network", "/v2.0/networks?router:external=True"))
    .networks as Json[];
  const [image, network] = [images[0], networks[0]];
  if (image === undefined) throw new Error("the cloud has no public image");
  if (network === undefined) throw new Error("the cloud has no external network");
  return {
    smallFlavor: await makeFlavor(admin, `fidelity-small-${run}`, 1),
    largeFlavor: await makeFlavor(admin, `fidelity-large-${run}`, 2),
    image: image["id"],
    externalNetwork: network["id"],
  };
}

interface Kind {
  readonly pauseMs: number;
  readonly patienceMs: number;
  readonly hold?: (held: boolean) => void;
  makeProject(name: string): Promise<Credentials>;
  removeProjects(): Promise<void>;
}

async function open(admin: Connection, kind: Kind): Promise<Cloud> {
  const run = randomBytes(4).toString("hex");
  const facts = await findFacts(admin, run);
  const names = new Map([
    [run, "<run>"],
    // Their names are no ids everywhere.
    [facts.image, "<uuid>"],
  ]);
  return {
    admin,
    facts,
    names,
    pauseMs: kind.pauseMs,
    patienceMs: kind.patienceMs,
    hold: kind.hold ?? (() => undefined),
    project: async (area) => Connection.open(await kind.makeProject(`fidelity-${area}-${run}`)),
    close: async () => {
      for (const id of [facts.smallFlavor, facts.largeFlavor])
        await admin.call("DELETE", "compute", `/v2.1/flavors/${id}`);
      await kind.removeProjects();
    },
  };
}

/**
 * @param url address of a running simulator
 * @param hold of its store, when it runs in this process
 */
export async function simulatedCloud(url: string, hold?: Kind["hold"]): Promise<Cloud> {
  const client = new SimulatorClient(url);
  const credentials = (project: string) => ({
    authUrl: `${url}/identity/v3`,
    user: project,
    password: defaultPassword(project),
    project,
  });
  return open(await Connection.open(credentials("admin")), {
    pauseMs: 5,
    patienceMs: 30_000,
    hold,
    makeProject: async (name) => {
      await client.ensureProject(name);
      return credentials(name);
    },
    removeProjects: async () => undefined,
  });
}

/** Credentials of an administrator in a clouds.yaml. @throws Error when the entry is not there */
function readEntry(file: string, name: string): Credentials {
  const { clouds } = parse(readFileSync(file, "utf8")) as { clouds: Record<string, Json> };
  const auth = clouds[name]?.["auth"] as Record<string, string> | undefined;
  if (auth === undefined) throw new Error(`${file} has no cloud ${name}`);
  const { auth_url = "", username = "", password = "", project_name = "" } = auth;
  return {
    authUrl: /\/v3\/?$/.test(auth_url) ? auth_url.replace(/\/$/, "") : `${auth_url.replace(/\/$/, "")}/v3`,
    user: username,
    password,
    project: project_name,
  };
}

/** A cloud of real services. @param name entry of an administrator */
export async function realCloud(cloudsYaml: string, name = "admin"): Promise<Cloud> {
  const credentials = readEntry(cloudsYaml, name);
  const admin = await Connection.open(credentials);
  const made: { project: string; user: string }[] = [];
  const all = (await admin.need("GET", "identity", "/v3/roles")).roles as Json[];
  const roles = ROLES.map((role) => all.find((one) => one["name"] === role)?.["id"] as string | undefined);
  return open(admin, {
    pauseMs: 500,
    // A machine that is busy with other tests is slow.
    patienceMs: 240_000,
    makeProject: async (name) => {
      const password = randomBytes(12).toString("hex");
      const body = { project: { name, domain_id: "default" } };
      const project = (await admin.need("POST", "identity", "/v3/projects", { body })).project.id as string;
      const wanted = { user: { name, domain_id: "default", password } };
      const user = (await admin.need("POST", "identity", "/v3/users", { body: wanted })).user.id as string;
      for (const role of roles)
        if (role !== undefined)
          await admin.need("PUT", "identity", `/v3/projects/${project}/users/${user}/roles/${role}`);
      made.push({ project, user });
      return { authUrl: credentials.authUrl, user: name, password, project: name };
    },
    removeProjects: async () => {
      for (const { project, user } of made) {
        await admin.call("DELETE", "identity", `/v3/users/${user}`);
        await admin.call("DELETE", "identity", `/v3/projects/${project}`);
      }
    },
  });
}
