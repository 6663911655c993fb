/** Where backups go: a container of the cluster's own in the cloud's object store. */
import * as openstack from "@pulumi/openstack";
import * as pulumi from "@pulumi/pulumi";

/** Arguments of {@link Backup}. */
export interface BackupArgs {
  /** Name of the container. */
  readonly containerName: string;
  readonly metadata: Readonly<Record<string, string>>;
  /** Refuse deletion: it is what is left when everything else is gone. @default false */
  readonly protect?: boolean;
}

export class Backup extends pulumi.ComponentResource {
  readonly containerName: pulumi.Output<string>;

  constructor(name: string, args: BackupArgs, opts?: pulumi.ComponentResourceOptions) {
    super("opencenter:backup:Backup", name, {}, opts);
    const container = new openstack.objectstorage.Container(
      name,
      { name: args.containerName, metadata: args.metadata, forceDestroy: false },
      { parent: this, protect: args.protect },
    );
    this.containerName = container.name;
    this.registerOutputs({ containerName: this.containerName });
  }
}
