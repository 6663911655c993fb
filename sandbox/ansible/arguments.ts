/** The command line of ansible-playbook, as far as the program uses it. */
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { parse } from "yaml";
import { AnsibleError } from "./errors";

export interface Arguments {
  /** Path as given. */
  readonly playbook: string;
  readonly inventory: string;
  /** Patterns. */
  readonly limit?: readonly string[];
  readonly tags?: readonly string[];
  readonly extraVars: Readonly<Record<string, unknown>>;
  /** Names of extra vars that were given as `name=value`, which makes every value a string. */
  readonly stringVars: readonly string[];
}

const text = { type: "string" } as const;
const OPTIONS = {
  inventory: { ...text, short: "i" },
  become: { type: "boolean", short: "b" },
  forks: { ...text, short: "f" },
  limit: { ...text, short: "l" },
  tags: { ...text, short: "t", multiple: true },
  "extra-vars": { ...text, short: "e", multiple: true },
  verbose: { type: "boolean", short: "v", multiple: true },
} as const;

/** @throws AnsibleError for options that ansible-playbook, or this double of it, does not know */
export function readArguments(args: readonly string[]): Arguments {
  const { values, positionals } = parse_(args);
  const [playbook, ...others] = positionals;
  if (playbook === undefined) throw new AnsibleError("You must specify a playbook file to run", 2);
  if (others.length > 0) throw new AnsibleError(`one playbook at a time: ${positionals.join(" ")}`, 2);
  if (values.inventory === undefined)
    throw new AnsibleError("no inventory: this double knows no /etc/ansible/hosts", 2);
  return {
    playbook,
    inventory: values.inventory,
    limit: values.limit === undefined ? undefined : patterns(values.limit),
    tags: values.tags?.flatMap(patterns),
    ...readExtraVars(values["extra-vars"] ?? []),
  };
}

function parse_(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true });
  } catch (error) {
    throw new AnsibleError(`ansible-playbook: error: ${(error as Error).message}`, 2);
  }
}

function patterns(words: string): string[] {
  return words.split(/[,:]/).filter((word) => word !== "");
}

function readExtraVars(words: readonly string[]): Pick<Arguments, "extraVars" | "stringVars"> {
  const extraVars: Record<string, unknown> = {};
  const stringVars: string[] = [];
  for (const word of words) {
    if (/^\s*[{@]/.test(word)) {
      const value: unknown = parse(word.startsWith("@") ? readFileSync(word.slice(1), "utf8") : word);
      if (typeof value !== "object" || value === null)
        throw new AnsibleError("Extra vars are no dictionary of variables");
      Object.assign(extraVars, value);
      continue;
    }
    for (const pair of word.split(/\s+/)) {
      const [, name, value] = /^([^=]+)=(.*)$/s.exec(pair) ?? [];
      if (name === undefined)
        throw new AnsibleError(`Invalid extra vars data supplied: '${pair}' is neither JSON nor key=value`);
      extraVars[name] = value;
      stringVars.push(name);
    }
  }
  return { extraVars, stringVars };
}
