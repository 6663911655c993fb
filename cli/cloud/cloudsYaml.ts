/** clouds.yaml and secure.yaml, found and read in the same places as the provider does. */
import { readFileSync, existsSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, isAbsolute, join, resolve } from "node:path";
import { LineCounter, parseDocument } from "yaml";
import { didYouMean } from "../suggest";
import { accessOf, settingsOfEnvironment, type CloudAccess, type RawSettings } from "./access";
import { CloudError } from "./errors";

/** Which cloud, and from where the search begins. */
export interface CloudQuery {
  /** Entry of clouds.yaml. Without it, `OS_*` variables. */
  readonly cloud?: string;
  /** Keystone's address, before the one of the file or the variables. */
  readonly authUrl?: string;
  /** Region, before the one of the file or the variables. */
  readonly region?: string;
  /** The project's folder, where the provider runs. */
  readonly directory: string;
  /** @default process.env */
  readonly env?: NodeJS.ProcessEnv;
}

type Entry = Record<string, unknown>;

/** The places where clouds.yaml (or secure.yaml) may be, in the order in which they are tried. */
export function searchPath(file: "clouds" | "secure", directory: string, env: NodeJS.ProcessEnv): string[] {
  const variable = file === "clouds" ? "OS_CLIENT_CONFIG_FILE" : "OS_CLIENT_SECURE_FILE";
  const given = env[variable];
  if (given) return [resolve(directory, given)];
  const home = env["HOME"] || homedir();
  return [directory, join(home, ".config", "openstack"), "/etc/openstack"].flatMap((folder) =>
    ["yaml", "yml"].map((extension) => join(folder, `${file}.${extension}`)),
  );
}

/** The clouds.yaml that would be used; undefined when there is none. */
export function findCloudsYaml(directory: string, env: NodeJS.ProcessEnv = process.env): string | undefined {
  const path = searchPath("clouds", directory, env);
  // A file that was named explicitly is used even when it is not there, so that the mistake shows.
  return env["OS_CLIENT_CONFIG_FILE"] ? path[0] : path.find((file) => existsSync(file));
}

/**
 * The entries of a clouds.yaml or secure.yaml.
 * @throws CloudError `clouds-yaml-unreadable` with the line where YAML stops.
 */
export function readClouds(file: string): Record<string, Entry> {
  const lines = new LineCounter();
  const document = parseDocument(readText(file), { lineCounter: lines });
  const [problem] = document.errors;
  if (problem !== undefined) {
    const { line, col } = lines.linePos(problem.pos[0]);
    // Only the first line of the message: the rest quotes the file, which may be a password.
    const reason = problem.message.split("\n")[0]?.replace(/ at line \d+, column \d+:?$/, "");
    throw unreadable(`${file}:${line}:${col} is not valid YAML: ${reason}`, "Mend that line.");
  }
  const content: unknown = document.toJS();
  const clouds = isRecord(content) ? content["clouds"] : undefined;
  if (!isRecord(clouds) || !Object.values(clouds).every(isRecord))
    throw unreadable(`${file} has no clouds: with one entry per cloud.`, "Get a new one from the dashboard.");
  return clouds as Record<string, Entry>;
}

/**
 * How to log in to the cloud that a configuration names.
 * @throws CloudError when there is no such cloud, or its settings are not complete.
 */
export function findCloud(query: CloudQuery): CloudAccess {
  const env = query.env ?? process.env;
  const own = { auth_url: query.authUrl, region_name: query.region };
  if (query.cloud === undefined) {
    return accessOf(overlay(settingsOfEnvironment(env), own), "the OS_* environment variables");
  }
  const file = findCloudsYaml(query.directory, env);
  if (file === undefined) throw missingFile(query, env);
  const entry = entryOf(readClouds(file), query.cloud, file);
  const secure = searchPath("secure", query.directory, env).find((path) => existsSync(path));
  const secrets = secure === undefined ? {} : (readClouds(secure)[query.cloud] ?? {});
  const written = overlay(settingsOfEntry(entry, dirname(file)), settingsOfEntry(secrets, dirname(file)));
  const settings = overlay(overlay(settingsOfEnvironment(env), written), own);
  return accessOf(settings, `cloud ${query.cloud} of ${file}`);
}

function entryOf(clouds: Record<string, Entry>, name: string, file: string): Entry {
  const entry = clouds[name];
  if (entry !== undefined) return entry;
  const names = Object.keys(clouds);
  throw new CloudError(
    "cloud-not-found",
    `${file} has no cloud ${name}.`,
    `${didYouMean(name, names)}It has: ${names.join(", ") || "none"}. Set openstack.cloud to one of them, or add the entry.`,
  );
}

function missingFile(query: CloudQuery, env: NodeJS.ProcessEnv): CloudError {
  const places = searchPath("clouds", query.directory, env).filter((path) => path.endsWith(".yaml"));
  return new CloudError(
    "clouds-yaml-missing",
    `There is no clouds.yaml for cloud ${query.cloud}; looked for ${places.join(", ")}.`,
    "Download it from the cloud's dashboard to one of these places (mode 0600), or set OS_CLIENT_CONFIG_FILE.",
  );
}

/** An entry with `auth` flattened; later settings win. Paths are seen from the file's own folder. */
function settingsOfEntry(entry: Entry, folder: string): RawSettings {
  const auth = isRecord(entry["auth"]) ? entry["auth"] : {};
  const settings: Record<string, string | undefined> = {};
  for (const [key, value] of [...Object.entries(entry), ...Object.entries(auth)]) {
    if (typeof value === "string" || typeof value === "number" || typeof value === "boolean")
      settings[key] = String(value);
  }
  for (const key of ["cacert", "cert", "key"]) {
    const path = settings[key]?.replace(/^~(?=\/)/, homedir());
    if (path !== undefined) settings[key] = isAbsolute(path) ? path : join(folder, path);
  }
  if (settings["insecure"] === "true") settings["verify"] = "false";
  return settings;
}

function overlay(below: RawSettings, above: RawSettings): RawSettings {
  const set = Object.entries(above).filter(([, value]) => value !== undefined && value !== "");
  return { ...below, ...Object.fromEntries(set) };
}

function readText(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === "ENOENT") throw unreadable(`${file} does not exist.`, "Correct OS_CLIENT_CONFIG_FILE.");
    if (code === "EACCES")
      throw unreadable(`${file} may not be read by you.`, `chown it, then chmod 600 ${file}`);
    if (code === "EISDIR") throw unreadable(`${file} is a directory.`, "Name the file in it.");
    throw unreadable(`${file} cannot be read: ${code}`, "Check the disk and the path.");
  }
}

function unreadable(message: string, hint: string): CloudError {
  return new CloudError("clouds-yaml-unreadable", message, hint);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
