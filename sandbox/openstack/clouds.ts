/** The `clouds.yaml` by which clients find the simulated cloud. */
import { chmodSync, mkdirSync, renameSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { stringify } from "yaml";
import { DOMAIN, defaultPassword } from "./identity/projects";

/** Projects that every sandbox has; each is an entry of the same name. */
export const DEFAULT_PROJECTS: readonly string[] = ["sandbox", "other"];

function entry(url: string, project: string) {
  return {
    auth_type: "password",
    auth: {
      auth_url: `${url}/identity/v3`,
      username: project,
      password: defaultPassword(project),
      project_name: project,
      user_domain_name: DOMAIN.name,
      project_domain_name: DOMAIN.name,
    },
    region_name: "RegionOne",
    interface: "public",
    identity_api_version: 3,
  };
}

/** Text of a `clouds.yaml` with one entry per project, and `admin`. */
export function cloudsYaml(url: string, projects: readonly string[] = DEFAULT_PROJECTS): string {
  const names = [...new Set([...projects, "admin"])];
  return stringify({ clouds: Object.fromEntries(names.map((name) => [name, entry(url, name)])) });
}

/** Writes a `clouds.yaml` that only its owner can read. The projects must exist in the cloud. */
export function writeCloudsYaml(file: string, url: string, projects?: readonly string[]): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const temporary = `${file}.new`;
  writeFileSync(temporary, cloudsYaml(url, projects), { mode: 0o600 });
  // The mode above counts only for a file that is not there yet.
  chmodSync(temporary, 0o600);
  renameSync(temporary, file);
}
