/** What adopting is about: resources that the program would make, and objects of the cloud to take for them. */

/** A resource that the program wants to make and that an existing object can stand in for. */
export interface Wanted {
  readonly urn: string;
  readonly type: string;
  /** The name that the map knows it by. */
  readonly name: string;
  readonly parent: string;
  readonly inputs: Readonly<Record<string, unknown>>;
}

/** An object as the cloud's API shows it. */
export type CloudObject = Readonly<Record<string, unknown>>;

/** An object that takes the place of a resource. */
export interface Adoption {
  readonly wanted: Wanted;
  /** As the import wants it: members are `pool/member`. */
  readonly id: string;
  readonly object: CloudObject;
}

export interface Change {
  readonly property: string;
  /** What is in the cloud. */
  readonly from: string;
  /** What the program asks for. */
  readonly to: string;
  /** Whether only a new object can have it. */
  readonly replaces: boolean;
}

/** Logical name → id; null where the program shall make its own. */
export type AdoptionMap = ReadonlyMap<string, string | null>;
