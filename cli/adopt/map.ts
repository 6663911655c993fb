/** The file that says which object of the cloud takes the place of which resource. */
import { parse } from "yaml";
import { z } from "zod";
import { kindOf } from "../drift/cloud/digest";
import { UserError } from "../errors";
import { kindFor } from "./kinds";
import type { Found } from "./identify";
import type { AdoptionMap, Wanted } from "./types";

const document = z.record(z.string(), z.string().trim().min(1).nullable()).nullable();

const SHAPE = "It is YAML of the form `name: id`; an empty id leaves the resource to be made anew.";

/** @throws UserError with all that is wrong with its form */
export function parseMap(text: string, shown: string): AdoptionMap {
  let read: unknown;
  try {
    read = parse(text);
  } catch (error) {
    throw new UserError(`${shown} is not YAML: ${(error as Error).message}`, SHAPE);
  }
  const { success, data, error } = document.safeParse(read);
  if (success) return new Map(Object.entries(data ?? {}));
  const lines = error.issues.map(({ path, message }) => `${path.join(".") || "the file"}: ${message}`);
  throw new UserError(`${shown}: ${lines.join("; ")}`, SHAPE);
}

/**
 * A map to be completed by a person.
 * @param found what the cloud has for it, where that is beyond doubt
 */
export function mapTemplate(
  cluster: string,
  wanted: readonly Wanted[],
  found: ReadonlyMap<string, Found>,
): string {
  const head = [
    `# What of the cloud becomes part of stack ${cluster}: logical name of a resource → id of the object.`,
    "# Check every id. An empty one, or a line taken out, lets the program make the resource anew.",
  ];
  const types = [...new Set(wanted.map(({ type }) => type))];
  const parts = types.flatMap((type) => {
    const title = kindFor(type).byName
      ? `# ${kindOf(type)}`
      : `# ${kindOf(type)}: follows from what it belongs to`;
    return ["", title, ...wanted.filter((one) => one.type === type).map((one) => line(one, found))];
  });
  return [...head, ...parts].join("\n");
}

function line({ type, name }: Wanted, found: ReadonlyMap<string, Found>): string {
  const { id, note } = found.get(name) ?? {};
  const remark = note === undefined ? "" : `  # ${note}`;
  if (id !== undefined) return `${name}: ${id}${remark}`;
  // A null would say that it is not to follow.
  return kindFor(type).byName ? `${name}:${remark}` : `# ${name}:${remark}`;
}
