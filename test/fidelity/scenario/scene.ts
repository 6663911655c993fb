import type { Answer, Connection, ServiceName } from "../connection";
import type { Cloud, Facts } from "../clouds";
import { idOf, Recorder, type StepOptions } from "../recorder";

/** What an area of the scenario works with. */
export interface Scene {
  readonly recorder: Recorder;
  readonly connection: Connection;
  /** For what only an administrator may do: quotas. */
  readonly admin: Connection;
  readonly facts: Facts;
  readonly hold: Cloud["hold"];
  /** Another project's connection: what is not one's own. */
  readonly stranger: () => Promise<Connection>;
}

export type Area = (scene: Scene) => Promise<void>;

export interface NamedArea {
  readonly name: string;
  /** Services that the area calls: without one of them it is left out, and said so. */
  readonly needs: readonly ServiceName[];
  readonly run: Area;
}

/** Calls of one service below one path, with fewer words. */
export function below(recorder: Recorder, service: ServiceName, base: string) {
  const call =
    (method: string) =>
    (step: string, path: string, body?: unknown, options: StepOptions = {}) =>
      recorder.call(step, method, service, base + path, { ...options, body });
  const get = (step: string, path: string, options: StepOptions = {}) =>
    recorder.call(step, "GET", service, base + path, options);
  return {
    get,
    head: (step: string, path: string, options: StepOptions = {}) =>
      recorder.call(step, "HEAD", service, base + path, options),
    post: call("POST"),
    put: call("PUT"),
    patch: call("PATCH"),
    delete: (step: string, path: string, options: StepOptions = {}) =>
      recorder.call(step, "DELETE", service, base + path, options),
    made: async (step: string, path: string, body: unknown, options: StepOptions = {}) =>
      idOf(await recorder.call(step, "POST", service, base + path, { ...options, body })),
    until: (step: string, path: string, fits: (answer: Answer) => boolean, options: StepOptions = {}) =>
      recorder.until(step, service, base + path, fits, options),
    gone: (step: string, path: string) => recorder.gone(step, service, base + path),
  };
}

export type Caller = ReturnType<typeof below>;

/** Whether the one object of an answer has this status; ERROR ends the waiting, too. */
export function hasStatus(...wanted: string[]) {
  return ({ body }: Answer): boolean => {
    const [object] = Object.values((body ?? {}) as Record<string, Record<string, unknown> | undefined>);
    const status = String(object?.["provisioning_status"] ?? object?.["status"]);
    return [...wanted, "ERROR", "error"].includes(status);
  };
}

export function sceneOf(cloud: Cloud, area: string, connection: Connection): Scene {
  return {
    recorder: new Recorder(connection, area, cloud.names, cloud.pauseMs, cloud.patienceMs),
    connection,
    admin: cloud.admin,
    facts: cloud.facts,
    hold: cloud.hold,
    stranger: () => cloud.project(`${area}-stranger`),
  };
}
