/** A plan of reconciliation for people. */
import type { Paint } from "../style";
import type { Difference } from "../drift/report";
import type { Action, Means, ReconcilePlan } from "./plan";

const TITLES: Readonly<Record<Means, string>> = {
  pulumi: "By pulumi up --refresh",
  cloud: "In the cloud, past Pulumi (it does not compare these)",
  nodes: "On the nodes",
  flux: "In Flux",
};

const HELD_FOR_NOW =
  "Held back: perhaps not needed any more once the above is repaired; looked at again then";
const HELD = "Held back: this takes something away. If you mean it: --replace";

const DANGEROUS = new Set(["replace", "delete"]);

export function planText({ id, actions, held, byHand }: ReconcilePlan, paint: Paint): string {
  const parts = (Object.keys(TITLES) as Means[]).flatMap((means) => {
    const own = actions.filter((action) => action.means === means);
    return own.length === 0
      ? []
      : [[paint("bold", TITLES[means]), ...own.flatMap((one) => lines(one, paint))].join("\n")];
  });
  const rest =
    byHand.length === 0
      ? []
      : [
          [
            paint("bold", "By you"),
            ...byHand.map(({ subject, message, repair }) => `  ${subject}: ${message}\n      → ${repair}`),
          ].join("\n"),
        ];
  const waiting =
    held.length === 0
      ? []
      : [
          [
            paint("bold", actions.length > 0 ? HELD_FOR_NOW : HELD),
            ...held.flatMap((one) => lines(one, paint)),
          ].join("\n"),
        ];
  const nothing = actions.length + held.length === 0 ? ["Nothing to reconcile."] : [];
  return [...nothing, ...parts, ...waiting, ...rest, ...(actions.length > 0 ? [`Plan ${id}`] : [])].join(
    "\n\n",
  );
}

function lines({ subject, id, does, differences }: Action, paint: Paint): string[] {
  const word = DANGEROUS.has(does) ? paint("red", does.toUpperCase()) : does;
  const head = `  ${word} ${subject}${id === undefined ? "" : ` (${id})`}`;
  return [head, ...differences.map((difference) => `      ${change(difference)}`)];
}

/** Read from what is there to what will be. */
function change({ path, expected = "nothing", actual = "nothing" }: Difference): string {
  return `${path}: ${actual} → ${expected}`;
}
