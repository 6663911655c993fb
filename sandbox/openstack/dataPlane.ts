/**
 * The way to addresses of the simulated cloud that no machine here has: floating IPs of a Kubernetes API. Clients that
 * honour HTTPS_PROXY ask for `CONNECT 203.0.113.10:6443` and are led to the process behind it, with TLS end to end.
 */
import { readFileSync } from "node:fs";
import type { Server } from "node:http";
import { connect, type Socket } from "node:net";
import type { Duplex } from "node:stream";

export interface DataPlane {
  /** Ends the open tunnels, which the HTTP server no longer counts as its connections. */
  close(): void;
}

/**
 * @param endpointsFile loopback port by `host:port`; read at every connection, since clusters come and go
 * @param log called with one line per connection
 */
export function serveDataPlane(
  server: Server,
  endpointsFile: string | undefined,
  log?: (line: string) => void,
): DataPlane {
  const open = new Set<Duplex>();
  server.on("connect", (request, client: Duplex, head: Buffer) => {
    const address = request.url ?? "";
    open.add(client);
    client.on("close", () => open.delete(client));
    // A client that goes away is no failure of the cloud.
    client.on("error", () => client.destroy());
    const port = portBehind(endpointsFile, address);
    log?.(`CONNECT ${address} ${port === undefined ? 502 : 200}`);
    if (port === undefined) return refuse(client, `nothing of the sandbox answers at ${address}`);
    const target = connect({ host: "127.0.0.1", port });
    join(client, target, head, address);
  });
  return { close: () => open.forEach((client) => client.destroy()) };
}

function join(client: Duplex, target: Socket, head: Buffer, address: string): void {
  let connected = false;
  target.once("connect", () => {
    connected = true;
    client.write("HTTP/1.1 200 Connection established\r\n\r\n");
    if (head.length > 0) target.write(head);
    target.pipe(client);
    client.pipe(target);
  });
  target.on("error", () => {
    if (connected) client.destroy();
    else refuse(client, `what stands behind ${address} does not run`);
  });
  client.on("close", () => target.destroy());
  target.on("close", () => client.end());
}

function refuse(client: Duplex, reason: string): void {
  const body = `${reason}\n`;
  client.end(
    `HTTP/1.1 502 Bad Gateway\r\ncontent-type: text/plain\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
  );
}

function portBehind(endpointsFile: string | undefined, address: string): number | undefined {
  if (endpointsFile === undefined) return undefined;
  try {
    const endpoints = JSON.parse(readFileSync(endpointsFile, "utf8")) as Record<string, number>;
    return Object.hasOwn(endpoints, address) ? endpoints[address] : undefined;
  } catch {
    // Absent before the first cluster starts.
    return undefined;
  }
}
