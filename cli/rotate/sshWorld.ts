/** What the rotation of the SSH key sees and changes: the stack's keys, and the machines that they open. */
import { mkdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import type { SshKeysAnswer, SshKeysOrder } from "../../kubespray/sshKeys";
import type { KeyGenerations } from "../../config/resolve";
import { writePrivate } from "../../runner/files";
import { ExitCode, UserError } from "../errors";
import { EngineFailure, runEngine } from "../operation/engine";
import type { StateResource } from "../recover/state";
import type { Subject } from "./rotation";

/** A key in the stack's state. */
export interface MadeKey {
  readonly generation: number;
  /** One line of authorized_keys. */
  readonly publicKey: string;
}

/** Lines of authorized_keys, by machine. */
export type Authorized = SshKeysAnswer["machines"];

export interface SshWorld {
  readonly configured: KeyGenerations;
  made(): Promise<readonly MadeKey[]>;
  /** Generation that playbooks log in with since the last run that ended well. */
  inUse(): Promise<number | undefined>;
  /**
   * Logs in to every machine with a key of the state, changes, and reads back.
   * @param generation of the key to log in with
   * @throws UserError with the machines that it does not open
   */
  machines(generation: number, change?: Pick<SshKeysOrder, "present" | "absent">): Promise<Authorized>;
  /** Edits the configuration, and brings it in. */
  configure(wanted: KeyGenerations): Promise<void>;
  /** Lets go of the protection of a key that is to be deleted. */
  unprotect(generation: number): Promise<void>;
}

const TYPE = "tls:index/privateKey:PrivateKey";
const GENERATION = /-ssh-g(\d+)$/;

/** SSH keys of the machines among a state's resources. */
export function sshKeysIn(resources: readonly StateResource[]) {
  return resources.flatMap((resource) => {
    const generation = resource.type === TYPE ? GENERATION.exec(resource.urn)?.[1] : undefined;
    const publicKey = resource.outputs?.["publicKeyOpenssh"];
    if (generation === undefined || typeof publicKey !== "string") return [];
    return [{ generation: Number(generation), publicKey: publicKey.trim(), resource }];
  });
}

export class MachinesOfStack implements SshWorld {
  constructor(private readonly subject: Subject) {}

  get configured(): KeyGenerations {
    return this.subject.target.config.secrets.ssh;
  }

  async made(): Promise<readonly MadeKey[]> {
    const { resources } = await this.subject.target.state();
    return sshKeysIn(resources).map(({ generation, publicKey }) => ({ generation, publicKey }));
  }

  async inUse(): Promise<number | undefined> {
    const { sshPrivateKey } = await this.subject.target.outputs();
    const { resources } = await this.subject.target.stateWithSecrets();
    return sshKeysIn(resources).find(({ resource }) => privateOf(resource) === sshPrivateKey)?.generation;
  }

  async machines(generation: number, change?: Pick<SshKeysOrder, "present" | "absent">): Promise<Authorized> {
    const { target, narrator } = this.subject;
    const folder = join(target.project, dirname(target.paths.sshPrivateKey), "rotation");
    // A run that was killed may have left one.
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    try {
      const privateKey = join(folder, "key");
      writePrivate(privateKey, await this.privateKey(generation));
      const input: SshKeysOrder = { present: [], absent: [], ...change, privateKey };
      const order = { word: "ssh-keys", reach: "every-node", input } as const;
      const answer = await runEngine(target, order, (line) => narrator.note(line));
      return (JSON.parse(answer) as SshKeysAnswer).machines;
    } catch (error) {
      if (!(error instanceof EngineFailure)) throw error;
      throw new UserError(
        `generation ${generation} of the SSH key does not get everywhere: ${error.message}`,
        "No key was dropped. Mend that, then run the same command again: it goes on from here.",
        ExitCode.failed,
      );
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }

  configure({ generation, generations }: KeyGenerations): Promise<void> {
    return this.subject.change([
      { path: ["secrets", "ssh", "generation"], value: generation },
      { path: ["secrets", "ssh", "generations"], value: [...generations] },
    ]);
  }

  async unprotect(generation: number): Promise<void> {
    const { resources } = await this.subject.target.state();
    const old = sshKeysIn(resources).find((key) => key.generation === generation)?.resource;
    if (old?.protect !== true) return;
    await this.subject.target.pulumi(["state", "unprotect", old.urn, "--yes"]);
  }

  private async privateKey(generation: number): Promise<string> {
    const { resources } = await this.subject.target.stateWithSecrets();
    const key = sshKeysIn(resources).find((one) => one.generation === generation);
    const text = key && privateOf(key.resource);
    if (text !== undefined) return text;
    throw new UserError(
      `the stack's state has no SSH key of generation ${generation}.`,
      `pulumi up --stack ${this.subject.target.stack}`,
      ExitCode.failed,
    );
  }
}

/** An exported secret that was decrypted is an object with its value as JSON. */
function privateOf({ outputs }: StateResource): string | undefined {
  const value = outputs?.["privateKeyOpenssh"];
  const text = (value as { plaintext?: string } | undefined)?.plaintext;
  const found: unknown = text === undefined ? value : JSON.parse(text);
  return typeof found === "string" ? found : undefined;
}
