import { Api } from "./api";
import type { Forge, ForgeLogin, NewPullRequest, PullRequest } from "./forge";

interface MergeRequest {
  readonly iid: number;
  readonly web_url: string;
  readonly source_branch: string;
  readonly source_project_id: number;
  readonly target_project_id: number;
}

const toPullRequest = ({ iid, web_url: url, source_branch: branch }: MergeRequest): PullRequest => ({
  number: iid,
  url,
  branch,
});

export function gitlab({ apiUrl, project, token }: ForgeLogin): Forge {
  const api = new Api(apiUrl, { "private-token": token });
  const requests = `/projects/${encodeURIComponent(project)}/merge_requests`;
  return {
    async open(prefix) {
      const all = await api.list<MergeRequest>(`${requests}?state=opened&per_page=100`);
      // A fork may have a branch of the same name.
      const own = all.filter((one) => one.source_project_id === one.target_project_id);
      return own.map(toPullRequest).filter(({ branch }) => branch.startsWith(prefix));
    },
    async create({ branch, into, title, body }: NewPullRequest) {
      const json = { source_branch: branch, target_branch: into, title, description: body };
      return toPullRequest(await api.call<MergeRequest>(requests, { method: "POST", json }));
    },
    async close({ number }, comment) {
      await api.call(`${requests}/${number}/notes`, { method: "POST", json: { body: comment } });
      await api.call(`${requests}/${number}`, { method: "PUT", json: { state_event: "close" } });
    },
  };
}
