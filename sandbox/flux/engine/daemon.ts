/** The engine of one control plane as a process that ends with it. */
import { join } from "node:path";
import type { Site } from "../../kubernetes/backend";
import { Daemon } from "../../kubernetes/daemons";
import { writePrivate } from "../../kubernetes/files";
import { nodeProgram } from "../../kubernetes/nodeProgram";
import type { FluxController } from "../../toolchain/kubernetesParts";
import { CONTROLLERS, controllerDaemon } from "./controllers";

/** Shown by `ps`, and the name of its log. */
const NAME = "flux";

/** Paths of Flux's programs. */
export type FluxControllers = Readonly<Record<FluxController, string>>;

/** @param programs absent where Flux is only played */
export async function startFlux(
  { directory, pki, port }: Site,
  programs: FluxControllers | undefined,
): Promise<void> {
  const file = join(directory, "flux", "programs.json");
  if (programs !== undefined) writePrivate(file, JSON.stringify(programs));
  const flags = { directory, pki: pki.directory, port: String(port) };
  await new Daemon(directory, NAME).start(
    nodeProgram("flux/engine/main.ts", programs === undefined ? flags : { ...flags, programs: file }),
  );
}

export async function stopFlux({ directory }: Pick<Site, "directory">): Promise<void> {
  // The engine first: it would start again what ends under it.
  await new Daemon(directory, NAME).stop();
  await Promise.all(CONTROLLERS.map((name) => controllerDaemon(directory, name).stop()));
}
