/** The simulated cloud as a program: `tsx sandbox/openstack/main.ts --state FILE --port N`. */
import { createWriteStream, mkdirSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import { parseArgs } from "node:util";
import { writePrivate } from "../kubernetes/files";
import { isUsageError, UsageError, wholeNumber } from "../usage";
import { DEFAULT_PROJECTS, writeCloudsYaml } from "./clouds";
import { ensureProject } from "./identity/projects";
import { startSimulator } from "./server";

const USAGE = `usage: tsx sandbox/openstack/main.ts --state FILE [options]
  --port N             port on 127.0.0.1 (default: any free one)
  --pid-file FILE      gets the process id while it runs
  --address-file FILE  gets the address when it listens
  --clouds-yaml FILE   gets a clouds.yaml (0600) with an entry per project
  --endpoints FILE     loopback ports behind addresses of the cloud (JSON, "host:port": port): makes it a proxy to them
  --project NAME       another project; may be repeated (default: ${DEFAULT_PROJECTS.join(", ")})
  --log FILE           gets one line per request
  --speed FACTOR       how long asynchronous work takes: 0 is at once (default: 1)`;

function readArguments(args: string[]) {
  const file = { type: "string" } as const;
  const { values } = parseArgs({
    args,
    options: {
      state: file,
      port: { ...file, default: "0" },
      "pid-file": file,
      "address-file": file,
      "clouds-yaml": file,
      endpoints: file,
      project: { ...file, multiple: true, default: [] as string[] },
      log: file,
      speed: { ...file, default: "1" },
    },
  });
  const [port, speed] = [wholeNumber(values.port, "--port", 0), Number(values.speed)];
  if (values.state === undefined) throw new UsageError("--state FILE is missing");
  if (port > 65_535) throw new UsageError(`--port ${values.port} is no port`);
  if (!(speed >= 0)) throw new UsageError(`--speed ${values.speed} is no factor`);
  return { ...values, state: values.state, port, speed };
}

/** Whole or not at all: who waits for a file reads it as soon as it is there. */
function write(path: string | undefined, text: string): void {
  if (path !== undefined) writePrivate(path, text);
}

function openLog(file: string | undefined): ((line: string) => void) | undefined {
  if (file === undefined) return undefined;
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const stream = createWriteStream(file, { flags: "a", mode: 0o600 });
  return (line) => stream.write(`${new Date().toISOString()} ${line}\n`);
}

async function run(): Promise<void> {
  const options = readArguments(process.argv.slice(2));
  const simulator = await startSimulator({
    stateFile: options.state,
    port: options.port,
    speed: options.speed,
    endpointsFile: options.endpoints,
    log: openLog(options.log),
  });
  const projects = [...DEFAULT_PROJECTS, ...options.project];
  for (const project of projects) ensureProject(simulator.store, project);
  simulator.store.flush();
  if (options["clouds-yaml"] !== undefined) writeCloudsYaml(options["clouds-yaml"], simulator.url, projects);
  write(options["pid-file"], `${process.pid}\n`);
  // Last, since whoever waits for it expects everything else to be there.
  write(options["address-file"], `${simulator.url}\n`);
  console.log(`OpenStack simulator listening on ${simulator.url}`);

  const stop = () => {
    void simulator.close().then(() => {
      if (options["pid-file"] !== undefined) rmSync(options["pid-file"], { force: true });
      process.exit(0);
    });
  };
  process.once("SIGTERM", stop);
  process.once("SIGINT", stop);
}

function explain(error: unknown): string {
  const { code, port, message } = error as NodeJS.ErrnoException & { port?: number };
  if (code === "EADDRINUSE")
    return `port ${port} on 127.0.0.1 is in use: choose another one with --port, or stop what uses it.`;
  return isUsageError(error) ? `${message}\n${USAGE}` : message;
}

run().catch((error: unknown) => {
  console.error(explain(error));
  process.exit(isUsageError(error) ? 2 : 1);
});
