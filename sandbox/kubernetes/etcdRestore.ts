/** etcd's own restore, by its own program. */
import { execFile } from "node:child_process";
import { existsSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

export interface RestoreOrder {
  /** Path of etcdutl. */
  readonly program: string;
  /** Folder of the cluster; the data are in `etcd`. */
  readonly directory: string;
  /** Peer address of the one member. */
  readonly peer: string;
  readonly snapshot: Buffer;
  readonly id: string;
}

/** With etcd stopped. The old data are moved aside. @throws Error with what etcdutl said */
export async function restoreEtcd({ program, directory, peer, snapshot, id }: RestoreOrder): Promise<void> {
  const [data, fresh, file] = ["etcd", "etcd.new", "etcd.db"].map((name) => join(directory, name)) as [
    string,
    string,
    string,
  ];
  rmSync(fresh, { recursive: true, force: true });
  writeFileSync(file, snapshot, { mode: 0o600 });
  try {
    const flags = {
      name: "sandbox",
      "initial-cluster": `sandbox=${peer}`,
      "initial-advertise-peer-urls": peer,
      "initial-cluster-token": `opencenter-${id}`,
      "bump-revision": "1000000000",
      "data-dir": fresh,
    };
    const words = Object.entries(flags).map(([name, value]) => `--${name}=${value}`);
    await run(program, ["snapshot", "restore", file, "--mark-compacted", ...words]);
  } finally {
    rmSync(file, { force: true });
  }
  const before = `${data}.before-${id}-${Date.now()}`;
  if (existsSync(data)) renameSync(data, before);
  renameSync(fresh, data);
}
