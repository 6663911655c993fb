/** Pulumi's files in a `file://` backend: the only one that can be looked into, on this machine's disk. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

/** As Pulumi.yaml calls it. */
const PROJECT = "opencenter";

/** Of the backend that Pulumi would use: the variable, or what `pulumi login` has written down. */
export function currentBackend(): string | undefined {
  const named = process.env["PULUMI_BACKEND_URL"];
  if (named !== undefined && named !== "") return named;
  const home = process.env["PULUMI_HOME"] ?? join(homedir(), ".pulumi");
  try {
    return (JSON.parse(readFileSync(join(home, "credentials.json"), "utf8")) as { current?: string }).current;
  } catch {
    return undefined; // Nobody has logged in: Pulumi says so itself.
  }
}

/** Folder of a `file://` backend, whatever its URL asks for besides (`?metadata=skip`); undefined for any other. */
function folderOf(backendUrl: string | undefined): string | undefined {
  if (backendUrl?.startsWith("file://") !== true) return undefined;
  const [path = ""] = backendUrl.slice("file://".length).split("?");
  return join(path.replace(/^~/, homedir()), ".pulumi");
}

/** Where the locks of a stack are. */
export function lockFolder(stack: string, backendUrl: string | undefined): string | undefined {
  const folder = folderOf(backendUrl);
  return folder === undefined ? undefined : join(folder, "locks", "organization", PROJECT, stack);
}

function isJson(file: string): boolean {
  try {
    JSON.parse(readFileSync(file, "utf8"));
    return true;
  } catch {
    return false;
  }
}

/**
 * Torn files of attributes beside a stack's checkpoint. The checkpoint itself is replaced in one step, but the backend then
 * writes `<stack>.json.attrs` in place: a kill in that moment leaves it empty, and from then on every command of Pulumi,
 * `cancel` included, ends with "failed to load checkpoint: EOF". Without the file all of them work, and a backend whose URL
 * ends in `?metadata=skip` never writes one.
 *
 * @returns absolute paths
 */
export function tornAttributes(stack: string, backendUrl = currentBackend()): string[] {
  const folder = folderOf(backendUrl);
  if (folder === undefined) return [];
  const checkpoints = join(folder, "stacks", PROJECT);
  if (!existsSync(checkpoints)) return [];
  return readdirSync(checkpoints)
    .filter((file) => file.startsWith(`${stack}.json`) && file.endsWith(".attrs"))
    .map((file) => join(checkpoints, file))
    .filter((file) => !isJson(file));
}
