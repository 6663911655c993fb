/** The stand-in for a control plane, where there are no Kubernetes programs: one process that keeps objects in a file. */
import { PROJECT, SANDBOX } from "../toolchain/paths";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { type Backend, plainEnvironment, type Site } from "./backend";
import { Daemon } from "./daemons";

const READY_LIMIT_MS = 60_000;
/** Shown by `ps`, and the name of its log. */
const NAME = "kubernetes-stand-in";

export class RecordedBackend implements Backend {
  readonly kind = "recorded";

  async start(site: Site, restartApi: boolean): Promise<void> {
    const daemon = new Daemon(site.directory, NAME);
    if (restartApi) await daemon.stop();
    const tsx = pathToFileURL(createRequire(join(PROJECT, "package.json")).resolve("tsx")).href;
    const main = join(SANDBOX, "kubernetes", "recorded", "main.ts");
    await daemon.start({
      command: process.execPath,
      args: [
        "--import",
        tsx,
        main,
        `--directory=${site.directory}`,
        `--pki=${site.pki.directory}`,
        `--port=${site.port}`,
      ],
      env: plainEnvironment(),
    });
    const client = site.client();
    await daemon.ready(() => client.isReady(), READY_LIMIT_MS);
    client.close();
  }

  async stop(site: Site): Promise<void> {
    await new Daemon(site.directory, NAME).stop();
  }
}
