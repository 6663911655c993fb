/** Reading what a caller sent, with the refusals of the real services. */
import { z } from "zod";
import { ApiError, type Caller, type Request, type Resource } from "./api";

export type Words = (path: string, problem: string, value: unknown) => string;

/** As Nova's schemas say it: by the last name on the way, and by the object where a name is missing or unknown. */
const inNovasWords: Words = (path, problem, value) => {
  const parts = path.split(".");
  const [unknown] = [...problem.matchAll(/"([^"]+)"/g)].map(([, key]) => key);
  const isMissing = value === undefined;
  if (isMissing && parts.length === 1) return `'${path}' is a required property`;
  const named = parts.includes("metadata") ? "metadata" : parts.at(isMissing ? -2 : -1);
  const reason = isMissing
    ? `'${parts.at(-1)}' is a required property`
    : problem.startsWith("Unrecognized key")
      ? `Additional properties are not allowed ('${unknown}' was unexpected)`
      : problem;
  return `Invalid input for field/attribute ${named}. Value: ${JSON.stringify(value)}. ${reason}`;
};

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (inner, key) => (typeof inner === "object" && inner !== null ? Reflect.get(inner, key) : undefined),
    value,
  );
}

/** Checks a value against a schema. @throws ApiError 400 with the first problem. */
export function check<T extends z.ZodType>(
  schema: T,
  value: unknown,
  words: Words = inNovasWords,
): z.output<T> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const path = issue?.path ?? [];
  throw new ApiError(
    400,
    words(path.join(".") || "body", issue?.message ?? "", valueAt(value, path)),
    "HTTPBadRequest",
  );
}

/**
 * The object under the one key of a body, such as `server` in `{"server": {…}}`.
 * @throws ApiError 400 with these words
 */
export function unwrap(request: Request, key: string, words = `'${key}' is a required property`): unknown {
  const body: unknown = request.body;
  if (typeof body !== "object" || body === null || !(key in body)) {
    throw new ApiError(400, words, "HTTPBadRequest");
  }
  return Reflect.get(body, key);
}

/** The checked object under the one key of a body, for services that name the way to what is wrong. */
export function checkUnder<T extends z.ZodType>(request: Request, key: string, schema: T): z.output<T> {
  const whole = check(z.object({ [key]: schema }), request.body ?? {});
  return whole[key] as z.output<T>;
}

export function isAdmin(caller: Caller): boolean {
  return caller.roles.includes("admin");
}

/** Whether a caller may see an object of one project. */
export function owns(caller: Caller, object: Resource): boolean {
  return isAdmin(caller) || object.project_id === caller.projectId;
}

/** What leaves the simulator: without its own keys. */
export function visiblePart(object: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(object).filter(([key]) => !key.startsWith("_")));
}

/** Time as OpenStack writes it: `2026-11-22T22:41:56Z`. */
export function timestamp(date = new Date()): string {
  return `${date.toISOString().slice(0, 19)}Z`;
}

/** A text of an object; empty when there is none. */
export function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}

/** A list of texts of an object; empty when there is none. */
export function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === "string") : [];
}
