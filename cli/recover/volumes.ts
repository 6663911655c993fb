/** Which volumes are a killed run's for certain, and so empty. */
import type { Target } from "../operation";
import type { StackLock } from "./lock";
import type { Orphan } from "./orphans";
import { instant } from "./usage";

export const VOLUME = "openstack:blockstorage/volume:Volume";

/** Pulumi writes the ends of its runs down in whole seconds. */
const WHOLE_SECOND_MS = 1_000;

/** A moment that no earlier run has made anything after: the killed one's begin, or the end of the last that came to its end. */
async function begin(
  target: Pick<Target, "pulumi">,
  locks: readonly StackLock[],
): Promise<number | undefined> {
  const history: unknown = JSON.parse(
    await target.pulumi(["stack", "history", "--json", "--page", "1", "--page-size", "1"]),
  );
  const [last] = (Array.isArray(history) ? history : []) as readonly { readonly endTime?: string }[];
  const ended = last?.endTime === undefined ? [] : [instant(last.endTime) + WHOLE_SECOND_MS];
  const times = [...ended, ...locks.map(({ timestamp }) => instant(timestamp))];
  return times.length === 0 ? undefined : Math.max(...times);
}

/**
 * Those that a run which was killed while it made them has made. A volume of the name that was there before, left by an earlier
 * `recover` or detached by hand, may hold data: where two have the name, or the time is not known, none is certain.
 */
export async function madeByKilledRun(
  target: Pick<Target, "pulumi">,
  orphans: readonly Orphan[],
  locks: readonly StackLock[],
): Promise<readonly Orphan[]> {
  const volumes = orphans.filter(({ type }) => type === VOLUME);
  if (volumes.length === 0) return [];
  const since = await begin(target, locks);
  if (since === undefined) return [];
  return volumes.filter(
    ({ what, created }) =>
      volumes.filter((other) => other.what === what).length === 1 &&
      created !== undefined &&
      instant(created) >= since,
  );
}
