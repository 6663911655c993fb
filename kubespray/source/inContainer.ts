/** What the launcher of image.ts runs: ansible-playbook in a container, with the arguments as they are. */
import { spawn } from "node:child_process";
import { dirname } from "node:path";
import { z } from "zod";
import { containerArguments, mountsFor, passedVariables } from "./container";

const settings = z.object({ engine: z.string(), image: z.string() });

/** Whose files Ansible writes. A podman of a user's own makes the container's root that user; docker's root is root. */
function owner(engine: string): { uid: number; gid: number } | undefined {
  const [uid, gid] = [process.getuid?.() ?? 0, process.getgid?.() ?? 0];
  return engine === "docker" && uid !== 0 ? { uid, gid } : undefined;
}

const { engine, image } = settings.parse(JSON.parse(process.env.OPENCENTER_CONTAINER ?? "{}"));
const given = process.argv.slice(2);
const args = containerArguments({
  image,
  mounts: mountsFor(given, process.env, dirname(__dirname)),
  variables: passedVariables(process.env),
  user: owner(engine),
  command: ["ansible-playbook", ...given],
});
const child = spawn(engine, args, { stdio: "inherit" });
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => child.kill(signal));
child.on("error", (error) => {
  console.error(`${engine} cannot be started: ${error.message}`);
  process.exitCode = 1;
});
child.on("close", (code) => (process.exitCode = code ?? 1));
