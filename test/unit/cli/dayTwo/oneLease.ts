import type { AnyObject, ClusterObjects } from "../../../../runner/kubernetes/objects";

/** One Lease in memory, with the API's rules: what exists is not made again, what was changed is not deleted. */
export class OneLease {
  lease: AnyObject | undefined;
  private version = 0;

  async create(object: AnyObject): Promise<boolean> {
    if (this.lease !== undefined) return false;
    this.set(object);
    return true;
  }
  async read(): Promise<AnyObject | undefined> {
    return this.lease;
  }
  async remove(_ref: object, only?: AnyObject): Promise<void> {
    const { resourceVersion } = only?.metadata ?? {};
    if (only === undefined || resourceVersion === this.lease?.metadata?.resourceVersion)
      this.lease = undefined;
  }
  async mergeRaw(_ref: object, { spec }: { spec: object }): Promise<void> {
    if (this.lease !== undefined) this.set({ ...this.lease, spec: { ...this.lease.spec, ...spec } });
  }
  set(object: AnyObject): void {
    const resourceVersion = String(++this.version);
    this.lease = { ...object, metadata: { ...object.metadata, resourceVersion } };
  }
  get api(): ClusterObjects {
    return this as unknown as ClusterObjects;
  }
  heldBy(holderIdentity: string, renewed: Date): void {
    this.set({ spec: { holderIdentity, acquireTime: "2026-01-01", renewTime: renewed.toISOString() } });
  }
}
