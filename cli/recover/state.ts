/** What the stack's state says about a run that did not come to its end. */

/** A resource in an exported state, as far as recovery needs it. */
export interface StateResource {
  readonly urn: string;
  readonly type: string;
  readonly id?: string;
  readonly inputs?: Readonly<Record<string, unknown>>;
  readonly outputs?: Readonly<Record<string, unknown>>;
  readonly protect?: boolean;
  /** Somebody else's, which the program only reads. */
  readonly external?: boolean;
  /** When Pulumi wrote it down first. */
  readonly created?: string;
  /** When Pulumi changed it last, also by an update that failed. */
  readonly modified?: string;
  /** Why its creation failed after the cloud had given it an id, or its update. */
  readonly initErrors?: readonly string[];
  /** Deleted by a run that was to make it again. */
  readonly pendingReplacement?: boolean;
}

/** Something that was under way when the run ended. */
export interface PendingOperation {
  readonly type: "creating" | "updating" | "deleting" | "reading" | "importing";
  readonly resource: StateResource;
}

export interface StackState {
  readonly resources: readonly StateResource[];
  readonly pending: readonly PendingOperation[];
  /** When Pulumi wrote it. */
  readonly time?: string;
}

/** Reads the output of `pulumi stack export`. */
export function parseState(exported: string): StackState {
  const { deployment } = JSON.parse(exported) as {
    deployment?: {
      manifest?: { time?: string };
      resources?: StateResource[];
      pending_operations?: PendingOperation[];
    };
  };
  return {
    resources: deployment?.resources ?? [],
    pending: deployment?.pending_operations ?? [],
    time: deployment?.manifest?.time,
  };
}

/** Last part of a URN: the name that a person knows the resource by. */
export function logicalName({ urn }: StateResource): string {
  return urn.split("::").at(-1) ?? urn;
}

/**
 * Whether the state knows an object of the cloud. Ids of things inside other things are written `outer/inner`, such
 * as a record set in its zone.
 */
export function knowsId(state: StackState, id: string): boolean {
  return state.resources.some((resource) => resource.id === id || resource.id?.endsWith(`/${id}`) === true);
}
