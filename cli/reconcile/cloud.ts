/** Repairs in the cloud of what Pulumi does not compare. */
import type { OpenStackClient } from "../cloud/client";
import { putBack } from "../drift/cloud/routes";
import { BLIND_SPOTS, wantedValue } from "../drift/cloud/blindSpots";
import type { StackState } from "../recover/state";
import { type Action, PUT_BACK } from "./plan";

/** @param state for the values as the program wrote them */
export async function repairCloud(
  cloud: OpenStackClient,
  state: StackState,
  actions: readonly Action[],
): Promise<void> {
  for (const { does, urn = "", id, differences } of actions) {
    if (does === PUT_BACK) {
      await putBack(cloud, state, urn);
      continue;
    }
    const resource = state.resources.find((one) => one.urn === urn);
    const spot = BLIND_SPOTS[resource?.type ?? ""];
    if (resource === undefined || spot === undefined) continue;
    const differing = spot.fields.filter((field) => differences.some(({ path }) => path === field.state));
    const body = Object.fromEntries(differing.map((field) => [field.api, wantedValue(field, resource)]));
    await cloud.service(spot.service).change("PUT", `${spot.list(resource)}/${id}`, { [spot.keys[1]]: body });
  }
}
