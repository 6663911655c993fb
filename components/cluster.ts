/** A whole cluster: the plan turned into components, and what they offer as outputs. */
import * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import { durationSeconds } from "../config/duration";
import type { ClusterConfig } from "../config/resolve";
import { planCluster, type ClusterPlan } from "../plan";
import { type HostKey, nodeCloudConfig } from "../plan/cloudInit";
import { ApiEndpoint } from "./apiEndpoint";
import { Backup } from "./backup";
import { Bastion } from "./bastion";
import { Cloud } from "./cloud";
import { ApplicationCredential, type GivenCredential } from "./applicationCredential";
import { Dns } from "./dns";
import { Kubernetes } from "./kubernetes";
import type { Machine, MachineSurroundings } from "./machine";
import { Network } from "./network";
import { NodePool } from "./nodePool";
import { cloudFacts, type NodeOutput, nodeTable } from "./nodeTable";
import { Platform } from "./platform";
import type { PreviousRun } from "./previousRun";
import { SecurityGroups } from "./securityGroups";
import { SshKey } from "./sshKey";
import type { GivenSecrets } from "./stackConfig";
import { Teardown } from "./teardown";

/** Arguments of {@link Cluster}. */
export interface ClusterArgs {
  /** A checked configuration. */
  readonly config: ClusterConfig;
  /** Folder of the project, below which `clusters/` is. */
  readonly root: string;
  /** What the last run of this stack left. @default nothing */
  readonly previous?: PreviousRun;
  /** Credential of the cloud controller, and of every service that calls the cloud. @default one made for each */
  readonly cloudController?: GivenCredential;
  /** Secrets of the stack's configuration. @default none */
  readonly secrets?: GivenSecrets;
}

const FIRST_RUN: PreviousRun = { lifecycle: "day-1" };

export class Cluster extends pulumi.ComponentResource {
  readonly endpoint: ApiEndpoint;
  readonly network: Network;
  /** Of the network that floating IPs come from. */
  readonly externalNetworkId: pulumi.Output<string>;
  readonly sshKey: SshKey;
  readonly bastion?: Bastion;
  /** Control plane first, then the pools by name. */
  readonly nodes: pulumi.Output<NodeOutput[]>;
  readonly kubernetes: Kubernetes;
  /** Of the application credentials that the cluster was given last. */
  readonly credentialGeneration: pulumi.Output<number>;
  /** What runs inside; absent without `gitops`. */
  readonly platform?: Platform;

  private readonly plan: ClusterPlan;
  private readonly protectState: boolean;
  /** Explicit, because stacks switch default providers off. */
  private readonly commands: command.Provider;

  constructor(name: string, args: ClusterArgs, opts?: pulumi.ComponentResourceOptions) {
    super("opencenter:cluster:Cluster", name, {}, opts);
    const { config } = args;
    this.plan = planCluster(config);
    this.protectState = this.plan.protection.stateful;

    this.commands = new command.Provider(`${name}-commands`, {}, { parent: this });
    const cloud = new Cloud(`${name}-cloud`, config.openstack, { parent: this });
    const inCloud = { parent: this, providers: [cloud.provider, cloud.keys] };
    this.network = this.createNetwork(`${name}-network`, cloud, inCloud);
    this.externalNetworkId = cloud.externalNetwork.id;
    const securityGroups = this.createSecurityGroups(name, inCloud);
    this.sshKey = this.createSshKey(`${name}-ssh`, inCloud);

    const surroundings = { cloud, network: this.network, securityGroups, keyPair: this.sshKey.keyPair };
    this.bastion = this.createBastion(config, surroundings, inCloud);
    const controlPlane = this.createControlPlane(args, surroundings, inCloud);
    const pools = this.createPools(config, surroundings, inCloud);
    this.endpoint = this.createEndpoint(`${name}-api`, surroundings, controlPlane, inCloud);
    const dns = this.createDns(`${name}-dns`, cloud, inCloud);
    this.createBackup(`${name}-backup`, inCloud);
    const machines = [...controlPlane.machines, ...pools.flatMap((pool) => pool.machines)];
    this.nodes = nodeTable(machines);
    const login = this.createCredential(`${name}-cloud-controller`, args, cloud);
    this.kubernetes = this.createKubernetes(name, args, machines, { dns, credential: login });
    this.platform = this.createPlatform(`${name}-platform`, args, cloud, login);
    // Known when the playbooks and the publication have ended well, and not before.
    this.credentialGeneration = pulumi
      .all([this.kubernetes.record, this.platform?.record])
      .apply(() => config.secrets.applicationCredential.active);
    this.createTeardown(`${name}-teardown`, config);
    this.registerOutputs({ url: this.endpoint.url, nodes: this.nodes });
  }

  private createNetwork(name: string, cloud: Cloud, opts: pulumi.ComponentResourceOptions): Network {
    const { network: plan, tags } = this.plan;
    const args = { plan, tags, externalNetworkId: cloud.externalNetwork.id, protect: this.protectState };
    return new Network(name, args, opts);
  }

  private createSecurityGroups(name: string, opts: pulumi.ComponentResourceOptions): SecurityGroups {
    return new SecurityGroups(name, { groups: this.plan.securityGroups, tags: this.plan.tags }, opts);
  }

