/** What of drift is not to be reported, and from when a certificate is old. */
import type { ClusterConfig } from "../config/resolve";

export interface IgnoredDrift {
  /** As the report calls it. */
  readonly subject: string;
  /** @default whatever differs */
  readonly property?: string;
  readonly reason: string;
  /** Last day, as `2027-03-31`. */
  readonly until: string;
}

export interface DriftPolicy {
  readonly ignored: readonly IgnoredDrift[];
  /** Entries whose day has passed: they do nothing any more, and somebody has to decide. */
  readonly expired: readonly IgnoredDrift[];
  readonly certificateDays: number;
}

/** @param today `2026-11-23`, in UTC */
export function planDrift({ drift }: Pick<ClusterConfig, "drift">, today: string): DriftPolicy {
  const { ignore, certificateDays } = drift;
  return {
    ignored: ignore.filter(({ until }) => until >= today),
    expired: ignore.filter(({ until }) => until < today),
    certificateDays,
  };
}
