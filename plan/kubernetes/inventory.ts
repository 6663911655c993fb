/** TEMPORARY (lead, for integration): the owner of this file replaces it. */
import { stringify } from "yaml";
import type { CloudFacts, ConvergeRequest, Json } from "./types";

export function inventoryFiles({ nodes, facts, groupVars }: ConvergeRequest): Record<string, string> {
  const hosts: Record<string, Json> = Object.fromEntries(
    nodes.map(({ name, etcdMember, labels, taints }) => {
      const { address = "", serverId = "" } = facts.machines[name] ?? {};
      return [
        name,
        {
          ansible_host: address,
          ip: address,
          access_ip: address,
          main_ip: address,
          main_access_ip: address,
          ...(etcdMember === undefined ? {} : { etcd_member_name: etcdMember }),
          node_labels: labels,
          node_taints: taints.map(({ key, value, effect }) => `${key}=${value}:${effect}`),
          opencenter_server_id: serverId,
        },
      ];
    }),
  );
  const group = (role: string) => ({
    hosts: Object.fromEntries(nodes.filter((node) => node.role === role).map(({ name }) => [name, null])),
  });
  const children = {
    kube_control_plane: group("control-plane"),
    etcd: group("control-plane"),
    kube_node: group("worker"),
    calico_rr: { hosts: {} },
    k8s_cluster: { children: { kube_control_plane: null, kube_node: null, calico_rr: null } },
  };
  return {
    "hosts.yaml": stringify({ all: { hosts, children } }),
    ...Object.fromEntries(
      Object.entries(groupVars).map(([name, vars]) => [`group_vars/${name}.yml`, stringify(vars)]),
    ),
  };
}

export function sshConfig(_: { request: ConvergeRequest; directory: string; privateKey: string }): string {
  return "";
}

export function knownHosts(
  bastion: CloudFacts["bastion"],
  pinned: readonly { readonly address: string; readonly hostKeys: readonly string[] }[],
): string {
  const lines = pinned.flatMap(({ address, hostKeys }) => hostKeys.map((key) => `${address} ${key}`));
  return [...(bastion === undefined ? [] : [`${bastion.address} ${bastion.hostKey}`]), ...lines, ""].join("\n");
}
