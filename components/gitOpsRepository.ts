/** The organisation's Git repository: this cluster's part of it, generated, encrypted and published. */
import * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import * as tls from "@pulumi/tls";
import type { ClusterConfig } from "../config/resolve";
import type { SecretValues } from "../gitops/types";
import type { DeliveryRequest, DeliveryResult, DeliverySecrets } from "../plan/delivery";
import type { AgeKey } from "./ageKeys";
import { commandOptions, DELIVERY, SHOW_STATUS } from "./commands";
import { writeDeliveryFiles } from "./deliveryFiles";

/** Arguments of {@link GitOpsRepository}. */
export interface GitOpsRepositoryArgs {
  readonly config: ClusterConfig;
  /** Folder of the project: where `clusters/` is. */
  readonly root: string;
  /** Whether Flux is at work: then changes are proposed and never pushed to the branch that it reads. */
  readonly lifecycle: "day-1" | "day-2";
  /** Host keys that the last run learnt, as lines of known_hosts. */
  readonly learntHosts?: readonly string[];
  /** Digest of everything that is generated from the configuration alone. */
  readonly digest: string;
  /** Secret. */
  readonly ageKeys: pulumi.Output<AgeKey[]>;
  /** Logins of the services that call the cloud; secret. */
  readonly credentials: pulumi.Output<SecretValues["credentials"]>;
  /** Access key of an S3 store; secret. */
  readonly store?: { readonly accessKey: pulumi.Output<string>; readonly secretKey: pulumi.Output<string> };
  /** Secret. */
  readonly token?: pulumi.Output<string>;
  /** Private key for the repository, in OpenSSH format; secret. @default one that is made, for ssh */
  readonly sshKey?: pulumi.Output<string>;
  readonly commands: command.Provider;
  /** Provider of generated keys. */
  readonly keys: tls.Provider;
  /** Refuse deletion of what passwords are derived from. @default false */
  readonly protect?: boolean;
}

/** Git has limits of its own; this one only keeps the engine from waiting for ever. */
const LONGEST_PUBLISH = "1h";

export class GitOpsRepository extends pulumi.ComponentResource {
  /** What the last publishing did, as JSON: branch, commit, pull request, files. */
  readonly result: pulumi.Output<string>;
  /** Public half of the deploy key that was made: to be added at the Git host, with the right to write. */
  readonly deployKey?: pulumi.Output<string>;
  /** Private key that Git is reached with; secret. Absent with a token. */
  readonly sshKey?: pulumi.Output<string>;
  /** Host keys of the Git host as lines of known_hosts, for ssh. */
  readonly knownHosts: pulumi.Output<string>;
  readonly publish: command.local.Command;

  constructor(name: string, args: GitOpsRepositoryArgs, opts?: pulumi.ComponentResourceOptions) {
    super("opencenter:gitops:GitOpsRepository", name, {}, opts);
    const made = this.createDeployKey(name, args);
    this.sshKey = args.sshKey ?? made?.privateKeyOpenssh;
    this.deployKey = made?.publicKeyOpenssh.apply((key) => key.trimEnd());
    const secrets = this.secrets(args, this.createSeed(name, args));
    this.publish = this.createPublish(name, args, secrets);
    this.result = pulumi.unsecret(this.publish.stdout);
    this.knownHosts = this.result.apply((text) => (JSON.parse(text) as DeliveryResult).knownHosts ?? "");
    this.registerOutputs({ result: this.result, deployKey: this.deployKey });
  }

  private createDeployKey(name: string, { config, sshKey, keys }: GitOpsRepositoryArgs) {
    if (config.gitops?.auth !== "ssh" || sshKey !== undefined) return undefined;
    return new tls.PrivateKey(
      `${name}-deploy-key`,
      { algorithm: "ED25519" },
      { parent: this, provider: keys },
    );
  }

  /** Passwords of services are derived from it: another one would change all of them. */
  private createSeed(name: string, { commands, protect }: GitOpsRepositoryArgs): pulumi.Output<string> {
    const seed = new command.local.Command(
      `${name}-seed`,
      { ...DELIVERY, create: "seed" },
      {
        ...commandOptions(this, commands),
        protect,
        ignoreChanges: ["*"],
        additionalSecretOutputs: ["stdout", "stderr"],
      },
    );
    return pulumi.secret(seed.stdout);
  }

  private secrets(args: GitOpsRepositoryArgs, seed: pulumi.Output<string>): pulumi.Output<DeliverySecrets> {
    const { config, ageKeys, credentials, store, token } = args;
    const whole = pulumi.output({
      token,
      sshPrivateKey: this.sshKey,
      seed,
      identities: ageKeys,
      credentials,
      store,
    });
    const { active } = config.secrets.age;
    return pulumi.secret(whole.apply((known): DeliverySecrets => ({ ...known, active })));
  }

  private createPublish(name: string, args: GitOpsRepositoryArgs, secrets: pulumi.Output<DeliverySecrets>) {
    const { config, root, lifecycle, learntHosts, digest, commands } = args;
    const { organization, name: cluster } = config;
    const request: DeliveryRequest = { organization, cluster, config, lifecycle, learntHosts };
    return new command.local.Command(
      `${name}-publish`,
      {
        ...DELIVERY,
        ...SHOW_STATUS,
        create: "publish",
        environment: {
          OPENCENTER_ORGANIZATION: organization,
          OPENCENTER_CLUSTER: cluster,
          // Not the configuration itself: most of its changes have no effect in Git.
          OPENCENTER_GITOPS: writeDeliveryFiles({ root, cluster: config, request, secrets, digest }),
          OPENCENTER_SECRETS: pulumi.secret(pulumi.jsonStringify(secrets)),
        },
      },
      {
        ...commandOptions(this, commands),
        customTimeouts: { create: LONGEST_PUBLISH, update: LONGEST_PUBLISH },
      },
    );
  }
}
