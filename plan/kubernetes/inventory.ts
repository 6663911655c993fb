/** The inventory as text: hosts, group variables, and what SSH is told. */
import { statePaths } from "../names";
import { yamlText } from "../yamlText";
import { digest } from "./digests";
import type { CloudFacts, ConvergeRequest, Json, NodePlan } from "./types";

/** What the inventory says, of a {@link ConvergeRequest}. */
export type InventoryInput = Pick<
  ConvergeRequest,
  "organization" | "cluster" | "nodes" | "facts" | "sshUser" | "groupVars"
>;

/** Ansible reads YAML 1.1, where `yes` and `1.30` are no texts: such texts are quoted. */
function yaml(value: unknown): string {
  return yamlText(value, { version: "1.1", lineWidth: 0, aliasDuplicateObjects: false });
}

const names = (nodes: readonly NodePlan[]) => ({
  hosts: Object.fromEntries(nodes.map(({ name }) => [name, {}])),
});

function hostVariables(node: NodePlan, { machines }: CloudFacts): Record<string, Json> {
  const { address, serverId } = machines[node.name] ?? {};
  if (address === undefined || serverId === undefined)
    throw new Error(`no address for ${node.name}: it is not in the facts of the cloud`);
  return {
    ansible_host: address,
    ip: address,
    access_ip: address,
    // Gathering facts would set these two; without them an etcd host that is down cannot be removed.
    main_ip: address,
    main_access_ip: address,
    ...(node.etcdMember === undefined ? {} : { etcd_member_name: node.etcdMember }),
    // Kubespray takes a mapping of labels and a list of texts for taints, and ignores anything else silently.
    node_labels: node.labels,
    node_taints: node.taints.map(({ key, value, effect }) => `${key}=${value}:${effect}`),
    opencenter_server_id: serverId,
  };
}

/** From the inventory's folder: the files must not depend on where the project lies. */
function connection({ organization, cluster, sshUser }: InventoryInput): Record<string, Json> {
  const paths = statePaths({ organization, name: cluster });
  const up = paths.inventory.split("/").map(() => "..");
  return {
    ansible_user: sshUser,
    ansible_ssh_private_key_file: `{{ inventory_dir }}/${[...up, paths.sshPrivateKey].join("/")}`,
    // -F also keeps the user's own SSH configuration out.
    ansible_ssh_common_args: '-F "{{ inventory_dir }}/ssh_config"',
    // In place of Kubespray's own arguments, which throw away the host keys that ssh_config pins.
    ansible_ssh_args: "-o ControlMaster=auto -o ControlPersist=30m -o ConnectionAttempts=10",
    ansible_host_key_checking: true,
    // Ansible names its sockets by address alone, and two clusters may both have a 10.20.0.10: without the digest one
    // would be given the other's connection.
    ansible_control_path: `%(directory)s/${digest(`${organization}/${cluster}`).slice(0, 8)}-%%C`,
  };
}

/** `hosts.yaml` as data. Nodes are listed in the order given: the first of the control plane holds the cluster's CA. */
export function planInventory(input: InventoryInput): object {
  const controlPlane = input.nodes.filter(({ role }) => role === "control-plane");
  const workers = input.nodes.filter(({ role }) => role === "worker");
  return {
    all: {
      hosts: Object.fromEntries(input.nodes.map((node) => [node.name, hostVariables(node, input.facts)])),
      vars: connection(input),
      children: {
        kube_control_plane: names(controlPlane),
        etcd: names(controlPlane),
        kube_node: names(workers),
        calico_rr: { hosts: {} },
        // Kubespray makes this group itself, too late for group_vars/k8s_cluster to be read.
        k8s_cluster: { children: { kube_control_plane: {}, kube_node: {}, calico_rr: {} } },
      },
    },
  };
}

/** `hosts.yaml` and `group_vars/`, by path inside the inventory's folder. */
export function inventoryFiles(input: InventoryInput): Record<string, string> {
  return {
    "hosts.yaml": yaml(planInventory(input)),
    ...Object.fromEntries(
      Object.entries(input.groupVars).map(([group, vars]) => [`group_vars/${group}.yml`, yaml(vars)]),
    ),
  };
}

/** Seconds between two signs of life, and how many may stay out: a dead connection is noticed within a minute. */
const ALIVE_SECONDS = 15;
const ALIVE_COUNT = 4;
const CONNECT_SECONDS = 30;

/** A path in ssh_config: quoted for its spaces, `%` doubled because it begins a token there. */
const sshPath = (path: string) => `"${path.replaceAll("%", "%%")}"`;

export interface SshConfigInput {
  readonly request: Pick<ConvergeRequest, "sshUser" | "facts">;
  /** Absolute path of the inventory's folder. */
  readonly directory: string;
  /** Absolute path of the private key. */
  readonly privateKey: string;
}

/** `ssh_config`, the one file of an inventory with absolute paths: ssh knows no relative ones. */
export function sshConfig({ request, directory, privateKey }: SshConfigInput): string {
  const { sshUser, facts } = request;
  const { bastion } = facts;
  const lines = [
    // The first value that ssh finds counts, so the bastion stands before the nodes.
    ...(bastion === undefined
      ? []
      : [
          "Host bastion",
          `  HostName ${bastion.address}`,
          "  StrictHostKeyChecking yes",
          "  ProxyJump none",
          "",
        ]),
    "Host *",
    `  User ${sshUser}`,
    `  IdentityFile ${sshPath(privateKey)}`,
    "  IdentitiesOnly yes",
    "  PasswordAuthentication no",
    // A node's key is pinned when it is first seen, through the bastion whose key is known.
    "  StrictHostKeyChecking accept-new",
    `  UserKnownHostsFile ${sshPath(`${directory}/known_hosts`)}`,
    "  GlobalKnownHostsFile none",
    "  HashKnownHosts no",
    "  UpdateHostKeys no",
    `  ServerAliveInterval ${ALIVE_SECONDS}`,
    `  ServerAliveCountMax ${ALIVE_COUNT}`,
    `  ConnectTimeout ${CONNECT_SECONDS}`,
    ...(bastion === undefined ? [] : ["  ProxyJump bastion"]),
    "",
  ];
  return lines.join("\n");
}

/** `known_hosts`: the bastion's key, which the program made itself, and the keys that were seen before. */
export function knownHosts(
  bastion: CloudFacts["bastion"],
  pinned: readonly { readonly address: string; readonly hostKeys: readonly string[] }[],
): string {
  const all = [
    ...(bastion === undefined ? [] : [{ address: bastion.address, hostKeys: [bastion.hostKey] }]),
    ...pinned,
  ];
  return all.flatMap(({ address, hostKeys }) => hostKeys.map((key) => `${address} ${key.trim()}\n`)).join("");
}
