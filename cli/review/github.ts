/** GitHub, and GitHub Enterprise. By hand: six endpoints do not outweigh a client. */
import { Api } from "../../delivery/forge/api";
import { type Board, type BoardLogin, type Comment, LABEL, type Ticket, type TicketText } from "./board";

interface Author {
  readonly user: { readonly login: string } | null;
}

interface IssueComment extends Author {
  readonly id: number;
  readonly body: string | null;
}

interface Issue extends Author {
  readonly number: number;
  readonly title: string;
  readonly body: string | null;
  readonly state: string;
  readonly html_url: string;
  /** Pull requests are issues for this API. */
  readonly pull_request?: unknown;
}

interface Pull {
  readonly number: number;
  readonly merged_at: string | null;
  readonly base: { readonly ref: string };
}

const LONGEST = 65_536;
const PAGE = "per_page=100";
/** The token of a workflow may not ask who it is; whatever it writes has this name. */
const WORKFLOW = "github-actions[bot]";

export class GithubBoard implements Board {
  readonly shown: string;
  readonly longest = LONGEST;
  private readonly api: Api;
  private readonly repo: string;
  private name?: Promise<string>;

  constructor({ apiUrl, project, token }: BoardLogin) {
    this.api = new Api(apiUrl, {
      accept: "application/vnd.github+json",
      authorization: `Bearer ${token}`,
      "x-github-api-version": "2022-11-28",
    });
    this.repo = `/repos/${project}`;
    this.shown = `GitHub ${project}`;
  }

  private me(): Promise<string> {
    return (this.name ??= this.api.call<{ login: string }>("/user").then(
      ({ login }) => login,
      () => WORKFLOW,
    ));
  }

  private async isOwn({ user }: Author): Promise<boolean> {
    return user?.login === (await this.me());
  }

  private async toTicket(issue: Issue): Promise<Ticket> {
    return {
      id: String(issue.number),
      title: issue.title,
      body: issue.body ?? "",
      open: issue.state === "open",
      url: issue.html_url,
      own: await this.isOwn(issue),
    };
  }

  async comments(pull: number): Promise<Comment[]> {
    const all = await this.api.list<IssueComment>(`${this.repo}/issues/${pull}/comments?${PAGE}`);
    return Promise.all(
      all.map(async (one) => ({ id: String(one.id), body: one.body ?? "", own: await this.isOwn(one) })),
    );
  }

  async addComment(pull: number, body: string): Promise<void> {
    await this.api.call(`${this.repo}/issues/${pull}/comments`, { method: "POST", json: { body } });
  }

  async editComment(_pull: number, id: string, body: string): Promise<void> {
    await this.api.call(`${this.repo}/issues/comments/${id}`, { method: "PATCH", json: { body } });
  }

  async pullOf(commit: string, into?: string): Promise<number | undefined> {
    const pulls = await this.api.list<Pull>(`${this.repo}/commits/${commit}/pulls?${PAGE}`);
    return pulls.find(({ merged_at, base }) => merged_at !== null && (into ?? base.ref) === base.ref)?.number;
  }

  async tickets(): Promise<Ticket[]> {
    const all = await this.api.list<Issue>(`${this.repo}/issues?state=all&labels=${LABEL}&${PAGE}`);
    return Promise.all(
      all.filter(({ pull_request }) => pull_request === undefined).map((issue) => this.toTicket(issue)),
    );
  }

  async openTicket({ title, body }: TicketText): Promise<Ticket> {
    const json = { title, body, labels: [LABEL] };
    return this.toTicket(await this.api.call<Issue>(`${this.repo}/issues`, { method: "POST", json }));
  }

  async editTicket(id: string, { title, body }: TicketText, open: boolean): Promise<void> {
    const json = { title, body, state: open ? "open" : "closed" };
    await this.api.call(`${this.repo}/issues/${id}`, { method: "PATCH", json });
  }

  async noteOnTicket(id: string, body: string): Promise<void> {
    await this.api.call(`${this.repo}/issues/${id}/comments`, { method: "POST", json: { body } });
  }
}
