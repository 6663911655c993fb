/** A small part of the Kubernetes API over HTTPS. It says in its version and its header that it is a stand-in. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer, type Server, type ServerOptions } from "node:https";
import { parse } from "yaml";
import type { ApiObject } from "../apiClient";
import { discovery, groupVersion, type Target, targetOf } from "./kinds";
import { Objects, Refusal } from "./objects";
import { applyOperations, merge, PatchError } from "./patches";

/** Label of pods that refuse to be evicted, as if a PodDisruptionBudget did not allow it. */
export const BLOCKED_LABEL = "sandbox/pdb";

const VERSION = {
  major: "1",
  minor: "37",
  gitVersion: "v1.37.0+opencenter-sandbox-stand-in",
  gitCommit: "",
  gitTreeState: "stand-in",
  buildDate: "1970-01-01T00:00:00Z",
  goVersion: "none",
  compiler: "none",
  platform: "stand-in",
};

interface Call {
  readonly method: string;
  readonly target: Target;
  readonly query: URLSearchParams;
  readonly type: string;
  readonly body: unknown;
}

/** @param file where the objects are kept */
export function createStandIn(options: ServerOptions, file: string): Server {
  const objects = new Objects(file);
  return createServer({ ...options, requestCert: true, rejectUnauthorized: true }, (message, response) => {
    respond(objects, message)
      .then(({ status, body }) => send(response, status, body))
      .catch((error: unknown) => {
        const refusal = refusalOf(error);
        send(response, refusal.code, statusOf(refusal));
      });
  });
}

async function respond(
  objects: Objects,
  message: IncomingMessage,
): Promise<{ status: number; body: unknown }> {
  const url = new URL(message.url ?? "/", "https://stand-in");
  const method = message.method ?? "GET";
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  if (["/readyz", "/livez", "/healthz"].includes(url.pathname)) return { status: 200, body: "ok" };
  if (url.pathname === "/version") return { status: 200, body: VERSION };
  const known = discovery(url.pathname);
  if (known !== undefined) return { status: 200, body: known };
  const target = targetOf(url.pathname);
  if (target === undefined)
    throw new Refusal(404, "NotFound", "the server could not find the requested resource");
  const type = (message.headers["content-type"] ?? "").split(";")[0]!;
  const text = Buffer.concat(chunks).toString("utf8");
  const body: unknown = text === "" ? undefined : type.endsWith("yaml") ? parse(text) : JSON.parse(text);
  return answer(objects, { method, target, query: url.searchParams, type, body });
}

function answer(objects: Objects, call: Call): { status: number; body: unknown } {
  const { method, target, body } = call;
  const verb = `${method} ${target.name === undefined ? "collection" : (target.subresource ?? "object")}`;
  switch (verb) {
    case "GET collection":
      return { status: 200, body: list(objects, call) };
    case "POST collection":
      return { status: 201, body: objects.create(target, body as ApiObject) };
    case "GET object":
    case "GET status":
      return { status: 200, body: objects.get(target) };
    case "PUT object":
    case "PUT status":
      return { status: 200, body: objects.replace(target, body as ApiObject) };
    case "PATCH object":
    case "PATCH status":
      return { status: 200, body: patch(objects, call) };
    case "DELETE object":
      return { status: 200, body: objects.remove(target) };
    case "POST eviction":
      return { status: 201, body: evict(objects, target) };
    default:
      throw new Refusal(405, "MethodNotAllowed", `the stand-in does not do ${verb}`);
  }
}

function list(objects: Objects, { target, query }: Call): unknown {
  if (["true", "1"].includes(query.get("watch") ?? ""))
    throw new Refusal(405, "MethodNotAllowed", "the stand-in does not watch");
  const labels = requirements(query.get("labelSelector"));
  const fields = requirements(query.get("fieldSelector"));
  const items = objects
    .list(target)
    .filter((object) => labels.every((wanted) => wanted.holds(object.metadata.labels?.[wanted.key])))
    .filter((object) => fields.every((wanted) => wanted.holds(fieldOf(object, wanted.key))));
  const { kind, prefix } = target.kind;
  const metadata = { resourceVersion: objects.revision };
  return { kind: `${kind}List`, apiVersion: groupVersion(prefix), metadata, items };
}

/** `a=b,c!=d,e,!f`; sets in brackets are refused, so that nothing is silently left out. */
function requirements(selector: string | null) {
  if (selector?.includes("(") === true)
    throw new Refusal(400, "BadRequest", "the stand-in knows no sets in selectors");
  return (selector ?? "")
    .split(",")
    .filter((part) => part !== "")
    .map((part) => {
      const [, absent, key = "", operator, value = ""] = /^(!?)([^=!]+)(==?|!=)?(.*)$/.exec(part) ?? [];
      const holds = (actual: string | undefined) => {
        if (operator === undefined) return (actual === undefined) === (absent === "!");
        return (actual === value) !== (operator === "!=");
      };
      return { key, holds };
    });
}

function fieldOf(object: ApiObject, path: string): string | undefined {
  const value = path
    .split(".")
    .reduce<unknown>((node, key) => (node as Record<string, unknown>)?.[key], object);
  return typeof value === "string" ? value : undefined;
}

function patch(objects: Objects, { target, type, body }: Call): ApiObject {
  const current = objects.find(target);
  if (type.startsWith("application/apply-patch") && current === undefined)
    return objects.create(target, body as ApiObject);
  const before = objects.get(target);
  const next = type.startsWith("application/json-patch")
    ? applyOperations(before as never, body as never)
    : merge(before as never, body as never);
  return objects.replace(target, next as unknown as ApiObject);
}

function evict(objects: Objects, target: Target): unknown {
  if (objects.get(target).metadata.labels?.[BLOCKED_LABEL] === "blocked") {
    throw new Refusal(
      429,
      "TooManyRequests",
      "Cannot evict pod as it would violate the pod's disruption budget.",
    );
  }
  objects.remove(target);
  return { kind: "Status", apiVersion: "v1", metadata: {}, status: "Success" };
}

function refusalOf(error: unknown): Refusal {
  if (error instanceof Refusal) return error;
  if (error instanceof PatchError) return new Refusal(422, "Invalid", error.message);
  if (error instanceof SyntaxError) return new Refusal(400, "BadRequest", "the body is not JSON");
  // A defect of the stand-in: its log has to say where.
  console.error(error);
  return new Refusal(500, "InternalError", `defect of the stand-in: ${String(error)}`);
}

function statusOf({ code, reason, message }: Refusal): unknown {
  return { kind: "Status", apiVersion: "v1", metadata: {}, status: "Failure", message, reason, code };
}

function send(response: ServerResponse, status: number, body: unknown): void {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  response.writeHead(status, {
    "content-type": typeof body === "string" ? "text/plain" : "application/json",
    "content-length": Buffer.byteLength(text),
    "x-opencenter-sandbox": "stand-in",
  });
  response.end(text);
}
