/** A store in memory, and a set in it as `backup create` would have made it. */
import { randomBytes } from "node:crypto";
import { generateX25519Identity, identityToRecipient } from "age-encryption";
import type { AgeIdentity } from "../../../../cli/backup/keys";
import { type Manifest, type Part, type PartName, sealManifest } from "../../../../cli/backup/manifest";
import { MANIFEST, OPEN_PARTS, PART_FILES, setFolder, setName } from "../../../../cli/backup/names";
import { seal, sha256 } from "../../../../cli/backup/sealing";
import type { BackupStore } from "../../../../cli/backup/store";

export class MemoryStore implements BackupStore {
  readonly shown = "memory";
  readonly objects = new Map<string, Buffer>();

  async list(prefix: string) {
    return [...this.objects]
      .filter(([name]) => name.startsWith(prefix))
      .map(([name, content]) => ({ name, size: content.length }))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  }
  async read(name: string) {
    return this.objects.get(name);
  }
  async write(name: string, content: Uint8Array) {
    this.objects.set(name, Buffer.from(content));
  }
  async remove(name: string) {
    this.objects.delete(name);
  }
}

export async function makeIdentity(): Promise<AgeIdentity> {
  const identity = await generateX25519Identity();
  return { identity, recipient: await identityToRecipient(identity) };
}

/** In the form of etcd's snapshots. */
export function snapshot(): Buffer {
  const database = randomBytes(4096);
  return Buffer.concat([database, Buffer.from(sha256(database), "hex")]);
}

export const STATE = JSON.stringify({
  version: 3,
  deployment: { manifest: { time: "2026-01-01T00:00:00Z" }, resources: [{ urn: "x" }] },
});

const CONTENTS: Readonly<Record<PartName, () => Buffer>> = {
  state: () => Buffer.from(STATE),
  stackFile: () => Buffer.from("config: {}\n"),
  configuration: () => Buffer.from("name: prod\n"),
  recipients: () => Buffer.from("age1…\n"),
  etcd: snapshot,
  secrets: () =>
    Buffer.from(
      JSON.stringify([{ metadata: { name: "a", namespace: "shop" }, data: { password: "UExBTlRFRA==" } }]),
    ),
};

export interface MadeSet {
  readonly owner: { readonly organization: string; readonly name: string };
  readonly identities: readonly AgeIdentity[];
  readonly at?: Date;
  readonly velero?: Manifest["velero"];
}

/** @returns its name */
export async function putSet(
  store: BackupStore,
  { owner, identities, at = new Date(), velero }: MadeSet,
): Promise<string> {
  const name = setName(owner.name, at);
  const parts: Part[] = [];
  for (const part of Object.keys(CONTENTS) as PartName[]) {
    const content = CONTENTS[part]();
    const stored = OPEN_PARTS.includes(part)
      ? content
      : await seal(
          content,
          identities.map(({ recipient }) => recipient),
        );
    const file = PART_FILES[part];
    await store.write(`${setFolder(owner, name)}${file}`, stored);
    parts.push({ part, file, size: stored.length, sha256: sha256(stored) });
  }
  const manifest: Manifest = {
    format: 1,
    name,
    cluster: owner.name,
    organization: owner.organization,
    stack: owner.name,
    createdAt: at.toISOString(),
    expiresAt: new Date(at.getTime() + 86_400_000).toISOString(),
    versions: { program: "0.1.0" },
    parts,
    ...(velero === undefined ? {} : { velero }),
    without: [],
  };
  await store.write(`${setFolder(owner, name)}${MANIFEST}`, Buffer.from(sealManifest(manifest, identities)));
  return name;
}
