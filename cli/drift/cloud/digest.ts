/** What `pulumi refresh --preview-only --json` and `pulumi preview --json` say: one document, read as plain data. */
import { z } from "zod";
import { ExitCode, UserError } from "../../errors";

const properties = z.record(z.string(), z.unknown());

const resourceState = z.object({
  id: z.string().optional(),
  type: z.string(),
  custom: z.boolean().optional(),
  parent: z.string().optional(),
  provider: z.string().optional(),
  inputs: properties.optional(),
  outputs: properties.optional(),
});

const step = z.object({
  op: z.string(),
  urn: z.string(),
  oldState: resourceState.optional(),
  newState: resourceState.optional(),
  detailedDiff: z
    .record(z.string(), z.object({ kind: z.string(), inputDiff: z.boolean().optional() }))
    .nullish(),
  diffReasons: z.array(z.string()).nullish(),
  replaceReasons: z.array(z.string()).nullish(),
});

const digest = z.object({ steps: z.array(step).default([]) });

export type DigestStep = z.infer<typeof step>;
export type ResourceState = z.infer<typeof resourceState>;

/** Steps that change nothing: what was only read, and what is as it was. */
const NO_CHANGE = new Set(["same", "read", "refresh"]);

export const isChange = ({ op }: DigestStep): boolean => !NO_CHANGE.has(op);

/**
 * @param stdout of the command
 * @throws UserError when it holds no document: the command failed before it had one
 */
export function parseDigest(stdout: string, command: string): DigestStep[] {
  let document: unknown;
  try {
    document = JSON.parse(stdout);
  } catch {
    throw new UserError(
      `${command} gave no answer that can be read: ${stdout.trim().slice(0, 400)}`,
      undefined,
      ExitCode.failed,
    );
  }
  const { success, data } = digest.safeParse(document);
  if (success) return data.steps;
  throw new UserError(
    `${command} answered in another form than Pulumi 3.2xx does.`,
    undefined,
    ExitCode.failed,
  );
}

/** `Instance` of `openstack:compute/instance:Instance`. */
export function kindOf(type: string): string {
  return type.split(":").at(-1) ?? type;
}

/** Type and logical name of a URN. */
export function nameParts(urn: string): { readonly type: string; readonly name: string } {
  const [, , qualified = "", name = ""] = urn.split("::");
  return { type: qualified.split("$").at(-1) ?? "", name };
}
