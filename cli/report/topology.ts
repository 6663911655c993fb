/** The machines of a cluster before and after a change, as one picture. */
import type { ClusterPlan, MachinePlan } from "../../plan";

type Mark = "added" | "removed" | "changed" | "same";

interface Shown {
  readonly machine: MachinePlan;
  readonly mark: Mark;
}

const STYLES = [
  "  classDef added fill:#d7f5dd,stroke:#1a7f37",
  "  classDef removed fill:#ffdce0,stroke:#cf222e,stroke-dasharray:4",
  "  classDef changed fill:#fff3cd,stroke:#9a6700",
];

function machinesOf(plan: ClusterPlan | undefined): Map<string, MachinePlan> {
  if (plan === undefined) return new Map();
  const { bastion, controlPlane, pools } = plan;
  const all = [
    ...(bastion === undefined ? [] : [bastion]),
    ...[controlPlane, ...pools].flatMap((one) => one.machines),
  ];
  return new Map(all.map((machine) => [machine.name, machine]));
}

/** What a person would call the same machine. */
function looks({ flavor, availabilityZone, rootVolume, volumes, labels, taints }: MachinePlan): string {
  return JSON.stringify([flavor, availabilityZone, rootVolume, volumes, labels, taints]);
}

function compare(before: ClusterPlan | undefined, after: ClusterPlan | undefined): Shown[] {
  const [old, now] = [machinesOf(before), machinesOf(after)];
  const kept = [...now.values()].map((machine): Shown => {
    const was = old.get(machine.name);
    if (was === undefined) return { machine, mark: "added" };
    return { machine, mark: looks(was) === looks(machine) ? "same" : "changed" };
  });
  const gone = [...old.values()].filter(({ name }) => !now.has(name));
  return [...kept, ...gone.map((machine): Shown => ({ machine, mark: "removed" }))];
}

function node({ machine, mark }: Shown): string {
  const { name, flavor, availabilityZone } = machine;
  const about = [flavor, availabilityZone].filter(Boolean).join(" · ");
  const label = `${name}<br/>${about}`.replaceAll('"', "#quot;");
  return `    ${name.replace(/[^a-zA-Z0-9]/g, "_")}["${label}"]${mark === "same" ? "" : `:::${mark}`}`;
}

/** @returns a mermaid flowchart; undefined where no machine differs */
export function topologyDifference(
  before: ClusterPlan | undefined,
  after: ClusterPlan | undefined,
): string | undefined {
  const shown = compare(before, after);
  if (shown.every(({ mark }) => mark === "same")) return undefined;
  const groups = new Map<string, Shown[]>();
  for (const one of shown) {
    const group = one.machine.pool ?? "bastion";
    groups.set(group, [...(groups.get(group) ?? []), one]);
  }
  const boxes = [...groups].flatMap(([group, machines]) => [
    `  subgraph ${group.replace(/[^a-zA-Z0-9]/g, "_")}_group["${group}"]`,
    ...machines.map(node),
    "  end",
  ]);
  return ["flowchart LR", ...boxes, ...STYLES].join("\n");
}
