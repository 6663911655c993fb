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
  /** Kinds of which nothing is known, because their service gave no answer. */
  readonly unasked: readonly Unasked[];
}

export interface Unasked {
  /** As people say it, in the plural. */
  readonly service: string;
  /** Of the belongings that it would have had. */
  readonly kind: string;
  readonly reason: string;
  /** Whether the cloud has no such service at all, and so nothing of the kind. */
  readonly missing: boolean;
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
