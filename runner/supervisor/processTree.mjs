/** Ending a program with all that it started: Ansible's workers make sessions of their own, so a group is not enough. */
import { execFileSync } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";

/** How long Ansible may take to put its terminal and its sockets away, in milliseconds. */
const GRACE = 10_000;
const POLL = 100;

/** Whether a process is there; one that belongs to somebody else is. */
export function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === "EPERM";
  }
}

/** A process and all its descendants as `pid start-time`, so that a number that was given away again is not hit. */
function treeOf(root) {
  const rows = execFileSync("ps", ["-A", "-o", "pid=,ppid=,stat=,lstart="], { encoding: "utf8" })
    .split("\n")
    .map((line) => line.trim().split(/\s+/))
    .filter(([, , stat]) => stat !== undefined && !stat.startsWith("Z"));
  const found = new Set([root]);
  for (let before = 0; before !== found.size;) {
    before = found.size;
    for (const [pid, parent] of rows) if (found.has(Number(parent))) found.add(Number(pid));
  }
  return new Map(
    rows
      .filter(([pid]) => found.has(Number(pid)))
      .map(([pid, , , ...started]) => [Number(pid), started.join(" ")]),
  );
}

function signal(pid, name) {
  try {
    process.kill(pid, name);
  } catch {
    // It ended by itself.
  }
}

/** Asks a program and everything below it to end, and insists after {@link GRACE}. */
export async function endTree(root) {
  const tree = treeOf(root);
  // The group too: a child that lost its parent is in no tree any more, but still in the group.
  signal(-root, "SIGTERM");
  for (const pid of tree.keys()) signal(pid, "SIGTERM");
  const until = Date.now() + GRACE;
  while (Date.now() < until && (isAlive(root) || [...tree.keys()].some(isAlive))) await sleep(POLL);
  signal(-root, "SIGKILL");
  const left = new Map([...tree.keys()].flatMap((pid) => [...treeOf(pid)]));
  for (const [pid, started] of tree) if (left.get(pid) === started) signal(pid, "SIGKILL");
}
