/** The schema as data to ask questions of: which keys are where, what they mean, of what type they are. */
import { z } from "zod";
import type { Path } from "../issue";
import { stackSchema } from "../schema";

/** The part of a JSON schema that is read here. */
export interface SchemaNode {
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: SchemaNode | boolean;
  readonly items?: SchemaNode;
  readonly anyOf?: readonly SchemaNode[];
  readonly [keyword: string]: unknown;
}

let model: SchemaNode | undefined;

/** JSON schema of what may be written, `organization` and `cluster` at its root. */
export function schemaModel(): SchemaNode {
  model ??= z.toJSONSchema(stackSchema, { io: "input" }) as SchemaNode;
  return model;
}

/** What the schema says about a path; undefined where it ends earlier. */
export function nodeAt(path: Path): SchemaNode | undefined {
  return path.reduce<SchemaNode | undefined>((node, part) => childOf(node, part), schemaModel());
}

function childOf(node: SchemaNode | undefined, part: string | number): SchemaNode | undefined {
  if (node === undefined) return undefined;
  const here = typeof part === "number" ? node.items : (node.properties?.[part] ?? valuesOf(node));
  if (here !== undefined) return here;
  return node.anyOf?.map((choice) => childOf(choice, part)).find((found) => found !== undefined);
}

function valuesOf(node: SchemaNode): SchemaNode | undefined {
  return typeof node.additionalProperties === "object" ? node.additionalProperties : undefined;
}

/** The keys that a mapping may have; empty where any may be. */
export function keysAt(path: Path): string[] {
  const node = nodeAt(path);
  const choices = [node, ...(node?.anyOf ?? [])];
  return choices.flatMap((choice) => Object.keys(choice?.properties ?? {}));
}

/** Every place where a key of this name may stand; names that the user gives are `*`. */
export function placesOf(key: string): Path[] {
  return everyPath().filter((path) => path.at(-1) === key);
}

let paths: Path[] | undefined;

/** Every key of the schema, in its order; names that the user gives are `*`, list entries too. */
export function everyPath(): Path[] {
  paths ??= collect(schemaModel(), []);
  return paths;
}

function collect(node: SchemaNode, path: Path): Path[] {
  const named = Object.entries(node.properties ?? {}).flatMap(([key, child]) => [
    [...path, key],
    ...collect(child, [...path, key]),
  ]);
  const open = [valuesOf(node), node.items].flatMap((child) =>
    child?.properties === undefined ? [] : collect(child, [...path, "*"]),
  );
  return [...named, ...open, ...(node.anyOf ?? []).flatMap((choice) => collect(choice, path))];
}
