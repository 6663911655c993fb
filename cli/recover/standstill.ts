/**
 * Whether the stack stands still. `recover` looks for objects by their names and holds no lock while it does, because its own commands
 * of Pulumi take it: what a run that begins in between has made would be found, and deleted under its hands. Pulumi writes an
 * operation down before it asks the cloud for it, so whatever was found of such a run, its state has changed before.
 */
import { ExitCode, UserError } from "../errors";
import type { Target } from "../operation";
import { beingWorkedOn, stackLocks, type StackLock } from "./lock";
import type { StackState } from "./state";

interface Seen {
  readonly locks: readonly StackLock[];
  readonly state: StackState;
}

const keyOf = ({ pid, hostname, timestamp }: StackLock) => `${pid} ${hostname} ${timestamp}`;

const operations = ({ pending }: StackState) =>
  pending.map(({ type, resource: { urn } }) => `${type} ${urn}`);

export class Standstill {
  private constructor(
    private readonly target: Pick<Target, "stack" | "state">,
    private seen: Seen,
  ) {}

  static async of(target: Pick<Target, "stack" | "state">): Promise<Standstill> {
    const locks = stackLocks(target.stack) ?? [];
    return new Standstill(target, { locks, state: await target.state() });
  }

  /** As it was seen last. */
  get state(): StackState {
    return this.seen.state;
  }

  /** Locks that were there at first, dead ones. */
  get locks(): readonly StackLock[] {
    return this.seen.locks;
  }

  /** @throws UserError where somebody has begun to work on the stack, or has never stopped */
  async check(): Promise<void> {
    const state = await this.now();
    const before = this.state;
    if (state.time !== before.time || String(operations(state)) !== String(operations(before)))
      throw this.moved(state);
  }

  /** After a change of our own. @throws UserError where somebody else has made one with it */
  async renew(): Promise<StackState> {
    const state = await this.now();
    const known = new Set(operations(this.state));
    if (operations(state).some((operation) => !known.has(operation))) throw this.moved(state);
    this.seen = { locks: this.locks, state };
    return state;
  }

  private async now(): Promise<StackState> {
    const { stack } = this.target;
    const state = await this.target.state();
    const known = new Set(this.locks.map(keyOf));
    const lock = (stackLocks(stack) ?? []).find((one) => !known.has(keyOf(one)));
    if (lock !== undefined) throw beingWorkedOn(stack, lock);
    return state;
  }

  private moved({ time }: StackState): UserError {
    const { stack } = this.target;
    return new UserError(
      `another run is at work on stack ${stack}: its state has changed while this looked at it${time === undefined ? "" : ` (${time})`}.`,
      `Nothing more was changed. Wait for that run to end, let none begin, then: npx opencenter recover ${stack}`,
      ExitCode.failed,
    );
  }
}
