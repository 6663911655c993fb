/** A cluster with Flux and a repository beside it, without the engine: what is generated is applied for real. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Context } from "mocha";
import { bootstrap, type BootstrapLimits, type BootstrapResult } from "../../../delivery/flux/bootstrap";
import { makeAgeIdentity } from "../../../delivery/identity";
import { publish } from "../../../delivery/publish";
import * as renderer from "../../../gitops";
import type { ClusterConfig } from "../../../config/resolve";
import { clusterInfo } from "../../../plan/clusterInfo";
import type { DeliveryResult, DeliverySecrets } from "../../../plan/delivery";
import { Supervisor } from "../../../runner/supervisor/supervisor";
import { fluxManifests, startGitServer, stopGitServer, type GitServer } from "../../../sandbox/flux";
import { ControlPlane, stopControlPlanes } from "../../../sandbox/kubernetes";
import type { ApiClient, ApiObject } from "../../../sandbox/kubernetes/apiClient";
import { findFlux, findKubernetes } from "../../../sandbox/toolchain";
import { skip } from "../../support/skip";

export const KUSTOMIZATIONS = "/apis/kustomize.toolkit.fluxcd.io/v1/namespaces/flux-system/kustomizations";
const REPOSITORY = "/apis/source.toolkit.fluxcd.io/v1/namespaces/flux-system/gitrepositories/flux-system";
const CAPACITY = { cpu: "16", memory: "64Gi", pods: "500", "ephemeral-storage": "100Gi" };
const LIMITS: BootstrapLimits = { api: 30_000, deployments: 120_000, root: 180_000, services: 420_000 };

const FACTS = {
  authUrl: "https://keystone.example.org/v3",
  region: "one",
  networkId: "id-of-network",
  subnetId: "id-of-subnet",
  externalNetworkId: "id-of-external-network",
  apiAddress: "10.20.0.5",
  apiUrl: "https://10.20.0.5:6443",
};

/** What is real of it: Flux on a real API, a real API with Flux played, or neither. */
export type Mode = "real" | "played" | "recorded";

/** Skips the suite where the programs are not. */
export function requirePrograms(context: Context, mode: Mode): void {
  const wanted = { real: [findKubernetes(), findFlux()], played: [findKubernetes()], recorded: [] }[mode];
  for (const found of wanted) if ("why" in found) skip(context, found.why);
}

function programsOf(mode: Mode): Record<string, string> {
  const [kubernetes, flux] = [findKubernetes(), findFlux()];
  if (mode === "recorded" || !("programs" in kubernetes)) return {};
  return { ...kubernetes.programs, ...(mode === "real" && "programs" in flux ? flux.programs : {}) };
}

export class FluxBed {
  private readonly root: string;
  private secrets!: DeliverySecrets;
  client!: ApiClient;
  git!: GitServer;
  manifests!: string;
  private controlPlane!: ControlPlane;

  private constructor(private readonly directory: string) {
    this.root = join(directory, "project");
  }

  static async open(organization: string, mode: Mode = "real"): Promise<FluxBed> {
    const bed = new FluxBed(mkdtempSync(join(tmpdir(), "opencenter-fluxbed-")));
    if (mode !== "recorded")
      writeFileSync(join(bed.directory, "binaries.json"), JSON.stringify(programsOf(mode)));
    bed.git = await startGitServer(join(bed.directory, "git"), organization);
    bed.manifests = await fluxManifests();
    bed.controlPlane = ControlPlane.of(bed.directory, organization, "prod");
    await bed.controlPlane.start({ names: [], endpoints: [] });
    bed.client = bed.controlPlane.client();
    for (const name of ["worker-1", "worker-2"]) await bed.addNode(name);
    return bed;
  }

