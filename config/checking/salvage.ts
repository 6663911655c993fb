/**
 * What can still be read of a configuration with mistakes. Without it, a typing error in one place would hide what
 * the rules have to say about all other places until the next run.
 */
import type { z } from "zod";
import type { Path } from "../issue";
import { stackSchema } from "../schema";
import { suggest } from "./unknownKeys";
import { valueAt } from "./values";

type StackSettings = z.output<typeof stackSchema>;

export interface Salvage {
  readonly settings: StackSettings;
  /** What was written, less what was wrong. */
  readonly written: z.input<typeof stackSchema>;
  /** What was dropped or made up; a finding that rests on one of these says nothing. */
  readonly tainted: readonly Path[];
  /** From a path in `settings` to the one in the file: dropped list entries shift those behind them. */
  readonly original: (path: Path) => Path;
}

/** Values that stand in for required ones, where dropping the parent would take too much with it. */
const placeholders: Readonly<Record<string, unknown>> = {
  organization: "organization",
  cluster: {},
  "cluster.name": "cluster",
  "cluster.environment": "development",
  "cluster.openstack": {},
  "cluster.openstack.externalNetwork": "network",
  "cluster.openstack.image": "image",
  "cluster.access": {},
  "cluster.access.sshAllowedCidrs": ["192.0.2.0/24"],
  "cluster.access.apiAllowedCidrs": ["192.0.2.0/24"],
  "cluster.controlPlane": {},
  "cluster.controlPlane.flavor": "flavor",
};

// Each round climbs at least one level, and the schema is less deep than this.
const ROUNDS = 20;

const id = (path: Path): string => JSON.stringify(path);

/** What was decided so far, by paths of the file. */
class Cuts {
  readonly dropped = new Set<string>();
  readonly filled = new Map<string, unknown>();
  readonly tainted: Path[] = [];

  drop(path: Path): void {
    this.dropped.add(id(path));
    this.tainted.push(path);
  }

  /** Puts a stand-in in the place of a required value, or gives its parent up. */
  replace(path: Path): void {
    const name = path.join(".");
    if (Object.hasOwn(placeholders, name)) {
      this.filled.set(id(path), placeholders[name]);
      this.tainted.push(path);
    } else {
      this.drop(path.slice(0, -1));
      this.tainted.push(path);
    }
  }
}

interface Rebuilt {
  readonly value: unknown;
  readonly original: (path: Path) => Path;
}

function rebuild(root: unknown, cuts: Cuts): Rebuilt {
  const kept = new Map<string, number[]>();
  const copy = (value: unknown, path: Path): unknown => {
    if (Array.isArray(value)) {
      const indexes = value
        .map((_, index) => index)
        .filter((index) => !cuts.dropped.has(id([...path, index])));
      kept.set(id(path), indexes);
      return indexes.map((index) => copy(value[index], [...path, index]));
    }
    if (typeof value !== "object" || value === null) return value;
    const entries = Object.entries(value).filter(([key]) => !cuts.dropped.has(id([...path, key])));
    return Object.fromEntries([
      ...entries.map(([key, item]) => [key, copy(item, [...path, key])]),
      ...fillsOf(cuts, path),
    ]);
  };
  const original = (path: Path) =>
    path.reduce<Path>((done, part) => {
      const index = typeof part === "number" ? kept.get(id(done))?.[part] : undefined;
      return [...done, index ?? part];
    }, []);
  return { value: copy(root, []), original };
}

/** Stand-ins for keys of one mapping; a stand-in that is a mapping takes those of its own keys with it. */
function fillsOf(cuts: Cuts, parent: Path): [string, unknown][] {
  return [...cuts.filled].flatMap(([key, value]): [string, unknown][] => {
    const path = JSON.parse(key) as string[];
    const name = path.at(-1) ?? "";
    if (id(path.slice(0, -1)) !== id(parent)) return [];
    const isMapping = typeof value === "object" && !Array.isArray(value);
    return [[name, isMapping ? Object.fromEntries(fillsOf(cuts, path)) : value]];
  });
}

function cut(cuts: Cuts, issue: z.core.$ZodIssue, built: Rebuilt): void {
  const path = built.original(issue.path as Path);
  if (issue.code === "unrecognized_keys") {
    for (const key of issue.keys) {
      cuts.dropped.add(id([...path, key]));
      cuts.tainted.push([...path, key], ...suggest(path, key).meant);
    }
  } else if (valueAt(built.value, issue.path as Path) === undefined) cuts.replace(path);
  else cuts.drop(path);
}

/** The longest part of `root` that satisfies the schema. */
export function salvage(root: { organization: unknown; cluster: unknown }): Salvage {
  const cuts = new Cuts();
  for (let round = 0; round < ROUNDS; round++) {
    const built = rebuild(root, cuts);
    const result = stackSchema.safeParse(built.value);
    if (result.success) {
      const written = built.value as z.input<typeof stackSchema>;
      return { settings: result.data, written, tainted: cuts.tainted, original: built.original };
    }
    for (const issue of result.error.issues) cut(cuts, issue, built);
  }
  throw new Error("the schema has a required key that neither a stand-in nor its parent can make up for");
}
