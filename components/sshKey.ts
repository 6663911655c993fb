/** The key that opens the machines: made by the program, so that every run on every machine has the same one. */
import * as openstack from "@pulumi/openstack";
import * as pulumi from "@pulumi/pulumi";
import * as tls from "@pulumi/tls";

/** Arguments of {@link SshKey}. */
export interface SshKeyArgs {
  /** Name of the Nova key pair; the generation is added, because names are unique and cannot be changed. */
  readonly keyPairName: string;
  /** Raise it to make a new key. */
  readonly generation: number;
  /** Refuse deletion: whoever loses the key loses the machines. @default false */
  readonly protect?: boolean;
}

export class SshKey extends pulumi.ComponentResource {
  /** Name of the Nova key pair. */
  readonly keyPair: pulumi.Output<string>;
  /** OpenSSH format; secret. */
  readonly privateKey: pulumi.Output<string>;
  /** OpenSSH format, one line. */
  readonly publicKey: pulumi.Output<string>;

  constructor(name: string, args: SshKeyArgs, opts?: pulumi.ComponentResourceOptions) {
    super("opencenter:access:SshKey", name, {}, opts);
    const generation = `g${args.generation}`;
    const key = new tls.PrivateKey(
      `${name}-${generation}`,
      { algorithm: "ED25519" },
      { parent: this, protect: args.protect },
    );
    this.privateKey = pulumi.secret(key.privateKeyOpenssh);
    this.publicKey = key.publicKeyOpenssh.apply((text) => text.trim());
    const keyPair = new openstack.compute.Keypair(
      `${name}-${generation}-keypair`,
      { name: `${args.keyPairName}-${generation}`, publicKey: this.publicKey },
      // The name is unique in Nova: a second one cannot be made before the first is gone.
      { parent: this, deleteBeforeReplace: true },
    );
    this.keyPair = keyPair.name;
    this.registerOutputs({ publicKey: this.publicKey, keyPair: this.keyPair });
  }
}
