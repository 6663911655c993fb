/** Where one set of services keeps its things, and at which ports it listens. Everything is under one folder. */
import { mkdirSync } from "node:fs";
import { createServer } from "node:net";
import { join, resolve } from "node:path";
import { writePrivate } from "../../../runner/files";
import { readJson } from "../../../sandbox/kubernetes/files";

export const PORTS = [
  ...["mariadb", "rabbit", "erlang", "epmd", "keystone", "glance", "placement", "nova", "neutron", "cinder"],
  ...["octavia", "designate", "mdns", "swift", "swift-account", "swift-container", "swift-object"],
] as const;
export type PortName = (typeof PORTS)[number];

export const HOST = "127.0.0.1";
export const REGION = "RegionOne";
/** Of every account: it opens what listens on the loopback and holds nothing. */
export const PASSWORD = "loopback-only";

/** Below the range from which the system gives ports to whoever asks for any. */
const [FIRST_PORT, LAST_PORT, STEP] = [21_000, 31_000, 40];

export class Layout {
  private constructor(
    readonly directory: string,
    private readonly base: number,
  ) {}

  /** Of a folder that is in use, with the ports that were chosen then; or a new one. */
  static async open(directory: string): Promise<Layout> {
    const root = resolve(directory);
    const file = join(root, "ports.json");
    const base = readJson<{ base: number }>(file)?.base ?? (await freeBase());
    writePrivate(file, JSON.stringify({ base }));
    for (const folder of ["etc", "run", "log", "data", "home"])
      mkdirSync(join(root, folder), { recursive: true, mode: 0o700 });
    return new Layout(root, base);
  }

  port(name: PortName): number {
    return this.base + PORTS.indexOf(name);
  }

  url(name: PortName): string {
    return `http://${HOST}:${this.port(name)}`;
  }

  etc(...path: string[]): string {
    return join(this.directory, "etc", ...path);
  }

  data(...path: string[]): string {
    return join(this.directory, "data", ...path);
  }

  log(name: string): string {
    return join(this.directory, "log", name);
  }

  run(name: string): string {
    return join(this.directory, "run", name);
  }

  get cloudsYaml(): string {
    return join(this.directory, "clouds.yaml");
  }

  /** Ports that somebody has taken. */
  async takenPorts(): Promise<number[]> {
    return takenPorts(this.base);
  }
}

async function freeBase(): Promise<number> {
  for (let base = FIRST_PORT; base < LAST_PORT; base += STEP)
    if ((await takenPorts(base)).length === 0) return base;
  throw new Error(`no ${PORTS.length} free ports in a row between ${FIRST_PORT} and ${LAST_PORT}`);
}

async function takenPorts(base: number): Promise<number[]> {
  const all = PORTS.map((_, index) => base + index);
  const free = await Promise.all(all.map(isFree));
  return all.filter((_, index) => free[index] === false);
}

function isFree(port: number): Promise<boolean> {
  return new Promise((done) => {
    const server = createServer();
    server.once("error", () => done(false));
    server.listen(port, HOST, () => server.close(() => done(true)));
  });
}
