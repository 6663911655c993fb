/** What the stand-ins for Pulumi's providers have in common: the engine's way to write values, and refusals. */

/** A resource's inputs or outputs, as they arrive from the engine. */
export type Properties = Record<string, unknown>;

/** The engine's marks in a property map: a secret value, and a value that a preview does not know yet. */
const SIGNATURE_KEY = "4dabf18193072939515e22adb298388d";
const SECRET_SIGNATURE = "1b47061264138c4ac30d75fd1eb44270";
export const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** Marks a value as secret. */
export function secret(value: unknown): Properties {
  return { [SIGNATURE_KEY]: SECRET_SIGNATURE, value };
}

/** A value without its secret mark; marks further inside stay. */
export function plain(value: unknown): unknown {
  return isSecret(value) ? value.value : value;
}

function isSecret(value: unknown): value is { value: unknown } {
  return typeof value === "object" && value !== null && SIGNATURE_KEY in value && "value" in value;
}

/** Whether a value, or anything in it, is marked as secret. */
export function holdsSecret(value: unknown): boolean {
  if (isSecret(value)) return true;
  return typeof value === "object" && value !== null && Object.values(value).some(holdsSecret);
}

/** A value without any secret mark, however deep. */
export function plainThroughout(value: unknown): unknown {
  const bare = plain(value);
  if (Array.isArray(bare)) return bare.map(plainThroughout);
  if (typeof bare !== "object" || bare === null) return bare;
  return mapValues(bare as Properties, plainThroughout);
}

export function mapValues(
  properties: Properties,
  change: (value: unknown, name: string) => unknown,
): Properties {
  return Object.fromEntries(Object.entries(properties).map(([name, value]) => [name, change(value, name)]));
}

/** The resource types that a stand-in plays, and what to say about all others. */
export class OnlyType {
  private readonly types: readonly string[];

  constructor(
    private readonly provider: string,
    private readonly version: string,
    ...types: readonly string[]
  ) {
    this.types = types;
  }

  /**
   * @returns the type of a resource
   * @throws Error for every type of the provider that is not played
   */
  require(urn: string): string {
    const qualifiedType = urn.split("::")[2] ?? "";
    const type = qualifiedType.split("$").at(-1) ?? "";
    if (!this.types.includes(type)) throw this.refusal(type);
    return type;
  }

  /** @param token the type or function that was asked for */
  refusal(token: string): Error {
    const known = this.types.join(", ").replace(/, (?=[^,]*$)/, " and ");
    return new Error(
      `The sandbox's stand-in for the ${this.provider} provider knows only ${known}, not ${token}. ` +
        `Install the official plugin: pulumi plugin install resource ${this.provider} ${this.version}`,
    );
  }
}
