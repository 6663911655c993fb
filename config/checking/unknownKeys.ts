/** What somebody meant by a key that the schema does not know. */
import { formatPath, type Finding, type Path } from "../issue";
import { nearest } from "./nearest";
import { renamedKeys } from "./renamedKeys";
import { keysAt, placesOf } from "./schemaModel";

interface Suggestion {
  readonly hint: string;
  /** The keys that were likely meant: what they really should say is not known. */
  readonly meant: readonly Path[];
}

/** `pools.*.flavor` with a word that a person reads as a blank to fill. */
const readable = (path: Path): string =>
  formatPath(path.map((part) => (part === "*" ? "<name>" : part))).replace(/\.<name>$/, "");

const MAX_PLACES = 4;

function elsewhere(parent: Path, key: string): Suggestion | undefined {
  const places = placesOf(key);
  // A key that is everywhere (enabled, name) says nothing about what was meant.
  if (places.length === 0 || places.length > MAX_PLACES) return undefined;
  const near = places.filter((place) => place.slice(0, parent.length).join() === parent.join());
  const meant = near.length > 0 ? near : places;
  return { hint: `Move it to ${meant.map(readable).join(" or ")}.`, meant };
}

function renamed(key: string): Suggestion | undefined {
  const entry = Object.hasOwn(renamedKeys, key) ? renamedKeys[key] : undefined;
  if (entry === undefined) return undefined;
  if (entry.place === undefined) return { hint: `Remove it: ${entry.reason}.`, meant: [] };
  const path = ["cluster", ...entry.place.split(".")];
  return { hint: `It is ${readable(path)} here.`, meant: [path] };
}

function misspelled(parent: Path, key: string): Suggestion | undefined {
  const here = nearest(key, keysAt(parent));
  if (here !== undefined) return { hint: `Did you mean ${here}?`, meant: [[...parent, here]] };
  return undefined;
}

/** A hint about an unknown key, and the paths that it was likely meant for. */
export function suggest(parent: Path, key: string): Suggestion {
  const keys = keysAt(parent);
  return (
    renamed(key) ??
    elsewhere(parent, key) ??
    misspelled(parent, key) ?? { hint: `Remove it; the keys here are ${keys.join(", ")}.`, meant: [] }
  );
}

export function unknownKey(parent: Path, key: string): Finding {
  return {
    code: "unknown-key",
    aboutKey: true,
    path: [...parent, key],
    message: "is not a known key",
    hint: suggest(parent, key).hint,
  };
}
