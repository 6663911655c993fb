/** Faults that a test or a person orders: the next calls that match go wrong in the given way. */
import { z } from "zod";

export const faultSchema = z.strictObject({
  /** HTTP method. @default any */
  method: z.string().toUpperCase().optional(),
  /** Service by prefix or name: `network` or `neutron`. @default any */
  service: z.string().optional(),
  /** Source of a regular expression for the path below the service's prefix. @default any */
  path: z
    .string()
    .refine((source) => isRegExp(source), "is not a regular expression")
    .optional(),
  /** HTTP status of the answer in place of the real one. @default the call is answered normally */
  status: z.int().min(400).max(599).optional(),
  /** Text of the error. */
  message: z.string().optional(),
  /** Milliseconds that the call waits first. @default 0 */
  delayMs: z.int().min(0).optional(),
  /** Only one matching call in this many goes wrong. @default 1: each */
  every: z.int().min(1).optional(),
  /** The fault is over after this many times. @default never */
  times: z.int().min(1).optional(),
  /** This many matching calls pass first. @default 0 */
  skip: z.int().min(0).optional(),
  /** A server that is created ends in ERROR. @default false */
  serverError: z.literal(true).optional(),
  /** Closes the connection without an answer. @default false */
  drop: z.literal(true).optional(),
  /** With `drop` or `status`: the work is done first, only the answer is lost. @default false */
  afterWork: z.literal(true).optional(),
});

export type FaultOrder = z.input<typeof faultSchema>;
export type Fault = z.output<typeof faultSchema>;

export interface FaultState extends Fault {
  readonly id: string;
  /** Matching calls so far. */
  readonly seen: number;
  /** Calls that went wrong. */
  readonly hits: number;
}

function isRegExp(source: string): boolean {
  try {
    new RegExp(source);
    return true;
  } catch {
    return false;
  }
}

export interface Call {
  readonly method: string;
  readonly path: string;
  /** All names of the service: prefix, catalogue type, project name. */
  readonly serviceNames: readonly string[];
}

function matches(fault: Fault, call: Call): boolean {
  return (
    (fault.method === undefined || fault.method === call.method) &&
    (fault.service === undefined || call.serviceNames.includes(fault.service)) &&
    (fault.path === undefined || new RegExp(fault.path).test(call.path)) &&
    // Anything else than creating a server would use the fault up without effect.
    (fault.serverError === undefined || (call.method === "POST" && /\/servers$/.test(call.path)))
  );
}

export class Faults {
  private faults: FaultState[] = [];
  private lastId = 0;

  list(): readonly FaultState[] {
    return this.faults;
  }

  add(fault: Fault): FaultState {
    const state = { ...fault, id: String(++this.lastId), seen: 0, hits: 0 };
    this.faults.push(state);
    return state;
  }

  clear(id?: string): void {
    this.faults = id === undefined ? [] : this.faults.filter((fault) => fault.id !== id);
  }

  /** The fault that this call meets; counts it. */
  take(call: Call): Fault | undefined {
    for (const [index, fault] of this.faults.entries()) {
      if (!matches(fault, call) || fault.hits >= (fault.times ?? Infinity)) continue;
      const past = fault.seen - (fault.skip ?? 0);
      const hit = past >= 0 && past % (fault.every ?? 1) === 0;
      this.faults[index] = { ...fault, seen: fault.seen + 1, hits: fault.hits + (hit ? 1 : 0) };
      if (hit) return fault;
    }
    return undefined;
  }
}
