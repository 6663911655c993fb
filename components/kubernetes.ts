/** Kubernetes on the machines: Kubespray as resources whose inputs say what is wanted. */
import * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import type { ClusterConfig } from "../config/resolve";
import type { RunSecrets } from "../kubespray/run";
import { digest } from "../plan/kubernetes/digests";
import { type ConvergeRecord, parseRecord } from "../plan/kubernetes/record";
import { planRequest } from "../plan/kubernetes/request";
import type { CloudFacts } from "../plan/kubernetes/types";
import type { CloudControllerCredential } from "./cloudControllerCredential";
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
  readonly credential: CloudControllerCredential;
  /** Private key of the machines' default user. */
  readonly sshPrivateKey: pulumi.Output<string>;
  /** What the last run left; host keys are taken from it. */
  readonly previous?: ConvergeRecord;
  /** What must be there before Ansible logs in: endpoint, bastion, volumes. */
  readonly after: readonly pulumi.Resource[];
  /** Refuse deletion of the cluster's own keys: with others nobody reads what is encrypted in etcd. @default false */
  readonly protect?: boolean;
}

/** What the Commands run. Relative, because the next run may be on another machine; one word follows. */
const PROGRAM = ["node", "--import", "tsx", "kubespray/main.ts"];

/**
 * Every Command: no triggers, which would replace (and run `delete` after `create`); no output of the last run in the
 * environment, which a long log makes too large to start a process with; nothing on the live display but status lines.
 */
const QUIET = { addPreviousOutputInEnv: false, logging: command.local.Logging.None };

/** Playbooks have limits of their own; this one only keeps the engine from waiting for ever. */
const LONGEST_RUN = "24h";

export class Kubernetes extends pulumi.ComponentResource {
  /** The administrator's kubeconfig, with the API endpoint as its server; secret. */
  readonly kubeconfig: pulumi.Output<string>;
  /** Nodes, versions and host keys as the last run left them; no secret. */
  readonly record: pulumi.Output<ConvergeRecord | undefined>;

  /** Explicit, because stacks switch default providers off. */
  private readonly commands: command.Provider;

  constructor(name: string, args: KubernetesArgs, opts?: pulumi.ComponentResourceOptions) {
    super("opencenter:kubernetes:Kubernetes", name, {}, opts);
    this.commands = new command.Provider(`${name}-commands`, {}, { parent: this });
    const secrets = this.createSecrets(name, args);
    const converge = this.createConverge(name, args, secrets);
    this.createMembers(name, args, converge);
    this.kubeconfig = this.readKubeconfig(name, args, converge);
    this.record = pulumi.unsecret(converge.stdout.apply((text) => parseRecord(JSON.parse(text))));
    this.registerOutputs({ record: this.record });
  }

  private options(): pulumi.CustomResourceOptions {
    return { parent: this, provider: this.commands };
  }

  /** Made once, and kept in the state: another value would lock the cluster out of its own data. */
  private createSecrets(name: string, { credential, protect }: KubernetesArgs): pulumi.Output<RunSecrets> {
    const keys = new command.local.Command(
      `${name}-keys`,
      { ...QUIET, interpreter: PROGRAM, create: "keys" },
      {
        ...this.options(),
        protect,
        ignoreChanges: ["*"],
        additionalSecretOutputs: ["stdout", "stderr"],
      },
    );
    const made = pulumi.secret(keys.stdout).apply((text) => JSON.parse(text) as Record<string, string>);
    return pulumi.all([made, credential.environment, credential.id]).apply(([own, cloud, id]) => ({
      cloud,
      // Where it logs in as well: the cluster keeps the address and the region of its last run.
      credential: digest([id, cloud.OS_AUTH_URL ?? "", cloud.OS_REGION_NAME ?? ""]),
      kubeadmCertificateKey: own.kubeadmCertificateKey ?? "",
      encryptionToken: own.encryptionToken ?? "",
    }));
  }

  private createConverge(name: string, args: KubernetesArgs, secrets: pulumi.Output<RunSecrets>) {
    const { config, facts, root, sshPrivateKey, previous, machines, after } = args;
    const request = pulumi
      .output(facts)
      .apply((known) => JSON.stringify(planRequest(config, known as CloudFacts), null, 1));
    return new command.local.Command(
      `${name}-converge`,
      {
        ...QUIET,
        // Status lines go to standard error; the result alone is on standard output.
        logging: command.local.Logging.Stderr,
        interpreter: PROGRAM,
        create: "converge",
        stdin: writeConvergeFiles({ root, cluster: config, request, secrets, sshPrivateKey, previous }),
        environment: { OPENCENTER_SECRETS: pulumi.secret(pulumi.jsonStringify(secrets)) },
      },
      {
        ...this.options(),
        dependsOn: [...machines, ...after],
        customTimeouts: { create: LONGEST_RUN, update: LONGEST_RUN },
      },
    );
  }

  /**
   * One per node, for its `delete` alone: the node leaves Kubernetes and etcd before its machine goes. Its inputs never
   * change, and `destroy` skips it together with the cluster.
   */
  private createMembers(
    name: string,
    { config, machines }: KubernetesArgs,
    converge: command.local.Command,
  ): void {
    for (const machine of machines) {
      const node = machine.plan.name;
      new command.local.Command(
        `${name}-member-${node}`,
        {
          ...QUIET,
          logging: command.local.Logging.Stderr,
          create: "true",
          update: "true",
          delete: `exec ${PROGRAM.join(" ")} remove-node`,
          environment: {
            OPENCENTER_ORGANIZATION: config.organization,
            OPENCENTER_CLUSTER: config.name,
            OPENCENTER_NODE: node,
          },
        },
        {
          ...this.options(),
          dependsOn: [machine, converge],
          deletedWith: converge,
          customTimeouts: { delete: LONGEST_RUN },
        },
      );
    }
  }

  private readKubeconfig(name: string, { config }: KubernetesArgs, converge: command.local.Command) {
    const kubeconfig = new command.local.Command(
      `${name}-kubeconfig`,
      {
        ...QUIET,
        interpreter: PROGRAM,
        create: "kubeconfig",
        environment: { OPENCENTER_ORGANIZATION: config.organization, OPENCENTER_CLUSTER: config.name },
      },
      { ...this.options(), dependsOn: [converge], additionalSecretOutputs: ["stdout", "stderr"] },
    );
    return pulumi.secret(kubeconfig.stdout);
  }
}
