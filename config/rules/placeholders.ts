/** Values that an example or a form left behind. */
import type { Path } from "../issue";
import { at, type Problem, type Rule } from "./rule";

const patterns: readonly RegExp[] = [
  /change[-_ ]?me/i,
  /replace[-_ ]?(me|this)/i,
  /placeholder/i,
  /^<[^<>]+>$/,
  /\/<[\w -]+>/,
  /^(todo|fixme|tbd|xxx+|\.\.\.)$/i,
  /\b(todo|fixme)[:_ ]/i,
  /^(your|insert)[-_ ](project|image|flavor|network|org|organi[sz]ation|cluster|domain|token|key|bucket|id)\b/i,
  /^\$\{[^}]*\}$/,
  // Ids that are patterns, not ids: one digit repeated, or counting up.
  /^([0-9a-f])\1{7}-?(\1{4}-?){3}\1{12}$/i,
  /^(12345678|01234567|a1b2c3d4|deadbeef)-/i,
];

/** Helm values and Ansible variables have a language of their own, in which `${x}` or `TODO:` may be meant. */
const FOREIGN = new Set(["values", "extraVars"]);
const plainPlaceholder = /^(change[-_ ]?me|replace[-_ ]?me|placeholder|<[^<>]+>)$/i;

function walk(value: unknown, path: Path, foreign = false): Problem[] {
  if (typeof value === "string") {
    const found = foreign ? plainPlaceholder.test(value) : patterns.some((pattern) => pattern.test(value));
    if (!found || value.includes("-----BEGIN")) return [];
    const message = `${JSON.stringify(value)} looks like a value that was to be replaced`;
    return [{ path, message, hint: "Write the real value, or remove the key." }];
  }
  if (Array.isArray(value)) return value.flatMap((item, index) => walk(item, [...path, index], foreign));
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, item]) =>
    walk(item, [...path, key], foreign || FOREIGN.has(key)),
  );
}

const placeholder: Rule = {
  // openCenter accepted its own `project-id-placeholder` and failed at the first call to the cloud.
  code: "placeholder",
  check: (config, written) => [...walk(written, at()), ...walk(config.organization, ["organization"])],
};

export const placeholderRules: readonly Rule[] = [placeholder];
