/** The keys that open the machines: made by the program, so that every run on every machine has the same ones. */
import * as openstack from "@pulumi/openstack";
import * as pulumi from "@pulumi/pulumi";
import * as tls from "@pulumi/tls";

/** Arguments of {@link SshKey}. */
export interface SshKeyArgs {
  /** Name of the Nova key pair; the generation is added, because names are unique and cannot be changed. */
  readonly keyPairName: string;
  /** The one in use: playbooks log in with it, and new machines get it. */
  readonly generation: number;
  /** All that exist: more than one while one gives way to another. Must contain `generation`. */
  readonly generations: readonly number[];
  /** Refuse deletion: whoever loses the key loses the machines. @default false */
  readonly protect?: boolean;
}

interface MadeKey {
  readonly key: tls.PrivateKey;
  readonly keyPair: openstack.compute.Keypair;
}

export class SshKey extends pulumi.ComponentResource {
  /** Name of the Nova key pair in use. */
  readonly keyPair: pulumi.Output<string>;
  /** Of the key in use, in OpenSSH format; secret. */
  readonly privateKey: pulumi.Output<string>;
  /** Of the key in use, in OpenSSH format, one line. */
  readonly publicKey: pulumi.Output<string>;

  /** @throws Error when the generation in use is none of those that exist */
  constructor(name: string, args: SshKeyArgs, opts?: pulumi.ComponentResourceOptions) {
    super("opencenter:access:SshKey", name, {}, opts);
    const { generation, generations } = args;
    const made = new Map(generations.map((one) => [one, this.createKey(name, args, `g${one}`)]));
    const inUse = made.get(generation);
    if (inUse === undefined)
      throw new Error(`SSH key generation ${generation} is none of ${generations.join(", ")}`);
    this.privateKey = pulumi.secret(inUse.key.privateKeyOpenssh);
    this.publicKey = oneLine(inUse.key);
    this.keyPair = inUse.keyPair.name;
    this.registerOutputs({ publicKey: this.publicKey, keyPair: this.keyPair });
  }

  private createKey(name: string, { keyPairName, protect }: SshKeyArgs, generation: string): MadeKey {
    const key = new tls.PrivateKey(
      `${name}-${generation}`,
      { algorithm: "ED25519" },
      { parent: this, protect },
    );
    const keyPair = new openstack.compute.Keypair(
      `${name}-${generation}-keypair`,
      { name: `${keyPairName}-${generation}`, publicKey: oneLine(key) },
      // The name is unique in Nova: a second one cannot be made before the first is gone.
      { parent: this, deleteBeforeReplace: true },
    );
    return { key, keyPair };
  }
}

function oneLine(key: tls.PrivateKey): pulumi.Output<string> {
  return key.publicKeyOpenssh.apply((text) => text.trim());
}
