/** One ticket for each cluster that drifts: updated while it does, closed when it is clean, opened again. */
import { z } from "zod";
import { type DriftReport, findingsOf } from "../drift/report";
import { ExitCode, UserError } from "../errors";
import { type Board, cut, type Ticket, type TicketText } from "./board";

/** What a look at a cluster said. */
export interface Look {
  readonly stack: string;
  readonly report?: DriftReport;
  /** Why nobody could look. */
  readonly problem?: string;
}

export type Action = "opened" | "updated" | "reopened" | "closed" | "noted" | "nothing";

export interface Decision {
  readonly stack: string;
  readonly action: Action;
  readonly ticket?: Ticket;
  readonly text?: TicketText;
  readonly note?: string;
}

const one = z.object({
  stack: z.string(),
  problem: z.string().optional(),
  report: z.custom<DriftReport>().optional(),
});
const fleet = z.object({ clusters: z.array(one) });
const single = z.object({ cluster: z.string(), report: z.custom<DriftReport>().optional() });

/** @param text of `fleet drift --json` or `drift --json` @throws UserError for anything else */
export function looksIn(text: string): Look[] {
  try {
    const document: unknown = JSON.parse(text);
    const many = fleet.safeParse(document);
    if (many.success) return many.data.clusters;
    const { cluster, report } = single.parse(document);
    return [
      report === undefined
        ? { stack: cluster, problem: "it could not be looked at" }
        : { stack: cluster, report },
    ];
  } catch {
    throw new UserError(
      "the file is no drift report.",
      "Write one: npx opencenter fleet drift --json >drift.json",
      ExitCode.failed,
    );
  }
}

const markerOf = (stack: string) => `<!-- opencenter drift ${stack} -->`;

/** Text of others, kept from being markup and from closing the marker. */
const plain = (text: string) =>
  text.replace(/[<>]/g, (sign) => (sign === "<" ? "&lt;" : "&gt;")).replace(/\s+/g, " ");

export function ticketText(stack: string, report: DriftReport): TicketText {
  const findings = findingsOf(report);
  const blind = report.layers.filter(({ looked }) => !looked).map(({ layer }) => layer);
  const lines = findings.map(({ layer, subject, message, repair, differences = [] }) => {
    const which = differences.map(({ path }) => `\`${plain(path)}\``).join(", ");
    return `- **${layer}** ${plain(subject)}: ${plain(message)}${which === "" ? "" : ` (${which})`}\n  → ${plain(repair)}`;
  });
  return {
    title: `Drift: ${stack}, ${findings.length} finding${findings.length === 1 ? "" : "s"}`,
    body: [
      markerOf(stack),
      `Seen at ${report.at}. This ticket is updated while the cluster differs, and closed when it does not.`,
      "",
      ...lines,
      ...(blind.length === 0 ? [] : ["", `Could not be looked at: ${blind.join(", ")}.`]),
      "",
      `Repair: \`npx opencenter reconcile ${stack}\`. If it is meant: \`reconcile ${stack} --adopt URN\`, or put it off with ` +
        "a reason in `drift.ignore`.",
      "",
    ].join("\n"),
  };
}

/** What is to be done for one cluster; tickets of others, and of other people, are left alone. */
export function decide({ stack, report, problem }: Look, tickets: readonly Ticket[]): Decision {
  const own = tickets.filter((ticket) => ticket.own && ticket.body.startsWith(markerOf(stack)));
  const ticket = own.find(({ open }) => open) ?? own[0];
  if (report === undefined) {
    const note = `Could not be looked at: ${plain(problem ?? "no answer")}.`;
    return ticket?.open === true ? { stack, action: "noted", ticket, note } : { stack, action: "nothing" };
  }
  const complete = report.layers.every(({ looked }) => looked);
  if (findingsOf(report).length === 0) {
    // A layer that nobody saw may still differ.
    if (ticket?.open !== true || !complete) return { stack, action: "nothing" };
    return { stack, action: "closed", ticket, text: ticket, note: `Clean at ${report.at}.` };
  }
  const text = ticketText(stack, report);
  if (ticket === undefined) return { stack, action: "opened", text };
  if (!ticket.open)
    return { stack, action: "reopened", ticket, text, note: `Differs again at ${report.at}.` };
  const same = ticket.body.split("\n").slice(2).join("\n") === text.body.split("\n").slice(2).join("\n");
  return same ? { stack, action: "nothing", ticket } : { stack, action: "updated", ticket, text };
}

/** @throws Error with the host's words */
export async function carryOut(board: Board, { action, ticket, text, note }: Decision): Promise<void> {
  const short = text && { title: text.title, body: cut(text.body, board.longest) };
  if (action === "opened") await board.openTicket(short!);
  if (ticket === undefined) return;
  if (short !== undefined) await board.editTicket(ticket.id, short, action !== "closed");
  if (note !== undefined) await board.noteOnTicket(ticket.id, note);
}
