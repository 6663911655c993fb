import { Api } from "./api";
import type { Forge, ForgeLogin } from "./forge";
import { pullsForge } from "./pulls";

export function github({ apiUrl, project, token }: ForgeLogin): Forge {
  const headers = {
    accept: "application/vnd.github+json",
    authorization: `Bearer ${token}`,
    "x-github-api-version": "2022-11-28",
  };
  return pullsForge(new Api(apiUrl, headers), project, "per_page=100");
}
