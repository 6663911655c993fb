import { createRequire } from "node:module";
import { join } from "node:path";
import type { ProgramInfo, RunPluginRequest, RunRequest } from "@pulumi/pulumi/proto/language_pb";
import type { NodeCommand } from "./children";
import { readRuntimeOptions, type RuntimeOptions } from "./runtimeOptions";

/**
 * The command that runs a Pulumi program.
 *
 * @param engineAddress where the program reports its log messages
 * @throws Error when the program's folder has no @pulumi/pulumi, or a runtime option is wrong
 */
export function programCommand(request: RunRequest, engineAddress: string): NodeCommand {
  const info = programInfo(request);
  const directory = info.getProgramDirectory();
  const options = optionsOf(info);
  const flags = {
    monitor: request.getMonitorAddress(),
    engine: engineAddress,
    organization: request.getOrganization(),
    project: request.getProject(),
    "root-directory": info.getRootDirectory(),
    stack: request.getStack(),
    pwd: directory,
    parallel: String(request.getParallel()),
  };
  return {
    args: [
      ...options.nodeArguments,
      locate("@pulumi/pulumi/cmd/run", directory),
      ...Object.entries(flags)
        .filter(([, value]) => value !== "")
        .map(([name, value]) => `--${name}=${value}`),
      ...(request.getDryrun() ? ["--dry-run"] : []),
      // The SDK takes the first word that is no flag for the program, and all that follow for its arguments.
      info.getEntryPoint() || ".",
      ...request.getArgsList(),
    ],
    cwd: directory,
    env: {
      ...process.env,
      ...typescriptEnvironment(options),
      // Secrets travel in the environment, where other users of the machine cannot read them as they can in argv.
      PULUMI_CONFIG: JSON.stringify(Object.fromEntries(request.getConfigMap().getEntryList())),
      PULUMI_CONFIG_SECRET_KEYS: JSON.stringify(request.getConfigsecretkeysList()),
    },
  };
}

/**
 * The command that runs a policy pack or a provider written in Node.js.
 *
 * @throws Error when the plugin's folder has no @pulumi/pulumi, or a runtime option is wrong
 */
export function pluginCommand(request: RunPluginRequest): NodeCommand {
  const info = programInfo(request);
  const directory = info.getProgramDirectory();
  const options = optionsOf(info);
  const isPolicyPack = request.getKind() === "analyzer";
  const entry = isPolicyPack ? "@pulumi/pulumi/cmd/run-policy-pack" : "@pulumi/pulumi/cmd/run-plugin";
  // Their argument orders differ: the one drops its first (the engine's address), the other reads the folder from it.
  const args = isPolicyPack ? [...request.getArgsList(), directory] : [directory, ...request.getArgsList()];
  return {
    args: [...options.nodeArguments, locate(entry, directory), ...args],
    // A policy pack is loaded with the tsconfig.json of the folder it starts in.
    cwd: isPolicyPack ? directory : request.getPwd() || directory,
    env: { ...process.env, ...environmentOf(request), ...typescriptEnvironment(options) },
  };
}

/** Finds a module as the program itself would, so that program and runner share one copy of the SDK. */
function locate(module: string, directory: string): string {
  try {
    return createRequire(join(directory, "noop.js")).resolve(module);
  } catch {
    throw new Error(`${module} is not installed for ${directory}. Run \`npm ci\` there, then try again.`);
  }
}

function programInfo(request: RunRequest | RunPluginRequest): ProgramInfo {
  const info = request.getInfo();
  if (!info)
    throw new Error(
      "this Pulumi CLI is too old for the sandbox's Node.js language host: it sent no program information.",
    );
  return info;
}

function optionsOf(info: ProgramInfo): RuntimeOptions {
  return readRuntimeOptions(info.getOptions()?.toJavaScript() ?? {}, info.getProgramDirectory());
}

function typescriptEnvironment(options: RuntimeOptions): NodeJS.ProcessEnv {
  return {
    PULUMI_NODEJS_TYPESCRIPT: String(options.typescript),
    ...(options.tsconfig ? { PULUMI_NODEJS_TSCONFIG_PATH: options.tsconfig } : {}),
  };
}

function environmentOf(request: RunPluginRequest): NodeJS.ProcessEnv {
  return Object.fromEntries(
    request.getEnvList().map((pair) => {
      const at = pair.indexOf("=");
      return [pair.slice(0, at), pair.slice(at + 1)];
    }),
  );
}
