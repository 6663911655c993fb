/** From a stack's file, or the values that the engine read from it, to a checked configuration or all its problems. */
import type { Issue } from "./issue";
import type { ClusterConfig } from "./resolve";

/** What came of checking a configuration: a complete one, or what to mend. */
export interface Validation {
  readonly valid: boolean;
  /** Present when there is no error; there may be warnings. */
  readonly config?: ClusterConfig;
  /** Errors and warnings in the order of their lines. */
  readonly issues: readonly Issue[];
}

/** A stack file's text: `config:` with `opencenter:organization` and `opencenter:cluster`, keys in Pulumi's form. */
export declare function validateStackFile(text: string): Validation;

/**
 * The values as the engine hands them to a program. `text` is the stack's file when it could be read: it only gives
 * positions, and is not used when it says something else than the values.
 */
export declare function validateStackValues(
  values: { readonly organization: unknown; readonly cluster: unknown },
  text?: string,
): Validation;
