/** Things of the cloud that are a cluster's. */

export interface Belonging {
  /** As people say it: `server`, `load balancer`. */
  readonly kind: string;
  readonly id: string;
  readonly name: string;
  /** Who made it: the program, or a controller inside the cluster. */
  readonly owner: "opencenter" | "kubernetes";
  /**
   * Whether it is this cluster's beyond doubt. A name alone is not: another organisation's cluster in the same project
   * may be called the same.
   */
  readonly sure: boolean;
  /** Deletes it, with what is inside it; one that is gone already is fine. */
  remove(): Promise<void>;
}

export interface Belongings {
  /** In the order in which they can be deleted: what stands on others comes first. */
  readonly found: readonly Belonging[];
  /** Services that gave no answer, with the reason; a cloud need not have all of them. */
  readonly unasked: readonly { readonly service: string; readonly reason: string }[];
}

/** Whose. */
export interface Owner {
  readonly organization: string;
  readonly cluster: string;
  /** Names that the program gives to what can carry no tag. */
  readonly names: {
    readonly serverGroups: readonly string[];
    /** `prod-`: key pairs of all generations. */
    readonly keyPairPrefix: string;
    /** With the dot at the end. */
    readonly records: readonly string[];
    readonly container?: string;
  };
}
