/** Changes of JSON documents. By hand: a merge is ten lines, and of JSON Patch only three operations are used. */

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** Merge patch, RFC 7396: null deletes, lists are replaced. */
export function merge(target: Json | undefined, patch: Json): Json {
  if (!isObject(patch)) return patch;
  const merged: { [key: string]: Json } = isObject(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete merged[key];
    else merged[key] = merge(merged[key], value);
  }
  return merged;
}

interface Operation {
  readonly op: string;
  readonly path: string;
  readonly value?: Json;
}

/** An operation that does not fit the document. */
export class PatchError extends Error {}

/** JSON Patch, RFC 6902: add, replace, remove and test. */
export function applyOperations(document: Json, operations: readonly Operation[]): Json {
  const changed = structuredClone(document);
  for (const operation of operations) apply(changed, operation);
  return changed;
}

function apply(document: Json, { op, path, value }: Operation): void {
  const keys = path
    .split("/")
    .slice(1)
    .map((key) => key.replaceAll("~1", "/").replaceAll("~0", "~"));
  const last = keys.pop();
  if (last === undefined) throw new PatchError("the whole document cannot be replaced");
  const parent = keys.reduce<Json | undefined>(
    (node, key) =>
      typeof node === "object" && node !== null ? (node as { [key: string]: Json })[key] : undefined,
    document,
  );
  if (typeof parent !== "object" || parent === null) throw new PatchError(`there is nothing at ${path}`);
  if (Array.isArray(parent)) return changeList(parent, op, last, value);
  if (op !== "add" && !(last in parent)) throw new PatchError(`there is nothing at ${path}`);
  if (op === "remove") delete parent[last];
  else if (op === "add" || op === "replace") parent[last] = value!;
  else test(op, parent[last], value, path);
}

function changeList(list: Json[], op: string, key: string, value: Json | undefined): void {
  const index = key === "-" ? list.length : Number(key);
  const end = op === "add" ? list.length : list.length - 1;
  if (!Number.isInteger(index) || index < 0 || index > end)
    throw new PatchError(`there is no element ${key}`);
  if (op === "add") list.splice(index, 0, value!);
  else if (op === "remove") list.splice(index, 1);
  else if (op === "replace") list[index] = value!;
  else test(op, list[index], value, key);
}

function test(op: string, actual: Json | undefined, value: Json | undefined, path: string): void {
  if (op !== "test") throw new PatchError(`the stand-in knows no operation ${op}`);
  if (JSON.stringify(actual) !== JSON.stringify(value)) throw new PatchError(`the test of ${path} failed`);
}

function isObject(value: Json | undefined): value is { [key: string]: Json } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
