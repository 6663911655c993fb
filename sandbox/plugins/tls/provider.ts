import type {
  CheckFailure,
  CheckResult,
  CreateResult,
  DiffResult,
  InvokeResult,
  Provider,
  ReadResult,
} from "@pulumi/pulumi/provider";
import {
  ALGORITHMS,
  createPrivateKey,
  CURVES,
  DEFAULTS,
  type PrivateKeyInputs,
  SECRET_OUTPUTS,
} from "./privateKey";

type Properties = Record<string, unknown>;

/** The version whose semantics this stand-in has; the SDK asks for exactly this one. */
export const TLS_VERSION = "5.6.1";

const PRIVATE_KEY = "tls:index/privateKey:PrivateKey";
const INPUTS = ["algorithm", "rsaBits", "ecdsaCurve"] as const;
/** The engine's marks in a property map: a secret value, and a value that a preview does not know yet. */
const SIGNATURE_KEY = "4dabf18193072939515e22adb298388d";
const SECRET_SIGNATURE = "1b47061264138c4ac30d75fd1eb44270";
const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/**
 * A stand-in for the part of the `tls` provider that the project uses: the PrivateKey resource. Anything else is
 * refused by name, so that nobody takes silence for support.
 */
export class TlsStandIn implements Provider {
  readonly version = TLS_VERSION;

  async check(urn: string, _olds: Properties, news: Properties): Promise<CheckResult> {
    requirePrivateKey(urn);
    const inputs: Properties = { ...DEFAULTS, ...mapValues(news, plain) };
    return { inputs, failures: problems(inputs) };
  }

  async diff(_id: string, urn: string, olds: Properties, news: Properties): Promise<DiffResult> {
    requirePrivateKey(urn);
    const replaces = INPUTS.filter((name) => plain(olds[name]) !== plain(news[name]));
    return { changes: replaces.length > 0, replaces };
  }

  async create(urn: string, inputs: Properties): Promise<CreateResult> {
    requirePrivateKey(urn);
    const { id, outputs } = await createPrivateKey(mapValues(inputs, plain) as unknown as PrivateKeyInputs);
    const isSecret = (name: string) => SECRET_OUTPUTS.some((secret) => secret === name);
    return { id, outs: mapValues({ ...outputs }, (value, name) => (isSecret(name) ? secret(value) : value)) };
  }

  async read(id: string, urn: string, props: Properties): Promise<ReadResult> {
    requirePrivateKey(urn);
    // A key lives in the state only: what the state says is how it is.
    return { id, props, inputs: Object.fromEntries(INPUTS.map((name) => [name, plain(props[name])])) };
  }

  async invoke(token: string): Promise<InvokeResult> {
    throw new Error(notSupported(token));
  }
}

function problems(inputs: Properties): CheckFailure[] {
  const allowed = { algorithm: ALGORITHMS, ecdsaCurve: Object.keys(CURVES) };
  const failures: CheckFailure[] = [];
  for (const [property, values] of Object.entries(allowed)) {
    const value = inputs[property];
    if (value !== UNKNOWN && !(values as readonly unknown[]).includes(value)) {
      failures.push({
        property,
        reason: `must be one of ${values.join(", ")}, not ${JSON.stringify(value)}`,
      });
    }
  }
  const bits = inputs.rsaBits;
  if (
    bits !== UNKNOWN &&
    !(Number.isInteger(bits) && (bits as number) >= 1024 && (bits as number) <= 16384)
  ) {
    failures.push({
      property: "rsaBits",
      reason: `must be a whole number from 1024 to 16384, not ${JSON.stringify(bits)}`,
    });
  }
  return failures;
}

/** @throws Error for every other type of the provider */
function requirePrivateKey(urn: string): void {
  const qualifiedType = urn.split("::")[2] ?? "";
  const type = qualifiedType.split("$").at(-1) ?? "";
  if (type !== PRIVATE_KEY) throw new Error(notSupported(type));
}

function notSupported(token: string): string {
  return (
    `The sandbox's stand-in for the tls provider knows only ${PRIVATE_KEY}, not ${token}. ` +
    `Install the official plugin: pulumi plugin install resource tls ${TLS_VERSION}`
  );
}

function secret(value: unknown): Properties {
  return { [SIGNATURE_KEY]: SECRET_SIGNATURE, value };
}

function plain(value: unknown): unknown {
  const isSecret = typeof value === "object" && value !== null && SIGNATURE_KEY in value && "value" in value;
  return isSecret ? value.value : value;
}

function mapValues(properties: Properties, change: (value: unknown, name: string) => unknown): Properties {
  return Object.fromEntries(Object.entries(properties).map(([name, value]) => [name, change(value, name)]));
}
