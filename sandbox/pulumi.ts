/** Pulumi in a sandbox: the ordinary command line, with the sandbox's environment. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { runCommand, type CommandResult } from "./process";
import { projectRoot, type Workspace } from "./workspace";

/** What happened to one resource in an update or a preview. */
export interface Step {
  readonly urn: string;
  readonly type: string;
  readonly name: string;
  /** create, update, replace, delete, same, refresh … as Pulumi says it. */
  readonly op: string;
}

/** A command that failed, with the last of what it said. */
export class PulumiError extends Error {
  constructor(
    readonly command: string,
    readonly result: CommandResult,
    readonly log: string,
  ) {
    super(`pulumi ${command} failed (exit code ${result.code})`);
  }

  /** The lines that say why, as a person would pick them out. */
  get reason(): string {
    const lines = this.result.output.split("\n");
    const errors = lines.filter((line) => /error:/i.test(line)).slice(0, 10);
    return (errors.length > 0 ? errors : lines.slice(-10)).join("\n");
  }
}

export interface RunOptions {
  readonly onLine?: (line: string) => void;
  /** Shows what Pulumi prints. @default false */
  readonly echo?: boolean;
  readonly signal?: AbortSignal;
  readonly stdin?: string;
  /** More variables for this command. */
  readonly env?: Readonly<Record<string, string>>;
}

/** `pulumi` of a toolchain, at work in a workspace. */
export class Pulumi {
  constructor(
    private readonly workspace: Workspace,
    private readonly toolchain: { readonly pulumi: string; readonly env: Readonly<Record<string, string>> },
  ) {}

  /** Everything that a shell needs to work like this object does. */
  get environment(): Record<string, string> {
    return { ...this.toolchain.env, ...this.workspace.environment() };
  }

  /** Runs a command and returns what came of it, whatever its exit code. */
  async try(args: readonly string[], options: RunOptions = {}, cwd = projectRoot): Promise<CommandResult> {
    const { env, ...rest } = options;
    return runCommand(this.toolchain.pulumi, [...args, "--non-interactive"], {
      cwd,
      env: { ...process.env, ...this.environment, ...env },
      log: this.workspace.log("pulumi"),
      ...rest,
    });
  }

  /**
   * Runs a command that must succeed.
   * @throws PulumiError with the log's place.
   */
  async run(args: readonly string[], options: RunOptions = {}, cwd = projectRoot): Promise<CommandResult> {
    const result = await this.try(args, options, cwd);
    if (result.code !== 0) throw new PulumiError(args.join(" "), result, this.workspace.log("pulumi"));
    return result;
  }

  /**
   * Makes the stack when it is not there. Pulumi writes a salt into the stack's file beside the project, which is a
   * file of the repository; so the stack is made from a folder of its own that has the project's name.
   */
  async ensureStack(): Promise<void> {
    const { stack, directory } = this.workspace;
    const listed = await this.run(["stack", "ls", "--json", "--project", "opencenter"]);
    const stacks = JSON.parse(listed.stdout) as { name: string }[];
    if (stacks.some(({ name }) => name === stack || name.endsWith(`/${stack}`))) return;
    const scratch = join(directory, "init");
    mkdirSync(scratch, { recursive: true, mode: 0o700 });
    writeFileSync(join(scratch, "Pulumi.yaml"), "name: opencenter\nruntime: nodejs\n");
    await this.run(["stack", "init", stack, "--no-select"], {}, scratch);
  }

  /** Sets a secret of the stack's configuration. */
  async setSecret(key: string, value: string): Promise<void> {
    await this.run(["config", "set", "--secret", `opencenter:${key}`], { stdin: value });
  }

  /** Outputs of the stack, secrets shown: they are the sandbox's own. */
  async outputs(): Promise<Record<string, unknown>> {
    const result = await this.run(["stack", "output", "--json"]);
    return JSON.parse(result.stdout) as Record<string, unknown>;
  }

  /** Resources in the stack's state, the stack itself and providers left out. */
  async resources(): Promise<
    { urn: string; type: string; id?: string; outputs?: Record<string, unknown> }[]
  > {
    const result = await this.run(["stack", "export"]);
    const state = JSON.parse(result.stdout) as {
      deployment: { resources?: { urn: string; type: string; id?: string; custom?: boolean }[] };
    };
    return (state.deployment.resources ?? []).filter(
      ({ type, custom }) => custom === true && !type.startsWith("pulumi:"),
    );
  }
}
