/**
 * What must be there before anything of ours can run. Nothing but Node.js may be used here: on a fresh clone there
 * is nothing else.
 */
import { spawn } from "node:child_process";
import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";

/** Refuses a Node.js that cannot run the program, with what to do. */
export function requireNode(root) {
  const wanted = JSON.parse(readFileSync(join(root, "package.json"), "utf8")).engines.node.replace(">=", "");
  const parts = (version) => version.split(".").map(Number);
  const [[major, minor], [wantedMajor, wantedMinor]] = [parts(process.versions.node), parts(wanted)];
  if (major > wantedMajor || (major === wantedMajor && minor >= wantedMinor)) return;
  console.error(`Node.js ${process.versions.node} is too old: opencenter needs ${wanted} or newer.`);
  console.error(
    "Install a newer one from https://nodejs.org, or with your version manager (see .node-version).",
  );
  process.exit(1);
}

function upToDate(root) {
  // npm writes this file when it has finished, so a killed installation does not look complete.
  const marker = join(root, "node_modules", ".package-lock.json");
  return existsSync(marker) && statSync(marker).mtimeMs >= statSync(join(root, "package-lock.json")).mtimeMs;
}

/** Installs the locked dependencies when they are missing or older than the lock file. */
export async function installDependencies(root) {
  if (upToDate(root)) return;
  const started = Date.now();
  const seconds = () => Math.round((Date.now() - started) / 1000);
  console.log("▸ Installing the npm dependencies (npm ci --ignore-scripts)");
  const heartbeat = setInterval(
    () => console.log(`  … waiting for the package registry, ${seconds()} s`),
    10_000,
  );
  const code = await run(
    "npm",
    ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"],
    root,
  );
  clearInterval(heartbeat);
  if (code !== 0) {
    console.error(
      `npm ci failed (exit code ${code}). Is the package registry reachable? Then run the same again.`,
    );
    process.exit(1);
  }
  console.log(`✔ npm dependencies, ${seconds()} s`);
}

/** Runs a command with this terminal; resolves with its exit code. Ctrl-C reaches it through the process group. */
export function run(command, args, cwd, env = process.env, stdio = "inherit") {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd, env, stdio });
    const wait = () => undefined;
    process.on("SIGINT", wait);
    child.on("error", (error) => {
      console.error(`${command} could not be started: ${error.message}`);
      resolve(127);
    });
    child.on("exit", (code, signal) => {
      process.off("SIGINT", wait);
      resolve(code ?? (signal === "SIGINT" ? 130 : 1));
    });
  });
}
