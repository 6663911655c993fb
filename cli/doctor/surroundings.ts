/** What is around the programs: access to a cloud, room on the disk. */
import { statSync } from "node:fs";
import { statfs } from "node:fs/promises";
import { findCloudsYaml, readClouds } from "../cloud/cloudsYaml";
import { CloudError } from "../cloud/errors";
import type { Diagnosis, DoctorContext } from "./check";

const GIB = 1024 ** 3;
const NEEDED_GIB = 2;
const OTHERS = 0o077;

export function checkCloudsYaml({ project, env }: DoctorContext): Diagnosis {
  const base = { name: "clouds.yaml", required: true, neededFor: "logging in to OpenStack" };
  const file = findCloudsYaml(project, env);
  if (file === undefined) {
    if (env["OS_AUTH_URL"]) return { ...base, status: "ok", found: "the OS_* variables" };
    const fix =
      "Download it from the cloud's dashboard to ~/.config/openstack/clouds.yaml, then chmod 600 it";
    return { ...base, status: "missing", fix };
  }
  try {
    const clouds = Object.keys(readClouds(file));
    const found = `${file} (${clouds.join(", ") || "empty"})`;
    if ((statSync(file).mode & OTHERS) !== 0)
      return { ...base, status: "warning", found: `${found}, readable by others`, fix: `chmod 600 ${file}` };
    return { ...base, status: "ok", found };
  } catch (error) {
    if (!(error instanceof CloudError)) throw error;
    return { ...base, status: "missing", found: error.message, fix: error.hint };
  }
}

export async function checkDisk({ project }: DoctorContext): Promise<Diagnosis> {
  const { bavail, bsize } = await statfs(project);
  const free = (bavail * bsize) / GIB;
  const enough = free >= NEEDED_GIB;
  return {
    name: "disk space",
    status: enough ? "ok" : "missing",
    found: `${free.toFixed(1)} GiB free${enough ? "" : ` (needs ${NEEDED_GIB} GiB)`}`,
    required: true,
    neededFor: "plugins, Kubespray, logs",
    fix: enough ? undefined : `Make room on the disk of ${project}`,
  };
}