  private async addNode(name: string): Promise<void> {
    const labels = { "kubernetes.io/hostname": name, "kubernetes.io/os": "linux" };
    await this.client.create("/api/v1/nodes", { metadata: { name, labels } });
    await this.client.patch(`/api/v1/nodes/${name}/status`, {
      status: { capacity: CAPACITY, allocatable: CAPACITY },
    });
  }

  /** The `gitops` part of a configuration. */
  get gitops() {
    return {
      repository: { url: this.git.url },
      charts: this.git.charts,
      flux: { manifests: { file: this.manifests } },
      interval: "1m",
    };
  }

  /** What Pulumi keeps: the namespace, two Secrets and cluster-info. */
  async prepare(config: ClusterConfig): Promise<void> {
    const key = JSON.parse(await makeAgeIdentity()) as { identity: string; recipient: string };
    const login = { authUrl: FACTS.authUrl, region: FACTS.region, id: "id", secret: "PLANTED-credential" };
    this.secrets = {
      token: this.git.token,
      seed: "ab".repeat(32),
      identities: [{ generation: 1, ...key }],
      active: 1,
      credentials: Object.fromEntries(
        ["velero", "cinder-csi", "openstack-ccm", "cert-manager"].map((name) => [name, login]),
      ),
      store: { accessKey: "PLANTED-access", secretKey: "PLANTED-secret" },
    };
    const metadata = (name: string) => ({ name, namespace: "flux-system" });
    await this.client.send("POST", "/api/v1/namespaces", { metadata: { name: "flux-system" } });
    const secrets = "/api/v1/namespaces/flux-system/secrets";
    await this.client.create(secrets, {
      metadata: metadata("sops-age"),
      stringData: { "age.agekey": key.identity },
    });
    await this.client.create(secrets, {
      metadata: metadata("flux-system"),
      stringData: { username: "git", password: this.git.token },
    });
    await this.client.create("/api/v1/namespaces/flux-system/configmaps", {
      metadata: metadata("cluster-info"),
      data: clusterInfo(config, FACTS),
    });
  }

  async publish(config: ClusterConfig, lifecycle: "day-1" | "day-2"): Promise<DeliveryResult> {
    const { organization, name: cluster } = config;
    const supervisor = new Supervisor();
    const request = { organization, cluster, config, lifecycle };
    try {
      return await publish({ root: this.root, request, secrets: this.secrets, renderer, supervisor });
    } finally {
      supervisor.close();
      for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.removeAllListeners(signal);
    }
  }

  bootstrap(config: ClusterConfig): Promise<BootstrapResult> {
    const { organization, name: cluster } = config;
    const request = { organization, cluster, config, lifecycle: "day-1" as const };
    const kubeconfig = this.controlPlane.adminKubeconfig();
    return bootstrap({ root: this.root, request, kubeconfig, renderer, limits: LIMITS });
  }

  kustomizations(): Promise<ApiObject[]> {
    return this.client.list(KUSTOMIZATIONS);
  }

  /** Has Flux look at its repository now. */
  async lookAgain(): Promise<void> {
    const annotations = { "reconcile.fluxcd.io/requestedAt": new Date().toISOString() };
    await this.client.patch(REPOSITORY, { metadata: { annotations } });
  }

  /** What Flux says of its repository. */
  async sourceMessage(): Promise<string> {
    const found = await this.client.find(REPOSITORY);
    const conditions = (found?.status?.["conditions"] ?? []) as { type: string; message: string }[];
    return conditions.find(({ type }) => type === "Ready")?.message ?? "";
  }

  async until(holds: () => Promise<boolean>, limitMs = 60_000): Promise<void> {
    for (const end = Date.now() + limitMs; !(await holds()); await sleep(500))
      if (Date.now() > end) throw new Error(`not within ${limitMs / 1000} s`);
  }

  async close(): Promise<void> {
    this.client?.close();
    await stopControlPlanes(this.directory);
    await stopGitServer(join(this.directory, "git"));
    rmSync(this.directory, { recursive: true, force: true });
  }
}
