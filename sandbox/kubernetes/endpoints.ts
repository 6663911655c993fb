/** Which process on the loopback stands behind an address of the simulated cloud. */
import { join } from "node:path";
import { updateJson } from "./files";

/** Loopback port by `host:port` of the simulated cloud: `{"203.0.113.10:6443": 38123}`. */
export type Endpoints = Record<string, number>;

export function endpointsFile(directory: string): string {
  return join(directory, "endpoints.json");
}

/** Makes the addresses lead to the port, and no others. */
export function publishEndpoints(directory: string, addresses: readonly string[], port: number): void {
  updateJson<Endpoints>(endpointsFile(directory), {}, (known) => ({
    ...without(known, port),
    ...leading(addresses, port),
  }));
}

/** Makes more addresses lead to the port. */
export function addEndpoints(directory: string, addresses: readonly string[], port: number): void {
  updateJson<Endpoints>(endpointsFile(directory), {}, (known) => ({
    ...known,
    ...leading(addresses, port),
  }));
}

export function withdrawEndpoints(directory: string, port: number): void {
  updateJson<Endpoints>(endpointsFile(directory), {}, (known) => without(known, port));
}

const leading = (addresses: readonly string[], port: number): Endpoints =>
  Object.fromEntries(addresses.map((address) => [address, port]));

function without(known: Endpoints, port: number): Endpoints {
  return Object.fromEntries(Object.entries(known).filter(([, other]) => other !== port));
}
