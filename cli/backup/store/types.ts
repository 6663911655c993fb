/** What every store of backups can do; each kind of store is a file beside this one. */
export interface StoredObject {
  readonly name: string;
  readonly size: number;
}

export interface BackupStore {
  /** For messages: what an operator calls the place. */
  readonly shown: string;
  /** By name. @param prefix ends with a slash */
  list(prefix: string): Promise<StoredObject[]>;
  /** Undefined where there is none. */
  read(name: string): Promise<Buffer | undefined>;
  /** Whole or not at all. */
  write(name: string, content: Uint8Array): Promise<void>;
  /** One that is gone already is fine. */
  remove(name: string): Promise<void>;
}
