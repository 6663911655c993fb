/** Kubernetes on the machines: Kubespray as resources whose inputs say what is wanted. */
import * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import type { ClusterConfig } from "../config/resolve";
import type { RunSecrets } from "../kubespray/run";
import { digest } from "../plan/kubernetes/digests";
import { type ConvergeRecord, parseRecord } from "../plan/kubernetes/record";
import { planRequest } from "../plan/kubernetes/request";
import type { CloudFacts } from "../plan/kubernetes/types";
import { type ApplicationCredential, loginVariables } from "./applicationCredential";
import { commandOptions, KUBESPRAY, onDelete, SHOW_STATUS } from "./commands";
import { writeConvergeFiles } from "./convergeFiles";
import type { Machine } from "./machine";

/** Arguments of {@link Kubernetes}. */
export interface KubernetesArgs {
  readonly config: ClusterConfig;
  /** Folder of the project: where `clusters/` is. */
  readonly root: string;
  /** Control plane and workers. */
  readonly machines: readonly Machine[];
  readonly facts: pulumi.Input<CloudFacts>;
  /** Where clients reach the API: https, host and port. */
  readonly apiUrl: pulumi.Input<string>;
  readonly credential: ApplicationCredential;
  /** Private key of the machines' default user. */
  readonly sshPrivateKey: pulumi.Output<string>;
  /** What the last run left; host keys are taken from it. */
  readonly previous?: ConvergeRecord;
  /** Whether there is a cluster, also where nothing else is known of it. @default with a record */
  readonly converged?: boolean;
  readonly commands: command.Provider;
  /** What must be there before Ansible logs in: endpoint, bastion, volumes. */
  readonly after: readonly pulumi.Resource[];
  /** Refuse deletion of the cluster's own keys: with others nobody reads what is encrypted in etcd. @default false */
  readonly protect?: boolean;
}

/** Playbooks have limits of their own; this one only keeps the engine from waiting for ever. */
const LONGEST_RUN = "24h";

/** Generation of the token that came with the cluster's other keys. */
const FIRST_GENERATION = 1;

/** What the cluster's own keys are; secret. */
interface OwnKeys {
  readonly kubeadmCertificateKey: string;
  /** By generation. */
  readonly encryptionTokens: Readonly<Record<string, string>>;
}

export class Kubernetes extends pulumi.ComponentResource {
  /** The administrator's kubeconfig, with the API endpoint as its server; secret. */
  readonly kubeconfig: pulumi.Output<string>;
  /** Nodes, versions and host keys as the last run left them; no secret. */
  readonly record: pulumi.Output<ConvergeRecord | undefined>;

  /** Runs playbooks; what lives inside the cluster goes with it. */
  readonly converge: command.local.Command;

  constructor(name: string, args: KubernetesArgs, opts?: pulumi.ComponentResourceOptions) {
    super("opencenter:kubernetes:Kubernetes", name, {}, opts);
    const keys = this.createOwnKeys(name, args);
    const members = this.createMembers(name, args);
    this.converge = this.createConverge(name, args, keys, members);
    this.kubeconfig = this.readKubeconfig(name, args);
    this.record = pulumi.unsecret(this.converge.stdout.apply((text) => parseRecord(JSON.parse(text))));
    this.registerOutputs({ record: this.record });
  }

  /** Made once, and kept in the state: another value would lock the cluster out of its own data. */
  private createKey(name: string, word: "keys" | "encryption-key", { commands, protect }: KubernetesArgs) {
    const keys = new command.local.Command(
      name,
      { ...KUBESPRAY, create: word },
      {
        ...commandOptions(this, commands),
        protect,
        ignoreChanges: ["*"],
        additionalSecretOutputs: ["stdout", "stderr"],
      },
    );
    return pulumi.secret(keys.stdout);
  }

  /** The first token of encryption at rest is as old as the cluster, and came with its other keys. */
  private createOwnKeys(name: string, args: KubernetesArgs): pulumi.Output<OwnKeys> {
    const later = args.config.secrets.encryptionKey.generations
      .filter((generation) => generation !== FIRST_GENERATION)
      .map(
        (generation) =>
          [
            String(generation),
            this.createKey(`${name}-encryption-key-g${generation}`, "encryption-key", args),
          ] as const,
      );
    const first = this.createKey(`${name}-keys`, "keys", args);
    return pulumi.all([first, pulumi.output(Object.fromEntries(later))]).apply(([text, others]) => {
      const { kubeadmCertificateKey = "", encryptionToken = "" } = JSON.parse(text) as Record<string, string>;
      return {
        kubeadmCertificateKey,
        encryptionTokens: { ...others, [String(FIRST_GENERATION)]: encryptionToken },
      };
    });
  }

