/**
 * What a new cluster takes over from the state of a lost one: the keys that its past is encrypted with, and what its
 * passwords are derived from. All else of that state speaks of machines that are gone, and would have the new ones taken
 * for theirs: a kubeconfig of another authority, a Flux that is said to be installed.
 */
import type { OpenStackClient } from "../cloud/client";
import { logicalName, parseState } from "../recover/state";

interface Entry {
  readonly urn: string;
  readonly type: string;
  readonly parent?: string;
  /** `urn::id` of the provider. */
  readonly provider?: string;
  readonly dependencies?: readonly string[];
  readonly propertyDependencies?: Readonly<Record<string, readonly string[] | null>>;
  readonly outputs?: Readonly<Record<string, unknown>>;
}

interface Exported {
  readonly deployment?: { readonly resources?: readonly Entry[] } & Readonly<Record<string, unknown>>;
}

/** The age keys, the seed of passwords, the deploy key of the Git repository. */
const KEPT: readonly RegExp[] = [
  /opencenter:secrets:AgeKeys\$command:local:Command::[^:]+-age-\d+$/,
  /opencenter:gitops:GitOpsRepository\$command:local:Command::[^:]+-repository-seed$/,
  /opencenter:gitops:GitOpsRepository\$tls:index\/privateKey:PrivateKey::[^:]+-deploy-key$/,
];

const STACK = "pulumi:pulumi:Stack";

const isKept = ({ urn }: Entry) => KEPT.some((pattern) => pattern.test(urn));

const providerOf = ({ provider }: Entry) => provider?.split("::").slice(0, -1).join("::");

/** Those, and what Pulumi needs of them: parents, and the providers that made them. */
function neededBy(all: readonly Entry[]): ReadonlySet<string> {
  const byUrn = new Map(all.map((entry) => [entry.urn, entry]));
  const needed = new Set<string>();
  const waiting = all.filter(isKept).map(({ urn }) => urn);
  for (let urn = waiting.pop(); urn !== undefined; urn = waiting.pop()) {
    const entry = byUrn.get(urn);
    if (entry === undefined || needed.has(urn)) continue;
    needed.add(urn);
    waiting.push(...[entry.parent, providerOf(entry)].filter((other) => other !== undefined));
  }
  return needed;
}

/** Without what it says of others: the outputs of the stack are where the program knows the cluster of before from. */
function alone(entry: Entry, needed: ReadonlySet<string>): Entry {
  const { dependencies = [], propertyDependencies = {}, ...rest } = entry;
  const left = (urns: readonly string[] | null) => (urns ?? []).filter((urn) => needed.has(urn));
  return {
    ...rest,
    dependencies: left(dependencies),
    propertyDependencies: Object.fromEntries(
      Object.entries(propertyDependencies).map(([key, urns]) => [key, left(urns)]),
    ),
    ...(entry.type === STACK ? { outputs: {} } : {}),
  };
}

export interface KeysOfState {
  /** In the form of `pulumi stack export`. */
  readonly text: string;
  /** Logical names of what is taken over. */
  readonly names: readonly string[];
}

/** @param exported state of the lost cluster */
export function keysOf(exported: string): KeysOfState {
  const state = JSON.parse(exported) as Exported;
  const all = state.deployment?.resources ?? [];
  const needed = neededBy(all);
  const resources = all.filter(({ urn }) => needed.has(urn)).map((entry) => alone(entry, needed));
  const { pending_operations: _, ...deployment } = { pending_operations: [], ...state.deployment };
  const text = JSON.stringify({ ...state, deployment: { ...deployment, resources } });
  return { text, names: all.filter(isKept).map(logicalName) };
}

const SERVER = "openstack:compute/instance:Instance";

/** Servers of a state that the cloud still has: that cluster is not lost. @throws CloudError */
export async function survivors(cloud: OpenStackClient, exported: string): Promise<string[]> {
  const servers = await cloud.service("compute").list<{ id: string }>("/servers", "servers");
  const there = new Set(servers.map(({ id }) => id));
  return parseState(exported)
    .resources.filter(({ type, id }) => type === SERVER && id !== undefined && there.has(id))
    .map(logicalName);
}

/** Why the keys may not be taken over, all at once. */
export function keysRefusals(
  { names }: KeysOfState,
  { present, alive }: { readonly present: boolean; readonly alive: readonly string[] },
): string[] {
  return [
    ...(names.length === 0 ? ["the state of the set has no keys: that cluster had no gitops part"] : []),
    ...(present
      ? ["--keys is for a stack that has nothing: this one has resources, and its own keys would be lost"]
      : []),
    ...(alive.length > 0
      ? [
          `the cloud still has ${alive.join(", ")} of that cluster: it is not lost. Bring it back ` +
            "(--state, --etcd: docs/operations/control-plane.md), or take it down first",
        ]
      : []),
  ];
}
