/** Where people read and decide: comments of a pull request, and tickets, whatever the host calls them. */

export interface Comment {
  readonly id: string;
  readonly body: string;
  /** Whether the login that asks has written it: somebody else's words prove nothing. */
  readonly own: boolean;
}

export interface Ticket {
  readonly id: string;
  readonly title: string;
  readonly body: string;
  readonly open: boolean;
  /** For people. */
  readonly url: string;
  readonly own: boolean;
}

export interface TicketText {
  readonly title: string;
  readonly body: string;
}

/** All of them throw Error with the host's own words when it refuses. */
export interface Board {
  /** `GitHub acme/clusters`, for messages. */
  readonly shown: string;
  /** Longest text of a comment or a ticket, in characters. */
  readonly longest: number;
  comments(pull: number): Promise<Comment[]>;
  addComment(pull: number, body: string): Promise<void>;
  editComment(pull: number, id: string, body: string): Promise<void>;
  /** The merged pull request that has a commit; with a branch, the one into it: of stacked ones each has the commit. */
  pullOf(commit: string, into?: string): Promise<number | undefined>;
  /** Tickets with the label, closed ones too. */
  tickets(): Promise<Ticket[]>;
  openTicket(text: TicketText): Promise<Ticket>;
  editTicket(id: string, text: TicketText, open: boolean): Promise<void>;
  noteOnTicket(id: string, body: string): Promise<void>;
}

/** By which the tickets of this program are found. */
export const LABEL = "opencenter-drift";

/** Of the host's API. */
export interface BoardLogin {
  /** Without a slash at the end. */
  readonly apiUrl: string;
  readonly project: string;
  readonly token: string;
}

const CUT = "\n\n… cut here: the whole is among the artifacts of the run.\n";

/** Hosts refuse what is too long; half of a report is better than none. */
export function cut(body: string, longest: number): string {
  return body.length <= longest ? body : body.slice(0, longest - CUT.length) + CUT;
}