  private createConverge(
    name: string,
    args: KubernetesArgs,
    keys: pulumi.Output<OwnKeys>,
    members: readonly pulumi.Resource[],
  ) {
    const { config, commands, facts, root, sshPrivateKey, previous, converged, machines, after } = args;
    const secrets = runSecretsOf(args, keys);
    const request = pulumi
      .output(facts)
      .apply((known) => JSON.stringify(planRequest(config, known as CloudFacts), null, 1));
    return new command.local.Command(
      `${name}-converge`,
      {
        ...KUBESPRAY,
        ...SHOW_STATUS,
        create: "converge",
        stdin: writeConvergeFiles({
          ...{ root, cluster: config, request, secrets, sshPrivateKey },
          ...{ previous, converged },
        }),
        environment: { OPENCENTER_SECRETS: inputOf(secrets) },
      },
      {
        ...commandOptions(this, commands),
        // A machine may be an etcd member as soon as this runs, also when it fails.
        dependsOn: [...machines, ...members, ...after],
        customTimeouts: { create: LONGEST_RUN, update: LONGEST_RUN },
      },
    );
  }

  /**
   * One per node, for its `delete` alone: the node leaves Kubernetes and etcd before its machine goes. Its inputs never
   * change. Made before converge: of a run that failed, the state knows every machine that may have joined etcd, and
   * one that is put back would otherwise take its member's quorum with it. `destroy` skips it together with the
   * component, the only part of the cluster that is there before it.
   */
  private createMembers(
    name: string,
    { config, machines, commands }: KubernetesArgs,
  ): command.local.Command[] {
    return machines.map((machine) => {
      const node = machine.plan.name;
      return new command.local.Command(
        `${name}-member-${node}`,
        {
          ...onDelete(KUBESPRAY, "remove-node"),
          environment: {
            OPENCENTER_ORGANIZATION: config.organization,
            OPENCENTER_CLUSTER: config.name,
            OPENCENTER_NODE: node,
          },
        },
        {
          ...commandOptions(this, commands),
          dependsOn: [machine],
          deletedWith: this,
          customTimeouts: { delete: LONGEST_RUN },
        },
      );
    });
  }

  /** Read once, and again when the API moves: with the old address in it nobody could take the cluster down. */
  private readKubeconfig(name: string, { config, commands, apiUrl }: KubernetesArgs) {
    const kubeconfig = new command.local.Command(
      `${name}-kubeconfig`,
      {
        ...KUBESPRAY,
        create: "kubeconfig",
        environment: {
          OPENCENTER_ORGANIZATION: config.organization,
          OPENCENTER_CLUSTER: config.name,
          OPENCENTER_API_URL: apiUrl,
        },
      },
      {
        ...commandOptions(this, commands),
        dependsOn: [this.converge],
        additionalSecretOutputs: ["stdout", "stderr"],
      },
    );
    return pulumi.secret(kubeconfig.stdout);
  }
}

function runSecretsOf(
  { config, credential }: KubernetesArgs,
  keys: pulumi.Output<OwnKeys>,
): pulumi.Output<RunSecrets> {
  const { generation } = config.secrets.encryptionKey;
  return pulumi.all([keys, credential.login]).apply(([own, login]) => ({
    cloud: loginVariables(login),
    // Where it logs in as well: the cluster keeps the address and the region of its last run.
    credential: digest([login.id, login.authUrl, login.region]),
    kubeadmCertificateKey: own.kubeadmCertificateKey,
    encryptionToken: own.encryptionTokens[generation] ?? "",
    encryptionTokens: { ...own.encryptionTokens },
  }));
}

/** Without the keys that are not in use: they are in the file, and converge must not run again for one more. */
function inputOf(secrets: pulumi.Output<RunSecrets>): pulumi.Output<string> {
  return pulumi.secret(secrets).apply(({ encryptionTokens: _, ...inUse }) => JSON.stringify(inUse));
}
