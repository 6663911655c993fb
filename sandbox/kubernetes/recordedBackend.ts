/** The stand-in for a control plane, where there are no Kubernetes programs: one process that keeps objects in a file. */
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Backend, encryptionFile, type Site } from "./backend";
import { startFlux, stopFlux } from "../flux/engine/daemon";
import { Daemon } from "./daemons";
import { nodeProgram } from "./nodeProgram";

const READY_LIMIT_MS = 60_000;
const PAGE = 512;
const DIGEST_BYTES = 32;
/** Shown by `ps`, and the name of its log. */
const NAME = "kubernetes-stand-in";

export class RecordedBackend implements Backend {
  readonly kind = "recorded";

  async start(site: Site, restartApi: boolean): Promise<void> {
    const daemon = new Daemon(site.directory, NAME);
    if (restartApi) await daemon.stop();
    const flags = { directory: site.directory, pki: site.pki.directory, port: String(site.port) };
    await daemon.start(nodeProgram("kubernetes/recorded/main.ts", flags));
    const client = site.client();
    await daemon.ready(() => client.isReady(), READY_LIMIT_MS);
    client.close();
    await startFlux(site, undefined);
  }

  /** Its file, in the form of the real ones: there is no etcd. */
  async snapshot(site: Site): Promise<Buffer> {
    const content = readFileSync(join(site.directory, "objects.json"));
    const pages = Buffer.alloc(Math.ceil(content.length / PAGE) * PAGE);
    content.copy(pages);
    return Buffer.concat([pages, createHash("sha256").update(pages).digest()]);
  }

  async restore(site: Site, snapshot: Buffer): Promise<void> {
    const digest = createHash("sha256").update(snapshot.subarray(0, -DIGEST_BYTES)).digest();
    if (!digest.equals(snapshot.subarray(-DIGEST_BYTES))) throw new Error("expected sha256, got another one");
    await this.stop(site);
    const text = snapshot.subarray(0, -DIGEST_BYTES).toString("utf8").replace(/\0+$/, "");
    writeFileSync(join(site.directory, "objects.json"), text, { mode: 0o600 });
    await this.start(site, false);
  }

  /** It encrypts nothing, and says what a real one would with the key that comes first. */
  async storedSecrets({ directory }: Site): Promise<Record<string, number>> {
    const file = encryptionFile(directory);
    const name = existsSync(file) ? (/- name: (\S+)/.exec(readFileSync(file, "utf8"))?.[1] ?? "") : "";
    return { [name]: 1 };
  }

  async stop(site: Site): Promise<void> {
    await stopFlux(site);
    await new Daemon(site.directory, NAME).stop();
  }
}
