/** `npm run sandbox -- scale`: a new pool, a new node, a middle node gone, and nothing else touched. */
import { plannedChanges } from "../expectations";
import type { Step } from "../pulumi";
import { runUpdate, type Session } from "../session";
import { editCluster, readCluster } from "../stackFile";

type Path = readonly string[];

interface Change {
  readonly title: string;
  readonly path: Path;
  readonly value: unknown;
  /** Keys that the new value takes the place of. */
  readonly drops?: readonly Path[];
  /** Start of the names of the resources that may be touched; anything else is a mistake. */
  readonly touches: string;
  readonly op: "create" | "delete";
}

const POOL = "general";

/** Numbers of a pool's nodes, however the file says it. */
function nodesOf({ count = 0, nodes }: { count?: number; nodes?: number[] }): number[] {
  return nodes ?? Array.from({ length: count }, (_, index) => index + 1);
}

/** Changes that make sense for the file as it is, so that scaling can be run again and again. */
function planChanges(cluster: ReturnType<typeof readCluster>): Change[] {
  const pools = cluster.pools;
  const taken = Object.keys(pools).filter((name) => name.startsWith("batch")).length;
  const pool = taken === 0 ? "batch" : `batch${taken + 1}`;
  const before = nodesOf(pools[POOL] ?? {});
  const added = Math.max(0, ...before) + 1;
  const after = [...before, added];
  const middle = after[Math.floor((after.length - 1) / 2)] ?? added;
  const node = (ordinal: number) => `${cluster.name}-${POOL}-${ordinal}`;
  const nodes = { path: ["pools", POOL, "nodes"], drops: [["pools", POOL, "count"]] };
  return [
    {
      title: `add pool ${pool} with one node`,
      path: ["pools", pool],
      value: { count: 1, flavor: "small", labels: { workload: "batch" } },
      touches: `${cluster.name}-${pool}`,
      op: "create",
    },
    {
      title: `add node ${added} to pool ${POOL}`,
      ...nodes,
      value: after,
      touches: node(added),
      op: "create",
    },
    {
      title: `remove node ${middle}, in the middle of pool ${POOL}`,
      ...nodes,
      value: after.filter((ordinal) => ordinal !== middle),
      touches: node(middle),
      op: "delete",
    },
  ];
}

/** Converge runs at every change of the nodes: that is what it is for. */
const isConverge = ({ name, op }: Step) => op === "update" && name.endsWith("-kubernetes-converge");

/** @throws Error that names what would be touched and should not. */
function checkSteps(steps: readonly Step[], { title, touches, op }: Change): readonly Step[] {
  const resources = steps.filter(
    ({ type }) => !type.startsWith("pulumi:") && !type.startsWith("opencenter:"),
  );
  // The node's own resources, and the Command that takes it out of Kubernetes.
  const mayTouch = (name: string) =>
    name === touches || name.startsWith(`${touches}-`) || name.includes(`-kubernetes-member-${touches}`);
  const stray = resources.filter((step) => !isConverge(step) && (!mayTouch(step.name) || step.op !== op));
  if (stray.length > 0) {
    const list = stray.map((step) => `${step.op} ${step.name}`).join(", ");
    throw new Error(`"${title}" would touch more than it should: ${list}`);
  }
  if (resources.length === 0) throw new Error(`"${title}" would do nothing`);
  return resources;
}

async function apply(session: Session, change: Change): Promise<void> {
  const { progress, pulumi, workspace } = session;
  editCluster(workspace.stackFile, [{ path: change.path, value: change.value }], change.drops);
  const steps = await progress.step(`pulumi preview: ${change.title}`, () => plannedChanges(pulumi));
  for (const { op, name } of checkSteps(steps, change)) console.log(`    ${op} ${name}`);
  await runUpdate(session, `pulumi up: ${change.title}`, ["up"]);
}

export async function scale(session: Session): Promise<void> {
  const { progress, pulumi, workspace } = session;
  for (const change of planChanges(readCluster(workspace.stackFile))) await apply(session, change);
  const left = await progress.step("pulumi preview: is anything left to do?", () => plannedChanges(pulumi));
  if (left.length > 0)
    throw new Error(`still to do: ${left.map(({ op, name }) => `${op} ${name}`).join(", ")}`);
  console.log(`
Only the resources of the nodes that came and went were touched, and Kubernetes was told of both.
  Stack file  ${workspace.show(workspace.stackFile)}  (compare it with stacks/Pulumi.${workspace.stack}.yaml)`);
}
