/** What all parts of the tree are made from. */
import { catalogue, enabledServices, isEnabled } from "../../config/catalogue";
import type { ClusterConfig } from "../../config/resolve";
import type { ServiceName } from "../../config/services";
import type { ServiceContext, ServiceDefinition } from "../services/definition";
import type { Files } from "../types";
import { escapeDeep } from "./escape";

export type Definitions = Readonly<Record<ServiceName, ServiceDefinition>>;

export interface Rendering {
  /** As the user wrote it. */
  readonly config: ClusterConfig;
  /** Its texts escaped, so that no definition has to remember that Flux reads `${…}`. */
  readonly context: ServiceContext;
  readonly definitions: Definitions;
  /** Each behind those that come before it. */
  readonly enabled: readonly ServiceName[];
}

export function renderingOf(config: ClusterConfig, definitions: Definitions): Rendering {
  return {
    config,
    context: { config: escapeDeep(config), isEnabled: (name) => isEnabled(config, name) },
    definitions,
    enabled: enabledServices(config),
  };
}

/** Folder of what is this cluster's alone. */
export const overlayOf = ({ name }: Pick<ClusterConfig, "name">) => `overlays/${name}`;

/** Folder that Flux begins with. */
export const entryOf = ({ name }: Pick<ClusterConfig, "name">) => `clusters/${name}`;

/** Namespaces of services, each once, by name. */
export function namespacesOf(services: readonly ServiceName[]): readonly string[] {
  return [...new Set(services.map((name) => catalogue[name].namespace))].sort();
}

/** By path, the later one in place of the earlier. */
export function sortedFiles(...parts: readonly Iterable<readonly [string, string]>[]): Files {
  const all = new Map(parts.flatMap((part) => [...part]));
  return new Map([...all].sort(([a], [b]) => (a < b ? -1 : 1)));
}
