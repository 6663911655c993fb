/** Everything that exists in the simulated cloud, kept in memory and in the state file. */
import { randomUUID } from "node:crypto";
import type { Resource, Store } from "./api";
import { Journal, type Entry, type Planned } from "./journal";

/**
 * Objects are replaced, never changed in place: a change behind the store's back would be lost on restart, so it is
 * made a TypeError at once.
 */
function freeze<T>(value: T): T {
  if (typeof value === "object" && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    Object.values(value).forEach(freeze);
  }
  return value;
}

export class FileStore implements Store {
  private readonly kinds = new Map<string, Map<string, Resource>>();
  /** Sorted by time, so that a read looks at the first one only. */
  private planned: Planned[] = [];
  private nextNumber = 1;
  private held = false;
  private readonly journal: Journal;

  /** @throws Error when the state file is damaged. */
  constructor(
    path: string,
    /** Factor for all delays: 1 is a few hundred milliseconds per transition, 0 is at once. */
    private readonly speed = 1,
  ) {
    this.journal = new Journal(path);
    this.journal.load().forEach((entry) => this.replay(entry));
    this.journal.rewrite(this.entries());
  }

  allKinds(): string[] {
    this.applyDue();
    return [...this.kinds.keys()].sort();
  }

  list(kind: string): Resource[] {
    this.applyDue();
    return [...this.objects(kind).values()];
  }

  get(kind: string, id: string): Resource | undefined {
    this.applyDue();
    return this.objects(kind).get(id);
  }

  insert(kind: string, value: Record<string, unknown>): Resource {
    const id = typeof value["id"] === "string" ? value["id"] : randomUUID();
    return this.put(kind, { ...value, id });
  }

  update(kind: string, id: string, changes: Record<string, unknown>): Resource {
    this.applyDue();
    const object = this.objects(kind).get(id);
    if (object === undefined) throw new Error(`the store has no ${kind} ${id} to update`);
    return this.put(kind, { ...object, ...changes, id });
  }

  remove(kind: string, id: string): void {
    if (!this.objects(kind).delete(id)) return;
    this.journal.add({ remove: id, kind });
    this.planned.filter((plan) => plan.kind === kind && plan.id === id).forEach((plan) => this.drop(plan));
  }

  later(kind: string, id: string, afterMs: number, set: Record<string, unknown> | null): void {
    const plan: Planned = freeze({
      number: this.nextNumber++,
      kind,
      id,
      at: Date.now() + afterMs * this.speed,
      set,
    });
    this.journal.add({ plan });
    this.schedule(plan);
  }

  /** Saves everything that happened so far. Must be called before an answer is sent. */
  flush(): void {
    this.journal.flush(this.count() + this.planned.length, () => this.entries());
  }

  /** While held, nothing comes true by itself: what has to be seen in between does not depend on the machine's load. */
  hold(held: boolean): void {
    this.held = held;
  }

  /** Forgets everything. */
  clear(): void {
    this.kinds.clear();
    this.planned = [];
    this.journal.rewrite([]);
  }

  close(): void {
    this.journal.rewrite(this.entries());
    this.journal.close();
  }

  private objects(kind: string): Map<string, Resource> {
    let objects = this.kinds.get(kind);
    if (objects === undefined) this.kinds.set(kind, (objects = new Map<string, Resource>()));
    return objects;
  }

  private put(kind: string, object: Resource): Resource {
    this.objects(kind).set(object.id, freeze(object));
    this.journal.add({ put: object, kind });
    return object;
  }

  private schedule(plan: Planned): void {
    const position = this.planned.findIndex(({ at }) => at > plan.at);
    if (position === -1) this.planned.push(plan);
    else this.planned.splice(position, 0, plan);
  }

  private drop(plan: Planned): void {
    this.planned.splice(this.planned.indexOf(plan), 1);
    this.journal.add({ done: plan.number });
  }

  private applyDue(): void {
    if (this.held) return;
    const now = Date.now();
    for (let plan = this.planned[0]; plan !== undefined && plan.at <= now; plan = this.planned[0]) {
      this.drop(plan);
      const object = this.objects(plan.kind).get(plan.id);
      // Deleted in the meantime: nothing is left to change.
      if (object === undefined) continue;
      if (plan.set === null) this.remove(plan.kind, plan.id);
      else this.put(plan.kind, { ...object, ...plan.set, id: plan.id });
    }
  }

  private replay(entry: Entry): void {
    if ("put" in entry) this.objects(entry.kind).set(entry.put.id, freeze(entry.put));
    else if ("remove" in entry) this.objects(entry.kind).delete(entry.remove);
    else if ("plan" in entry) {
      this.schedule(freeze(entry.plan));
      this.nextNumber = Math.max(this.nextNumber, entry.plan.number + 1);
    } else this.planned = this.planned.filter(({ number }) => number !== entry.done);
  }

  private count(): number {
    let count = 0;
    for (const objects of this.kinds.values()) count += objects.size;
    return count;
  }

  private *entries(): Generator<Entry> {
    for (const [kind, objects] of this.kinds) {
      for (const object of objects.values()) yield { put: object, kind };
    }
    for (const plan of this.planned) yield { plan };
  }
}
