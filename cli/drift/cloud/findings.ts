/** Steps of a refresh as findings. */
import type { Difference, Finding } from "../report";
import { isChange, kindOf, nameParts, type DigestStep, type ResourceState } from "./digest";

const REPAIR_BY_UP =
  "reconcile repairs it (pulumi up --refresh), or change the configuration to what is there.";

/** What Kubernetes has of Pulumi's is the platform's, not the cloud's. */
export function layerOf(type: string): "cloud" | "platform" {
  return type.startsWith("kubernetes:") ? "platform" : "cloud";
}

const isManaged = (type: string) => /^(openstack|kubernetes):/.test(type);

/** How many resources of the cloud were compared. */
export function countChecked(steps: readonly DigestStep[]): number {
  return steps.filter(({ urn }) => isManaged(nameParts(urn).type)).length;
}

/** @param steps of `pulumi refresh --preview-only` */
export function refreshFindings(steps: readonly DigestStep[]): Finding[] {
  return steps.filter((step) => isManaged(nameParts(step.urn).type) && isChange(step)).map(changeFinding);
}

function about({ urn, oldState }: DigestStep, code: string): Omit<Finding, "message" | "repair"> {
  const { type, name } = nameParts(urn);
  return { layer: layerOf(type), code, subject: `${kindOf(type)} ${name}`, id: oldState?.id, urn };
}

const paths = (differences: readonly Difference[]) => differences.map(({ path }) => path).join(", ");

function changeFinding(step: DigestStep): Finding {
  if (step.op === "delete" || step.newState === undefined)
    return { ...about(step, "deleted"), message: "is gone", repair: REPAIR_BY_UP };
  const differences = differencesOf(step);
  return {
    ...about(step, "changed"),
    message: `differs in ${paths(differences) || "properties that the provider does not name"}`,
    differences,
    repair: REPAIR_BY_UP,
  };
}

/** Of a refresh the old state is what should be, the new one what is there. */
export function differencesOf({ detailedDiff, diffReasons, oldState, newState }: DigestStep): Difference[] {
  const changed = Object.keys(detailedDiff ?? {});
  const names = changed.length > 0 ? changed : (diffReasons ?? []);
  return names.sort().map((path) => ({
    path,
    ...named("expected", valueAt(oldState, path)),
    ...named("actual", valueAt(newState, path)),
  }));
}

function named<K extends "expected" | "actual">(key: K, value: unknown): Partial<Record<K, string>> {
  if (value === undefined || value === null) return {};
  return { [key]: typeof value === "string" ? value : JSON.stringify(value) } as Partial<Record<K, string>>;
}

/** Pulumi writes `tags[0]`, `metadata.tier` and `metadata["a.b"]`. */
const PATH_PART = /\["((?:[^"\\]|\\.)*)"\]|\[(\d+)\]|([^.[\]]+)/g;

function valueAt(state: ResourceState | undefined, path: string): unknown {
  const parts = [...path.matchAll(PATH_PART)].map(([, quoted, index, name]) => quoted ?? index ?? name ?? "");
  const read = (from: unknown) =>
    parts.reduce<unknown>(
      (value, part) =>
        typeof value === "object" && value !== null ? (value as Record<string, unknown>)[part] : undefined,
      from,
    );
  return read(state?.outputs) ?? read(state?.inputs);
}
