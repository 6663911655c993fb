/** From @pulumi/policy's resources to those of the rules. */
import {
  type PolicyProviderResource,
  type PolicyResource,
  type PolicyResourceOptions,
  UnknownValueError,
} from "@pulumi/policy";
import { type Resource, UNKNOWN } from "./graph";

type Secrets = (urn: string) => ReadonlySet<string>;

interface Given {
  readonly type: string;
  readonly name: string;
  readonly urn: string;
  readonly props: Record<string, unknown>;
  readonly opts: PolicyResourceOptions;
  readonly provider?: PolicyProviderResource;
}

/** One resource by itself, before it is made. */
export function toResource(given: Given, secretsOf: Secrets): Resource {
  return { ...common(given, secretsOf), uses: {} };
}

/** A whole stack, each resource with those that its inputs were made from. */
export function toGraph(resources: readonly PolicyResource[], secretsOf: Secrets): Resource[] {
  const made = new Map<string, Resource & { uses: Record<string, readonly Resource[]> }>();
  for (const one of resources) made.set(one.urn, { ...common(one, secretsOf), uses: {} });
  for (const { urn, propertyDependencies } of resources) {
    const uses = made.get(urn)!.uses;
    for (const [property, sources] of Object.entries(propertyDependencies))
      uses[property] = sources.flatMap((source) => made.get(source.urn) ?? []);
  }
  return [...made.values()];
}

function common({ type, name, urn, props, opts, provider }: Given, secretsOf: Secrets) {
  const { protect, ignoreChanges, additionalSecretOutputs, parent } = opts;
  return {
    type,
    name,
    urn,
    props: plain(props) as Record<string, unknown>,
    secrets: secretsOf(urn),
    protect,
    ignoreChanges,
    additionalSecretOutputs,
    provider: provider?.name,
    parent,
  };
}

/** The library throws where a value is not known yet, and with it would go the rest of the rule. */
export function plain(value: unknown): unknown {
  if (Array.isArray(value)) return Array.from(value.keys(), (index) => known(() => plain(value[index])));
  if (typeof value !== "object" || value === null) return value;
  const source = value as Record<string, unknown>;
  return Object.fromEntries(Object.keys(source).map((key) => [key, known(() => plain(source[key]))]));
}

function known(read: () => unknown): unknown {
  try {
    return read();
  } catch (error) {
    if (error instanceof UnknownValueError) return UNKNOWN;
    throw error;
  }
}
