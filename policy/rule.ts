/** What a rule is: a pure function from resources to findings, and everything that is said about it. */
import type { Resource } from "./graph";

export const ENVIRONMENTS = ["development", "staging", "production"] as const;
export type Environment = (typeof ENVIRONMENTS)[number];

export const LEVELS = ["disabled", "advisory", "mandatory"] as const;
export type Level = (typeof LEVELS)[number];

export type ByEnvironment<T> = Readonly<Record<Environment, T>>;

export type Family =
  "exposure" | "secrets" | "availability" | "protection" | "commands" | "naming" | "budget" | "providers";

/** Something to set for a rule, with its default. */
export interface Option<T> {
  readonly schema: OptionSchema;
  readonly what: string;
  readonly default: ByEnvironment<T>;
}

export type OptionSchema =
  | { readonly type: "integer"; readonly minimum?: number }
  | {
      readonly type: "array";
      readonly items: { readonly type: "string" | "integer"; readonly pattern?: string };
    }
  | { readonly type: "object"; readonly additionalProperties: { readonly type: "integer" } };

/** What a rule found; where it is about one resource of a stack, which. */
export interface Finding {
  readonly message: string;
  readonly urn?: string;
}

/** What a rule may know beside the resources. */
export interface Context<O> {
  readonly options: O;
  readonly environment: Environment;
  readonly cluster?: string;
  readonly organization?: string;
}

type OptionsOf<D> = { readonly [K in keyof D]: D[K] extends Option<infer T> ? T : never };

interface Described<D> {
  /** Kebab case; users name it in their configuration. */
  readonly name: string;
  readonly family: Family;
  /** One sentence that is true where the rule is kept. */
  readonly summary: string;
  /** What to do; ends every message. */
  readonly fix: string;
  readonly severity: "low" | "medium" | "high" | "critical";
  readonly levels: ByEnvironment<Level>;
  readonly options: D;
}

/** A rule is about one resource at a time, which stops it before it is made, or about the whole stack. */
export type Rule<D = Readonly<Record<string, Option<unknown>>>> = Described<D> &
  (
    | {
        readonly resource: (
          resource: Resource,
          context: Context<OptionsOf<D>>,
        ) => readonly (string | Finding)[];
      }
    | {
        readonly stack: (
          resources: readonly Resource[],
          context: Context<OptionsOf<D>>,
        ) => readonly (string | Finding)[];
      }
  );

/** Lets the compiler infer what a rule's options are; outside, all rules are of one type. */
export function rule<
  D extends Readonly<Record<string, Option<never>>> | Readonly<Record<string, Option<unknown>>>,
>(definition: Rule<D>): Rule {
  return definition as unknown as Rule;
}

export function byEnvironment<T>(development: T, staging: T, production: T): ByEnvironment<T> {
  return { development, staging, production };
}

export const ALWAYS = byEnvironment<Level>("mandatory", "mandatory", "mandatory");
export const ADVICE = byEnvironment<Level>("advisory", "advisory", "advisory");
/** A development cluster may do without; the others may not. */
export const FROM_STAGING = byEnvironment<Level>("advisory", "mandatory", "mandatory");
/** What costs money or time that only production is worth. */
export const IN_PRODUCTION = byEnvironment<Level>("disabled", "advisory", "mandatory");

export function integer(what: string, values: ByEnvironment<number>, minimum = 0): Option<number> {
  return { schema: { type: "integer", minimum }, what, default: values };
}

export function strings(what: string, value: readonly string[] = []): Option<readonly string[]> {
  return {
    schema: { type: "array", items: { type: "string" } },
    what,
    default: byEnvironment(value, value, value),
  };
}

/** The engine checks by pattern what comes from the command line, and reading a network decides in the stack's file. */
export function networks(what: string): Option<readonly string[]> {
  return {
    schema: { type: "array", items: { type: "string", pattern: "^[0-9a-fA-F.:]+/[0-9]{1,3}$" } },
    what,
    default: byEnvironment<readonly string[]>([], [], []),
  };
}

export function integers(what: string): Option<readonly number[]> {
  return {
    schema: { type: "array", items: { type: "integer" } },
    what,
    default: byEnvironment<readonly number[]>([], [], []),
  };
}

export function table(what: string): Option<Readonly<Record<string, number>>> {
  const empty: Readonly<Record<string, number>> = {};
  return {
    schema: { type: "object", additionalProperties: { type: "integer" } },
    what,
    default: byEnvironment(empty, empty, empty),
  };
}
