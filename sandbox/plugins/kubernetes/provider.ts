import { randomBytes } from "node:crypto";
import type { CheckFailure, CheckResult, CreateResult, ReadResult } from "@pulumi/pulumi/provider";
import { OnlyType, plain, plainThroughout, type Properties } from "../shared";
import { Cluster, nameOf, Unreachable } from "./cluster";
import { configurationOf, type Flag } from "./configuration";
import { type Change, changesBetween } from "./diff";
import { withoutIgnored } from "./ignored";
import { problems } from "./inputs";
import { named } from "./names";
import {
  AUTONAMED,
  idOf,
  inputsFrom,
  isMap,
  type Kind,
  KINDS,
  marked,
  metadataOf,
  normalized,
  pruned,
  refFromId,
  refOf,
  withoutCopies,
} from "./objects";

/** The version whose semantics this stand-in has; the SDK asks for exactly this one. */
export const KUBERNETES_VERSION = "4.34.2";

const TYPE_PREFIX = "kubernetes:core/v1:";
export const ONLY = new OnlyType(
  "kubernetes",
  KUBERNETES_VERSION,
  ...KINDS.map((kind) => TYPE_PREFIX + kind),
);

/** The output in which the official provider, too, keeps the owner of an object's fields from one run to the next. */
const FIELD_MANAGER = "__fieldManager";
const PATCH_FORCE = "pulumi.com/patchForce";

/** What a resource was, and what it should be. */
export interface Versions {
  /** Outputs. */
  readonly olds: Properties;
  readonly oldInputs: Properties;
  readonly news: Properties;
  readonly ignoreChanges: readonly string[];
}

export interface ObjectDiff {
  readonly changes: readonly Change[];
  readonly deleteBeforeReplace: boolean;
}

/**
 * A stand-in for the part of the `kubernetes` provider that the project uses: ConfigMaps, Namespaces and Secrets by
 * server-side apply. Anything else is refused by name, so that nobody takes silence for support.
 *
 * Unlike the official one it asks the API server nothing in a preview: what will be is what the program wants.
 */
export class KubernetesStandIn {
  private readonly cancellation = new AbortController();
  private configuration = configurationOf({});
  private cluster?: Cluster;
  private reachable?: Promise<boolean>;

  configure(inputs: Properties): void {
    this.configuration = configurationOf(inputs);
    this.cluster = new Cluster(this.configuration, this.cancellation.signal);
    this.reachable = undefined;
  }

  /** @param seed of this step of the deployment */
  async check(urn: string, oldInputs: Properties, news: Properties, seed: Uint8Array): Promise<CheckResult> {
    const kind = kindOf(urn);
    const program = plainThroughout(news) as Properties;
    const failures: CheckFailure[] = problems(kind, program);
    if (failures.length > 0) return { inputs: news, failures };
    const isKept = Object.keys(oldInputs).length > 0 && this.may("skipUpdateUnreachable");
    if (isKept && !(await this.isReachable())) return { inputs: oldInputs, failures: [] };
    const whole = { ...normalized(kind, program), apiVersion: "v1", kind };
    const inputs = named(this.placed(kind, whole), plainThroughout(oldInputs) as Properties, urn, seed);
    return { inputs: marked(kind, inputs, news), failures: [] };
  }

  diff(urn: string, versions: Versions): ObjectDiff {
    const kind = kindOf(urn);
    const [live, inputs, news] = [versions.olds, versions.oldInputs, versions.news].map(
      (values) => plainThroughout(values) as Properties,
    ) as [Properties, Properties, Properties];
    const changes = changesBetween(
      comparable(kind, pruned(live, normalized(kind, inputs))),
      comparable(kind, news),
      versions.ignoreChanges,
      this.replacingPaths(kind, live, news),
    );
    const replaces = changes.some((change) => change.replaces);
    const isAutonamed = metadataOf(news).annotations?.[AUTONAMED] === "true";
    const isSamePlace = idOf(refOf(kind, live)) === idOf(refOf(kind, news));
    return { changes, deleteBeforeReplace: replaces && !isAutonamed && isSamePlace };
  }

  async create(urn: string, inputs: Properties, preview: boolean): Promise<CreateResult> {
    const kind = kindOf(urn);
    if (preview) return { id: "", outs: inputs };
    const object = plainThroughout(inputs) as Properties;
    const ref = refOf(kind, object);
    const cluster = this.connected();
    if (!this.may("upsertExistingObjects") && (await cluster.read(ref)) !== undefined)
      throw new Error(
        `${nameOf(ref)}: AlreadyExists at ${cluster.server}. Import it (pulumi import ${TYPE_PREFIX}${kind} ` +
          `${urn.split("::").at(-1)} ${idOf(ref)}), or set upsertExistingObjects on the provider to take it over.`,
      );
    const manager = newFieldManager();
    const live = await cluster.apply(ref, object, manager, this.isForced(object));
    return { id: idOf(ref), outs: stateOf(kind, live, inputs, manager) };
  }

