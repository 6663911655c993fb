/** What a restore will do, said before it is done. */
import type { Manifest } from "../backup/manifest";

export interface RestoreOrder {
  readonly set: string;
  /** Cluster whose API takes the objects. */
  readonly into: string;
  /** @default all */
  readonly namespaces?: readonly string[];
  readonly objects: boolean;
  readonly state: boolean;
  /** Only what a new cluster takes over of the state. */
  readonly keys: boolean;
  readonly etcd: boolean;
}

/** How the stack's state of now relates to that of the set. */
export interface StateRelation {
  readonly present?: string;
  readonly saved?: string;
  /** Whether the two differ, though no run was in between: somebody edited the state. */
  readonly edited?: boolean;
}

export interface RestoreStep {
  readonly what: "objects" | "secrets" | "state" | "keys" | "etcd";
  readonly title: string;
  readonly warning?: string;
}

export interface RestorePlan {
  readonly steps: readonly RestoreStep[];
  /** Why it cannot be done; then nothing is. */
  readonly refusals: readonly string[];
}

const has = ({ parts }: Manifest, wanted: string) => parts.some(({ part }) => part === wanted);

export function planRestore(manifest: Manifest, order: RestoreOrder, state: StateRelation): RestorePlan {
  const { namespaces } = order;
  const scope = namespaces === undefined ? "every namespace" : `namespace ${namespaces.join(", ")}`;
  const steps: RestoreStep[] = [];
  const refusals: string[] = [];
  const ofState = stateSteps(manifest, order, state);
  steps.push(...ofState.steps);
  refusals.push(...ofState.refusals);
  if (order.objects && manifest.velero !== undefined)
    steps.push({
      what: "objects",
      title: `Objects and volumes of ${scope} into ${order.into}, by Velero; what is there stays as it is`,
    });
  if (order.objects && has(manifest, "secrets"))
    steps.push({
      what: "secrets",
      title: `Secrets of ${scope} into ${order.into}; what is there stays as it is`,
    });
  if (order.objects && !steps.some(({ what }) => what === "objects" || what === "secrets"))
    refusals.push(`the set has no objects: ${reasonOf(manifest, "velero") ?? "it was made without Velero"}`);
  if (order.etcd) {
    if (order.into !== manifest.stack)
      refusals.push("--etcd restores the set's own cluster: leave --into out");
    if (!has(manifest, "etcd"))
      refusals.push(`the set has no snapshot of etcd: ${reasonOf(manifest, "etcd") ?? "it was left out"}`);
    steps.push({
      what: "etcd",
      title:
        "etcd on every member: all objects of the cluster as they were; the present data are kept on the nodes",
    });
  }
  return { steps, refusals };
}

/** They come first: nobody brings something into the state, while the rest takes hours, that the import would lose. */
function stateSteps(manifest: Manifest, order: RestoreOrder, state: StateRelation): RestorePlan {
  const steps: RestoreStep[] = [];
  const refusals: string[] = [];
  if (order.state) {
    if (order.into !== manifest.stack)
      refusals.push("--state restores the set's own stack: leave --into out");
    steps.push(stateStep(state));
  }
  if (order.keys) {
    if (order.objects || order.state || order.etcd || order.into !== manifest.stack)
      refusals.push("--keys goes alone: what else there is to restore comes once the new cluster is there");
    steps.push({
      what: "keys",
      title: "Age keys, the seed of passwords and the deploy key into the stack, which has nothing else",
    });
  }
  return { steps, refusals };
}

function stateStep(relation: StateRelation): RestoreStep {
  const title = `State of the stack as of ${relation.saved ?? "the backup"}; that of now is kept, encrypted`;
  if (!isNewer(relation)) return { what: "state", title };
  const ran = relation.present !== relation.saved;
  const warning =
    `the state of now is newer (${ran ? relation.present : "edited after the last run"}): ` +
    "what was made since would belong to nobody. With --yes --force it is replaced all the same.";
  return { what: "state", title, warning };
}

/** Times are the engine's, of one format, and tell runs only. What has no time is older than anything. */
export function isNewer({ present, saved, edited = false }: StateRelation): boolean {
  if (present === undefined) return false;
  if (saved === undefined) return true;
  const [now, then] = [Date.parse(present), Date.parse(saved)];
  return now > then || (now === then && edited);
}

function reasonOf({ without }: Manifest, part: string): string | undefined {
  return without.find((missing) => missing.part === part)?.why;
}

export function shownPlan(set: string, { steps }: RestorePlan): string {
  const lines = steps.map(
    ({ title, warning }) => `  ${title}${warning === undefined ? "" : `\n    ! ${warning}`}`,
  );
  return [`From backup ${set}:`, ...lines].join("\n");
}
