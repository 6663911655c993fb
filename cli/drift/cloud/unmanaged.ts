/** What carries the cluster's tags and is in nobody's state. */
import type { ClusterConfig } from "../../../config/resolve";
import { listBelongings, ownerOf } from "../../belongings/list";
import type { OpenStackClient } from "../../cloud/client";
import { knowsId, type StackState } from "../../recover/state";
import type { Finding } from "../report";

/** Only what is the cluster's beyond doubt; what its controllers made is Kubernetes' to know. */
export async function unmanagedFindings(
  cloud: OpenStackClient,
  config: ClusterConfig,
  state: StackState,
): Promise<Finding[]> {
  const { found } = await listBelongings(cloud, ownerOf(config));
  return (
    found
      // A router's interface is known by router and subnet, and never without the router.
      .filter(
        ({ kind, owner, sure, id }) =>
          kind !== "router interface" && owner === "opencenter" && sure && !knowsId(state, id),
      )
      .map(({ kind, id, name }) => ({
        layer: "cloud",
        code: "unmanaged",
        subject: `Unmanaged ${kind} ${name || id}`,
        id,
        message: "carries this cluster's tags, and is in no state",
        repair:
          "If a killed run left it: npx opencenter recover. Otherwise delete it by its id, or take the cluster's tags from it.",
      }))
  );
}
