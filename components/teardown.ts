/** What has to happen inside the cluster before it is destroyed: the cloud takes back what Kubernetes asked it for. */
import * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import { commandOptions, DELIVERY, onDelete } from "./commands";

/** Arguments of {@link Teardown}. */
export interface TeardownArgs {
  readonly cluster: { readonly organization: string; readonly name: string };
  /** Secret. Among the inputs and not in a file: a destroy does not run the program, and may be on another machine. */
  readonly kubeconfig: pulumi.Output<string>;
  /** Limit in seconds. */
  readonly timeoutSeconds: number;
  /** Go on without it when the API does not answer. */
  readonly skipUnreachable: boolean;
  readonly commands: command.Provider;
  /** Everything that lives in the cluster: it goes first. */
  readonly before: readonly pulumi.Resource[];
}

/** Beyond its own limit, so that its own message is the one that is seen. */
const MARGIN_SECONDS = 120;

export class Teardown extends pulumi.ComponentResource {
  constructor(name: string, args: TeardownArgs, opts?: pulumi.ComponentResourceOptions) {
    super("opencenter:kubernetes:Teardown", name, {}, opts);
    const { cluster, kubeconfig, timeoutSeconds, skipUnreachable, commands, before } = args;
    new command.local.Command(
      name,
      {
        ...onDelete(DELIVERY, "teardown"),
        environment: {
          OPENCENTER_ORGANIZATION: cluster.organization,
          OPENCENTER_CLUSTER: cluster.name,
          OPENCENTER_KUBECONFIG: pulumi.secret(kubeconfig),
          OPENCENTER_TEARDOWN_SECONDS: String(timeoutSeconds),
          OPENCENTER_SKIP_UNREACHABLE: String(skipUnreachable),
        },
      },
      {
        ...commandOptions(this, commands),
        dependsOn: [...before],
        customTimeouts: { delete: `${timeoutSeconds + MARGIN_SECONDS}s` },
      },
    );
    this.registerOutputs({});
  }
}
