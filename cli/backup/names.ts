/** Names of sets and of what is in them. */
import type { Owner, PartName } from "./manifest";

/** Folder of a cluster's sets; beside it Velero keeps its own under `velero/`. */
export const setsFolder = ({ name }: Pick<Owner, "name">) => `opencenter/${name}/`;

export const setFolder = (owner: Pick<Owner, "name">, set: string) => `${setsFolder(owner)}${set}/`;

/** Written last: a set without it is one that a run did not finish. */
export const MANIFEST = "manifest.json";

export const PART_FILES: Readonly<Record<PartName, string>> = {
  state: "state.json.gz.age",
  stackFile: "stack.yaml.gz.age",
  configuration: "configuration.yaml.gz.age",
  recipients: "recipients.txt",
  etcd: "etcd.db.gz.age",
  secrets: "secrets.json.gz.age",
};

/** What is there to read without a key. */
export const OPEN_PARTS: readonly PartName[] = ["recipients"];

const NAME = /^(?<cluster>[a-z0-9][-a-z0-9]*)-(?<stamp>\d{8}t\d{6}z)$/;

/** `prod-20261123t141500z`: also the name of Velero's Backup, so in the form of Kubernetes' names. */
export function setName(cluster: string, now: Date): string {
  return `${cluster}-${now
    .toISOString()
    .replace(/[-:]|\.\d+/g, "")
    .toLowerCase()}`;
}

/** When a set was begun, by its name; undefined for what is no name of a set. */
export function begunAt(name: string): Date | undefined {
  const { stamp } = NAME.exec(name)?.groups ?? {};
  const [, year, month, day, hour, minute, second] =
    /^(\d{4})(\d\d)(\d\d)t(\d\d)(\d\d)(\d\d)z$/.exec(stamp ?? "") ?? [];
  if (year === undefined) return undefined;
  const date = new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  return Number.isNaN(date.getTime()) ? undefined : date;
}
