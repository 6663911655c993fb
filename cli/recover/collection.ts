/** What finders have in common: a collection of the cloud's, asked by the inputs of a creation. */
import type { OpenStackClient, ServiceName } from "../cloud/client";
import type { StackState } from "./state";

/** Inputs of the interrupted creation, as the state keeps them. */
export type Inputs = Readonly<Record<string, unknown>>;

/** An object of the cloud that may be nobody's. */
export interface Candidate {
  readonly id: string;
  readonly name?: string;
  readonly tags?: readonly string[];
  /** Where servers and volumes say whose they are. */
  readonly metadata?: Readonly<Record<string, string>> | null;
  /** Where the service tells when it was made. */
  readonly created_at?: string;
  /** Why it may be somebody else's: then it is never deleted, only named. @default it is this stack's */
  readonly doubt?: Doubt;
  /** Deletes it; returns when the cloud has accepted that. */
  remove(): Promise<void>;
}

export interface Doubt {
  /** As the end of a sentence about the object. */
  readonly reason: string;
  /** Command by which a person deletes it who knows better. */
  readonly command: string;
}

/** What a finder can hold an object against. */
export interface Scope {
  readonly state: StackState;
  /** Name of the cluster. */
  readonly cluster: string;
  /** Whether another organisation's cluster of this name is in the same project. */
  readonly hasNamesake: () => Promise<boolean>;
}

export type Finder = (cloud: OpenStackClient, inputs: Inputs, scope: Scope) => Promise<Candidate[]>;

export interface Listed {
  readonly id: string;
  readonly name?: string;
  readonly tags?: string[];
  readonly metadata?: Readonly<Record<string, string>> | null;
  readonly created_at?: string;
  readonly [key: string]: unknown;
}

export const text = (inputs: Inputs, key: string): string | undefined =>
  inputs[key] === undefined || inputs[key] === null ? undefined : String(inputs[key]);

interface Options {
  readonly listPath?: string;
  readonly matches?: (item: Listed, inputs: Inputs, scope: Scope) => boolean;
}

/** A collection that is filtered by its own query parameters and whose members are deleted under their id. */
export function inCollection(
  service: ServiceName,
  path: string,
  key: string,
  query: (inputs: Inputs) => Record<string, string | undefined>,
  options: Options = {},
): Finder {
  return async (cloud, inputs, scope) => {
    const api = cloud.service(service);
    const items = await api.list<Listed>(options.listPath ?? path, key, query(inputs));
    return items
      .filter((item) => options.matches?.(item, inputs, scope) ?? true)
      .map((item) => ({ ...item, remove: () => api.delete(`${path}/${item.id}`) }));
  };
}

export const byName = (inputs: Inputs) => ({ name: text(inputs, "name") });
export const sameName = (item: Listed, inputs: Inputs) => item.name === text(inputs, "name");
