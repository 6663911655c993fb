/** How the services' programs are called. */
import { join } from "node:path";
import { runCommand, type CommandResult } from "../../../sandbox/process";
import { HOST, type Layout, type PortName } from "./layout";

export interface Program {
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** Debian's own interpreter: what is first in PATH may be another one, which has none of the packages. */
const PYTHON = "/usr/bin/python3";

/** Complete: nothing of whoever starts it, credentials least of all, reaches a service. */
export function environmentOf(layout: Layout, { env }: Program): Record<string, string> {
  return {
    PATH: "/usr/sbin:/usr/bin:/sbin:/bin",
    HOME: join(layout.directory, "home"),
    LC_ALL: "C.UTF-8",
    PYTHONPATH: join(__dirname, "drivers"),
    PYTHONWARNINGS: "ignore",
    PYTHONDONTWRITEBYTECODE: "1",
    ...env,
  };
}

/** An entry point of a Python module, as its program in a package that is not installed would call it. */
export function python(module: string, args: readonly string[], env?: Program["env"]): Program {
  const name = module.split(".").at(-1);
  const code = `import sys; sys.argv[0] = '${name}'; from ${module} import main; sys.exit(main())`;
  return { command: PYTHON, args: ["-c", code, ...args], env };
}

/** One of Swift's servers. Its own programs read a file in /etc before they read what they are given. */
export function swiftServer(layout: Layout, name: string): Program {
  const code = [
    "import sys",
    "from swift.common import utils, wsgi",
    "utils.set_swift_dir(sys.argv[3])",
    "sys.exit(wsgi.run_wsgi(sys.argv[1], sys.argv[2]))",
  ].join("; ");
  const file = layout.etc("swift", `${name}.conf`);
  return { command: PYTHON, args: ["-c", code, file, name, layout.etc("swift")] };
}

export interface Wsgi {
  readonly port: PortName;
  readonly script: string;
  readonly processes: number;
  readonly threads: number;
  /** Configuration that the script reads from its arguments. */
  readonly file?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Who asked is the last, since it has spaces. */
const CALL_FORMAT = "%(method) %(uri) %(status) %(uagent)";

/** Where a service writes down what it was asked: one line for each call. */
export const callsOf = (layout: Layout, port: PortName) => layout.log(`${port}.calls`);

export function wsgi(layout: Layout, { port, script, processes, threads, file, env }: Wsgi): Program {
  const switches = ["--master", "--need-app", "--lazy-apps", "--enable-threads", "--die-on-term"];
  const args = [
    ...["--plugin", "python3,logfile", ...switches, "--no-orphans"],
    ...["--req-logger", `file:${callsOf(layout, port)}`, "--log-format", CALL_FORMAT],
    ...["--http-socket", `${HOST}:${layout.port(port)}`, "--wsgi-file", script],
    ...["--processes", String(processes), "--threads", String(threads)],
    ...["--buffer-size", "65535", "--listen", "100", "--add-header", "Connection: close"],
    ...(file === undefined ? [] : ["--pyargv", `--config-file ${layout.etc(file)}`]),
  ];
  return { command: "/usr/bin/uwsgi", args, env };
}

/**
 * Runs a program to its end.
 * @throws Error with the end of what it said
 */
export async function runProgram(
  layout: Layout,
  log: string,
  program: Program,
  stdin?: string,
): Promise<CommandResult> {
  const result = await runCommand(program.command, program.args, {
    cwd: layout.directory,
    env: environmentOf(layout, program),
    log: layout.log(`${log}.log`),
    stdin,
  });
  if (result.code === 0) return result;
  const said = result.output.trim().split("\n").slice(-6).join("\n");
  throw new Error(`${log} ended with exit code ${result.code}:\n${said}`);
}
