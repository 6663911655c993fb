/** Flux on the cluster: what Pulumi keeps for life, and the one installation after which Flux looks after itself. */
import * as command from "@pulumi/command";
// Not the whole package: that is a hundred modules, a third of a second of every preview.
import * as core from "@pulumi/kubernetes/core/v1";
import { Provider as KubernetesProvider } from "@pulumi/kubernetes/provider";
import * as pulumi from "@pulumi/pulumi";
import type { ClusterInfo } from "../plan/clusterInfo";
import type { AgeKey } from "./ageKeys";
import { commandOptions, DELIVERY, SHOW_STATUS } from "./commands";

/** Arguments of {@link Flux}. */
export interface FluxArgs {
  readonly cluster: { readonly organization: string; readonly name: string };
  /** The administrator's; secret. */
  readonly kubeconfig: pulumi.Output<string>;
  /** What Flux puts in place of `${name}`. */
  readonly info: pulumi.Output<ClusterInfo>;
  /** Every generation that can decrypt; secret. */
  readonly ageKeys: pulumi.Output<AgeKey[]>;
  /** `stringData` of the Secret that Flux reads Git with; secret. */
  readonly gitAccess: pulumi.Output<Record<string, string>>;
  readonly commands: command.Provider;
  /** Runs playbooks; with it the whole cluster goes. */
  readonly converge: command.local.Command;
  /** The published repository, and its request in the place where the installation reads it. */
  readonly published: pulumi.Resource;
}

export const FLUX_NAMESPACE = "flux-system";

/** The installation has limits of its own; this one only keeps the engine from waiting for ever. */
const LONGEST_BOOTSTRAP = "2h";

export class Flux extends pulumi.ComponentResource {
  /** What the installation saw at its end, as JSON: the revision, and how many Kustomizations were ready. */
  readonly result: pulumi.Output<string>;
  /** Flux is at work from here on. */
  readonly bootstrap: command.local.Command;

  constructor(name: string, args: FluxArgs, opts?: pulumi.ComponentResourceOptions) {
    super("opencenter:gitops:Flux", name, {}, opts);
    const provider = this.createProvider(name, args);
    const namespace = this.createNamespace(name, provider, args);
    const kept = this.createKept(name, provider, namespace, args);
    this.bootstrap = this.install(name, args, [namespace, ...kept]);
    this.result = pulumi.unsecret(this.bootstrap.stdout);
    this.registerOutputs({ result: this.result });
  }

  private createProvider(name: string, { kubeconfig, converge }: FluxArgs): KubernetesProvider {
    return new KubernetesProvider(
      `${name}-api`,
      {
        kubeconfig: pulumi.secret(kubeconfig),
        // Another kubeconfig is not another cluster: without this, a new certificate replaces everything here.
        clusterIdentifier: converge.id,
        enableServerSideApply: true,
        // Otherwise a rotated key replaces the Secret, and for a moment Flux has none.
        enableSecretMutable: true,
        enableConfigMapMutable: true,
        suppressDeprecationWarnings: true,
        // A state that was lost: the objects are there, and they are ours.
        upsertExistingObjects: true,
        // Else adopting one whose content has changed since is a conflict: the provider calls itself anew each time.
        enablePatchForce: true,
      },
      { parent: this },
    );
  }

  /** Stays when the stack goes: with it everything of Flux would go, in an order in which finalizers never end. */
  private createNamespace(name: string, provider: KubernetesProvider, { converge }: FluxArgs) {
    return new core.Namespace(
      `${name}-namespace`,
      { metadata: { name: FLUX_NAMESPACE } },
      {
        parent: this,
        provider,
        retainOnDelete: true,
        deletedWith: converge,
        // Flux's own manifests, from Git, set these.
        ignoreChanges: ["metadata.labels", "metadata.annotations"],
      },
    );
  }

  /** What Git cannot hold. Everything else is Flux's, and never applied again from here. */
  private createKept(
    name: string,
    provider: KubernetesProvider,
    namespace: core.Namespace,
    { info, ageKeys, gitAccess, converge, published }: FluxArgs,
  ): pulumi.Resource[] {
    const inFlux = (object: string) => ({ name: object, namespace: namespace.metadata.name });
    // After publishing, which refuses to let go of an age key that files in Git still need.
    const options = { parent: this, provider, deletedWith: converge, dependsOn: [published] };
    const identities = ageKeys.apply((keys) => `${keys.map(({ identity }) => identity).join("\n")}\n`);
    return [
      new core.Secret(
        `${name}-sops-age`,
        {
          metadata: inFlux("sops-age"),
          data: encoded(identities.apply((text): Record<string, string> => ({ "age.agekey": text }))),
        },
        options,
      ),
      new core.Secret(`${name}-git`, { metadata: inFlux("flux-system"), data: encoded(gitAccess) }, options),
      new core.ConfigMap(`${name}-cluster-info`, { metadata: inFlux("cluster-info"), data: info }, options),
    ];
  }

  private install(
    name: string,
    { cluster, kubeconfig, commands, converge, published }: FluxArgs,
    kept: pulumi.Resource[],
  ) {
    return new command.local.Command(
      `${name}-bootstrap`,
      {
        ...DELIVERY,
        ...SHOW_STATUS,
        create: "bootstrap",
        environment: {
          OPENCENTER_ORGANIZATION: cluster.organization,
          OPENCENTER_CLUSTER: cluster.name,
          OPENCENTER_KUBECONFIG: pulumi.secret(kubeconfig),
        },
      },
      {
        ...commandOptions(this, commands),
        dependsOn: [...kept, published, converge],
        deletedWith: converge,
        // Once: from here on Flux upgrades itself from Git.
        ignoreChanges: ["*"],
        customTimeouts: { create: LONGEST_BOOTSTRAP },
      },
    );
  }
}

/** `data` and not `stringData`: of that, Kubernetes never takes away a key that is not wanted any more. */
function encoded(values: pulumi.Output<Record<string, string>>): pulumi.Output<Record<string, string>> {
  return pulumi.secret(
    values.apply((known) =>
      Object.fromEntries(
        Object.entries(known).map(([key, text]) => [key, Buffer.from(text).toString("base64")]),
      ),
    ),
  );
}
