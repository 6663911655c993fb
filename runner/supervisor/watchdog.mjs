/**
 * Outlives the run that started it by a moment: when that run ends in whatever way, a kill −9 included, the pipe on
 * standard input closes, and what the run had started is ended. Plain JavaScript, because it must be there at once.
 */
import { createInterface } from "node:readline";
import { endTree } from "./processTree.mjs";

const running = new Set();

createInterface({ input: process.stdin }).on("line", (line) => {
  const pid = Number(line.slice(1));
  if (line.startsWith("+")) running.add(pid);
  else running.delete(pid);
});
process.stdin.on("close", async () => {
  await Promise.all([...running].map((pid) => endTree(pid)));
  process.exit(0);
});
// Ctrl-C reaches everything in the terminal's group; the watchdog has to be there afterwards.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => {});
