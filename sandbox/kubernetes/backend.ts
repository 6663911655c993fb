/** What every way to run a control plane has in common. */
import { join } from "node:path";
import type { ApiClient } from "./apiClient";
import type { Pki } from "./certificates";

export type BackendKind = "real" | "recorded";

/** What a backend needs to run the control plane of one cluster. */
export interface Site {
  /** Folder of this cluster. */
  readonly directory: string;
  readonly pki: Pki;
  /** Port of the Kubernetes API on 127.0.0.1. */
  readonly port: number;
  /** More ports that are this cluster's, for what the backend runs beside the API server. */
  readonly otherPorts: readonly number[];
  /** @throws Error when no certificates were made yet */
  readonly client: () => ApiClient;
}

export interface Backend {
  readonly kind: BackendKind;
  /** Starts what does not run; returns when the API is ready. @param restartApi certificates changed */
  start(site: Site, restartApi: boolean): Promise<void>;
  /** Ends what was started; data stay. */
  stop(site: Site): Promise<void>;
  /** All that it stores, in the form of etcd's snapshots: a database of whole pages, then the SHA-256 of it. */
  snapshot(site: Site): Promise<Buffer>;
  /** Takes it back to a snapshot; everything is stopped, and started again. */
  restore(site: Site, snapshot: Buffer, id: string): Promise<void>;
  /** How many Secrets it stores, by the name of the key that they are encrypted with. */
  storedSecrets(site: Site): Promise<Record<string, number>>;
}

/** Keys of encryption at rest; absent, Secrets are stored in plain text. */
export function encryptionFile(directory: string): string {
  return join(directory, "secrets_encryption.yaml");
}

/** Enough for programs to find their libraries and temporary files; no credential is among it. */
export function plainEnvironment(): Record<string, string> {
  const names = ["PATH", "HOME", "TMPDIR", "LANG"];
  return Object.fromEntries(names.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])));
}
