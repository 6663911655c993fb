/** Which plays a playbook has. */
import type { Play, Run } from "../engine";
import { AnsibleError } from "../errors";
import { certificatePlays } from "./certificates";
import { clusterPlays, scalePlays } from "./cluster";
import { boilerplate, facts } from "./common";
import { encryptionPlays } from "./encryption";
import { ownAddressPlays } from "./joining";
import { probePlays, snapshotPlays, waitPlays } from "./own";
import { restoreEtcdPlays } from "./restoreEtcd";
import { sshKeyPlays } from "./sshKeys";
import { recoverPlays, removeNodePlays, resetPlays } from "./removal";
import { asksQuestions, upgradePlays } from "./upgrade";

const KUBESPRAY: Readonly<Record<string, (run: Run) => readonly Play[]>> = {
  "cluster.yml": () => clusterPlays,
  "scale.yml": () => scalePlays,
  "remove-node.yml": removeNodePlays,
  "upgrade-cluster.yml": (run) => {
    if (asksQuestions(run))
      throw new AnsibleError("upgrade_node_confirm asks a question, and there is no terminal");
    return upgradePlays;
  },
  "reset.yml": () => resetPlays,
  "recover-control-plane.yml": () => recoverPlays,
  "playbooks/facts.yml": () => [...boilerplate, ...facts],
};

const OWN: Readonly<Record<string, readonly Play[]>> = {
  "certificates.yml": certificatePlays,
  "encryption.yml": encryptionPlays,
  "wait.yml": waitPlays,
  "own-address.yml": ownAddressPlays,
  "probe.yml": probePlays,
  "snapshot.yml": snapshotPlays,
  "restore-etcd.yml": restoreEtcdPlays,
  "ssh-keys.yml": sshKeyPlays,
};

/** Playbooks of a checkout, relative to it. */
export const playbookNames = Object.keys(KUBESPRAY);

/** The name by which a playbook is known, from the path on the command line; undefined for an unknown one. */
export function playbookName(path: string): string | undefined {
  if (path in KUBESPRAY) return path;
  const [, own] = /^\/.*kubespray\/playbooks\/([a-z-]+\.yml)$/.exec(path) ?? [];
  return own !== undefined && own in OWN ? own : undefined;
}

export function playsOf(run: Run): readonly Play[] {
  return OWN[run.playbook] ?? KUBESPRAY[run.playbook]!(run);
}
