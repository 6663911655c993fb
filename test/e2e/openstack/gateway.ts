/**
 * What stands beside the real services where the simulator does more than OpenStack: the way to a machine's address,
 * and which machines run. Same flags, same addresses, so that the sandbox need not know which of the two it has.
 */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { parseArgs } from "node:util";
import { OpenStackClient } from "../../../cli/cloud/client";
import { findCloud } from "../../../cli/cloud/cloudsYaml";
import { writePrivate } from "../../../sandbox/kubernetes/files";
import { CONTROL_PREFIX } from "../../../sandbox/openstack/control";
import { serveDataPlane } from "../../../sandbox/openstack/dataPlane";
import { HOST } from "./layout";

const CLOUD = "sandbox";

const file = { type: "string" } as const;
const { values } = parseArgs({
  strict: false,
  options: { "clouds-yaml": file, endpoints: file, "pid-file": file, "address-file": file },
});
const path = (name: string) => String(values[name]);

type Item = Readonly<Record<string, unknown>>;
let connection: Promise<OpenStackClient> | undefined;

function connect(): Promise<OpenStackClient> {
  const env = { OS_CLIENT_CONFIG_FILE: path("clouds-yaml") };
  connection ??= OpenStackClient.connect(findCloud({ cloud: CLOUD, directory: "/", env }));
  // The next question logs in again.
  connection.catch(() => (connection = undefined));
  return connection;
}

/** The machines as the simulator tells them: with the key that cloud-init would have put on them. */
async function state(): Promise<Record<string, readonly Item[]>> {
  const cloud = await connect();
  const [compute, network] = [cloud.service("compute"), cloud.service("network")];
  const [servers, pairs, ports, addresses] = await Promise.all([
    compute.list<Item>("/servers/detail", "servers"),
    compute.list<{ keypair: Item }>("/os-keypairs", "keypairs"),
    network.list<Item>("/ports", "ports"),
    network.list<Item>("/floatingips", "floatingips"),
  ]);
  const keys = new Map(pairs.map(({ keypair }) => [keypair["name"], keypair["public_key"]]));
  return {
    "compute.servers": servers.map((server) => ({ ...server, authorized_key: keys.get(server["key_name"]) })),
    "network.ports": ports,
    "network.floatingips": addresses,
  };
}

const server = createServer((request, response) => {
  const reply = (status: number, body: unknown) => {
    response.writeHead(status, { "content-type": "application/json" });
    response.end(JSON.stringify(body));
  };
  const [asked] = (request.url ?? "").split("?");
  if (asked === `${CONTROL_PREFIX}/health`) reply(200, { status: "ok" });
  else if (asked === `${CONTROL_PREFIX}/state`)
    state().then(
      (found) => reply(200, found),
      (error: unknown) => reply(502, { error: error instanceof Error ? error.message : String(error) }),
    );
  else reply(404, { error: "these are real services: ask them" });
});

const plane = serveDataPlane(server, path("endpoints"));
server.listen(0, HOST, () => {
  writePrivate(path("pid-file"), `${process.pid}\n`);
  writePrivate(path("address-file"), `http://${HOST}:${(server.address() as AddressInfo).port}\n`);
});
for (const signal of ["SIGTERM", "SIGINT"] as const)
  process.once(signal, () => {
    plane.close();
    server.close();
    process.exit(0);
  });
