/**
 * etcd, kube-apiserver and kwok as processes of this machine, and, where their programs are, the controller manager, the
 * scheduler and Flux.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { SANDBOX } from "../toolchain/paths";
import { type Backend, encryptionFile, plainEnvironment, type Site } from "./backend";
import { type FluxControllers, startFlux, stopFlux } from "../flux/engine/daemon";
import { CONTROLLER_NAMES, type ControllerPrograms, startControllers } from "./controllers";
import { Daemon } from "./daemons";
import { etcdSnapshot } from "./etcdSnapshot";
import { restoreEtcd } from "./etcdRestore";
import { readJson, writePrivate } from "./files";
import { kubeconfig } from "./kubeconfig";
import { storedSecrets } from "./storedSecrets";

/** Paths of the programs; those of {@link PlatformBinaries} all or none. */
export interface Binaries extends Partial<PlatformBinaries> {
  readonly etcd: string;
  /** Absent, nothing can be restored. */
  readonly etcdutl?: string;
  readonly "kube-apiserver": string;
  readonly kwok: string;
}

/** What makes Deployments run and Git be applied; without it Flux is played. */
export type PlatformBinaries = ControllerPrograms & FluxControllers;

const PLATFORM = [
  ...CONTROLLER_NAMES,
  "source-controller",
  "kustomize-controller",
  "helm-controller",
] as const satisfies readonly (keyof PlatformBinaries)[];

/** A cold start on a busy machine with two cores took 40 s. */
const READY_LIMIT_MS = 180_000;
/** Range of Kubespray's default `kube_service_addresses`. */
const SERVICE_RANGE = "10.233.0.0/18";

export function binariesFile(directory: string): string {
  return join(directory, "binaries.json");
}

/** @throws Error that says which program is missing in the file */
export function readBinaries(directory: string): Binaries | undefined {
  const file = binariesFile(directory);
  const binaries = readJson<Partial<Binaries>>(file);
  if (binaries === undefined) return undefined;
  for (const name of ["etcd", "kube-apiserver", "kwok"] as const) {
    if (typeof binaries[name] !== "string") throw new Error(`${file} names no ${name}`);
  }
  return binaries as Binaries;
}

export class RealBackend implements Backend {
  readonly kind = "real";

  constructor(private readonly binaries: Binaries) {}

  async start(site: Site, restartApi: boolean): Promise<void> {
    const env = plainEnvironment();
    const etcd = new Daemon(site.directory, "etcd");
    await etcd.start({ command: this.binaries.etcd, args: etcdFlags(site), env });
    await etcd.ready(() => answers(`http://127.0.0.1:${site.otherPorts[0]}/readyz`), READY_LIMIT_MS);
    const api = new Daemon(site.directory, "kube-apiserver");
    if (restartApi) await api.stop();
    await api.start({ command: this.binaries["kube-apiserver"], args: apiServerFlags(site), env });
    const client = site.client();
    await api.ready(() => client.isReady(), READY_LIMIT_MS);
    client.close();
    const config = join(site.directory, "admin.kubeconfig");
    writePrivate(config, kubeconfig("sandbox", `https://127.0.0.1:${site.port}`, site.pki, "admin"));
    const kwok = new Daemon(site.directory, "kwok");
    await kwok.start({ command: this.binaries.kwok, args: kwokFlags(config), env });
    const platform = this.platform();
    if (platform !== undefined) await startControllers(site, platform, config);
    await startFlux(site, platform);
  }

  storedSecrets({ otherPorts }: Site): Promise<Record<string, number>> {
    return storedSecrets(otherPorts[0]!);
  }

  async restore(site: Site, snapshot: Buffer, id: string): Promise<void> {
    const { etcdutl: program } = this.binaries;
    if (program === undefined)
      throw new Error("the sandbox has no etcdutl: npm run sandbox -- build-kubernetes");
    const { directory, otherPorts } = site;
    await this.stop(site);
    await restoreEtcd({ program, directory, peer: `http://127.0.0.1:${otherPorts[1]}`, snapshot, id });
    await this.start(site, false);
  }

  snapshot({ otherPorts }: Site): Promise<Buffer> {
    return etcdSnapshot(otherPorts[0]!);
  }

  private platform(): PlatformBinaries | undefined {
    return PLATFORM.every((name) => this.binaries[name] !== undefined)
      ? (this.binaries as Binaries & PlatformBinaries)
      : undefined;
  }

  async stop(site: Site): Promise<void> {
    // Clients first: they would fill their logs with refused connections.
    await stopFlux(site);
    for (const name of ["kube-scheduler", "kube-controller-manager", "kwok", "kube-apiserver", "etcd"])
      await new Daemon(site.directory, name).stop();
  }
}

function etcdFlags(site: Site): string[] {
  const [client, peer] = site.otherPorts.map((port) => `http://127.0.0.1:${port}`);
  return flags({
    name: "sandbox",
    "data-dir": join(site.directory, "etcd"),
    "unsafe-no-fsync": "true",
    "log-level": "warn",
    "listen-client-urls": client!,
    "advertise-client-urls": client!,
    "listen-peer-urls": peer!,
    "initial-advertise-peer-urls": peer!,
    "initial-cluster": `sandbox=${peer}`,
  });
}

function apiServerFlags({ directory, pki, port, otherPorts }: Site): string[] {
  const encryption = encryptionFile(directory);
  return flags({
    ...(existsSync(encryption) ? { "encryption-provider-config": encryption } : {}),
    "etcd-servers": `http://127.0.0.1:${otherPorts[0]}`,
    "bind-address": "127.0.0.1",
    "advertise-address": "127.0.0.1",
    "endpoint-reconciler-type": "none",
    "secure-port": String(port),
    "tls-cert-file": pki.path("apiserver.crt"),
    "tls-private-key-file": pki.path("apiserver.key"),
    "client-ca-file": pki.path("ca.crt"),
    "service-account-issuer": "https://kubernetes.default.svc",
    "service-account-key-file": pki.path("sa.pub"),
    "service-account-signing-key-file": pki.path("sa.key"),
    "service-cluster-ip-range": SERVICE_RANGE,
    "authorization-mode": "RBAC",
    "allow-privileged": "true",
    profiling: "false",
    // The first waits for default ServiceAccounts, which nobody makes where there is no controller manager; the taint
    // that the second puts on new nodes is taken away by the node lifecycle, which never runs.
    "disable-admission-plugins": "ServiceAccount,TaintNodesByCondition",
    // A drain must not wait for watches at a restart.
    "shutdown-delay-duration": "0s",
  });
}

function kwokFlags(config: string): string[] {
  return flags({
    kubeconfig: config,
    config: join(SANDBOX, "kubernetes", "stages.yaml"),
    "manage-all-nodes": "true",
    "node-ip": "127.0.0.1",
    cidr: "10.233.64.0/18",
    "node-lease-duration-seconds": "40",
    // Stages come from the file; the API server knows no such resource.
    "enable-crds": "",
  });
}

function flags(values: Readonly<Record<string, string>>): string[] {
  return Object.entries(values).map(([name, value]) => `--${name}=${value}`);
}

async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(url, { signal: AbortSignal.timeout(1000) })).ok;
  } catch {
    return false;
  }
}
