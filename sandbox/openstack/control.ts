/** The simulator's own API, for tests and for whoever wants to see or break the cloud. It needs no token. */
import { z } from "zod";
import { ApiError, type Reply } from "./api";
import { Faults, faultSchema } from "./faults";
import { ensureProject, PROJECTS, USERS } from "./identity/projects";
import { settingsSchema, updateSettings } from "./identity/settings";
import { check, visiblePart } from "./requests";
import type { FileStore } from "./store";

export const CONTROL_PREFIX = "/_sandbox";

/** Calls since the start or the last reset, by `METHOD service/collection`. */
export class CallCounts {
  private counts = new Map<string, number>();

  add(name: string): void {
    this.counts.set(name, (this.counts.get(name) ?? 0) + 1);
  }
  all(): Record<string, number> {
    return Object.fromEntries([...this.counts].sort(([a], [b]) => (a < b ? -1 : 1)));
  }
  clear(): void {
    this.counts.clear();
  }
}

/** Credentials, which nobody needs to see, and what the simulator remembers for itself. */
const HIDDEN_KINDS = /^identity\.tokens$|^sandbox\./;

const projectSchema = z.strictObject({ name: z.string().min(1), password: z.string().min(1).optional() });

export class Control {
  readonly counts = new CallCounts();
  readonly faults = new Faults();

  constructor(
    private readonly store: FileStore,
    private readonly seed: () => void,
  ) {}

  answer(method: string, url: URL, bytes: Buffer): Reply {
    const name = url.pathname.slice(CONTROL_PREFIX.length + 1);
    try {
      return this.answerCall(`${method} ${name}`, url.searchParams, bytes);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      return { status: error.status, body: { error: error.message } };
    }
  }

  private answerCall(call: string, query: URLSearchParams, bytes: Buffer): Reply {
    switch (call) {
      case "GET health":
        return { status: 200, body: { status: "ok" } };
      case "GET counts":
        return { status: 200, body: this.counts.all() };
      case "DELETE counts":
        this.counts.clear();
        return { status: 204 };
      case "GET faults":
        return { status: 200, body: this.faults.list() };
      case "POST faults":
        return { status: 201, body: this.faults.add(check(faultSchema, parse(bytes), words)) };
      case "DELETE faults":
        this.faults.clear(query.get("id") ?? undefined);
        return { status: 204 };
      case "GET state":
        return { status: 200, body: this.state(query.get("project")) };
      case "POST projects":
        return { status: 200, body: this.addProject(bytes) };
      case "POST settings":
        return { status: 200, body: updateSettings(this.store, check(settingsSchema, parse(bytes), words)) };
      case "POST reset":
        this.reset();
        return { status: 204 };
      default:
        throw new ApiError(404, `the sandbox has no ${call}`);
    }
  }

  /** Objects by kind; of one project (name or id) or all. Empty kinds are left out. */
  private state(project: string | null): Record<string, unknown[]> {
    const projects = this.store.list("identity.projects");
    const wanted =
      project === null ? undefined : projects.find(({ id, name }) => id === project || name === project);
    if (project !== null && wanted === undefined) throw new ApiError(404, `there is no project ${project}`);
    const entries = this.store
      .allKinds()
      .filter((kind) => !HIDDEN_KINDS.test(kind))
      .map((kind) => {
        const objects = this.store.list(kind);
        const own =
          wanted === undefined ? objects : objects.filter((object) => object.project_id === wanted.id);
        return [kind, own.map(visiblePart)] as const;
      });
    return Object.fromEntries(entries.filter(([, objects]) => objects.length > 0));
  }

  private addProject(bytes: Buffer): unknown {
    const { name, password } = check(projectSchema, parse(bytes), words);
    return visiblePart(ensureProject(this.store, name, password));
  }

  /** Projects stay, with their ids and passwords: a clouds.yaml must not stop working. */
  private reset(): void {
    const kept = [PROJECTS, USERS].map((kind) => [kind, this.store.list(kind)] as const);
    this.store.clear();
    for (const [kind, objects] of kept) for (const object of objects) this.store.insert(kind, object);
    this.faults.clear();
    this.counts.clear();
    this.seed();
  }
}

function words(path: string, problem: string): string {
  return `${path}: ${problem}`;
}

function parse(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString("utf8"));
  } catch {
    throw new ApiError(400, "the body is not JSON");
  }
}
