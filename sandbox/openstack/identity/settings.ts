/** What a test may change about Keystone while it runs. */
import { z } from "zod";
import type { Store } from "../api";

export const settingsSchema = z.strictObject({
  /** Lifetime of tokens that are issued from now on, in milliseconds. @default one hour */
  tokenLifetimeMs: z.int().min(0),
});

const KIND = "sandbox.settings";
const ID = "identity";
const DEFAULT_LIFETIME_MS = 3_600_000;

export function updateSettings(store: Store, settings: z.output<typeof settingsSchema>): unknown {
  return store.insert(KIND, { id: ID, ...settings });
}

export function tokenLifetimeMs(store: Store): number {
  const value = store.get(KIND, ID)?.["tokenLifetimeMs"];
  return typeof value === "number" ? value : DEFAULT_LIFETIME_MS;
}
