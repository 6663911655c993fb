/** The age keys that decrypt the cluster's Secrets in Git: one per generation, so that two overlap in a rotation. */
import * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import { commandOptions, DELIVERY } from "./commands";

/** Arguments of {@link AgeKeys}. */
export interface AgeKeysArgs {
  /** Generations whose keys can decrypt. */
  readonly generations: readonly number[];
  readonly commands: command.Provider;
  /** Refuse deletion: without its key, nobody reads what was encrypted for it. @default false */
  readonly protect?: boolean;
}

export interface AgeKey {
  readonly generation: number;
  /** `AGE-SECRET-KEY-1…` */
  readonly identity: string;
  /** `age1…` */
  readonly recipient: string;
}

export class AgeKeys extends pulumi.ComponentResource {
  /** By ascending generation; secret. */
  readonly keys: pulumi.Output<AgeKey[]>;

  constructor(name: string, args: AgeKeysArgs, opts?: pulumi.ComponentResourceOptions) {
    super("opencenter:secrets:AgeKeys", name, {}, opts);
    const generations = [...args.generations].sort((a, b) => a - b);
    const made = generations.map((generation) => this.createKey(`${name}-${generation}`, args));
    this.keys = pulumi.secret(
      pulumi.all(made).apply((texts) =>
        texts.map((text, index) => ({
          ...(JSON.parse(text) as AgeKey),
          generation: generations[index] ?? 0,
        })),
      ),
    );
    this.registerOutputs({});
  }

  private createKey(name: string, { commands, protect }: AgeKeysArgs): pulumi.Output<string> {
    const key = new command.local.Command(
      name,
      { ...DELIVERY, create: "age-identity" },
      // Made once, and kept in the state; the program that makes it may change.
      {
        ...commandOptions(this, commands),
        protect,
        ignoreChanges: ["*"],
        additionalSecretOutputs: ["stdout", "stderr"],
      },
    );
    return pulumi.secret(key.stdout);
  }
}
