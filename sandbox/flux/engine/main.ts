/**
 * Flux beside one control plane, and Velero which it installs, as a program:
 * `tsx sandbox/flux/engine/main.ts --directory DIR --pki DIR --port N [--programs FILE]`; without programs it is played.
 */
import { join } from "node:path";
import { parseArgs } from "node:util";
import { ApiClient } from "../../kubernetes/apiClient";
import { Pki } from "../../kubernetes/certificates";
import { readJson, writeJson, writePrivate } from "../../kubernetes/files";
import { kubeconfig } from "../../kubernetes/kubeconfig";
import { anyTaken, freePorts } from "../../kubernetes/ports";
import { controllerDaemon, type ControllerSite } from "./controllers";
import { lookForVelero, Player as Velero } from "../../velero/player";
import { Player } from "./played";
import { keepLooking, Supervisor } from "./supervisor";

const text = { type: "string" } as const;
const { values } = parseArgs({ options: { directory: text, pki: text, port: text, programs: text } });
const { directory, pki, port, programs } = values;
if (directory === undefined || pki === undefined || port === undefined)
  throw new Error("usage: main.ts --directory DIR --pki DIR --port N [--programs FILE]");

process.title = "flux-in-the-sandbox";
const files = new Pki(pki);
const client = new ApiClient(Number(port), { ca: files.read("ca.crt"), ...files.pair("admin") });

/** Kept while it can be: objects in the cluster have it in the addresses of what source-controller fetched. */
async function storagePort(folder: string): Promise<number> {
  const file = join(folder, "flux", "ports.json");
  const known = readJson<{ storage: number }>(file);
  const ours = controllerDaemon(folder, "source-controller").pid !== undefined;
  if (known !== undefined && (ours || !(await anyTaken([known.storage])))) return known.storage;
  const [storage] = await freePorts(1);
  writeJson(file, { storage });
  return storage!;
}

async function siteOf(folder: string, file: string): Promise<ControllerSite> {
  const config = join(folder, "flux.kubeconfig");
  writePrivate(config, kubeconfig("sandbox", `https://127.0.0.1:${port}`, files, "admin"));
  return {
    directory: folder,
    kubeconfig: config,
    storagePort: await storagePort(folder),
    programs: readJson<ControllerSite["programs"]>(file)!,
  };
}

const stopped = new AbortController();
for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => stopped.abort());

async function main(folder: string): Promise<void> {
  const worker =
    programs === undefined ? new Player(client) : new Supervisor(client, await siteOf(folder, programs));
  const velero = new Velero(client);
  await Promise.all([
    keepLooking(() => worker.look(), stopped.signal),
    // What Flux installed of it is a double, which does nothing.
    keepLooking(() => lookForVelero(velero), stopped.signal),
  ]);
  client.close();
}

void main(directory);
