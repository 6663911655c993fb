/** `ignoreChanges` when an object is applied. */
import type { Properties } from "../shared";
import { parsePath } from "./diff";
import { isMap, metadataOf } from "./objects";

/**
 * What to apply so that ignored fields stay as they are: those of others are left out, because who applies a field owns
 * it; our own are repeated, because who leaves one out deletes it.
 *
 * @param manager the owner of what we applied before
 */
export function withoutIgnored(
  object: Properties,
  live: Properties,
  ignored: readonly string[],
  manager: string,
): Properties {
  const entries = metadataOf(live).managedFields?.filter((entry) => entry.manager === manager) ?? [];
  const isOurs = (path: readonly string[]) =>
    entries.some(
      ({ fieldsV1 }) =>
        valueAt(
          fieldsV1,
          path.map((name) => `f:${name}`),
        ) !== undefined,
    );
  return ignored.map(parsePath).reduce((result, path) => {
    const current = valueAt(live, path);
    // Not there: the program's value is as good as any, and as the engine has it.
    if (current === undefined || valueAt(result, path) === undefined) return result;
    return withValue(result, path, isOurs(path) ? current : undefined);
  }, object);
}

function valueAt(object: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((node, name) => (isMap(node) ? node[name] : undefined), object);
}

/** @param value undefined takes the field away */
function withValue(object: Properties, [name, ...rest]: readonly string[], value: unknown): Properties {
  const { [name!]: before, ...others } = object;
  const after = rest.length === 0 ? value : withValue(before as Properties, rest, value);
  return after === undefined ? others : { ...others, [name!]: after };
}
