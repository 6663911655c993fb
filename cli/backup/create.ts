/** Makes a set: every part goes to the store as it is ready, the manifest last. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";
import { durationSeconds } from "../../config/duration";
import { parseRecord } from "../../plan/kubernetes/record";
import type { ClusterObjects } from "../../runner/kubernetes/objects";
import type { Operation, Target } from "../operation";
import { programRoot } from "../project";
import { takeSnapshot } from "./etcd";
import type { AgeIdentity } from "./keys";
import { type Manifest, type Part, type PartName, sealManifest, type VeleroPart } from "./manifest";
import { MANIFEST, OPEN_PARTS, PART_FILES, setFolder, setName } from "./names";
import { seal, sha256 } from "./sealing";
import { readSecrets, writeSecrets } from "./secrets";
import { type BackupStore, configuredStore } from "./store";
import { runBackup, VELERO_PREFIX, veleroVersion } from "./velero";
import { SKIPPABLE, type Skippable, wantedParts } from "./whole";

export interface CreateOrder {
  readonly operation: Operation;
  readonly store: BackupStore;
  readonly identities: readonly AgeIdentity[];
  readonly skip: readonly Skippable[];
}

/** A part that this set will not have. */
interface Missing {
  readonly part: Skippable;
  readonly why: string;
}

export interface Contents {
  readonly api?: ClusterObjects;
  readonly velero?: string;
  readonly without: readonly Missing[];
  /** Those of them that the configuration wants and nobody asked to leave out: something is broken. */
  readonly faults: readonly Missing[];
}

/**
 * What a set of this cluster can have now.
 * @param why what the manifest says of the parts that are left out. @default "left out with --skip"
 */
export async function contentsOf(
  target: Target,
  skip: readonly Skippable[],
  why = "left out with --skip",
): Promise<Contents> {
  const skipped = skip.map((part): Missing => ({ part, why }));
  const open = SKIPPABLE.filter((part) => !skip.includes(part));
  if (open.length === 0) return { without: skipped, faults: [] };
  if ((await target.kubeconfig()) === undefined) {
    const none = "the stack has no running cluster";
    return { without: [...skipped, ...open.map((part): Missing => ({ part, why: none }))], faults: [] };
  }
  const api = await target.api();
  const velero = await veleroVersion(api);
  const found: Missing[] = [];
  if (open.includes("velero") && velero === undefined)
    found.push({ part: "velero", why: "Velero does not run in the cluster" });
  const faults = wantedParts(target.config).includes("velero") ? [...found] : [];
  if (open.includes("etcd") && !target.config.backup.etcdSnapshots)
    found.push({ part: "etcd", why: "backup.etcdSnapshots is false" });
  return { api, velero, without: [...skipped, ...found], faults };
}

/** @returns the manifest of the set, which is in the store as a whole then */
export async function createSet(order: CreateOrder, contents: Contents): Promise<Manifest> {
  const now = new Date();
  return new Creation(order, contents, now, setName(order.operation.target.config.name, now)).run();
}

class Creation {
  private readonly parts: Part[] = [];
  private readonly folder: string;

  constructor(
    private readonly order: CreateOrder,
    private readonly contents: Contents,
    private readonly now: Date,
    private readonly name: string,
  ) {
    this.folder = setFolder(order.operation.target.config, name);
  }

  async run(): Promise<Manifest> {
    const { operation } = this.order;
    const { target, narrator } = operation;
    narrator.note(`Set ${this.name} in ${this.order.store.shown}`);
    // Small and first: whatever becomes of this run, what it leaves can be told by its name.
    await this.keep("recipients", this.recipients());
    const velero = await this.velero();
    if (this.has("etcd"))
      await operation.step("Snapshot of etcd", async () => {
        const snapshot = await takeSnapshot(target, (line) => narrator.note(line));
        await this.keep("etcd", snapshot);
      });
    if (this.has("secrets"))
      await operation.step("Secrets of the cluster", async () => {
        const { api } = this.contents;
        if (api !== undefined) await this.keep("secrets", text(writeSecrets(await readSecrets(api))));
      });
    await operation.step("State and configuration of the stack", async () => {
      await this.keep("state", text(await target.pulumi(["stack", "export"])));
      await this.keep("stackFile", text(target.file.text));
      await this.keep("configuration", text(stringify(target.config)));
    });
    const manifest = await this.manifest(velero);
    await operation.step("Manifest", () =>
      this.write(MANIFEST, text(sealManifest(manifest, this.order.identities))),
    );
    return manifest;
  }

  private has(part: Skippable): boolean {
    return !this.contents.without.some((missing) => missing.part === part);
  }

  private recipients(): Uint8Array {
    return text(this.order.identities.map(({ recipient }) => `${recipient}\n`).join(""));
  }

  private async keep(part: PartName, content: Uint8Array): Promise<void> {
    const recipients = this.order.identities.map(({ recipient }) => recipient);
    const stored = OPEN_PARTS.includes(part) ? content : await seal(content, recipients);
    const file = PART_FILES[part];
    await this.write(file, stored);
    this.parts.push({ part, file, size: stored.length, sha256: sha256(stored) });
  }

  private write(file: string, content: Uint8Array): Promise<void> {
    return this.order.store.write(`${this.folder}${file}`, content);
  }

  private async velero(): Promise<VeleroPart | undefined> {
    const { operation } = this.order;
    const { target, narrator } = operation;
    const { api } = this.contents;
    if (api === undefined || !this.has("velero")) return undefined;
    const ttl = durationSeconds(target.config.backup.retention);
    return operation.step("Velero's backup of objects and volumes", async () => {
      const result = await runBackup(api, this.name, ttl, (line) => narrator.note(line));
      const bucket = target.config.backup.bucket;
      const files = await veleroFiles(await configuredStore(target), this.name);
      return { backup: this.name, ...result, bucket, prefix: VELERO_PREFIX, files };
    });
  }

  private async manifest(velero: VeleroPart | undefined): Promise<Manifest> {
    const { target } = this.order.operation;
    const { organization, name: cluster, backup } = target.config;
    const { kubernetes } = await target.outputs();
    const mark = parseRecord(kubernetes)?.mark;
    const expires = this.now.getTime() + durationSeconds(backup.retention) * 1_000;
    return {
      format: 1,
      name: this.name,
      cluster,
      organization,
      stack: target.stack,
      createdAt: this.now.toISOString(),
      expiresAt: new Date(expires).toISOString(),
      versions: {
        program: programVersion(),
        ...(mark === undefined ? {} : { kubernetes: mark.version, kubespray: mark.kubesprayRef }),
        ...(this.contents.velero === undefined ? {} : { velero: this.contents.velero }),
      },
      parts: this.parts,
      ...(velero === undefined ? {} : { velero }),
      without: [...this.contents.without],
    };
  }
}

/** What Velero wrote, so that a change of it shows as one of any other part does. */
async function veleroFiles(store: BackupStore, backup: string): Promise<VeleroPart["files"]> {
  const files: VeleroPart["files"] = [];
  for (const { name } of await store.list(`${VELERO_PREFIX}/backups/${backup}/`)) {
    const content = await store.read(name);
    if (content !== undefined) files.push({ file: name, size: content.length, sha256: sha256(content) });
  }
  return files;
}

function programVersion(): string {
  const file = readFileSync(join(programRoot, "package.json"), "utf8");
  return (JSON.parse(file) as { version: string }).version;
}

const text = (content: string) => Buffer.from(content, "utf8");
