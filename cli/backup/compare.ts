/** Whether what was restored is what was saved: by kind, and field by field. */
import { isDeepStrictEqual } from "node:util";
import type { AnyObject } from "../../runner/kubernetes/objects";

export interface KindCount {
  readonly kind: string;
  readonly saved: number;
  readonly restored: number;
}

export interface Difference {
  /** `Kind/name`. */
  readonly object: string;
  /** Paths that differ; none where the object is missing as a whole. */
  readonly fields: readonly string[];
}

export interface Comparison {
  readonly kinds: readonly KindCount[];
  readonly missing: readonly string[];
  readonly different: readonly Difference[];
}

/** What a cluster gives to every object anew. */
const GIVEN = [
  "uid",
  "resourceVersion",
  "creationTimestamp",
  "generation",
  "managedFields",
  "selfLink",
  "namespace",
];
/** Written by controllers, and by Velero about the restore itself. */
const WRITTEN = /^(velero\.io\/|deployment\.kubernetes\.io\/|opencenter\.io\/)/;

const titleOf = ({ kind, metadata }: AnyObject) => `${kind}/${metadata?.name}`;

/**
 * @param saved of one namespace
 * @param restored all that is in the namespace that it was restored into
 * @param mapping of namespaces
 */
export function compare(
  saved: readonly AnyObject[],
  restored: readonly AnyObject[],
  mapping: Readonly<Record<string, string>>,
): Comparison {
  const back = Object.fromEntries(Object.entries(mapping).map(([from, to]) => [to, from]));
  const found = new Map(restored.map((object) => [titleOf(object), object]));
  const missing: string[] = [];
  const different: Difference[] = [];
  const counts = new Map<string, { saved: number; restored: number }>();
  for (const object of saved) {
    const title = titleOf(object);
    const count = counts.get(object.kind ?? "") ?? { saved: 0, restored: 0 };
    const other = found.get(title);
    counts.set(object.kind ?? "", {
      saved: count.saved + 1,
      restored: count.restored + (other === undefined ? 0 : 1),
    });
    if (other === undefined) {
      missing.push(title);
      continue;
    }
    const fields = differingPaths(comparable(object, {}), comparable(other, back));
    if (fields.length > 0) different.push({ object: title, fields });
  }
  const kinds = [...counts].map(([kind, count]) => ({ kind, ...count }));
  return { kinds: kinds.sort((a, b) => (a.kind < b.kind ? -1 : 1)), missing, different };
}

type Fields = Readonly<Record<string, unknown>>;

function comparable(object: AnyObject, namespaces: Readonly<Record<string, string>>): Fields {
  const { status: _, apiVersion: __, metadata, subjects, ...rest } = object;
  const { labels, annotations, ...others } = (metadata ?? {}) as Fields & {
    labels?: Record<string, string>;
    annotations?: Record<string, string>;
  };
  const kept = Object.entries(others).filter(([name]) => !GIVEN.includes(name));
  return {
    ...rest,
    metadata: { ...Object.fromEntries(kept), labels: own(labels), annotations: own(annotations) },
    ...(Array.isArray(subjects) ? { subjects: named(subjects as Fields[], namespaces) } : {}),
  };
}

const own = (values: Readonly<Record<string, string>> = {}) =>
  Object.fromEntries(Object.entries(values).filter(([name]) => !WRITTEN.test(name)));

/** Velero maps the namespaces of those that a binding is for. */
function named(subjects: readonly Fields[], namespaces: Readonly<Record<string, string>>): Fields[] {
  return subjects.map((subject) => {
    const { namespace } = subject;
    return typeof namespace === "string"
      ? { ...subject, namespace: namespaces[namespace] ?? namespace }
      : subject;
  });
}

/** Never values: some of them are secret. */
export function differingPaths(a: unknown, b: unknown, path = ""): string[] {
  if (isDeepStrictEqual(a, b)) return [];
  if (!isFields(a) || !isFields(b)) return [path];
  return [...new Set([...Object.keys(a), ...Object.keys(b)])]
    .sort()
    .flatMap((key) => differingPaths(a[key], b[key], path === "" ? key : `${path}.${key}`));
}

const isFields = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value);
