/** An inventory in YAML with its group variables. */
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { parse } from "yaml";
import { AnsibleError } from "./errors";

export type Vars = Readonly<Record<string, unknown>>;

export interface Host {
  readonly name: string;
  readonly vars: Vars;
}

/** Groups below `all`, as a file has them. */
interface GroupNode {
  readonly hosts?: Readonly<Record<string, Vars | null>> | null;
  readonly children?: Readonly<Record<string, GroupNode | null>> | null;
  readonly vars?: Vars | null;
}

export class Inventory {
  /** Folder of the inventory file. */
  readonly directory: string;
  /** Host names by group, in the order of the file. */
  readonly groups: ReadonlyMap<string, readonly string[]>;
  private readonly hosts: ReadonlyMap<string, Host>;
  /** Variables of all groups that every host of a cluster is in: what the playbooks call `kube_version` and so on. */
  readonly vars: Vars;

  /** @throws AnsibleError when the file is absent or not a YAML inventory */
  constructor(file: string) {
    this.directory = dirname(resolve(file));
    const all = readAll(file);
    const hosts = new Map<string, Host>();
    const groups = new Map<string, string[]>();
    const enter = (name: string, group: GroupNode | null): string[] => {
      const members = Object.entries(group?.hosts ?? {}).map(([host, vars]) => {
        hosts.set(host, { name: host, vars: { ...hosts.get(host)?.vars, ...vars } });
        return host;
      });
      const below = Object.entries(group?.children ?? {}).flatMap(([child, node]) => enter(child, node));
      const known = [...new Set([...(groups.get(name) ?? []), ...members, ...below])];
      groups.set(name, known);
      return known;
    };
    enter("all", all);
    // A group that stands under k8s_cluster by name only was filled where it is defined.
    const cluster = ["kube_control_plane", "kube_node", "calico_rr"].flatMap(
      (name) => groups.get(name) ?? [],
    );
    groups.set("k8s_cluster", [...new Set([...(groups.get("k8s_cluster") ?? []), ...cluster])]);
    this.hosts = hosts;
    this.groups = groups;
    this.vars = { ...all.vars, ...this.groupVars("all"), ...this.groupVars("k8s_cluster") };
  }

  group(name: string): readonly Host[] {
    return (this.groups.get(name) ?? []).map((host) => this.hosts.get(host)!);
  }

  /** Hosts of all patterns, each a host or a group; `!` takes away. */
  match(patterns: readonly string[]): {
    readonly hosts: readonly Host[];
    readonly unknown: readonly string[];
  } {
    const found = new Set<string>();
    const unknown: string[] = [];
    const wanted = patterns.some((pattern) => !pattern.startsWith("!")) ? patterns : ["all", ...patterns];
    for (const pattern of wanted.filter((word) => !word.startsWith("!"))) {
      const names = this.groups.get(pattern) ?? (this.hosts.has(pattern) ? [pattern] : undefined);
      if (names === undefined) unknown.push(pattern);
      names?.forEach((name) => found.add(name));
    }
    for (const pattern of wanted.filter((word) => word.startsWith("!"))) {
      const name = pattern.slice(1);
      (this.groups.get(name) ?? [name]).forEach((host) => found.delete(host));
    }
    return { hosts: this.group("all").filter(({ name }) => found.has(name)), unknown };
  }

  private groupVars(group: string): Vars {
    const folder = join(this.directory, "group_vars", group);
    const files = statSync(folder, { throwIfNoEntry: false })?.isDirectory()
      ? readdirSync(folder)
          .sort()
          .map((name) => join(folder, name))
      : [`${folder}.yml`, `${folder}.yaml`].filter((file) => existsSync(file));
    const read = files
      .filter((file) => /\.ya?ml$/.test(file))
      .map((file) => parse(readFileSync(file, "utf8")) as Vars | null);
    return Object.assign({}, ...read) as Vars;
  }
}

function readAll(file: string): GroupNode {
  if (!/\.ya?ml$/.test(file) || !existsSync(file)) {
    throw new AnsibleError(
      `Unable to parse ${file} as an inventory source; no inventory was parsed, only implicit localhost is available`,
    );
  }
  const document = parse(readFileSync(file, "utf8")) as { all?: GroupNode } | null;
  if (document?.all == null) throw new AnsibleError(`${file}: there is no group "all"`);
  return document.all;
}

/** A variable that has to be text. */
export function textOf(vars: Vars, name: string): string | undefined {
  const value = vars[name];
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** Where the other nodes reach a host. */
export function addressOf({ name, vars }: Host): string {
  return textOf(vars, "access_ip") ?? textOf(vars, "ip") ?? textOf(vars, "ansible_host") ?? name;
}

/** Ansible's filter `bool`. */
export function isTrue(value: unknown): boolean {
  return value === true || value === 1 || (typeof value === "string" && /^(y|yes|on|1|true|t)$/i.test(value));
}
