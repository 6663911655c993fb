/** Which host it is, how its API is reached, and where a pull request is opened by hand. */
import type { GitopsConfig } from "../git/access";
import type { Forge, ForgeLogin, Provider } from "./forge";
import { gitea } from "./gitea";
import { github } from "./github";
import { gitlab } from "./gitlab";

export interface Host {
  /** Absent where nothing tells what it is. */
  readonly provider?: Provider;
  /** With a token. */
  readonly forge?: Forge;
  /** Page on which a pull request is opened by hand. */
  byHand(branch: string, into: string): string | undefined;
}

const FORGES: Readonly<Record<Provider, (login: ForgeLogin) => Forge>> = { github, gitlab, gitea };

function apiOf(provider: Provider, site: string): string {
  if (provider === "github")
    return site === "https://github.com" ? "https://api.github.com" : `${site}/api/v3`;
  return provider === "gitlab" ? `${site}/api/v4` : `${site}/api/v1`;
}

/** By the names that these hosts usually have. */
function guess(host: string): Provider | undefined {
  if (/(^|\.)github\./.test(host)) return "github";
  if (/(^|\.)gitlab\./.test(host)) return "gitlab";
  return /(^|\.)(gitea|forgejo)\.|^codeberg\.org$/.test(host) ? "gitea" : undefined;
}

/** Where its pages are; ssh says nothing of the port that they have. */
function siteOf({ protocol, hostname, host }: URL): string {
  return protocol === "ssh:" ? `https://${hostname}` : `${protocol}//${host}`;
}

const PAGES: Readonly<Record<Provider, (project: string, branch: string, into: string) => string>> = {
  github: (project, branch, into) => `/${project}/compare/${into}...${branch}?expand=1`,
  gitea: (project, branch, into) => `/${project}/compare/${into}...${branch}`,
  gitlab: (project, branch, into) => {
    const fields = { source_branch: branch, target_branch: into };
    const query = Object.entries(fields).map(([name, value]): [string, string] => [
      `merge_request[${name}]`,
      value,
    ]);
    return `/${project}/-/merge_requests/new?${new URLSearchParams(query).toString()}`;
  },
};

export function hostOf(
  { repository, pullRequests }: Pick<GitopsConfig, "repository" | "pullRequests">,
  token: string | undefined,
): Host {
  const url = new URL(repository.url);
  const provider = pullRequests.provider ?? guess(url.hostname);
  if (provider === undefined || provider === "none") return { byHand: () => undefined };
  const project = url.pathname.replace(/^\/+/, "").replace(/(\.git)?\/*$/, "");
  const site = siteOf(url);
  const apiUrl = (pullRequests.apiUrl ?? apiOf(provider, site)).replace(/\/+$/, "");
  return {
    provider,
    forge: token === undefined ? undefined : FORGES[provider]({ apiUrl, project, token }),
    byHand: (branch, into) => site + PAGES[provider](project, branch, into),
  };
}
