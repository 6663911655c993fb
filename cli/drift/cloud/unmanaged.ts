/** What is the cluster's and in nobody's state: by its tags, or as the double of what the state knows. */
import type { ClusterConfig } from "../../../config/resolve";
import { listBelongings, ownerOf } from "../../belongings/list";
import type { OpenStackClient } from "../../cloud/client";
import { findLost } from "../../recover/lost";
import { knowsId, type StackState } from "../../recover/state";
import type { Finding } from "../report";

/** An object by its tags is found as that; as a double, too, it would be told twice. */
export async function strangerFindings(
  cloud: OpenStackClient,
  config: ClusterConfig,
  state: StackState,
): Promise<Finding[]> {
  const [unmanaged, doubles] = await Promise.all([
    unmanagedFindings(cloud, config, state),
    doubleFindings(cloud, config, state),
  ]);
  const told = new Set(unmanaged.map(({ id }) => id));
  return [...unmanaged, ...doubles.filter(({ id }) => !told.has(id))];
}

/**
 * The provider asks again over a connection that broke. Where the first request had come through, the object is there twice;
 * the run ends with 0, and nobody owns the first, which has no tags yet.
 */
async function doubleFindings(
  cloud: OpenStackClient,
  { organization, name }: ClusterConfig,
  state: StackState,
): Promise<Finding[]> {
  const { lost } = await findLost(cloud, state, [], { organization, name });
  return lost.map(({ what, id }) => ({
    layer: "cloud",
    code: "double",
    subject: `Double of ${what}`,
    id,
    message: "has its name, is used by nobody, and is in no state: its creation was sent twice",
    repair: "npx opencenter recover deletes it.",
  }));
}

/** Only what is the cluster's beyond doubt; what its controllers made is Kubernetes' to know. */
async function unmanagedFindings(
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
          "If a killed run or a lost answer left it: npx opencenter recover. Otherwise delete it by its id, or take the cluster's tags from it.",
      }))
  );
}
