import type { Json } from "../types";

/** Ansible variables by name. Booleans are booleans: from Ansible 12 on a text in a condition is an error. */
export type Variables = Readonly<Record<string, Json>>;
