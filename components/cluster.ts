/** A whole cluster: the plan turned into components, and what they offer as outputs. */
import * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import type { ClusterConfig } from "../config/resolve";
import { planCluster, type ClusterPlan } from "../plan";
import { cloudConfig } from "../plan/cloudInit";
import type { ConvergeRecord } from "../plan/kubernetes/record";
import type { CloudFacts } from "../plan/kubernetes/types";
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
import { SecurityGroups } from "./securityGroups";
import { SshKey } from "./sshKey";

/** Arguments of {@link Cluster}. */
export interface ClusterArgs {
  /** A checked configuration. */
  readonly config: ClusterConfig;
  /** Folder of the project, below which `clusters/` is. */
  readonly root: string;
  /** What the last run of this stack left. */
  readonly previous?: ConvergeRecord;
  /** Credential of the cloud controller. @default one that is made for it */
  readonly cloudController?: GivenCredential;
}

/** A row of the node table. */
export interface NodeOutput {
  readonly name: string;
  readonly role: "control-plane" | "worker";
  /** `cp` or the pool's name. */
  readonly pool: string;
  /** Address in the cluster's subnet. */
  readonly address: string;
  /** Id of the server. */
  readonly id: string;
  readonly flavor: string;
  readonly availabilityZone: string;
}

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
    const cloud = new Cloud(`${name}-cloud`, cloudArgs(config), { parent: this });
    const inCloud = { parent: this, providers: [cloud.provider, cloud.keys] };
    this.network = this.createNetwork(`${name}-network`, cloud, inCloud);
    this.externalNetworkId = cloud.externalNetwork.id;
    const securityGroups = this.createSecurityGroups(name, inCloud);
    this.sshKey = this.createSshKey(`${name}-ssh`, inCloud);

    const surroundings = { cloud, network: this.network, securityGroups, keyPair: this.sshKey.keyPair };
    this.bastion = this.createBastion(config, surroundings, inCloud);
    const controlPlane = this.createControlPlane(config, surroundings, inCloud);
    const pools = this.createPools(config, surroundings, inCloud);
    this.endpoint = this.createEndpoint(`${name}-api`, surroundings, controlPlane, inCloud);
    const dns = this.createDns(`${name}-dns`, cloud, inCloud);
    this.createBackup(`${name}-backup`, inCloud);
    const machines = [...controlPlane.machines, ...pools.flatMap((pool) => pool.machines)];
    this.nodes = nodeTable(machines);
    this.kubernetes = this.createKubernetes(name, args, cloud, machines, dns);
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
    return new SshKey(
      name,
      { keyPairName: ssh.name, generation: ssh.generation, protect: this.protectState },
      opts,
    );
  }

  private createBastion(
    config: ClusterConfig,
    surroundings: MachineSurroundings,
    opts: pulumi.ComponentResourceOptions,
  ): Bastion | undefined {
    const { bastion: plan, tags } = this.plan;
    if (plan === undefined) return undefined;
    const userData = (hostKey: { privateKey: string; publicKey: string }) => nodeUserData(config, hostKey);
    const args = { ...surroundings, plan, tags, userData, protect: this.protectState };
    return new Bastion(`${plan.name}-access`, args, opts);
  }

  private createControlPlane(
    config: ClusterConfig,
    surroundings: MachineSurroundings,
    opts: pulumi.ComponentResourceOptions,
  ): NodePool {
    const { controlPlane: plan } = this.plan;
    const args = {
      ...surroundings,
      plan,
      userData: nodeUserData(config),
      protect: this.protectState,
      serial: true,
    };
    return new NodePool(plan.name, args, opts);
  }

  private createPools(
    config: ClusterConfig,
    surroundings: MachineSurroundings,
    opts: pulumi.ComponentResourceOptions,
  ): NodePool[] {
    const userData = nodeUserData(config);
    return this.plan.pools.map(
      (plan) =>
        new NodePool(plan.name, { ...surroundings, plan, userData, protectVolumes: this.protectState }, opts),
    );
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

  private createKubernetes(
    name: string,
    { config, root, previous, cloudController }: ClusterArgs,
    cloud: Cloud,
    machines: readonly Machine[],
    dns: Dns | undefined,
  ): Kubernetes {
    const credential = this.createCredential(`${name}-cloud-controller`, "Cloud controller", cloud, {
      config,
      given: cloudController,
    });
    const { bastion, endpoint } = this;
    const after = [
      endpoint,
      ...(bastion === undefined ? [] : [bastion]),
      ...(dns === undefined ? [] : [dns]),
    ];
    const facts = this.cloudFacts(cloud);
    const { privateKey: sshPrivateKey } = this.sshKey;
    const { commands, protectState: protect } = this;
    const args = {
      config,
      root,
      previous,
      machines,
      credential,
      sshPrivateKey,
      after,
      facts,
      commands,
      protect,
    };
    return new Kubernetes(`${name}-kubernetes`, args, { parent: this });
  }

  private createCredential(
    name: string,
    whose: string,
    cloud: Cloud,
    { config, given }: { config: ClusterConfig; given?: GivenCredential },
  ): ApplicationCredential {
    const { authUrl, region } = config.openstack;
    const description = `${whose} of Kubernetes cluster ${config.name}`;
    const args = { description, cloud, authUrl, region, given };
    return new ApplicationCredential(name, args, { parent: this, providers: [cloud.provider] });
  }

  private cloudFacts(cloud: Cloud): pulumi.Output<CloudFacts> {
    const { bastion, endpoint, network, nodes } = this;
    return pulumi
      .all([
        nodes,
        endpoint.address,
        endpoint.floatingIp,
        network.networkId,
        network.subnetId,
        cloud.externalNetwork.id,
        bastion?.floatingIp,
        bastion?.hostKey,
      ])
      .apply(([rows, address, floatingIp, networkId, subnetId, externalNetworkId, jump, hostKey]) => ({
        machines: Object.fromEntries(
          rows.map((row) => [row.name, { address: row.address, serverId: row.id }]),
        ),
        endpoint: { address, floatingIp },
        networkId,
        subnetId,
        externalNetworkId,
        bastion: jump === undefined || hostKey === undefined ? undefined : { address: jump, hostKey },
      }));
  }
}

function cloudArgs({ openstack }: ClusterConfig) {
  const { cloud, authUrl, region, caCertificate, externalNetwork } = openstack;
  return { cloud, authUrl, region, caCertificate, externalNetwork };
}

function nodeUserData(config: ClusterConfig, hostKey?: { privateKey: string; publicKey: string }): string {
  const { caCertificate } = config.openstack;
  return cloudConfig({ ntpServers: config.network.ntpServers, caCertificate, hostKey });
}

function nodeTable(machines: readonly Machine[]): pulumi.Output<NodeOutput[]> {
  return pulumi.all(
    machines.map(({ plan, address, instanceId, availabilityZone }) =>
      pulumi.output({
        name: plan.name,
        role: plan.role === "control-plane" ? ("control-plane" as const) : ("worker" as const),
        pool: plan.pool ?? "",
        address,
        id: instanceId,
        flavor: plan.flavor,
        availabilityZone,
      }),
    ),
  );
}
