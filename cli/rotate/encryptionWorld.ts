/** What the rotation of the key of encryption at rest sees and changes: the stack's keys, the nodes, etcd's Secrets. */
import type { KeyGenerations } from "../../config/resolve";
import type { EncryptionAnswer, EncryptionOrder } from "../../kubespray/encryption";
import { ExitCode, UserError } from "../errors";
import { EngineFailure, runEngine } from "../operation/engine";
import type { StateResource } from "../recover/state";
import type { Subject } from "./rotation";

export interface EncryptionWorld {
  readonly configured: KeyGenerations;
  /** Generations of keys in the stack's state. */
  made(): Promise<readonly number[]>;
  read(): Promise<EncryptionAnswer>;
  /** On one node after the other, each with an API server that has them before the next is touched. */
  write(keys: NonNullable<EncryptionOrder["write"]>): Promise<void>;
  /** Has every Secret written again, with the key that encrypts now. */
  rewriteSecrets(): Promise<void>;
  /** @throws UserError when the API server cannot read one of them */
  readSecrets(): Promise<void>;
  configure(wanted: KeyGenerations): Promise<void>;
  unprotect(generation: number): Promise<void>;
}

/** The first came with the cluster's other keys, and stays with them. */
export const FIRST_GENERATION = 1;

const LATER = /::.+-kubernetes-encryption-key-g(\d+)$/;
const FIRST = /::.+-kubernetes-keys$/;
const AT_ONCE = 8;

/** Resources of the keys of encryption at rest, by generation. */
export function encryptionKeysIn(resources: readonly StateResource[]): ReadonlyMap<number, StateResource> {
  const found = resources.flatMap((resource): [number, StateResource][] => {
    // Not one whose creation has not come to its end.
    if (resource.id === undefined) return [];
    const later = LATER.exec(resource.urn)?.[1];
    if (later !== undefined) return [[Number(later), resource]];
    return FIRST.test(resource.urn) ? [[FIRST_GENERATION, resource]] : [];
  });
  return new Map(found);
}

export class EncryptionOfStack implements EncryptionWorld {
  constructor(private readonly subject: Subject) {}

  get configured(): KeyGenerations {
    return this.subject.target.config.secrets.encryptionKey;
  }

  async made(): Promise<readonly number[]> {
    return [...encryptionKeysIn((await this.subject.target.state()).resources).keys()];
  }

  read(): Promise<EncryptionAnswer> {
    return this.ask({});
  }

  async write(keys: NonNullable<EncryptionOrder["write"]>): Promise<void> {
    await this.ask({ write: keys });
  }

  private async ask(input: EncryptionOrder): Promise<EncryptionAnswer> {
    const { target, narrator } = this.subject;
    try {
      const order = { word: "encryption", reach: "control-plane", input } as const;
      return JSON.parse(await runEngine(target, order, (line) => narrator.note(line))) as EncryptionAnswer;
    } catch (error) {
      if (!(error instanceof EngineFailure)) throw error;
      throw new UserError(
        `the keys of encryption at rest: ${error.message}`,
        "No key was dropped that anything is encrypted with. Mend that, then run the same command again: it goes on from here.",
        ExitCode.failed,
      );
    }
  }

  async rewriteSecrets(): Promise<void> {
    const api = await this.subject.target.api();
    const waiting = [...(await api.list("v1", "Secret"))];
    const next = async () => {
      for (let secret = waiting.pop(); secret !== undefined; secret = waiting.pop()) {
        const { name = "", namespace } = secret.metadata ?? {};
        const ref = { apiVersion: "v1", kind: "Secret", name, namespace };
        // Changes nothing: the API server writes what it finds encrypted with another key than the first. One that is
        // gone need not be written, and whether all are is read from etcd.
        await api.merge(ref, {}).catch(async (error: unknown) => {
          if ((await api.read(ref)) !== undefined) throw error;
        });
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, next));
  }

  async readSecrets(): Promise<void> {
    const api = await this.subject.target.api();
    try {
      await api.list("v1", "Secret");
    } catch (error) {
      throw new UserError(
        `the API server does not read the Secrets with the new key: ${(error as Error).message}`,
        "The old key was not dropped: it may be the only one that opens them. docs/operations/rotation.md, encryption-key.",
        ExitCode.failed,
      );
    }
  }

  configure({ generation, generations }: KeyGenerations): Promise<void> {
    return this.subject.change([
      { path: ["secrets", "encryptionKey", "generation"], value: generation },
      { path: ["secrets", "encryptionKey", "generations"], value: [...generations] },
    ]);
  }

  async unprotect(generation: number): Promise<void> {
    const { target } = this.subject;
    const key = encryptionKeysIn((await target.state()).resources).get(generation);
    if (key?.protect !== true) return;
    await target.pulumi(["state", "unprotect", key.urn, "--yes"]);
  }
}
