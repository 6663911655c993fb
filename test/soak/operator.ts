/** What an operator does by the documents, from a change to a cluster that has it, or to a clear refusal. */
import { appendFileSync, writeFileSync } from "node:fs";
import { faultsFile } from "../../sandbox/ansible/faults";
import { UPDATE_FLAGS } from "../../sandbox/session";
import { opencenter, runToEnd, type StopOrder } from "../e2e/support/processes";
import { tail, type Testbed } from "../e2e/support/testbed";
import { deleteNamed } from "./byHand";
import type { Look } from "./cloud";
import { takeAway } from "./drifts";
import type { Disturbance } from "./types";

/** More runs than that mean that something does not converge. */
const MOST_RUNS = 8;

/** Lines that tell of a resource's progress. */
const PROGRESS = / (creating|created|updating|updated|deleting|deleted|replacing|replaced|refreshing)\b/;

/** What the provider says of a connection that broke, and of a gateway without its service. */
const CUT_OFF =
  /\bEOF\b|connection (?:error|reset|refused)|broken pipe|i\/o timeout|\b50[0-4]\b|Bad Gateway|Gateway Time/i;

/** What `opencenter` says of a cloud that does not answer, also when it has asked again. */
const UNREACHABLE = /Cannot reach |did not answer within/;

/** What drift says of an object that a second creation has doubled: it has the cluster's tags, or can be told from what is there. */
const MADE_TWICE = / Double of |carries this cluster's tags, and is in no state/;

