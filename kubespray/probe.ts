/** What the control-plane nodes themselves say: the way in to the cluster, and etcd's state. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { isRotating, keysOfFile, othersInFile } from "../plan/kubernetes/encryption";
import type { ObservedEtcd } from "../plan/kubernetes/types";
import { type AnsibleSurroundings, runPlaybook } from "./ansible/playbook";

const text = z.string().nullable();

const answer = z.object({
  hosts: z.record(
    z.string(),
    z.object({
      reachable: z.boolean(),
      adminConf: text,
      /** Static pod manifest of the API server. */
      manifest: text,
      /** `etcdctl member list -w json` and `etcdctl endpoint health --cluster -w json`. */
      members: text,
      health: text,
      /** secrets_encryption.yaml of the API server: a secret. */
      encryption: text,
    }),
  ),
});

const memberList = z.object({
  members: z.array(
    z.object({
      name: z.string().default(""),
      clientURLs: z.array(z.string()).default([]),
      peerURLs: z.array(z.string()).default([]),
    }),
  ),
});
const healthList = z.array(z.object({ endpoint: z.string(), health: z.boolean() }));

export interface KeysOnNodes {
  /** Hosts whose keys of encryption at rest are on their way to others. */
  readonly rotating: readonly string[];
  /** `configmaps on cp-1`: what a file of the keys has beside Secrets. */
  readonly encryptingMore: readonly string[];
}

export interface Probe extends KeysOnNodes {
  /** Hosts that SSH did not reach. */
  readonly unreachable: readonly string[];
  /** The administrator's kubeconfig, from the first host that has one: a secret. */
  readonly adminConf?: string;
  /** Absent when no host runs etcd. */
  readonly etcd?: ObservedEtcd;
  /** By host: etcd addresses that its API server is told. */
  readonly etcdServers: Readonly<Record<string, readonly string[]>>;
  /** Whether any API server is started with keys of encryption at rest. */
  readonly encrypts: boolean;
}

export async function probe(
  controlPlane: readonly string[],
  workers: readonly string[],
  surroundings: AnsibleSurroundings,
): Promise<Probe> {
  const folder = mkdtempSync(join(tmpdir(), "opencenter-probe-"));
  try {
    const file = join(folder, "answer.json");
    await runPlaybook(
      {
        playbook: "opencenter/probe.yml",
        extraVars: { probe_out: file },
        why: "look before changing anything",
        inventory: { controlPlane, workers },
      },
      surroundings,
    );
    return read(readFileSync(file, "utf8"));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export function read(json: string): Probe {
  const hosts = Object.entries(answer.parse(JSON.parse(json)).hosts);
  const adminConf = hosts.map(([, { adminConf: found }]) => found).find((found) => found !== null);
  const members = hosts.map(([, { members: found }]) => found).find((found) => found !== null);
  const healthy = new Set(
    hosts.flatMap(([, { health }]) =>
      health === null
        ? []
        : parseHealth(health)
            .filter((one) => one.health)
            .map((one) => one.endpoint),
    ),
  );
  return {
    unreachable: hosts.filter(([, { reachable }]) => !reachable).map(([name]) => name),
    adminConf: adminConf ?? undefined,
    etcd:
      members == null
        ? undefined
        : {
            members: memberList
              .parse(JSON.parse(members))
              // A member that was added and has not started has neither a name nor a client's address.
              .members.map(({ name, clientURLs, peerURLs: [peer] }) => ({
                name,
                healthy: clientURLs.some((url) => healthy.has(url)),
                address: peer === undefined ? undefined : hostOf(peer),
              })),
          },
    encrypts: hosts.some(([, { manifest }]) => manifest?.includes("--encryption-provider-config=") === true),
    ...keysOnNodes(
      hosts.flatMap(([name, { encryption }]) => (encryption === null ? [] : [[name, encryption]])),
    ),
    etcdServers: Object.fromEntries(
      hosts.flatMap(([name, { manifest }]) => (manifest === null ? [] : [[name, etcdServersOf(manifest)]])),
    ),
  };
}

/** @param files secrets_encryption.yaml by host: secrets */
export function keysOnNodes(files: readonly (readonly [host: string, text: string])[]): KeysOnNodes {
  return {
    rotating: files
      .filter(([, text]) => isRotating(keysOfFile(text, {}).map(({ name }) => name)))
      .map(([host]) => host),
    encryptingMore: files
      .map(([host, text]) => ({ host, others: othersInFile(text) }))
      .filter(({ others }) => others.length > 0)
      .map(({ host, others }) => `${others.join(", ")} on ${host}`),
  };
}

/** Without the brackets of an IPv6 address. */
function hostOf(url: string): string {
  return new URL(url).hostname.replace(/^\[|\]$/g, "");
}

/** etcdctl prints complaints before the list where a member does not answer. */
function parseHealth(output: string): z.infer<typeof healthList> {
  const start = output.indexOf("[{");
  const { data } = healthList.safeParse(start === -1 ? [] : JSON.parse(output.slice(start)));
  return data ?? [];
}

function etcdServersOf(manifest: string): string[] {
  const value = /--etcd-servers=(\S+)/.exec(manifest)?.[1] ?? "";
  return value.replace(/["']$/, "").split(",").filter(Boolean).sort();
}
