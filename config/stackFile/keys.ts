/** What stands in a stack's file beside the cluster: which keys there are, and which of them must be secrets. */
import { nearest } from "../checking/nearest";
import type { Path } from "../issue";
import type { PlacedFinding, StackDocument } from "./document";
import { GIVEN } from "./given";

const NAMESPACE = "opencenter:";

/** Keys of the namespace, in the order in which they are offered. */
const ownKeys = ["organization", "cluster", "policy", ...Object.keys(GIVEN)];

/** Providers get their settings from the program, so that a stack cannot reach another cloud by accident. */
const providerNamespaces = ["openstack", "kubernetes"];

type Mapping = Readonly<Record<string, unknown>>;

export function isMapping(value: unknown): value is Mapping {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A value as `pulumi config set --secret` writes it. */
export function isEncrypted(value: unknown): boolean {
  return isMapping(value) && Object.keys(value).length === 1 && typeof value["secure"] === "string";
}

/** From a path of the configuration (`cluster.name`) to the keys of the file. */
export function filePath(path: Path): Path {
  const [head, ...rest] = path;
  if (head === undefined || head === "config") return ["config"];
  if (head === "organization" || head === "cluster") return ["config", `${NAMESPACE}${head}`, ...rest];
  return ["config", ...path];
}

/** The `config:` of a file; a finding where there is none. */
export function configOf(document: StackDocument): { values: Mapping; problems: readonly PlacedFinding[] } {
  const problem = (code: string, message: string, hint: string) => ({
    values: {},
    problems: [{ code, path: ["config"], message, hint, position: document.position([]) ?? START }],
  });
  const file = document.value;
  if (file === null || file === undefined)
    return problem("empty-file", "the file says nothing", "Make one with `npx opencenter init <cluster>`.");
  if (!isMapping(file))
    return problem("missing-config", "the file is not a mapping", "Begin it with `config:`.");
  if (!("config" in file))
    return problem(
      "missing-config",
      "the file has no `config:`",
      "Put the opencenter: keys under `config:`.",
    );
  const config = file["config"];
  if (!isMapping(config))
    return problem("missing-config", "`config:` is empty", "Put the opencenter: keys under it.");
  return { values: config, problems: [] };
}

const START = { line: 1, column: 1 };

/** Problems with the keys of a file, leaving aside what is inside `cluster`. */
export function keyProblems(document: StackDocument, config: Mapping): PlacedFinding[] {
  const placed = (finding: PlacedFinding, of: "key" | "value"): PlacedFinding => ({
    ...finding,
    position: document.position(["config", ...finding.path], of),
  });
  const problems = Object.entries(config).flatMap(([key, value]) => [
    ...unknownKey(key).map((finding) => placed(finding, "key")),
    ...providerKey(key).map((finding) => placed(finding, "key")),
    ...plainSecret(key, value).map((finding) => placed(finding, "value")),
  ]);
  return [...problems, ...misplacedKeys(document)];
}

function unknownKey(key: string): PlacedFinding[] {
  const namespaced = key.startsWith(NAMESPACE);
  const name = key.replace(NAMESPACE, "").replace(/^config:/, "");
  if (namespaced ? key === `${NAMESPACE}${name}` && ownKeys.includes(name) : key.includes(":")) return [];
  const meant = ownKeys.includes(name) ? name : nearest(name, ownKeys);
  const all = ownKeys.map((own) => NAMESPACE + own).join(", ");
  const hint = meant === undefined ? `The keys are ${all}.` : `Did you mean ${NAMESPACE}${meant}?`;
  return [{ code: "unknown-key", path: [key], message: "is not a key of this program", hint }];
}

function providerKey(key: string): PlacedFinding[] {
  const [namespace] = key.split(":");
  if (!providerNamespaces.includes(namespace ?? "")) return [];
  const message = `has no effect: the program makes its own ${namespace} provider`;
  const hint =
    namespace === "openstack"
      ? "Remove it and use cluster.openstack, or the OS_* variables."
      : "Remove it; the program connects to the cluster that it makes.";
  return [{ code: "no-effect", severity: "warning", path: [key], message, hint }];
}

function plainSecret(key: string, value: unknown): PlacedFinding[] {
  const name = key.replace(NAMESPACE, "");
  if (GIVEN[name]?.secret !== true || isEncrypted(value)) return [];
  // The value stays out of the message: it may well be the real secret.
  return [
    {
      code: "plain-secret",
      path: [key],
      message: "is in plain text",
      hint: `Revoke it if the file was ever shared, remove the line, then run: pulumi config set --secret ${key}`,
    },
  ];
}

/** `opencenter:cluster` at the left margin, where the engine does not look. */
function misplacedKeys(document: StackDocument): PlacedFinding[] {
  return Object.keys(document.value as Mapping)
    .filter((key) => key.startsWith(NAMESPACE))
    .map((key) => ({
      code: "misplaced-key",
      path: [key],
      message: "stands outside of `config:`, where nothing reads it",
      hint: "Move it under `config:`.",
      position: document.position([key], "key"),
    }));
}

/** Encrypted values where only plain ones may be. */
export function encryptedProblems(value: unknown, path: Path): PlacedFinding[] {
  if (isEncrypted(value)) {
    return [
      {
        code: "secret-in-cluster",
        path,
        message: "is encrypted; one secret inside makes the whole cluster secret, and previews unreadable",
        hint: "Write it in plain text, or, if it must stay secret, use one of the keys for secrets (opencenter:gitToken).",
      },
    ];
  }
  if (Array.isArray(value)) return value.flatMap((item, index) => encryptedProblems(item, [...path, index]));
  if (!isMapping(value)) return [];
  return Object.entries(value).flatMap(([key, item]) => encryptedProblems(item, [...path, key]));
}
