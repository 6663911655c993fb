/** Servers that are taken and come to nothing. */
import type { Request, Resource, Store } from "../api";
import { timestamp } from "../requests";
import { misplaced, type PlannedNic } from "./serverNetworks";

const NO_HOST = "No valid host was found. There are not enough hosts available.";

/** Why the server will end in ERROR; undefined when it will not. */
export function failureOf(
  { injected }: Request,
  store: Store,
  server: Resource,
  nics: readonly PlannedNic[],
): string | undefined {
  if (injected?.serverError !== undefined) return injected.serverError;
  if (server["_host"] === "") return NO_HOST;
  const reason = misplaced(store, nics);
  return reason === undefined ? undefined : `Build of instance ${server.id} aborted: ${reason}`;
}

/** What a server shows that failed. */
export function failed(message: string): Record<string, unknown> {
  return {
    status: "ERROR",
    "OS-EXT-STS:vm_state": "error",
    "OS-EXT-STS:task_state": null,
    fault: { code: 500, created: timestamp(), message },
  };
}
