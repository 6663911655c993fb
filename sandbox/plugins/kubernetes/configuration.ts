/** What a `kubernetes.Provider` is given. */
import { KubeConfig } from "@kubernetes/client-node";
import type { CheckFailure } from "@pulumi/pulumi/provider";
import { isDeepStrictEqual } from "node:util";
import { throughProxy } from "../../../runner/kubernetes/client";
import { plainThroughout, type Properties, UNKNOWN } from "../shared";

/** Flags, and the variables that stand for them where the program says nothing; both as the official provider has them. */
const FLAGS = {
  deleteUnreachable: "PULUMI_K8S_DELETE_UNREACHABLE",
  enableConfigMapMutable: "PULUMI_K8S_ENABLE_CONFIGMAP_MUTABLE",
  enablePatchForce: "PULUMI_K8S_ENABLE_PATCH_FORCE",
  enableSecretMutable: "PULUMI_K8S_ENABLE_SECRET_MUTABLE",
  skipUpdateUnreachable: "PULUMI_K8S_SKIP_UPDATE_UNREACHABLE",
  upsertExistingObjects: "PULUMI_K8S_UPSERT_EXISTING_OBJECTS",
} as const;
/** Known, and without effect on the resource types of the stand-in. */
const WITHOUT_EFFECT = ["suppressDeprecationWarnings", "suppressHelmHookWarnings", "version"];
const TEXTS = ["cluster", "clusterIdentifier", "context", "kubeconfig", "namespace"];
/** What decides which cluster it is, where there is no identifier. */
const CLUSTER_INPUTS = ["kubeconfig", "context", "cluster"];

export type Flag = keyof typeof FLAGS;

export interface Configuration {
  readonly flags: Readonly<Record<Flag, boolean>>;
  /** For objects without one. @default "" */
  readonly namespace: string;
  /** Contents; secret. */
  readonly kubeconfig: string;
  readonly context?: string;
  readonly cluster?: string;
}

export function configurationOf(inputs: Properties): Configuration {
  const values = plainThroughout(inputs) as Properties;
  const flag = (name: Flag) => [true, "true"].includes((values[name] ?? process.env[FLAGS[name]]) as string);
  const text = (name: string) => (typeof values[name] === "string" ? values[name] : undefined) || undefined;
  return {
    flags: Object.fromEntries(Object.keys(FLAGS).map((name) => [name, flag(name as Flag)])) as Record<
      Flag,
      boolean
    >,
    namespace: text("namespace") ?? "",
    kubeconfig: text("kubeconfig") ?? "",
    context: text("context"),
    cluster: text("cluster"),
  };
}

/**
 * The kubeconfig, with the context that was chosen, and through the proxy of the environment.
 *
 * @throws Error that does not quote it: its lines are secret
 */
export function kubeConfigOf({ kubeconfig, context, cluster }: Configuration): KubeConfig {
  const config = new KubeConfig();
  try {
    config.loadFromString(kubeconfig);
    if (context !== undefined) config.setCurrentContext(context);
    if (cluster !== undefined)
      config.contexts = config.contexts.map((known) =>
        known.name === config.currentContext ? { ...known, cluster } : known,
      );
  } catch {
    throw new Error(NO_KUBECONFIG);
  }
  if (config.getCurrentCluster() === null) throw new Error(NO_KUBECONFIG);
  return throughProxy(config);
}

const NO_KUBECONFIG =
  "is not the text of a kubeconfig whose current context names one of its clusters; the sandbox's stand-in takes " +
  "neither a path nor the machine's own kubeconfig";

/** What is wrong with a provider's inputs. */
export function configurationProblems(inputs: Properties): CheckFailure[] {
  const values = plainThroughout(inputs) as Properties;
  const known = [...Object.keys(FLAGS), ...WITHOUT_EFFECT, ...TEXTS, "enableServerSideApply"];
  const failures = Object.keys(values)
    .filter((property) => !known.includes(property))
    .map((property) => ({ property, reason: "is not something that the sandbox's stand-in knows" }));
  if ([false, "false"].includes(values.enableServerSideApply as string))
    failures.push({
      property: "enableServerSideApply",
      reason: "must be true: the sandbox's stand-in knows only server-side apply",
    });
  if (!CLUSTER_INPUTS.some((name) => values[name] === UNKNOWN)) {
    try {
      kubeConfigOf(configurationOf(inputs));
    } catch (error) {
      failures.push({ property: "kubeconfig", reason: (error as Error).message });
    }
  }
  return failures;
}

/**
 * What another configuration of a provider means for its resources: nothing, as long as the cluster is the same one.
 *
 * @returns names of inputs that changed, and of those that mean another cluster
 */
export function configurationDiff(
  before: Properties,
  after: Properties,
): { diffs: string[]; replaces: string[] } {
  const [olds, news] = [before, after].map((inputs) => plainThroughout(inputs) as Properties);
  const names = [...new Set([...Object.keys(olds!), ...Object.keys(news!)])];
  const diffs = names.filter((name) => !isDeepStrictEqual(olds![name], news![name]));
  const [was, is] = [olds!.clusterIdentifier, news!.clusterIdentifier];
  if (was !== undefined && is !== undefined)
    return { diffs, replaces: was === is ? [] : ["clusterIdentifier"] };
  const changed = CLUSTER_INPUTS.filter((name) => diffs.includes(name));
  return { diffs, replaces: isDeepStrictEqual(clusterOf(olds!), clusterOf(news!)) ? [] : changed };
}

/** Address and authority; undefined where the kubeconfig cannot be read, as one that a preview does not know yet. */
function clusterOf(inputs: Properties): unknown {
  try {
    const { name: _, proxyUrl: __, ...cluster } = kubeConfigOf(configurationOf(inputs)).getCurrentCluster()!;
    return cluster;
  } catch {
    return undefined;
  }
}
