import { randomBytes } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import type {
  CheckResult,
  CreateResult,
  DiffResult,
  InvokeResult,
  Provider,
  ReadResult,
  UpdateResult,
} from "@pulumi/pulumi/provider";
import { mapValues, OnlyType, plain, type Properties } from "../shared";
import { commandOf, problems } from "./inputs";
import { type CommandOutputs, Runs } from "./run";
import type { StatusLog } from "./statusLog";

/** The version whose semantics this stand-in has; the SDK asks for exactly this one. */
export const COMMAND_VERSION = "1.2.1";

const ONLY = new OnlyType("command", COMMAND_VERSION, "command:local:Command");
const OUTPUTS = ["stdout", "stderr"];
const NOTHING: CommandOutputs = { stdout: "", stderr: "" };

/**
 * A stand-in for the part of the `command` provider that the project uses: commands on this machine. Anything else is
 * refused by name, so that nobody takes silence for support.
 *
 * In a preview the engine itself answers for it, because the SDK's server does not offer previews: nothing runs, and
 * what a run would put out is unknown.
 */
export class CommandStandIn implements Provider {
  readonly version = COMMAND_VERSION;
  private readonly runs = new Runs();

  /** @param statusLog where the lines of running commands are shown */
  constructor(private readonly statusLog: StatusLog) {}

  async check(urn: string, _olds: Properties, news: Properties): Promise<CheckResult> {
    ONLY.require(urn);
    return { inputs: news, failures: problems(news) };
  }

  async diff(_id: string, urn: string, olds: Properties, news: Properties): Promise<DiffResult> {
    ONLY.require(urn);
    const before = inputsOf(olds);
    return {
      changes: !isDeepStrictEqual(before, inputsOf(news)),
      replaces: isDeepStrictEqual(before.triggers, news.triggers) ? [] : ["triggers"],
    };
  }

  async create(urn: string, inputs: Properties): Promise<CreateResult> {
    ONLY.require(urn);
    const outputs = await this.run(urn, commandOf(inputs).create, inputs, NOTHING);
    return {
      id: `${urn.split("::").at(-1)}${randomBytes(4).toString("hex")}`,
      outs: { ...inputs, ...outputs },
    };
  }

  async read(id: string, urn: string, props: Properties): Promise<ReadResult> {
    ONLY.require(urn);
    // What a command did shows nowhere: what the state says is how it is.
    return { id, props, inputs: inputsOf(props) };
  }

  async update(_id: string, urn: string, olds: Properties, news: Properties): Promise<UpdateResult> {
    ONLY.require(urn);
    const { update, create } = commandOf(news);
    return { outs: { ...news, ...(await this.run(urn, update ?? create, news, outputsOf(olds))) } };
  }

  async delete(_id: string, urn: string, props: Properties): Promise<void> {
    ONLY.require(urn);
    await this.run(urn, commandOf(props).delete, props, outputsOf(props));
  }

  async invoke(token: string): Promise<InvokeResult> {
    throw ONLY.refusal(token);
  }

  /** The engine was interrupted. */
  async cancel(): Promise<void> {
    this.runs.cancel();
  }

  /** @returns what was printed, or what was before when there is no command */
  private run(
    urn: string,
    command: string | undefined,
    properties: Properties,
    previous: CommandOutputs,
  ): Promise<CommandOutputs> {
    if (command === undefined) return Promise.resolve(previous);
    const show = (line: string) => this.statusLog(urn, line);
    return this.runs.run({ command, inputs: commandOf(properties), previous, show });
  }
}

function inputsOf(properties: Properties): Properties {
  return Object.fromEntries(Object.entries(properties).filter(([name]) => !OUTPUTS.includes(name)));
}

function outputsOf(state: Properties): CommandOutputs {
  const { stdout, stderr } = mapValues(state, plain) as Partial<CommandOutputs>;
  return { stdout: stdout ?? "", stderr: stderr ?? "" };
}
