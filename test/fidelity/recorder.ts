/** Runs the steps of a scenario against one cloud and keeps what it answered. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Answer, CallOptions, Connection, ServiceName } from "./connection";
import { recorded, type Recorded } from "./normal";

/** Stands in for an id that a refused call did not give, so that the rest of the scenario still runs. */
export const NO_ID = "00000000-0000-4000-8000-000000000000";

export interface StepOptions extends CallOptions {
  /** Every cloud has its own values of this: compare keys and types only. */
  readonly typesOnly?: boolean;
}

/** A zone's serial is a time, and its version goes up with every record that Designate writes by itself. */
const COUNTERS: Readonly<Record<string, readonly string[]>> = { dns: ["serial", "version"] };

export class Recorder {
  readonly steps: Recorded[] = [];

  constructor(
    readonly connection: Connection,
    private readonly area: string,
    private readonly names: ReadonlyMap<string, string>,
    private readonly pauseMs: number,
    /** After that, what is there is kept. */
    private readonly patienceMs: number,
  ) {}

  /** Makes a call and keeps its answer. @param step unique within the area */
  async call(
    step: string,
    method: string,
    service: ServiceName,
    path: string,
    options: StepOptions = {},
  ): Promise<Answer> {
    const answer = await this.connection.call(method, service, path, options);
    this.keep(step, `${method} ${service} ${path}`, answer, options.typesOnly);
    return answer;
  }

  /** Asks again until the answer fits, and keeps only that one: how often one has to ask is a matter of time. */
  async until(
    step: string,
    service: ServiceName,
    path: string,
    fits: (answer: Answer) => boolean,
    options: StepOptions = {},
  ): Promise<Answer> {
    const end = Date.now() + this.patienceMs;
    for (;;) {
      const answer = await this.connection.call("GET", service, path, options);
      if (fits(answer) || Date.now() > end) {
        this.keep(step, `GET ${service} ${path}`, answer, options.typesOnly);
        return answer;
      }
      await sleep(this.pauseMs);
    }
  }

  gone(step: string, service: ServiceName, path: string): Promise<Answer> {
    return this.until(step, service, path, ({ status }) => status === 404);
  }

  private keep(step: string, call: string, answer: Answer, typesOnly?: boolean): void {
    const name = `${this.area}: ${step}`;
    if (this.steps.some((other) => other.step === name)) throw new Error(`two steps are called ${name}`);
    const counters = COUNTERS[call.split(" ")[1] ?? ""];
    const context = { roots: this.connection.roots, names: this.names, typesOnly, counters };
    this.steps.push(recorded(name, call, answer, context));
  }
}

/** The id of what a call made. */
export function idOf(answer: Answer): string {
  const [object] = Object.values((answer.body ?? {}) as Record<string, { id?: string } | undefined>);
  return object?.id ?? NO_ID;
}
