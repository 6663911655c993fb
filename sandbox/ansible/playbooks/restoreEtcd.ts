/** The program's restore-etcd.yml: the data of one etcd stand for those of all members. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { localhost, type Play, type Run } from "../engine";
import { TaskFailure } from "../errors";
import { type Host, textOf } from "../inventory";
import { cluster, group, plain } from "./common";

const members = group("etcd");

function prepare(_: Host, run: Run): boolean {
  const file = textOf(run.vars, "restore_snapshot");
  if (file === undefined || !existsSync(file)) throw new TaskFailure(`Could not find or access '${file}'`);
  if (textOf(run.vars, "restore_id") === undefined) throw new TaskFailure("'restore_id' is undefined");
  return true;
}

async function change(_: Host, run: Run): Promise<boolean> {
  const id = textOf(run.vars, "restore_id") ?? "";
  await run.controlPlane.restore(readFileSync(textOf(run.vars, "restore_snapshot") ?? ""), id);
  // The new members are those of the inventory, whatever was broken before.
  run.memory.change(({ etcd }) =>
    etcd.splice(0, etcd.length, ...etcd.map((member) => ({ ...member, healthy: true }))),
  );
  return true;
}

function writeAnswer(_: Host, run: Run): void {
  const out = textOf(run.vars, "restore_out");
  if (out === undefined) throw new TaskFailure("'restore_out' is undefined");
  const id = textOf(run.vars, "restore_id");
  const kept = members(run.inventory).map(({ name }) => [name, `/var/lib/etcd.before-${id}`] as const);
  writeFileSync(out, JSON.stringify({ kept: Object.fromEntries(kept) }), { mode: 0o600 });
}

export const restoreEtcdPlays: readonly Play[] = [
  {
    name: "Prepare the data of the snapshot",
    hosts: members,
    tasks: [{ name: "Unpack the snapshot beside the data", tags: ["always"], work: prepare }],
  },
  {
    name: "Change the data",
    hosts: members,
    tasks: [
      {
        name: "Move the old data aside, and the new ones in",
        tags: ["always"],
        once: true,
        faultPoint: true,
        work: change,
      },
    ],
  },
  {
    name: "Let every kubelet look again",
    hosts: cluster,
    tasks: [plain("Start the kubelet again", "always")],
  },
  {
    name: "Write down what was kept",
    hosts: localhost,
    connects: false,
    tasks: [{ name: "Write the answer", tags: ["always"], work: writeAnswer }],
  },
];
