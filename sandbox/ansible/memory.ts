/** What is on the disks of a cluster's machines: etcd's members, installed versions, static pod manifests. */
import { rmSync } from "node:fs";
import { join } from "node:path";
import { readJson, writeJson } from "../kubernetes/files";

export interface EtcdMember {
  readonly name: string;
  /** Host that it runs on. */
  readonly node: string;
  readonly serverId?: string;
  /** Client address. */
  readonly endpoint: string;
  /** 16 hexadecimal digits. */
  readonly id: string;
  /** May be set to false to simulate a broken disk. */
  readonly healthy: boolean;
  /** Of its data: an etcd that writes an earlier one does not start on them. @default the first */
  readonly format?: number;
}

/** What a playbook put on a machine. */
export interface Installed {
  readonly serverId?: string;
  /** Of kubelet and kubeadm, without v. */
  readonly kubelet?: string;
  /** Of the API server's static pod; only where the control plane is. */
  readonly apiServer?: string;
  /** Whether it joined the cluster. */
  readonly joined?: boolean;
}

export interface ClusterMemory {
  etcd: EtcdMember[];
  hosts: Record<string, Installed>;
  /** `--etcd-servers` of the API server, by control-plane node. */
  etcdServers: Record<string, string[]>;
  /** Control-plane nodes whose API server is started with keys of encryption at rest. */
  encrypting: string[];
  /** `10.0.0.5:6443` in admin.conf, by control-plane node. */
  adminServers: Record<string, string>;
  /** Alternative names that the serving certificate has to have. */
  names: string[];
  snapshots: { name: string; host: string; time: string }[];
  /** Lines of the login's authorized_keys, by server; absent, what the machine was born with. */
  authorizedKeys: Record<string, string[]>;
  /** Lines of certificates.yml, by node; absent, those of the control plane. */
  certificates: Record<string, string>;
  /** secrets_encryption.yaml by control-plane node, and what the API server has been started with. */
  encryption: Record<string, { file: string; started: string | null }>;
}

const EMPTY: ClusterMemory = {
  etcd: [],
  hosts: {},
  etcdServers: {},
  encrypting: [],
  adminServers: {},
  names: [],
  snapshots: [],
  authorizedKeys: {},
  certificates: {},
  encryption: {},
};

export class Memory {
  readonly file: string;
  private content: ClusterMemory;

  /** @param directory folder of the cluster */
  constructor(directory: string) {
    this.file = join(directory, "machines.json");
    this.content = { ...structuredClone(EMPTY), ...readJson<ClusterMemory>(this.file) };
  }

  get current(): Readonly<ClusterMemory> {
    return this.content;
  }
  /** Changes it on the disk at once: a run may be killed at any time. */
  change(work: (memory: ClusterMemory) => void): void {
    work(this.content);
    writeJson(this.file, this.content);
  }
  /** What is on a machine; nothing, when it is not the machine that had this name before. */
  installed(name: string, serverId: string | undefined): Installed {
    const known = this.content.hosts[name];
    return known !== undefined && known.serverId === serverId ? known : { serverId };
  }
  install(name: string, serverId: string | undefined, what: Partial<Installed>): void {
    const known = this.installed(name, serverId);
    this.change(({ hosts }) => (hosts[name] = { ...known, ...what }));
  }
  forget(): void {
    this.content = structuredClone(EMPTY);
    rmSync(this.file, { force: true });
  }
}
