/** Bodies of requests and replies on the wire. */
import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { ApiError, type Reply } from "./api";

export function headersOf(message: IncomingMessage): Record<string, string | undefined> {
  const entries = Object.entries(message.headers);
  return Object.fromEntries(
    entries.map(([name, value]) => [name, Array.isArray(value) ? value.join(", ") : value]),
  );
}

export async function readBody(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** @throws ApiError 400 for what says that it is JSON and is not */
export function parseBody(bytes: Buffer, contentType: string | undefined): unknown {
  const isJson =
    contentType === undefined || /^application\/(\S+\+)?json|^application\/openstack/.test(contentType);
  if (!isJson) return bytes;
  if (bytes.length === 0) return undefined;
  try {
    return JSON.parse(bytes.toString("utf8")) as unknown;
  } catch {
    throw new ApiError(400, "Malformed request body: it is not JSON", "HTTPBadRequest");
  }
}

export function send(response: ServerResponse, reply: Reply, withBody: boolean): void {
  const id = `req-${randomUUID()}`;
  const headers: Record<string, string> = { "x-openstack-request-id": id, "x-compute-request-id": id };
  let body: string | Uint8Array = "";
  if (reply.body instanceof Uint8Array || typeof reply.body === "string") body = reply.body;
  else if (reply.body !== undefined) {
    body = JSON.stringify(reply.body);
    headers["content-type"] = "application/json";
  }
  // A 204 has no body, and clients reject one that says how long its missing body is.
  if (reply.status !== 204 && withBody) headers["content-length"] = String(Buffer.byteLength(body));
  response.writeHead(reply.status, { ...headers, ...reply.headers });
  response.end(withBody && reply.status !== 204 ? body : undefined);
}
