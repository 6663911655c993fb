/** Day 2 on a testbed: the verbs as an operator calls them, and hands that change what they look after. */
import assert from "node:assert/strict";
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { statePaths } from "../../../plan/names";
import type { DriftReport, Finding } from "../../../cli/drift/report";
import { findingsOf } from "../../../cli/drift/report";
import type { AuditLine } from "../../../cli/operation/audit";
import type { OpenStackClient, ServiceName } from "../../../cli/cloud/client";
import { connect } from "../../../sandbox/cloudSetup";
import { projectRoot } from "../../../sandbox/workspace";
import { opencenter, type Finished } from "./processes";
import type { Testbed } from "./testbed";

export interface Named {
  readonly id: string;
  readonly name: string;
  readonly [field: string]: unknown;
}

export class DayTwoBed {
  constructor(private readonly bed: Testbed) {}

  get stack(): string {
    return this.bed.session.workspace.stack;
  }

  get environment(): NodeJS.ProcessEnv {
    return { ...process.env, ...this.bed.session.pulumi.environment };
  }

  /** Everything that any verb said. */
  said = "";

  /** A verb; its result on standard output is the first line that is a document. */
  async run(...args: string[]): Promise<Finished> {
    const finished = await opencenter(args, this.environment);
    this.said += finished.output;
    return finished;
  }

  /**
   * What nobody may ever read: the long words of the stack's secret outputs, which are keys and certificates.
   * @throws AssertionError when there are none, which would make every search for them succeed
   */
  async secretWords(): Promise<string[]> {
    const { pulumi } = this.bed.session;
    const outputs = async (...flags: string[]) => {
      const { stdout } = await pulumi.run(["stack", "output", "--json", ...flags]);
      return JSON.parse(stdout) as Readonly<Record<string, unknown>>;
    };
    const [masked, plain] = [await outputs(), await outputs("--show-secrets")];
    const secret = Object.keys(plain).filter((name) => masked[name] === "[secret]");
    const words = secret.flatMap((name) => JSON.stringify(plain[name]).split(/[\s"\\]+|\\n/));
    const long = words.filter((word) => word.length >= 40);
    assert.ok(long.length > 5, `only ${long.length} words in ${secret.join(", ")}`);
    return long;
  }

  async json<T>(
    ...args: string[]
  ): Promise<{ readonly code: number | null; readonly document: T; readonly output: string }> {
    const { code, output } = await this.run(...args, "--json");
    const line = output.split("\n").find((one) => one.startsWith('{"ok"') || one.startsWith('{"clusters"'));
    assert.ok(line !== undefined, `no document:\n${output}`);
    return { code, document: JSON.parse(line) as T, output };
  }

  async drift(
    ...flags: string[]
  ): Promise<{ readonly code: number | null; readonly findings: Finding[]; readonly report: DriftReport }> {
    const { code, document } = await this.json<{ report: DriftReport }>("drift", this.stack, ...flags);
    return { code, report: document.report, findings: findingsOf(document.report) };
  }

  cloud(): Promise<OpenStackClient> {
    return connect(this.bed.session.workspace);
  }

  /** The one object of a name. */
  async one(service: ServiceName, path: string, key: string, name: string): Promise<Named> {
    const all = await (await this.cloud()).service(service).list<Named>(path, key);
    const found = all.filter((item) => item.name === name);
    assert.equal(
      found.length,
      1,
      `${found.length} ${key} are called ${name}: ${all.map((item) => item.name).join(", ")}`,
    );
    return found[0]!;
  }

  /**
   * A project with many stacks: copies of this one's state, as if so many clusters had been built.
   * @returns its folder
   */
  fleet(count: number): string {
    const { stateDirectory, directory, stackFile } = this.bed.session.workspace;
    const project = join(directory, "fleet");
    mkdirSync(join(project, "stacks"), { recursive: true });
    cpSync(join(projectRoot, "Pulumi.yaml"), join(project, "Pulumi.yaml"));
    const states = join(stateDirectory, ".pulumi/stacks/opencenter");
    const state = readFileSync(join(states, `${this.stack}.json`), "utf8");
    const urns = new RegExp(`(urn:pulumi:|organization/opencenter/)${this.stack}(?=::|")`, "g");
    for (let number = 1; number <= count; number++) {
      const name = `f${String(number).padStart(2, "0")}`;
      cpSync(stackFile, join(project, `stacks/Pulumi.${name}.yaml`));
      writeFileSync(join(states, `${name}.json`), state.replace(urns, `$1${name}`));
    }
    return project;
  }

  audit(): AuditLine[] {
    const { organization } = this.bed;
    const file = join(projectRoot, statePaths({ organization, name: this.stack }).state, "audit.log");
    if (!existsSync(file)) return [];
    return readFileSync(file, "utf8")
      .split("\n")
      .filter(Boolean)
      .map((line) => JSON.parse(line) as AuditLine);
  }
}
