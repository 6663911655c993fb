/** The order of the control plane in the inventory: kept, and only appended to. */

/**
 * Kubespray takes the cluster's CA from the first control-plane host, so a new node in front would make a new CA, and
 * an order that follows the configuration would change with it.
 *
 * @param previous order so far; empty for a new cluster
 * @param wanted names in the order of the configuration
 * @param present names that are still members, wanted or not
 * @param replaceFirst whether a first node that leaves may hand its place to the next
 */
export function controlPlaneOrder(
  previous: readonly string[],
  wanted: readonly string[],
  present: readonly string[],
  replaceFirst: boolean,
): string[] {
  const known = [...previous, ...present.filter((name) => !previous.includes(name))];
  const kept = known.filter((name) => wanted.includes(name) || present.includes(name));
  const order = [...kept, ...wanted.filter((name) => !kept.includes(name))];
  const first = order[0];
  if (!replaceFirst || first === undefined || wanted.includes(first)) return order;
  const staying = order.filter((name) => wanted.includes(name));
  return [...staying, ...order.filter((name) => !wanted.includes(name))];
}
