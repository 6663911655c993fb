/** Kubernetes objects as the engine and as the API server write them. */
import { holdsSecret, mapValues, plain, type Properties, secret, UNKNOWN } from "../shared";

export const KINDS = ["ConfigMap", "Namespace", "Secret"] as const;
export type Kind = (typeof KINDS)[number];

/** How an object is found. */
export interface Ref {
  readonly kind: Kind;
  readonly name: string;
  /** Empty for a Namespace. */
  readonly namespace: string;
}

/** What an object of the API server has; without marks of the engine. */
export interface Metadata {
  readonly name?: string;
  readonly namespace?: string;
  readonly uid?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly finalizers?: readonly string[];
  readonly managedFields?: readonly { manager?: string; operation?: string; fieldsV1?: Properties }[];
}

/** Says that the provider chose the name: only then may a replacement have another one. */
export const AUTONAMED = "pulumi.com/autonamed";
/** `kubectl apply` leaves a copy of everything in it: the data of a Secret, in plain text. */
const LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration";
/** Top-level fields that a user sets; the others are the server's. */
const INPUT_FIELDS = ["data", "binaryData", "immutable", "type", "spec"];

export function isMap(value: unknown): value is Properties {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function metadataOf(object: Properties): Metadata {
  const metadata = plain(object.metadata);
  return isMap(metadata) ? mapValues(metadata, plain) : {};
}

export function refOf(kind: Kind, object: Properties): Ref {
  const { name = "", namespace = "" } = metadataOf(object);
  return { kind, name, namespace: kind === "Namespace" ? "" : namespace || "default" };
}

/** `namespace/name`, or the name alone: the id of the official provider. */
export function idOf({ name, namespace }: Ref): string {
  return namespace === "" ? name : `${namespace}/${name}`;
}

export function refFromId(kind: Kind, id: string): Ref {
  const slash = id.indexOf("/");
  const [namespace, name] = slash < 0 ? ["", id] : [id.slice(0, slash), id.slice(slash + 1)];
  return { kind, name, namespace: kind === "Namespace" ? "" : namespace || "default" };
}

/** A Secret's `stringData` becomes `data`, as the API server does it: otherwise nobody sees when it drifts. */
export function normalized(kind: Kind, object: Properties): Properties {
  if (kind !== "Secret" || object.stringData === undefined) return object;
  const { stringData, data = {}, ...others } = object;
  if (!isMap(stringData) || !isMap(data)) return { ...others, data: UNKNOWN };
  const encoded = mapValues(stringData, (text) =>
    typeof text === "string" && text !== UNKNOWN ? Buffer.from(text).toString("base64") : text,
  );
  return { ...others, data: { ...data, ...encoded } };
}

/** Of a live object, the fields that the inputs have too: what the API server or others added is no drift. */
export function pruned(live: Properties, inputs: Properties): Properties {
  const common = Object.entries(inputs).filter(([key]) => key in live);
  return mapValues(Object.fromEntries(common), (wanted, key) => {
    const value = live[key];
    return isMap(value) && isMap(wanted) ? pruned(value, wanted) : value;
  });
}

/** The inputs that would have made a live object, for one that no program made. */
export function inputsFrom(kind: Kind, live: Properties): Properties {
  const metadata = picked(metadataOf(live) as Properties, ["name", "namespace", "labels", "annotations"]);
  return { apiVersion: "v1", kind, metadata, ...picked(live, INPUT_FIELDS) };
}

function picked(object: Properties, names: readonly string[]): Properties {
  return Object.fromEntries(names.filter((name) => name in object).map((name) => [name, object[name]]));
}

export function withoutCopies(live: Properties): Properties {
  const { annotations } = metadataOf(live);
  if (annotations?.[LAST_APPLIED] === undefined) return live;
  const { [LAST_APPLIED]: _, ...others } = annotations;
  return { ...live, metadata: { ...(live.metadata as Properties), annotations: others } };
}

/** Marks as secret what was secret in the inputs, and always the data of a Secret. */
export function marked(kind: Kind, values: Properties, inputs: Properties): Properties {
  return mapValues(alike(values, inputs), (value, name) =>
    kind === "Secret" && ["data", "stringData"].includes(name) ? secret(plain(value)) : value,
  );
}

function alike(values: Properties, inputs: Properties): Properties {
  return mapValues(values, (value, name) => {
    const input = inputs[name];
    if (!holdsSecret(input)) return value;
    return isMap(value) && isMap(input) && plain(input) === input ? alike(value, input) : secret(value);
  });
}
