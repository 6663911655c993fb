/** What the launcher of image.ts runs: ansible-playbook in a container, with the arguments as they are. */
import { spawn } from "node:child_process";
import { tmpdir } from "node:os";
import { z } from "zod";
import { containerArguments, passedVariables } from "./container";

const settings = z.object({ engine: z.string(), image: z.string(), mounts: z.array(z.string()) });

const { engine, image, mounts } = settings.parse(JSON.parse(process.env.OPENCENTER_CONTAINER ?? "{}"));
const args = containerArguments({
  image,
  // Answers of the probe go through the temporary folder.
  mounts: [...mounts, tmpdir()],
  workingDirectory: process.cwd(),
  variables: passedVariables(process.env),
  command: ["ansible-playbook", ...process.argv.slice(2)],
});
const child = spawn(engine, args, { stdio: "inherit" });
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => child.kill(signal));
child.on("error", (error) => {
  console.error(`${engine} cannot be started: ${error.message}`);
  process.exitCode = 1;
});
child.on("close", (code) => (process.exitCode = code ?? 1));