  private createSshKey(name: string, opts: pulumi.ComponentResourceOptions): SshKey {
    const { ssh } = this.plan;
    return new SshKey(name, { ...ssh, keyPairName: ssh.name, protect: this.protectState }, opts);
  }

  private createBastion(
    config: ClusterConfig,
    surroundings: MachineSurroundings,
    opts: pulumi.ComponentResourceOptions,
  ): Bastion | undefined {
    const { bastion: plan, tags } = this.plan;
    if (plan === undefined) return undefined;
    const userData = (hostKey: HostKey) => nodeCloudConfig(config, hostKey);
    const args = { ...surroundings, plan, tags, userData, protect: this.protectState };
    return new Bastion(`${plan.name}-access`, args, opts);
  }

  private createControlPlane(
    { config, previous }: ClusterArgs,
    surroundings: MachineSurroundings,
    opts: pulumi.ComponentResourceOptions,
  ): NodePool {
    const { controlPlane: plan } = this.plan;
    const args = {
      ...surroundings,
      plan,
      userData: nodeCloudConfig(config),
      protect: this.protectState,
      // Where there is no server yet there is no etcd to lose.
      serial: previous?.servers !== false,
    };
    return new NodePool(plan.name, args, opts);
  }

  private createPools(
    config: ClusterConfig,
    surroundings: MachineSurroundings,
    opts: pulumi.ComponentResourceOptions,
  ): NodePool[] {
    const args = {
      ...surroundings,
      userData: nodeCloudConfig(config),
      protectVolumes: this.protectState,
    };
    return this.plan.pools.map((plan) => new NodePool(plan.name, { ...args, plan }, opts));
  }

  private createEndpoint(
    name: string,
    { cloud, network, securityGroups }: MachineSurroundings,
    { machines }: NodePool,
    opts: pulumi.ComponentResourceOptions,
  ): ApiEndpoint {
    const { apiEndpoint: plan, tags } = this.plan;
    const args = { plan, cloud, network, securityGroups, machines, tags, protect: this.protectState };
    return new ApiEndpoint(name, args, opts);
  }

  private createDns(name: string, cloud: Cloud, opts: pulumi.ComponentResourceOptions): Dns | undefined {
    const { dns: plan } = this.plan;
    if (plan === undefined) return undefined;
    const api = this.endpoint.floatingIp ?? this.endpoint.address;
    return new Dns(name, { plan, cloud, addresses: { api } }, opts);
  }

  private createBackup(name: string, opts: pulumi.ComponentResourceOptions): void {
    const { backupContainer, organization, name: cluster } = this.plan;
    if (backupContainer === undefined) return;
    const metadata = { "opencenter-organization": organization, "opencenter-cluster": cluster };
    new Backup(name, { containerName: backupContainer.name, metadata, protect: this.protectState }, opts);
  }

  private createCredential(
    name: string,
    { config, cloudController: given }: ClusterArgs,
    cloud: Cloud,
  ): ApplicationCredential {
    const { authUrl, region } = config.openstack;
    const description = `Cloud controller of Kubernetes cluster ${config.name}`;
    const rotation = config.secrets.applicationCredential;
    const args = { description, cloud, rotation, authUrl, region, given };
    return new ApplicationCredential(name, args, { parent: this, providers: [cloud.provider] });
  }

  private createKubernetes(
    name: string,
    { config, root, previous }: ClusterArgs,
    machines: readonly Machine[],
    { dns, credential }: { dns?: Dns; credential: ApplicationCredential },
  ): Kubernetes {
    const { bastion, endpoint, commands, sshKey } = this;
    const args = {
      config,
      root,
      previous: previous?.kubernetes,
      converged: previous?.converged,
      machines,
      credential,
      sshPrivateKey: sshKey.privateKey,
      after: [endpoint, bastion, dns].filter((resource) => resource !== undefined),
      facts: cloudFacts(this),
      apiUrl: endpoint.url,
      commands,
      protect: this.protectState,
    };
    return new Kubernetes(`${name}-kubernetes`, args, { parent: this });
  }

  private createPlatform(
    name: string,
    { config, root, previous = FIRST_RUN, cloudController: given, secrets = {} }: ClusterArgs,
    cloud: Cloud,
    { login }: ApplicationCredential,
  ): Platform | undefined {
    if (config.gitops === undefined) return undefined;
    const { kubernetes, commands, endpoint, network, externalNetworkId } = this;
    const { networkId, subnetId } = network;
    const { address: apiAddress, url: apiUrl } = endpoint;
    const facts = pulumi.output({ networkId, subnetId, externalNetworkId, apiAddress, apiUrl });
    const standing = { cloud, kubernetes, facts, commands, protect: this.protectState };
    const args = { config, root, previous, login, given, secrets, ...standing };
    return new Platform(name, args, { parent: this });
  }

  private createTeardown(name: string, config: ClusterConfig): void {
    const { kubernetes, platform, commands } = this;
    const { timeout, skipUnreachable } = config.teardown;
    const args = {
      cluster: config,
      kubeconfig: kubernetes.kubeconfig,
      timeoutSeconds: durationSeconds(timeout),
      skipUnreachable,
      commands,
      before: platform === undefined ? [kubernetes] : [kubernetes, platform],
    };
    new Teardown(name, args, { parent: this });
  }
}