  /** @returns undefined for an object that is not there any more */
  async read(
    urn: string,
    id: string,
    state: Properties,
    oldInputs: Properties,
  ): Promise<ReadResult | undefined> {
    const kind = kindOf(urn);
    let live: Properties | undefined;
    try {
      live = await this.connected().read(refFromId(kind, id));
    } catch (error) {
      if (!(error instanceof Unreachable)) throw error;
      if (this.may("deleteUnreachable")) return undefined;
      if (this.may("skipUpdateUnreachable")) return { id, props: state, inputs: oldInputs };
      throw error;
    }
    if (live === undefined) return undefined;
    // None: an import, or a resource that a program only looks up.
    const isKnown = Object.keys(oldInputs).length > 0;
    const wanted = normalized(kind, plainThroughout(oldInputs) as Properties);
    const inputs = isKnown ? pruned(live, wanted) : inputsFrom(kind, withoutCopies(live));
    const manager = plain(state[FIELD_MANAGER]);
    const props = stateOf(kind, live, oldInputs, typeof manager === "string" ? manager : newFieldManager());
    return { id, props, inputs: marked(kind, inputs, oldInputs) };
  }

  async update(urn: string, id: string, versions: Versions, preview: boolean): Promise<Properties> {
    const kind = kindOf(urn);
    const { olds, news, ignoreChanges } = versions;
    if (preview) return { ...olds, ...news, metadata: { ...mapOf(olds.metadata), ...mapOf(news.metadata) } };
    const ref = refFromId(kind, id);
    const cluster = this.connected();
    const before = await cluster.read(ref);
    if (before === undefined)
      throw new Error(
        `${nameOf(ref)}: it is not at ${cluster.server} any more. pulumi up --refresh makes it again.`,
      );
    const known = plain(olds[FIELD_MANAGER]);
    const manager = typeof known === "string" ? known : newFieldManager();
    const object = withoutIgnored(plainThroughout(news) as Properties, before, ignoreChanges, manager);
    const live = await cluster.apply(ref, object, manager, this.isForced(object));
    return stateOf(kind, live, news, manager);
  }

  /** @param limitSeconds how long to wait until it is gone; 0 for the default */
  async delete(urn: string, id: string, limitSeconds: number): Promise<void> {
    try {
      await this.connected().remove(refFromId(kindOf(urn), id), limitSeconds || undefined);
    } catch (error) {
      if (!(error instanceof Unreachable) || !this.may("deleteUnreachable")) throw error;
    }
  }

  /** The engine was interrupted. */
  cancel(): void {
    this.cancellation.abort();
  }

  private may(flag: Flag): boolean {
    return this.configuration.flags[flag];
  }

  private isForced(object: Properties): boolean {
    return this.may("enablePatchForce") || metadataOf(object).annotations?.[PATCH_FORCE] === "true";
  }

  private connected(): Cluster {
    if (this.cluster === undefined) throw new Error("The kubernetes provider has no configuration yet.");
    return this.cluster;
  }

  private isReachable(): Promise<boolean> {
    return (this.reachable ??= this.connected().answers());
  }

  /** In the provider's namespace, where the program names none. */
  private placed(kind: Kind, inputs: Properties): Properties {
    const { namespace } = this.configuration;
    const metadata = inputs.metadata ?? {};
    if (kind === "Namespace" || namespace === "" || !isMap(metadata) || metadata.namespace) return inputs;
    return { ...inputs, metadata: { ...metadata, namespace } };
  }

  /** Paths of which another value needs another object. */
  private replacingPaths(kind: Kind, live: Properties, news: Properties): string[] {
    const identity = ["metadata.name", "metadata.namespace"];
    if (kind === "Namespace") return identity;
    const isMutable = this.may(kind === "Secret" ? "enableSecretMutable" : "enableConfigMapMutable");
    const isFrozen = live.immutable === true || news.immutable === true;
    return [
      ...identity,
      ...(kind === "Secret" ? ["type"] : []),
      ...(isMutable && !isFrozen ? [] : ["data", "binaryData"]),
      // The API server lets nobody take it back.
      ...(live.immutable === true ? ["immutable"] : []),
    ];
  }
}

function kindOf(urn: string): Kind {
  return ONLY.require(urn).slice(TYPE_PREFIX.length) as Kind;
}

/** None and `default` are the same namespace; a Namespace is in none. */
function comparable(kind: Kind, object: Properties): Properties {
  if (!isMap(object.metadata)) return object;
  const { namespace, ...metadata } = object.metadata;
  if (kind === "Namespace") return { ...object, metadata };
  return { ...object, metadata: { ...metadata, namespace: namespace || "default" } };
}

function stateOf(kind: Kind, live: Properties, inputs: Properties, manager: string): Properties {
  return { ...marked(kind, withoutCopies(live), inputs), [FIELD_MANAGER]: manager };
}

function newFieldManager(): string {
  return `pulumi-kubernetes-${randomBytes(4).toString("hex")}`;
}

function mapOf(value: unknown): Properties {
  const bare = plain(value);
  return isMap(bare) ? bare : {};
}
