/** What a program may write; the API server says more about it when it gets it. */
import type { CheckFailure } from "@pulumi/pulumi/provider";
import { z } from "zod";
import { type Properties, UNKNOWN } from "../shared";
import type { Kind } from "./objects";

/** Anything may be something that a preview does not know yet. */
function known<T extends z.ZodType>(schema: T) {
  return z.union([z.literal(UNKNOWN), schema]).optional();
}

const texts = known(z.record(z.string(), z.string()));
const COMMON = {
  apiVersion: known(z.literal("v1")),
  metadata: known(
    z.looseObject({
      name: known(z.string()),
      namespace: known(z.string()),
      labels: texts,
      annotations: texts,
      generateName: z.never("is not possible with server-side apply").optional(),
    }),
  ),
};
const SCHEMAS: Readonly<Record<Kind, z.ZodType>> = {
  ConfigMap: z.strictObject({
    ...COMMON,
    kind: known(z.literal("ConfigMap")),
    data: texts,
    binaryData: texts,
    immutable: known(z.boolean()),
  }),
  Namespace: z.strictObject({
    ...COMMON,
    kind: known(z.literal("Namespace")),
    spec: known(z.looseObject({})),
  }),
  Secret: z.strictObject({
    ...COMMON,
    kind: known(z.literal("Secret")),
    data: texts,
    stringData: texts,
    type: known(z.string()),
    immutable: known(z.boolean()),
  }),
};

/**
 * What is wrong with a program's inputs, without any value: some are secret.
 *
 * @param inputs without marks
 */
export function problems(kind: Kind, inputs: Properties): CheckFailure[] {
  const result = SCHEMAS[kind].safeParse(inputs);
  if (result.success) return [];
  return result.error.issues.flatMap((issue): CheckFailure[] => {
    const place = issue.path.join(".");
    if (issue.code === "unrecognized_keys")
      return issue.keys.map((key) => ({
        property: key,
        reason: "is not something that the sandbox's stand-in knows",
      }));
    return [{ property: place, reason: reasonOf(issue) }];
  });
}

/** Of the two things that a value may be, unknown is not the one that a user writes. */
function reasonOf(issue: z.core.$ZodIssue): string {
  if (issue.code !== "invalid_union") return issue.message;
  const [, wanted = []] = issue.errors;
  return wanted.map((inner) => [...inner.path, reasonOf(inner)].join(": ")).join("; ");
}
