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

/** @param steps of a preview: components, providers and what of them the stack has already */
export function importFiles(adoptions: readonly Adoption[], steps: readonly DigestStep[]): ImportFiles {
  const byUrn = new Map(steps.map((step) => [step.urn, step]));
  const isNew = (urn: string) => byUrn.get(urn)?.op === "create";
  const parentOf = (urn: string) => {
    const parent = byUrn.get(urn)?.newState?.parent;
    return parent !== undefined && nameParts(parent).type !== ROOT ? parent : undefined;
  };
  const chain = (urn: string | undefined): string[] =>
    urn === undefined ? [] : [...chain(parentOf(urn)), urn];
  const unique = (urns: readonly string[]) => [...new Set(urns)];
  const providerOf = ({ wanted }: Adoption) => providerUrn(byUrn.get(wanted.urn)?.newState?.provider ?? "");
  const providers = unique(adoptions.map(providerOf));
  const parents = unique(
    [...adoptions.map(({ wanted }) => wanted.urn), ...providers].flatMap((urn) => chain(parentOf(urn))),
  );
  const components = parents.filter(isNew);
  const newProviders = providers.filter(isNew);
  const table = (urns: readonly string[]) => Object.fromEntries(urns.map((urn) => [urn, urn]));
  const basics = (urn: string) => {
    const { type, name } = nameParts(urn);
    const parent = parentOf(urn);
    return { type, name: urn, logicalName: name, ...(parent === undefined ? {} : { parent }) };
  };
  const inputsOf = (urn: string) => {
    const { __internal: _, ...inputs } = byUrn.get(urn)?.newState?.inputs ?? {};
    return inputs;
  };
  return {
    components: {
      nameTable: table(parents.filter((urn) => !isNew(urn))),
      resources: components.map((urn) => ({ ...basics(urn), component: true as const })),
    },
    objects: {
      nameTable: table([...parents, ...providers.filter((urn) => !isNew(urn))]),
      resources: [
        ...newProviders.map((urn) => ({ ...basics(urn), inputs: inputsOf(urn) })),
        ...adoptions.map((adoption) => {
          const provider = providerOf(adoption);
          const { version } = inputsOf(provider);
          const pinned = typeof version === "string" ? { version } : {};
          return { ...basics(adoption.wanted.urn), id: adoption.id, provider, ...pinned };
        }),
      ],
    },
    urns: [...components, ...newProviders, ...adoptions.map(({ wanted }) => wanted.urn)],
  };
}
