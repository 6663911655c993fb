/** GitLab, on its own site or elsewhere. By hand: six endpoints do not outweigh a client. */
import { Api } from "../../delivery/forge/api";
import { type Board, type BoardLogin, type Comment, LABEL, type Ticket, type TicketText } from "./board";

interface Author {
  readonly author: { readonly id: number };
}

interface Note extends Author {
  readonly id: number;
  readonly body: string;
  readonly system: boolean;
}

interface Issue extends Author {
  readonly iid: number;
  readonly title: string;
  readonly description: string | null;
  readonly state: string;
  readonly web_url: string;
}

interface MergeRequest {
  readonly iid: number;
  readonly state: string;
  readonly target_branch: string;
}

const LONGEST = 1_000_000;
const PAGE = "per_page=100";

export class GitlabBoard implements Board {
  readonly shown: string;
  readonly longest = LONGEST;
  private readonly api: Api;
  private readonly root: string;
  private id?: Promise<number>;

  constructor({ apiUrl, project, token }: BoardLogin) {
    this.api = new Api(apiUrl, { "private-token": token });
    this.root = `/projects/${encodeURIComponent(project)}`;
    this.shown = `GitLab ${project}`;
  }

  private me(): Promise<number> {
    return (this.id ??= this.api.call<{ id: number }>("/user").then((user) => user.id));
  }

  private async isOwn({ author }: Author): Promise<boolean> {
    return author.id === (await this.me());
  }

  private async toTicket(issue: Issue): Promise<Ticket> {
    return {
      id: String(issue.iid),
      title: issue.title,
      body: issue.description ?? "",
      open: issue.state === "opened",
      url: issue.web_url,
      own: await this.isOwn(issue),
    };
  }

  async comments(pull: number): Promise<Comment[]> {
    const all = await this.api.list<Note>(`${this.root}/merge_requests/${pull}/notes?${PAGE}`);
    const written = all.filter(({ system }) => !system);
    return Promise.all(
      written.map(async (one) => ({ id: String(one.id), body: one.body, own: await this.isOwn(one) })),
    );
  }

  async addComment(pull: number, body: string): Promise<void> {
    await this.api.call(`${this.root}/merge_requests/${pull}/notes`, { method: "POST", json: { body } });
  }

  async editComment(pull: number, note: string, body: string): Promise<void> {
    await this.api.call(`${this.root}/merge_requests/${pull}/notes/${note}`, {
      method: "PUT",
      json: { body },
    });
  }

  async pullOf(commit: string, into?: string): Promise<number | undefined> {
    const all = await this.api.list<MergeRequest>(
      `${this.root}/repository/commits/${commit}/merge_requests?${PAGE}`,
    );
    return all.find((one) => one.state === "merged" && (into ?? one.target_branch) === one.target_branch)
      ?.iid;
  }

  async tickets(): Promise<Ticket[]> {
    const all = await this.api.list<Issue>(`${this.root}/issues?scope=all&state=all&labels=${LABEL}&${PAGE}`);
    return Promise.all(all.map((issue) => this.toTicket(issue)));
  }

  async openTicket({ title, body }: TicketText): Promise<Ticket> {
    const json = { title, description: body, labels: LABEL };
    return this.toTicket(await this.api.call<Issue>(`${this.root}/issues`, { method: "POST", json }));
  }

  async editTicket(ticket: string, { title, body }: TicketText, open: boolean): Promise<void> {
    const json = { title, description: body, state_event: open ? "reopen" : "close" };
    await this.api.call(`${this.root}/issues/${ticket}`, { method: "PUT", json });
  }

  async noteOnTicket(ticket: string, body: string): Promise<void> {
    await this.api.call(`${this.root}/issues/${ticket}/notes`, { method: "POST", json: { body } });
  }
}
