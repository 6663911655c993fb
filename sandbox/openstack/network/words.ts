/** How Neutron words what it refuses. */
import { ApiError } from "../api";
import type { Words } from "../requests";

/** Zod's words for a failure, as Neutron has them for the same one. */
function translated(problem: string, value: unknown): string {
  const [, longest] = /expected string to have <=(\d+) characters/.exec(problem) ?? [];
  if (longest !== undefined) return `'${String(value)}' exceeds maximum length of ${longest}.`;
  if (problem.startsWith("Invalid option") || problem === "Invalid input")
    return `${String(value)} is not in valid_values.`;
  return `${problem}.`;
}

export const inNeutronsWords: Words = (path, problem, value) => {
  if (problem.startsWith("Unrecognized key"))
    return `Unrecognized attribute(s) '${[...problem.matchAll(/"([^"]+)"/g)].map(([, key]) => key).join(", ")}'`;
  if (problem.endsWith("received undefined"))
    return `Failed to parse request. Required attribute '${path}' not specified`;
  // The attribute as a whole: Neutron does not say which element it was.
  return `Invalid input for ${path.split(".")[0]}. Reason: ${translated(problem, value)}`;
};

export function conflict(kind: string, message: string): ApiError {
  return new ApiError(409, message, kind);
}

export function badRequest(kind: string, message: string): ApiError {
  return new ApiError(400, message, kind);
}

/** @param rules of the policy, all of which would have to agree */
export function forbidden(...rules: string[]): ApiError {
  const named = rules.map((rule) => `rule:${rule}`).join(" and ");
  const shown = rules.length > 1 ? `(${named})` : named;
  return new ApiError(403, `${shown} is disallowed by policy`, "PolicyNotAuthorized");
}
