/** The scenario: the same calls, in the same order, on every cloud. */
import type { Cloud } from "../clouds";
import type { Recorded } from "../normal";
import { compute } from "./compute";
import { dns } from "./dns";
import { identity } from "./identity";
import { loadBalancers } from "./loadBalancers";
import { network } from "./network";
import { objectStore } from "./objects";
import { quotas } from "./quotas";
import { routing } from "./routing";
import { sceneOf, type NamedArea } from "./scene";
import { servers } from "./servers";
import { volume } from "./volumes";

export const AREAS: readonly NamedArea[] = [
  { name: "servers", needs: ["compute", "network", "image"], run: servers },
  { name: "volumes", needs: ["compute", "volume", "image"], run: volume },
  { name: "balancers", needs: ["network", "load-balancer"], run: loadBalancers },
  { name: "quotas", needs: ["compute", "network", "volume", "image", "load-balancer"], run: quotas },
  { name: "routing", needs: ["network"], run: routing },
  { name: "network", needs: ["network"], run: network },
  { name: "dns", needs: ["dns"], run: dns },
  { name: "compute", needs: ["compute", "image"], run: compute },
  { name: "objects", needs: ["object-store"], run: objectStore },
  {
    name: "identity",
    needs: ["identity", "compute", "network", "volume", "image", "load-balancer"],
    run: identity,
  },
];

/**
 * Runs areas on a cloud, each in a project of its own.
 * @param lanes how many at a time: asynchronous work is waited for most of the time
 * @param done called with each area as soon as it is recorded
 */
export async function recordAreas(
  cloud: Cloud,
  areas: readonly NamedArea[],
  lanes: number,
  done: (area: string, steps: readonly Recorded[]) => void,
): Promise<void> {
  const waiting = [...areas];
  const lane = async () => {
    for (let area = waiting.shift(); area !== undefined; area = waiting.shift()) {
      const scene = sceneOf(cloud, area.name, await cloud.project(area.name));
      await area.run(scene);
      done(area.name, scene.recorder.steps);
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
}
