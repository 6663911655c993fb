import type {
  CheckFailure,
  CheckResult,
  CreateResult,
  DiffResult,
  InvokeResult,
  Provider,
  ReadResult,
} from "@pulumi/pulumi/provider";
import { mapValues, OnlyType, plain, type Properties, secret, UNKNOWN } from "../shared";
import {
  ALGORITHMS,
  createPrivateKey,
  CURVES,
  DEFAULTS,
  type PrivateKeyInputs,
  SECRET_OUTPUTS,
} from "./privateKey";

/** The version whose semantics this stand-in has; the SDK asks for exactly this one. */
export const TLS_VERSION = "5.6.1";

const PRIVATE_KEY = "tls:index/privateKey:PrivateKey";
const INPUTS = ["algorithm", "rsaBits", "ecdsaCurve"] as const;
const ONLY = new OnlyType("tls", TLS_VERSION, PRIVATE_KEY);

/**
 * A stand-in for the part of the `tls` provider that the project uses: the PrivateKey resource. Anything else is
 * refused by name, so that nobody takes silence for support.
 */
export class TlsStandIn implements Provider {
  readonly version = TLS_VERSION;

  async check(urn: string, _olds: Properties, news: Properties): Promise<CheckResult> {
    ONLY.require(urn);
    const inputs: Properties = { ...DEFAULTS, ...mapValues(news, plain) };
    return { inputs, failures: problems(inputs) };
  }

  async diff(_id: string, urn: string, olds: Properties, news: Properties): Promise<DiffResult> {
    ONLY.require(urn);
    const replaces = INPUTS.filter((name) => plain(olds[name]) !== plain(news[name]));
    return { changes: replaces.length > 0, replaces };
  }

  async create(urn: string, inputs: Properties): Promise<CreateResult> {
    ONLY.require(urn);
    const { id, outputs } = await createPrivateKey(mapValues(inputs, plain) as unknown as PrivateKeyInputs);
    const isSecret = (name: string) => SECRET_OUTPUTS.some((secret) => secret === name);
    return { id, outs: mapValues({ ...outputs }, (value, name) => (isSecret(name) ? secret(value) : value)) };
  }

  async read(id: string, urn: string, props: Properties): Promise<ReadResult> {
    ONLY.require(urn);
    // A key lives in the state only: what the state says is how it is.
    return { id, props, inputs: Object.fromEntries(INPUTS.map((name) => [name, plain(props[name])])) };
  }

  async invoke(token: string): Promise<InvokeResult> {
    throw ONLY.refusal(token);
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
