/** The objects of the stand-in, in a JSON file. */
import { randomUUID } from "node:crypto";
import type { ApiObject } from "../apiClient";
import { readJson, writeJson } from "../files";
import { groupVersion, type Target } from "./kinds";
import { merge } from "./patches";

/** An answer that is a Status object. */
export class Refusal extends Error {
  constructor(
    readonly code: number,
    readonly reason: string,
    message: string,
  ) {
    super(message);
  }
}

interface Stored {
  revision: number;
  objects: Record<string, ApiObject>;
}

export class Objects {
  private readonly stored: Stored;

  constructor(private readonly file: string) {
    this.stored = readJson<Stored>(file) ?? { revision: 1, objects: {} };
  }

  get revision(): string {
    return String(this.stored.revision);
  }

  list({ kind, namespace }: Target): ApiObject[] {
    const prefix = `${kind.prefix}/${kind.resource}/${namespace === undefined ? "" : `${namespace}/`}`;
    return Object.entries(this.stored.objects)
      .filter(([key]) => key.startsWith(prefix))
      .map(([, object]) => object);
  }

  find(target: Target): ApiObject | undefined {
    return this.stored.objects[keyOf(target, target.name ?? "")];
  }

  get(target: Target): ApiObject {
    const found = this.find(target);
    if (found !== undefined) return found;
    throw new Refusal(404, "NotFound", `${resourceName(target)} "${target.name}" not found`);
  }

  create(target: Target, object: ApiObject): ApiObject {
    const name = object.metadata?.name;
    if (!name) throw new Refusal(422, "Invalid", "metadata.name: Required value: name is required");
    const { kind, namespace } = target;
    if (this.find({ ...target, name }) !== undefined)
      throw new Refusal(409, "AlreadyExists", `${resourceName(target)} "${name}" already exists`);
    if (namespace !== undefined && !this.knowsNamespace(namespace))
      throw new Refusal(404, "NotFound", `namespaces "${namespace}" not found`);
    const metadata = {
      ...object.metadata,
      name,
      ...(kind.namespaced ? { namespace } : {}),
      uid: randomUUID(),
      creationTimestamp: new Date().toISOString().replace(/\.\d+Z$/, "Z"),
    };
    const created = { ...object, apiVersion: groupVersion(kind.prefix), kind: kind.kind, metadata };
    return this.put(target, asIfAlive(created));
  }

  /** @param next the whole object, or only what changed of its status */
  replace(target: Target, next: ApiObject): ApiObject {
    const current = this.get(target);
    const expected = next.metadata?.resourceVersion;
    if (expected !== undefined && expected !== current.metadata.resourceVersion) {
      throw new Refusal(
        409,
        "Conflict",
        `Operation cannot be fulfilled on ${resourceName(target)} "${target.name}": the object has been modified; please apply your changes to the latest version and try again`,
      );
    }
    const { name, namespace, uid, creationTimestamp } = current.metadata;
    const metadata = { ...next.metadata, name, namespace, uid, creationTimestamp };
    const { apiVersion, kind } = current;
    const whole = target.subresource === "status" ? { ...current, status: next.status as unknown } : next;
    return this.put(target, { ...whole, apiVersion, kind, metadata } as ApiObject);
  }

  remove(target: Target): ApiObject {
    const removed = this.get(target);
    delete this.stored.objects[keyOf(target, target.name!)];
    this.save();
    return removed;
  }

  private knowsNamespace(name: string): boolean {
    return this.stored.objects[`/api/v1/namespaces//${name}`] !== undefined;
  }

  private put(target: Target, object: ApiObject): ApiObject {
    const metadata = {
      ...object.metadata,
      generation: generationOf(object, this.stored.objects[keyOf(target, object.metadata.name)]),
      resourceVersion: String(this.stored.revision + 1),
    };
    const saved = withData({ ...object, metadata });
    this.stored.objects[keyOf(target, metadata.name)] = saved;
    this.save();
    return saved;
  }

  private save(): void {
    this.stored.revision += 1;
    writeJson(this.file, this.stored);
  }
}

/** What the API server, or a kubelet, makes of a new object. */
function asIfAlive(object: ApiObject): ApiObject {
  if (object.kind === "Pod") return running(object);
  if (object.kind !== "CustomResourceDefinition") return object;
  return { ...object, status: { conditions: [{ type: "Established", status: "True" }] } };
}

/** `stringData` is for writing only: it is read back as `data`. */
function withData(object: ApiObject): ApiObject {
  const { stringData, ...rest } = object as ApiObject & { stringData?: Record<string, string> };
  if (object.kind !== "Secret" || stringData === undefined) return object;
  const encoded = Object.entries(stringData).map(([key, text]) => [
    key,
    Buffer.from(text).toString("base64"),
  ]);
  return { ...rest, data: { ...(rest["data"] as object | undefined), ...Object.fromEntries(encoded) } };
}

/** Who reports a status says by it which version of the object he saw. */
function generationOf({ spec }: ApiObject, before: ApiObject | undefined): number {
  const last = Number(before?.metadata["generation"] ?? 0);
  const changed = before === undefined || JSON.stringify(before.spec) !== JSON.stringify(spec);
  return changed ? last + 1 : last;
}

/** There is no kubelet: a pod runs as soon as it has a node. */
function running(pod: ApiObject): ApiObject {
  if (pod.spec?.nodeName === undefined) return pod;
  const condition = { type: "Ready", status: "True", lastTransitionTime: pod.metadata.creationTimestamp };
  const status = { phase: "Running", conditions: [condition] } as never;
  return { ...pod, status: merge(status, (pod.status ?? {}) as never) as ApiObject["status"] };
}

function keyOf({ kind, namespace }: Target, name: string): string {
  return `${kind.prefix}/${kind.resource}/${namespace ?? ""}/${name}`;
}

function resourceName({ kind }: Target): string {
  const group = kind.prefix.split("/")[2];
  return kind.prefix.startsWith("/apis/") ? `${kind.resource}.${group}` : kind.resource;
}