const STACK_TRACE = /\n\s+at \S+ \(/;

export interface Ran {
  readonly command: string;
  readonly code: number | null;
  readonly output: string;
  readonly stopped: boolean;
  /** Did not come to its end by itself. */
  readonly hung: boolean;
}

/** A run that ended in a way that it must not. */
export class SoakFailure extends Error {}

/** What a disturbance needs of the run that it is for. */
interface Prepared {
  readonly stop?: StopOrder;
  readonly flags: readonly string[];
  /** Name of the server that somebody took away. */
  readonly server?: string;
}

export class Operator {
  /** Commands so far, one line each. */
  readonly diary: string[] = [];

  /** @param log gets everything that the commands say */
  constructor(
    private readonly bed: Testbed,
    private readonly look: () => Promise<Look>,
    private readonly log: string,
  ) {}

  private environment() {
    return { ...process.env, ...this.bed.session.pulumi.environment };
  }

  note(line: string): void {
    this.diary.push(`${new Date().toISOString().slice(11, 19)} ${line}`);
  }

  private async run(command: string, play: () => Promise<Omit<Ran, "command">>): Promise<Ran> {
    const started = Date.now();
    const ran = { command, ...(await play()) };
    const how = ran.stopped ? "stopped" : `exit code ${ran.code}`;
    appendFileSync(this.log, `$ ${command}\n${ran.output}\n`, { mode: 0o600 });
    this.note(`${command}: ${how} (${Math.round((Date.now() - started) / 1000)} s)`);
    if (ran.code !== 0 && !ran.stopped)
      this.note(`  ${tail(ran.output, 12).trim().replaceAll("\n", "\n    ")}`);
    if (ran.hung) this.fail(`had to be ended: ${command}`, ran);
    if (STACK_TRACE.test(ran.output) && !ran.stopped)
      this.fail(`a stack trace is no answer: ${command}`, ran);
    return ran;
  }

  pulumi(args: readonly string[], stop?: StopOrder): Promise<Ran> {
    const { pulumi } = this.bed.session.toolchain;
    const all = [...args, "--non-interactive"];
    return this.run(`pulumi ${args.join(" ")}`, () => runToEnd(pulumi, all, this.environment(), stop));
  }

  /** Again where the cloud did not answer: what was settled stays settled. */
  async recover(): Promise<void> {
    const first = await this.recoverOnce();
    if (first.code === 0) return;
    if (!UNREACHABLE.test(first.output) && !CUT_OFF.test(first.output))
      this.fail("recover cannot settle it", first);
    await this.mend();
    const second = await this.recoverOnce();
    if (second.code !== 0) this.fail("recover cannot settle it", second);
  }

  private async recoverOnce(): Promise<Ran> {
    const { stack } = this.bed.session.workspace;
    const ran = await this.run("opencenter recover", () =>
      opencenter(["recover", stack, "--delete-volumes", "--yes"], this.environment()),
    );
    const deleted = ran.output.split("\n").filter((line) => /^ {2,4}\S/.test(line));
    for (const line of deleted) this.note(`  ${line}`);
    for (const what of await deleteNamed(this.bed, ran.output, await this.look()))
      this.note(`  deleted by hand: ${what}`);
    return ran;
  }

  fail(what: string, ran?: Ran): never {
    throw new SoakFailure(ran === undefined ? what : `${what}\n${ran.output.slice(-6000)}`);
  }

  /** Has the disturbance in place; returns what the run needs to know of it. */
  private async prepare(disturbance: Disturbance): Promise<Prepared> {
    switch (disturbance.kind) {
      case "none":
        return { flags: [] };
      case "signal": {
        const { signal, lines } = disturbance;
        return { flags: [], stop: { signal, when: { lines, match: PROGRESS } } };
      }
      case "faults":
        for (const order of disturbance.orders)
          await this.bed.simulator.addFault({ message: "soak refuses", ...order });
        return { flags: [] };
      case "playbook":
        writeFileSync(faultsFile(this.bed.session.workspace.kubernetes), JSON.stringify([disturbance.fault]));
        return { flags: [] };
      case "drift": {
        const taken = await takeAway(this.bed, await this.look(), disturbance.what, disturbance.pick);
        const { what } = taken ?? {};
        this.note(what === undefined ? `no ${disturbance.what} to take away` : `somebody deletes ${what}`);
        return { flags: ["--refresh"], ...(taken?.server === undefined ? {} : { server: taken.server }) };
      }
    }
  }

  /** The cause is mended: nothing goes wrong any more. */
  private async mend(): Promise<void> {
    for (const { hits, seen, id: _, ...order } of await this.bed.simulator.faults())
      this.note(
        `  ${hits === 0 ? `not met (${seen} such calls)` : `met ${hits} times`}: ${JSON.stringify(order)}`,
      );
    await this.bed.simulator.clearFaults();
    writeFileSync(faultsFile(this.bed.session.workspace.kubernetes), "[]");
  }

  /** `up` until it has come to its end and drift finds nothing. @returns name of the server that somebody took away */
  async converge(disturbance: Disturbance, careful: boolean): Promise<string | undefined> {
    const server = await this.settle("up", disturbance, careful);
    await this.assertNoDrift(losesAnswers(disturbance));
    return server;
  }

  async destroy(disturbance: Disturbance): Promise<void> {
    await this.settle("destroy", disturbance, false);
  }

  private async settle(
    command: "up" | "destroy",
    disturbance: Disturbance,
    careful: boolean,
  ): Promise<string | undefined> {
    const { stop, flags, server } = await this.prepare(disturbance);
    let recovered = false;
    let refresh: readonly string[] = flags;
    for (let runs = 1; runs <= MOST_RUNS; runs++) {
      const ran = await this.pulumi([command, ...UPDATE_FLAGS, ...refresh], runs === 1 ? stop : undefined);
      // A destruction that Ctrl-C ended may say 0, and most of the cluster is still there.
      if (ran.code === 0 && !ran.stopped) {
        await this.mend();
        return server;
      }
      if (!ran.stopped) refresh = ["--refresh"];
      // A person gives the cloud two chances and then looks for the cause.
      if (runs >= 3) await this.mend();
      // What `recover` has marked goes, protected or not; what nobody has marked must not.
      if (recovered) await this.unprotect(ran);
      recovered = careful || runs >= 3 || asksForRecover(ran);
      if (recovered) await this.recover();
    }
    this.fail(`${command} has not come to its end in ${MOST_RUNS} runs`);
  }

  /**
   * What neither a preview nor a refresh shows: nodes, their labels and taints, what the provider does not compare, tags.
   * @param doubles whether the provider may have asked again by itself: only drift knows what was made twice
   */
  private async assertNoDrift(doubles: boolean): Promise<void> {
    const first = await this.drift();
    if (first.code === 0) return;
    if (!doubles || !MADE_TWICE.test(first.output))
      this.fail("drift finds something after a run that ended well", first);
    await this.recover();
    const second = await this.drift();
    if (second.code !== 0) this.fail("drift finds something after recover", second);
  }

  private drift(): Promise<Ran> {
    const args = ["drift", this.bed.session.workspace.stack];
    return this.run("opencenter drift", () => opencenter(args, this.environment()));
  }

  /** What the engine names as protected, and would replace. */
  private async unprotect({ output }: Ran): Promise<void> {
    const named = output.matchAll(/resource "(urn:[^"]+)"\s+as it is currently marked for protection/g);
    const urns = new Set([...named].map(([, urn]) => urn!));
    for (const urn of urns) await this.pulumi(["state", "unprotect", urn, "--yes"]);
  }

  /** An `up` that must be refused, with one of these codes, before anything is done. */
  async expectRefusal(codes: readonly string[]): Promise<void> {
    const ran = await this.pulumi(["up", ...UPDATE_FLAGS]);
    if (ran.code === 0) this.fail("what is forbidden was carried out", ran);
    if (!codes.some((code) => ran.output.includes(`[${code}]`)))
      this.fail(`the refusal is not ${codes.join(" or ")}`, ran);
  }
}

/** Whether a request is carried out and its answer does not arrive. */
function losesAnswers(disturbance: Disturbance): boolean {
  return (
    disturbance.kind === "faults" &&
    disturbance.orders.some(({ drop, afterWork }) => drop === true && afterWork === true)
  );
}

/** By docs/operations/interrupted-runs.md. */
function asksForRecover({ code, output, stopped }: Ran): boolean {
  return (
    (stopped && code !== 0 && code === null) ||
    /currently locked|opencenter recover|ERROR|No valid host/.test(output) ||
    CUT_OFF.test(output)
  );
}
