import type { CheckFailure } from "@pulumi/pulumi/provider";
import { z } from "zod";
import { plainThroughout, type Properties, UNKNOWN } from "../shared";

/** Anything may be something that a preview does not know yet. */
function known<T extends z.ZodType>(schema: T) {
  return z.union([z.literal(UNKNOWN), schema]).optional();
}

const LOGGING = ["stdout", "stderr", "stdoutAndStderr", "none"] as const;

const INPUTS = z.strictObject({
  create: known(z.string()),
  update: known(z.string()),
  delete: known(z.string()),
  triggers: known(z.array(z.unknown())),
  stdin: known(z.string()),
  logging: known(z.enum(LOGGING)),
  interpreter: known(z.array(z.string())),
  dir: known(z.string()),
  environment: known(z.record(z.string(), z.string())),
  addPreviousOutputInEnv: known(z.boolean()),
});

/** The inputs of `command:local:Command`. */
export interface CommandInputs {
  readonly create?: string;
  /** @default the text of `create` */
  readonly update?: string;
  readonly delete?: string;
  readonly triggers?: readonly unknown[];
  readonly stdin?: string;
  /** Which lines are shown while the command runs. @default "stdoutAndStderr" */
  readonly logging?: (typeof LOGGING)[number];
  /** Program and arguments before the command. @default ["/bin/sh", "-c"] */
  readonly interpreter?: readonly string[];
  /** @default the program's folder */
  readonly dir?: string;
  /** Added to the provider's own. */
  readonly environment?: Readonly<Record<string, string>>;
  /** @default true */
  readonly addPreviousOutputInEnv?: boolean;
}

/** What is wrong with a program's inputs. */
export function problems(inputs: Properties): CheckFailure[] {
  const result = INPUTS.safeParse(plainThroughout(inputs));
  if (result.success) return [];
  return result.error.issues.flatMap((issue): CheckFailure[] => {
    if (issue.code === "unrecognized_keys")
      return issue.keys.map((property) => ({
        property,
        reason: "is not something that the sandbox's stand-in knows",
      }));
    const [property, ...rest] = issue.path.map(String);
    const place = rest.length > 0 ? `${rest.join(".")}: ` : "";
    return [{ property: property ?? "", reason: place + reasonOf(issue) }];
  });
}

/** Of the two things that a value may be, unknown is not the one that a user writes. */
function reasonOf(issue: z.core.$ZodIssue): string {
  if (issue.code !== "invalid_union") return issue.message;
  const [, wanted] = issue.errors;
  return (wanted ?? []).map(({ path, message }) => [...path, message].join(": ")).join("; ");
}

/** Inputs or a state, as this stand-in works with them. */
export function commandOf(properties: Properties): CommandInputs & { stdout?: string; stderr?: string } {
  return plainThroughout(properties) as CommandInputs;
}
