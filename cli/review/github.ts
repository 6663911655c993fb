/** GitHub, and GitHub Enterprise. By hand: six endpoints do not outweigh a client. */
import { Api } from "../../delivery/forge/api";
import { type Board, type BoardLogin, LABEL, type Ticket, type TicketText } from "./board";

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
}

const LONGEST = 65_536;
const PAGE = "per_page=100";
/** The token of a workflow may not ask who it is; whatever it writes has this name. */
const WORKFLOW = "github-actions[bot]";

export function githubBoard({ apiUrl, project, token }: BoardLogin): Board {
  const api = new Api(apiUrl, {
    accept: "application/vnd.github+json",
    authorization: `Bearer ${token}`,
    "x-github-api-version": "2022-11-28",
  });
  const repo = `/repos/${project}`;
  let name: Promise<string> | undefined;
  const me = () =>
    (name ??= api.call<{ login: string }>("/user").then(
      ({ login }) => login,
      () => WORKFLOW,
    ));
  const isOwn = async ({ user }: Author) => user?.login === (await me());
  const toTicket = async (issue: Issue): Promise<Ticket> => ({
    id: String(issue.number),
    title: issue.title,
    body: issue.body ?? "",
    open: issue.state === "open",
    url: issue.html_url,
    own: await isOwn(issue),
  });
  return {
    shown: `GitHub ${project}`,
    longest: LONGEST,
    async comments(pull) {
      const all = await api.list<IssueComment>(`${repo}/issues/${pull}/comments?${PAGE}`);
      return Promise.all(
        all.map(async (one) => ({ id: String(one.id), body: one.body ?? "", own: await isOwn(one) })),
      );
    },
    async addComment(pull, body) {
      await api.call(`${repo}/issues/${pull}/comments`, { method: "POST", json: { body } });
    },
    async editComment(_pull, id, body) {
      await api.call(`${repo}/issues/comments/${id}`, { method: "PATCH", json: { body } });
    },
    async pullOf(commit) {
      const pulls = await api.list<Pull>(`${repo}/commits/${commit}/pulls?${PAGE}`);
      return pulls.find(({ merged_at }) => merged_at !== null)?.number;
    },
    async tickets() {
      const all = await api.list<Issue>(`${repo}/issues?state=all&labels=${LABEL}&${PAGE}`);
      return Promise.all(all.filter(({ pull_request }) => pull_request === undefined).map(toTicket));
    },
    async openTicket({ title, body }: TicketText) {
      const json = { title, body, labels: [LABEL] };
      return toTicket(await api.call<Issue>(`${repo}/issues`, { method: "POST", json }));
    },
    async editTicket(id, { title, body }, open) {
      const json = { title, body, state: open ? "open" : "closed" };
      await api.call(`${repo}/issues/${id}`, { method: "PATCH", json });
    },
    async noteOnTicket(id, body) {
      await api.call(`${repo}/issues/${id}/comments`, { method: "POST", json: { body } });
    },
  };
}
