/** GitLab, on its own site or elsewhere. By hand: six endpoints do not outweigh a client. */
import { Api } from "../../delivery/forge/api";
import { type Board, type BoardLogin, LABEL, type Ticket, type TicketText } from "./board";

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
}

const LONGEST = 1_000_000;
const PAGE = "per_page=100";

export function gitlabBoard({ apiUrl, project, token }: BoardLogin): Board {
  const api = new Api(apiUrl, { "private-token": token });
  const root = `/projects/${encodeURIComponent(project)}`;
  let id: Promise<number> | undefined;
  const me = () => (id ??= api.call<{ id: number }>("/user").then((user) => user.id));
  const isOwn = async ({ author }: Author) => author.id === (await me());
  const toTicket = async (issue: Issue): Promise<Ticket> => ({
    id: String(issue.iid),
    title: issue.title,
    body: issue.description ?? "",
    open: issue.state === "opened",
    url: issue.web_url,
    own: await isOwn(issue),
  });
  return {
    shown: `GitLab ${project}`,
    longest: LONGEST,
    async comments(pull) {
      const all = await api.list<Note>(`${root}/merge_requests/${pull}/notes?${PAGE}`);
      const written = all.filter(({ system }) => !system);
      return Promise.all(
        written.map(async (one) => ({ id: String(one.id), body: one.body, own: await isOwn(one) })),
      );
    },
    async addComment(pull, body) {
      await api.call(`${root}/merge_requests/${pull}/notes`, { method: "POST", json: { body } });
    },
    async editComment(pull, note, body) {
      await api.call(`${root}/merge_requests/${pull}/notes/${note}`, { method: "PUT", json: { body } });
    },
    async pullOf(commit) {
      const all = await api.list<MergeRequest>(`${root}/repository/commits/${commit}/merge_requests?${PAGE}`);
      return all.find(({ state }) => state === "merged")?.iid;
    },
    async tickets() {
      const all = await api.list<Issue>(`${root}/issues?scope=all&state=all&labels=${LABEL}&${PAGE}`);
      return Promise.all(all.map(toTicket));
    },
    async openTicket({ title, body }: TicketText) {
      const json = { title, description: body, labels: LABEL };
      return toTicket(await api.call<Issue>(`${root}/issues`, { method: "POST", json }));
    },
    async editTicket(ticket, { title, body }, open) {
      const json = { title, description: body, state_event: open ? "reopen" : "close" };
      await api.call(`${root}/issues/${ticket}`, { method: "PUT", json });
    },
    async noteOnTicket(ticket, body) {
      await api.call(`${root}/issues/${ticket}/notes`, { method: "POST", json: { body } });
    },
  };
}
