/** The cluster that a verb is about: its stack, its file, and the ways to its state, its API and its cloud. */
import { basename } from "node:path";
import type { ClusterConfig } from "../../config/resolve";
import { validateStackFile } from "../../config/validate";
import { statePaths } from "../../plan/names";
import { ClusterObjects } from "../../runner/kubernetes/objects";
import type { OpenStackClient } from "../cloud/client";
import { ExitCode, UserError } from "../errors";
import { connectTo } from "../online";
import { findProject, readStackFile, type StackFile } from "../project";
import { pulumi, showPulumi, stackOutputs } from "../pulumi";
import { parseState, type StackState } from "../recover/state";

const CONFIG_FILE = "PULUMI_OPTION_CONFIG_FILE";

/** Pulumi's own variable for a file elsewhere; of a fleet it is one stack's only. */
function namedFile(stack: string): string | undefined {
  const file = process.env[CONFIG_FILE];
  return file !== undefined && basename(file) === `Pulumi.${stack}.yaml` ? file : undefined;
}

/** In which Pulumi takes the file that {@link stackFileOf} reads. */
export function environmentOf(stack: string): NodeJS.ProcessEnv {
  const { [CONFIG_FILE]: _, ...others } = process.env;
  return namedFile(stack) === undefined ? others : process.env;
}

/** @throws UserError when there is no such stack */
export function stackFileOf(stack: string, cwd: string): StackFile {
  return readStackFile(namedFile(stack) ?? stack, cwd);
}

export class Target {
  private known?: Promise<Readonly<Record<string, unknown>>>;

  private constructor(
    readonly stack: string,
    /** Folder with Pulumi.yaml. */
    readonly project: string,
    readonly file: StackFile,
    readonly config: ClusterConfig,
  ) {}

  /** @throws UserError when there is no such stack, or its file has problems */
  static open(stack: string, cwd = process.cwd()): Target {
    const file = stackFileOf(stack, cwd);
    const { config } = validateStackFile(file.text);
    if (config === undefined)
      throw new UserError(`${file.shown} has problems.`, `npx opencenter validate ${stack}`, ExitCode.failed);
    return new Target(stack, findProject(cwd), file, config);
  }

  /** Places of the copies below the project. */
  get paths() {
    return statePaths(this.config);
  }

  /** The same cluster as its file is now, after an edit. */
  reopened(): Target {
    return Target.open(this.stack, this.project);
  }

  private get environment(): NodeJS.ProcessEnv {
    return environmentOf(this.stack);
  }

  /** What a command of Pulumi prints; `--stack` is added. @throws UserError with what Pulumi said */
  pulumi(args: readonly string[]): Promise<string> {
    return pulumi([...args, "--stack", this.stack], this.project, this.environment);
  }

  /** Runs a command of Pulumi that shows itself on standard error; returns its exit code. */
  showPulumi(args: readonly string[]): Promise<number> {
    const options = { env: this.environment, toStderr: true };
    return showPulumi([...args, "--stack", this.stack], this.project, options);
  }

  /** Outputs of the last run, secret ones in plain text: never to be printed whole. */
  outputs(): Promise<Readonly<Record<string, unknown>>> {
    return (this.known ??= stackOutputs(this.stack, this.project, { secrets: true, env: this.environment }));
  }

  /** Forgets the outputs, after a run. */
  forget(): void {
    this.known = undefined;
  }

  async state(): Promise<StackState> {
    return parseState(await this.pulumi(["stack", "export"]));
  }

  /** With secrets in plain text: never to be printed. */
  async stateWithSecrets(): Promise<StackState> {
    return parseState(await this.pulumi(["stack", "export", "--show-secrets"]));
  }

  /** The administrator's kubeconfig; secret. Undefined before the first installation. */
  async kubeconfig(): Promise<string | undefined> {
    const { kubeconfig } = await this.outputs();
    return typeof kubeconfig === "string" && kubeconfig !== "" ? kubeconfig : undefined;
  }

  /** The Kubernetes API. @throws UserError where the stack has none yet */
  async api(): Promise<ClusterObjects> {
    const kubeconfig = await this.kubeconfig();
    if (kubeconfig !== undefined) return new ClusterObjects(kubeconfig);
    throw new UserError(
      `stack ${this.stack} has no running cluster.`,
      `Build it: pulumi up --stack ${this.stack}`,
      ExitCode.failed,
    );
  }

  /** @throws CloudError */
  cloud(): Promise<OpenStackClient> {
    return connectTo(this.config, { directory: this.project });
  }
}
