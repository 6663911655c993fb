/** A stack's file as text: its values, its syntax errors, and where each value stands. */
import {
  isAlias,
  isCollection,
  isMap,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
  visit,
  type Alias,
  type Document,
  type Node,
  type Pair,
} from "yaml";
import type { Finding, Path } from "../issue";

/** 1-based. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** A problem of the text itself, which knows its place without a path. */
export interface PlacedFinding extends Finding {
  readonly position?: Position;
}

/** What was found on the way to a path: the last step that is there. */
interface Step {
  readonly key?: Node;
  readonly value?: Node;
}

const hints: Readonly<Record<string, string>> = {
  TAB_AS_INDENT: "Indent with spaces; YAML does not allow tabs there.",
  BAD_INDENT: "Give all keys of a mapping the same indentation, and close every [ and {.",
  BLOCK_AS_IMPLICIT_KEY: "Put a value that contains ': ' in quotes, or the inner key on its own line.",
  MISSING_CHAR: "Close the quote, bracket or colon.",
  MULTIPLE_DOCS: "Remove the '---': a stack's file is one document.",
};

/** The text parsed once; see {@link StackDocument.position} for places. */
export class StackDocument {
  /** Syntax errors, duplicate keys, bad aliases. */
  readonly problems: readonly PlacedFinding[];
  /** Whether the values can be relied on: duplicates leave the last one, anything worse leaves a guess. */
  readonly readable: boolean;
  /** The whole file as plain data; undefined when it is not readable. */
  readonly value: unknown;

  private readonly lines = new LineCounter();
  private readonly document: Document.Parsed;

  constructor(text: string) {
    // The engine's own parser knows merge keys, so they must mean the same here.
    const options = { lineCounter: this.lines, merge: true, uniqueKeys: false, prettyErrors: false };
    this.document = parseDocument(text, options);
    const broken = [...this.syntaxErrors(), ...this.badAliases()];
    this.readable = broken.length === 0;
    this.problems = [...broken, ...this.duplicateKeys()];
    this.value = this.readable ? this.document.toJS({ maxAliasCount: 1000 }) : undefined;
  }

  /**
   * Where a value begins; `key` asks for its key. A mapping or list in block style counts from its key, for its
   * first line is already that of a child. A path that is not there gives the nearest parent that is.
   */
  position(path: Path, of: "key" | "value" = "value"): Position | undefined {
    const { key, value } = this.find(path);
    const heading = isCollection(value) && value.flow !== true && key !== undefined;
    const empty = isScalar(value) && value.value === null && value.source === "";
    const node = of === "key" || heading || empty ? (key ?? value) : (value ?? key);
    return this.at(node?.range?.[0]);
  }

  private at(offset: number | undefined): Position | undefined {
    if (offset === undefined) return undefined;
    const { line, col } = this.lines.linePos(offset);
    return { line, column: col };
  }

  private find(path: Path): Step {
    let step: Step = { value: this.document.contents ?? undefined };
    for (const part of path) {
      const next = this.child(this.resolve(step.value), part);
      if (next === undefined) break;
      step = next;
    }
    return step;
  }

  private child(node: Node | undefined, part: string | number): Step | undefined {
    if (isSeq(node)) {
      const item = node.items[Number(part)];
      return item === undefined ? undefined : { value: item as Node };
    }
    if (!isMap(node)) return undefined;
    // The last one wins, as in the values.
    const own = node.items.findLast((pair) => keyOf(pair) === String(part));
    if (own !== undefined) return { key: own.key as Node, value: (own.value as Node | null) ?? undefined };
    return this.merged(node.items, part);
  }

  private merged(items: readonly Pair[], part: string | number): Step | undefined {
    for (const pair of items.filter((item) => keyOf(item) === MERGE)) {
      const source = this.resolve(pair.value as Node);
      for (const map of isSeq(source) ? (source.items as Node[]) : [source]) {
        const found = this.child(this.resolve(map), part);
        if (found !== undefined) return found;
      }
    }
    return undefined;
  }

  private resolve(node: Node | undefined): Node | undefined {
    return isAlias(node) ? node.resolve(this.document) : node;
  }

  private syntaxErrors(): PlacedFinding[] {
    // A tab throws the parser off the track: what it says about the lines around it is noise.
    const tabs = this.document.errors.filter((error) => error.code === "TAB_AS_INDENT");
    const errors = tabs.length > 0 ? tabs : this.document.errors;
    return errors.map((error) => ({
      code: "yaml-syntax",
      path: ["config"],
      message: `the file is not YAML: ${error.message}`,
      hint: hints[error.code] ?? "Correct the syntax; what follows is checked once the file can be read.",
      position: this.at(error.pos[0]),
    }));
  }

  private badAliases(): PlacedFinding[] {
    const problems: PlacedFinding[] = [];
    const report = (alias: Alias, what: string) =>
      problems.push({
        code: "yaml-alias",
        path: ["config"],
        message: `*${alias.source} ${what}`,
        hint: `Define &${alias.source} above its use, outside of itself.`,
        position: this.at(alias.range?.[0]),
      });
    visit(this.document, {
      Alias: (_, alias, ancestors) => {
        const target = alias.resolve(this.document);
        if (target === undefined) report(alias, "stands for an anchor that is not defined above it");
        else if (ancestors.includes(target)) report(alias, "contains itself");
      },
    });
    return problems;
  }

  private duplicateKeys(): PlacedFinding[] {
    const problems: PlacedFinding[] = [];
    visit(this.document, {
      Map: (_, map, ancestors) => {
        const first = new Map<string, Pair>();
        for (const pair of map.items) {
          const key = keyOf(pair);
          const earlier = first.get(key);
          if (earlier === undefined) first.set(key, pair);
          else if (key !== MERGE) problems.push(this.duplicate(pathOf(ancestors), key, earlier, pair));
        }
      },
    });
    return problems;
  }

  private duplicate(parent: Path, key: string, earlier: Pair, later: Pair): PlacedFinding {
    const line = this.at((earlier.key as Node).range?.[0])?.line;
    return {
      code: "duplicate-key",
      path: [...parent, key],
      message: `is written twice; the first is in line ${line}`,
      hint: "Keep one of the two.",
      position: this.at((later.key as Node).range?.[0]),
    };
  }
}

const MERGE = "<<";

function keyOf({ key }: Pair): string {
  if (!isScalar(key)) return String(key);
  // With merge keys on, the parser puts a symbol in the place of theirs.
  return typeof key.value === "symbol" ? MERGE : String(key.value);
}

/** Keys on the way to a map, as a path of the stack's configuration (without the file's own `config`). */
function pathOf(ancestors: readonly unknown[]): Path {
  const keys = ancestors.flatMap((node, index): (string | number)[] => {
    if (isPair(node)) return [keyOf(node)];
    if (isSeq(node)) return [node.items.indexOf(ancestors[index + 1])];
    return [];
  });
  const inside = keys[0] === "config" && keys.length > 1 ? keys.slice(1) : keys;
  return inside.map((key, index) => (index === 0 ? String(key).replace(/^opencenter:/, "") : key));
}
