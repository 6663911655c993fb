/** From adoptions to the files of `pulumi import --file`. */
import type { DigestStep } from "../drift/cloud/digest";
import { nameParts } from "../drift/cloud/digest";
import type { Adoption } from "./types";

/** An entry as Pulumi reads it; `name` is the entry's own, `logicalName` the resource's. */
interface Entry {
  readonly type: string;
  readonly name: string;
  readonly logicalName: string;
  readonly id?: string;
  readonly parent?: string;
  readonly provider?: string;
  readonly version?: string;
  readonly component?: true;
  readonly inputs?: Readonly<Record<string, unknown>>;
}

export interface ImportFile {
  /** Resources that the stack has, by the name that entries use for them. */
  readonly nameTable: Readonly<Record<string, string>>;
  readonly resources: readonly Entry[];
}

export interface ImportFiles {
  /**
   * What the objects hang from. On its own, because the engine makes a provider before the component that it belongs
   * to when both are in one file, and then refuses its own state.
   */
  readonly components: ImportFile;
  readonly objects: ImportFile;
  /** URNs that the two files add to the state, parents first. */
  readonly urns: readonly string[];
}

const ROOT = "pulumi:pulumi:Stack";
const providerUrn = (reference: string) => reference.slice(0, reference.lastIndexOf("::"));

const table = (urns: readonly string[]) => Object.fromEntries(urns.map((urn) => [urn, urn]));
const unique = (urns: readonly string[]) => [...new Set(urns)];

/** What a preview knows of the resources around the objects. */
class Graph {
  private readonly steps: ReadonlyMap<string, DigestStep>;

  constructor(steps: readonly DigestStep[]) {
    this.steps = new Map(steps.map((step) => [step.urn, step]));
  }

  readonly isNew = (urn: string): boolean => this.steps.get(urn)?.op === "create";

  readonly providerOf = ({ wanted }: Adoption): string =>
    providerUrn(this.steps.get(wanted.urn)?.newState?.provider ?? "");

  inputs(urn: string): Readonly<Record<string, unknown>> {
    const { __internal: _, ...inputs } = this.steps.get(urn)?.newState?.inputs ?? {};
    return inputs;
  }

  /** Components above a resource, the outermost first; the stack itself is above all without being named. */
  above(urn: string): string[] {
    const parent = this.parent(urn);
    return parent === undefined ? [] : [...this.above(parent), parent];
  }

  entry(urn: string): Entry {
    const { type, name } = nameParts(urn);
    const parent = this.parent(urn);
    return { type, name: urn, logicalName: name, ...(parent === undefined ? {} : { parent }) };
  }

  private parent(urn: string): string | undefined {
    const parent = this.steps.get(urn)?.newState?.parent;
    return parent !== undefined && nameParts(parent).type !== ROOT ? parent : undefined;
  }
}

function objectEntry(adoption: Adoption, graph: Graph): Entry {
  const provider = graph.providerOf(adoption);
  const { version } = graph.inputs(provider);
  const pinned = typeof version === "string" ? { version } : {};
  return { ...graph.entry(adoption.wanted.urn), id: adoption.id, provider, ...pinned };
}

/** @param steps of a preview: components, providers and what of them the stack has already */
export function importFiles(adoptions: readonly Adoption[], steps: readonly DigestStep[]): ImportFiles {
  const graph = new Graph(steps);
  const objects = adoptions.map(({ wanted }) => wanted.urn);
  const providers = unique(adoptions.map(graph.providerOf));
  const parents = unique([...objects, ...providers].flatMap((urn) => graph.above(urn)));
  const components = parents.filter(graph.isNew);
  const newProviders = providers.filter(graph.isNew);
  const old = (urns: readonly string[]) => urns.filter((urn) => !graph.isNew(urn));
  return {
    components: {
      nameTable: table(old(parents)),
      resources: components.map((urn) => ({ ...graph.entry(urn), component: true as const })),
    },
    objects: {
      nameTable: table([...parents, ...old(providers)]),
      resources: [
        ...newProviders.map((urn) => ({ ...graph.entry(urn), inputs: graph.inputs(urn) })),
        ...adoptions.map((adoption) => objectEntry(adoption, graph)),
      ],
    },
    urns: [...components, ...newProviders, ...objects],
  };
}
