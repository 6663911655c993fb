/** What runs inside the cluster: keys, the Git repository, Flux; and what each of them needs of the cloud. */
import type * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import type { ClusterConfig } from "../config/resolve";
import { renderTree, sealedFiles } from "../gitops";
import type { CloudCredential, SecretValues } from "../gitops/types";
import { clusterInfo, type ProvisionedFacts } from "../plan/clusterInfo";
import { contentDigest, type DeliveryResult } from "../plan/delivery";
import { servicesWithLogin } from "../plan/serviceCredentials";
import { AgeKeys } from "./ageKeys";
import { ApplicationCredential, type GivenCredential } from "./applicationCredential";
import type { Cloud } from "./cloud";
import { Flux } from "./flux";
import { GitOpsRepository } from "./gitOpsRepository";
import type { Kubernetes } from "./kubernetes";
import type { PreviousRun } from "./previousRun";
import type { GivenSecrets } from "./stackConfig";

/** Arguments of {@link Platform}. */
export interface PlatformArgs {
  /** With `gitops`. */
  readonly config: ClusterConfig;
  /** Folder of the project: where `clusters/` is. */
  readonly root: string;
  /** Of this stack. */
  readonly previous: PreviousRun;
  readonly cloud: Cloud;
  readonly kubernetes: Kubernetes;
  readonly facts: pulumi.Output<Omit<ProvisionedFacts, "authUrl" | "region">>;
  /** Of the cloud controller: where Keystone is. */
  readonly login: pulumi.Output<{ readonly authUrl: string; readonly region: string }>;
  /** Use this credential for every service instead of making some. */
  readonly given?: GivenCredential;
  readonly secrets: GivenSecrets;
  readonly commands: command.Provider;
  /** Refuse deletion of keys. @default false */
  readonly protect?: boolean;
}

export class Platform extends pulumi.ComponentResource {
  readonly ageKeys: AgeKeys;
  readonly repository: GitOpsRepository;
  readonly flux: Flux;
  /** What was published last, and the deploy key that was made for it. */
  readonly record: pulumi.Output<DeliveryResult & { readonly deployKey?: string }>;
  /** Known when Flux has been seen at work. */
  readonly lifecycle: pulumi.Output<"day-2">;

  constructor(name: string, args: PlatformArgs, opts?: pulumi.ComponentResourceOptions) {
    super("opencenter:gitops:Platform", name, {}, opts);
    const { config, commands, protect } = args;
    const { generations } = config.secrets.age;
    this.ageKeys = new AgeKeys(`${name}-age`, { generations, commands, protect }, { parent: this });
    const credentials = this.createCredentials(name, args);
    this.repository = this.createRepository(name, args, credentials);
    this.flux = this.createFlux(name, args);
    const { result, deployKey } = this.repository;
    this.record = pulumi
      .all([result, deployKey])
      .apply(([text, key]) => ({ ...(JSON.parse(text) as DeliveryResult), deployKey: key }));
    this.lifecycle = this.flux.result.apply(() => "day-2" as const);
    this.registerOutputs({ lifecycle: this.lifecycle });
  }

  /** One for each service that calls the cloud: one that leaked is revoked without the others. */
  private createCredentials(name: string, args: PlatformArgs): pulumi.Output<SecretValues["credentials"]> {
    const { config, cloud, given } = args;
    const { authUrl, region } = config.openstack;
    const logins = servicesWithLogin(config).map((service) => {
      const description = `Service ${service} of Kubernetes cluster ${config.name}`;
      const options = { parent: this, providers: [cloud.provider] };
      const rotation = config.secrets.applicationCredential;
      const credentialArgs = { description, cloud, rotation, authUrl, region, given };
      return [
        service,
        new ApplicationCredential(`${name}-${service}`, credentialArgs, options).login,
      ] as const;
    });
    return pulumi.secret(
      pulumi.output(Object.fromEntries(logins) as Record<string, pulumi.Output<CloudCredential>>),
    );
  }

  private createRepository(
    name: string,
    args: PlatformArgs,
    credentials: pulumi.Output<SecretValues["credentials"]>,
  ): GitOpsRepository {
    const { config, root, previous, cloud, commands, protect, secrets } = args;
    const { lifecycle, delivery } = previous;
    return new GitOpsRepository(
      `${name}-repository`,
      {
        config,
        root,
        lifecycle,
        learntHosts: delivery?.knownHosts?.split("\n").filter((line) => line !== ""),
        digest: publishedDigest(config),
        ageKeys: this.ageKeys.keys,
        credentials,
        store: secrets.backupStore,
        token: secrets.gitToken,
        sshKey: secrets.gitSshKey,
        commands,
        keys: cloud.keys,
        protect,
      },
      { parent: this },
    );
  }

  private createFlux(
    name: string,
    { config, kubernetes, facts, login, commands, secrets }: PlatformArgs,
  ): Flux {
    const info = pulumi
      .all([facts, login])
      .apply(([provisioned, { authUrl, region }]) =>
        clusterInfo(config, { ...provisioned, authUrl, region }),
      );
    return new Flux(
      `${name}-flux`,
      {
        cluster: config,
        kubeconfig: kubernetes.kubeconfig,
        // The login is secret as a whole; where Keystone is, is not.
        info: pulumi.unsecret(info),
        ageKeys: this.ageKeys.keys,
        gitAccess: this.gitAccess(config, secrets),
        commands,
        converge: kubernetes.converge,
        published: this.repository.publish,
      },
      { parent: this },
    );
  }

  /** In the shape that Flux reads. */
  private gitAccess(
    { gitops }: ClusterConfig,
    { gitToken }: GivenSecrets,
  ): pulumi.Output<Record<string, string>> {
    const { sshKey } = this.repository;
    if (gitops?.auth !== "ssh" || sshKey === undefined) {
      return pulumi.secret(
        pulumi.output(gitToken).apply((password): Record<string, string> => ({
          username: gitops?.username ?? "",
          password: password ?? "",
        })),
      );
    }
    return pulumi.secret(
      pulumi
        .all([sshKey, this.repository.knownHosts])
        .apply(([identity, knownHosts]): Record<string, string> => ({ identity, known_hosts: knownHosts })),
    );
  }
}

/** Changes with everything that publishing makes of the configuration; its secrets are inputs of their own. */
function publishedDigest(config: ClusterConfig): string {
  const sealed = sealedFiles(config).map(({ path, secret }) => [path, JSON.stringify(secret)] as const);
  const surroundings = JSON.stringify([
    config.gitops?.flux,
    config.gitops?.pullRequests,
    config.gitops?.repository.knownHosts,
    config.secrets.age,
  ]);
  return contentDigest(renderTree(config), new Map([...sealed, ["surroundings", surroundings]]));
}
