/** What GitHub's API and Gitea's, which was made after it, have in common. */
import type { Api } from "./api";
import type { Forge, PullRequest } from "./forge";

interface Pull {
  readonly number: number;
  readonly html_url: string;
  readonly head: { readonly ref: string; readonly repo: { readonly full_name: string } | null };
}

const toPullRequest = ({ number, html_url: url, head }: Pull): PullRequest => ({
  number,
  url,
  branch: head.ref,
});

/** @param pageSize the query that asks for long pages */
export function pullsForge(api: Api, project: string, pageSize: string): Forge {
  const pulls = `/repos/${project}/pulls`;
  return {
    async open(prefix) {
      const all = await api.list<Pull>(`${pulls}?state=open&${pageSize}`);
      // A fork may have a branch of the same name.
      const own = all.filter(({ head }) => head.repo?.full_name.toLowerCase() === project.toLowerCase());
      return own.map(toPullRequest).filter(({ branch }) => branch.startsWith(prefix));
    },
    async create({ branch, into, title, body }) {
      const json = { title, body, head: branch, base: into };
      return toPullRequest(await api.call<Pull>(pulls, { method: "POST", json }));
    },
    async close({ number }, comment) {
      await api.call(`/repos/${project}/issues/${number}/comments`, {
        method: "POST",
        json: { body: comment },
      });
      await api.call(`${pulls}/${number}`, { method: "PATCH", json: { state: "closed" } });
    },
  };
}
