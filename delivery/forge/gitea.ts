/** Gitea, and Forgejo, which has the same API. */
import { Api } from "./api";
import type { Forge, ForgeLogin } from "./forge";
import { pullsForge } from "./pulls";

export function gitea({ apiUrl, project, token }: ForgeLogin): Forge {
  return pullsForge(new Api(apiUrl, { authorization: `token ${token}` }), project, "limit=50");
}
