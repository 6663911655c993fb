/** A cluster with real Flux and a repository beside it, without the engine: what is generated is applied for real. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
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

/** Skips the suite where the programs are not. */
export function requireFlux(context: Context): void {
  for (const found of [findKubernetes(), findFlux()]) if ("why" in found) skip(context, found.why);
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

  static async open(organization: string): Promise<FluxBed> {
    const bed = new FluxBed(mkdtempSync(join(tmpdir(), "opencenter-fluxbed-")));
    const [kubernetes, flux] = [findKubernetes(), findFlux()];
    if (!("programs" in kubernetes && "programs" in flux)) throw new Error("requireFlux comes first");
    writeFileSync(
      join(bed.directory, "binaries.json"),
      JSON.stringify({ ...kubernetes.programs, ...flux.programs }),
    );
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

  async close(): Promise<void> {
    this.client?.close();
    await stopControlPlanes(this.directory);
    await stopGitServer(join(this.directory, "git"));
    rmSync(this.directory, { recursive: true, force: true });
  }
}
