/** How machines become a cluster, and join it. */
import semver from "semver";
import type { Access } from "../../kubernetes/controlPlane";
import type { Play, Run, Task } from "../engine";
import { TaskFailure } from "../errors";
import { etcdEndpoints, installEtcd, joinEtcd } from "../etcd";
import { addressOf, type Host, isTrue, textOf } from "../inventory";
import {
  addLabels,
  addTaints,
  apiServerVersion,
  ensureNamespaces,
  nodePath,
  placeApiServer,
  registerNode,
  serverIdOf,
  setKubeletVersion,
} from "../nodes";
import { controlPlane, group, versionOf } from "./common";

/** Names and addresses by which the inventory says that the API is reached. */
export function accessOf({ inventory, vars }: Run): Access {
  const balancer = (vars.loadbalancer_apiserver ?? {}) as { address?: string; port?: number | string };
  const listed = Array.isArray(vars.supplementary_addresses_in_ssl_keys)
    ? vars.supplementary_addresses_in_ssl_keys.map(String)
    : [];
  const domain = textOf(vars, "apiserver_loadbalancer_domain_name");
  const outside = [...listed, balancer.address, domain].filter((name) => name !== undefined);
  const hosts = controlPlane(inventory);
  const own = hosts.flatMap((host) => [host.name, addressOf(host), textOf(host.vars, "ip")]);
  const entrances = outside.length > 0 ? outside : hosts.slice(0, 1).map(addressOf);
  const port = balancer.port ?? 6443;
  return {
    names: [...new Set([...outside, ...own.filter((name) => name !== undefined)])],
    endpoints: [...new Set(entrances)].map((name) => `${name}:${port}`),
  };
}

/** Whether a host is a node of the cluster already: the machine has joined, and not an earlier one of its name. */
export function hasJoined({ memory }: Run, host: Host): boolean {
  return memory.installed(host.name, serverIdOf(host)).joined === true;
}

export const etcdPlays: readonly Play[] = [
  { name: "Add worker nodes to the etcd play if needed", hosts: group("kube_node"), tasks: [] },
  {
    name: "Install etcd",
    hosts: group("etcd", "kube_control_plane"),
    tasks: [
      {
        name: "etcd : Install | Copy etcd binary from download dir",
        tags: ["etcd"],
        work: (host, run) => installEtcd(run, host, versionOf(run)),
      },
      {
        name: "etcd : Join Member | Add member to etcd cluster",
        tags: ["etcd"],
        work: (host, run) =>
          run.inventory.groups.get("etcd")?.includes(host.name) === true
            ? joinEtcd(run, host, versionOf(run))
            : false,
      },
    ],
  },
];

/** Puts kubelet and kubeadm on a host; a node that runs gets the new kubelet at once. */
export const installKubelet: Task = {
  name: "kubernetes/node : Install | Copy kubelet binary from download dir",
  tags: ["node", "kubelet"],
  work: async (host, run) => {
    const version = versionOf(run);
    const serverId = serverIdOf(host);
    const changed = run.memory.installed(host.name, serverId).kubelet !== version;
    run.memory.install(host.name, serverId, { kubelet: version });
    if (hasJoined(run, host)) await setKubeletVersion(run, host.name, version);
    return changed;
  },
};

/** A new first host has no CA, and would make one: upstream's known way to lose a cluster. */
export const checkFirstHost: Task = {
  name: "kubernetes/control-plane : Check which kube-control nodes are already members of the cluster",
  tags: ["control-plane"],
  once: true,
  work: (_, run) => {
    const [first] = controlPlane(run.inventory);
    const running = Object.values(run.memory.current.hosts).some(({ apiServer }) => apiServer !== undefined);
    if (first === undefined || !running) return;
    const known = run.memory.installed(first.name, serverIdOf(first)).apiServer;
    if (known === undefined) {
      throw new TaskFailure(
        `${first.name} is the first of kube_control_plane and no member of the running cluster: kubeadm init would make a new CA there`,
      );
    }
  },
};

/** Host and port that kubeadm writes into the kubeconfigs of a node that joins. */
function endpointOf(run: Run): string {
  return accessOf(run).endpoints.at(-1)!;
}

/** kubeadm makes a token by admin.conf, which nothing writes again when the endpoint becomes another. */
function requireAnswer(run: Run, first: Host): void {
  const server = run.memory.current.adminServers[first.name];
  if (server === undefined || [endpointOf(run), ownAddressOf(first)].includes(server)) return;
  throw new TaskFailure(`kubeadm token create: dial tcp ${server}: connect: connection refused`);
}

const ownAddressOf = (host: Host) => `${addressOf(host)}:6443`;

/** The program's own-address.yml. */
export const ownAddressPlays: readonly Play[] = [
  {
    name: "Have the control plane ask its own API servers",
    hosts: controlPlane,
    tasks: [
      {
        name: "Lead them to the API server beside them",
        tags: ["always"],
        work: (host, run) => {
          const before = run.memory.current.adminServers[host.name];
          run.memory.change(({ adminServers }) => (adminServers[host.name] = ownAddressOf(host)));
          return before !== ownAddressOf(host);
        },
      },
    ],
  },
];

/** Starts the API server, and gives it a certificate with all names. */
export const startApiServer: Task = {
  name: "kubernetes/control-plane : Kubeadm | Initialize first control plane node (1st try)",
  tags: ["control-plane"],
  faultPoint: true,
  once: true,
  work: async (host, run) => {
    const first = controlPlane(run.inventory)[0];
    const initialized = Object.values(run.memory.current.hosts).some(({ apiServer }) => apiServer);
    if (!initialized && host.name !== first?.name)
      throw new TaskFailure(`${first?.name} is not within the limit, and there is no cluster to join yet`);
    if (initialized) requireAnswer(run, first!);
    const access = accessOf(run);
    const known = run.memory.current.names;
    // kubeadm makes a new certificate when a name is missing in it, not when there is one too many.
    const complete = access.names.every((name) => known.includes(name));
    const names = complete && known.length > 0 ? known : access.names;
    await run.controlPlane.start({ ...access, names });
    run.memory.change((memory) => (memory.names = [...names]));
    await ensureNamespaces(run);
    return !initialized || !complete;
  },
};

/** What kubeadm puts into the manifest of an API server. */
export function writeManifest(run: Run, { name }: Host): boolean {
  const endpoints = etcdEndpoints(run);
  const encrypts = isTrue(run.vars.kube_encrypt_secret_data);
  const { etcdServers: told, encrypting } = run.memory.current;
  const same =
    JSON.stringify(told[name]) === JSON.stringify(endpoints) && encrypting.includes(name) === encrypts;
  run.memory.change((memory) => {
    memory.etcdServers[name] = endpoints;
    memory.encrypting = [...memory.encrypting.filter((other) => other !== name), ...(encrypts ? [name] : [])];
  });
  return !same;
}

export const joinControlPlane: Task = {
  name: "kubernetes/control-plane : Join control plane node to cluster",
  tags: ["control-plane"],
  work: async (host, run) => {
    const serverId = serverIdOf(host);
    const { apiServer } = run.memory.installed(host.name, serverId);
    if (apiServer !== undefined) return isTrue(run.vars.upgrade_cluster_setup) && upgradeApiServer(run, host);
    const version = versionOf(run);
    await registerNode(run, host, version);
    await placeApiServer(run, host.name, version);
    writeManifest(run, host);
    run.memory.change(({ adminServers }) => (adminServers[host.name] = endpointOf(run)));
    run.memory.install(host.name, serverId, { kubelet: version, apiServer: version, joined: true });
    return true;
  },
};

/**
 * `kubeadm upgrade apply`.
 * @throws TaskFailure for versions that kubeadm does not go to
 */
export async function upgradeApiServer(run: Run, host: Host): Promise<boolean> {
  const version = versionOf(run);
  const current = await apiServerVersion(run, host.name);
  if (current === version) return false;
  if (current !== undefined) checkSkew(current, version);
  await placeApiServer(run, host.name, version);
  run.memory.install(host.name, serverIdOf(host), { apiServer: version });
  return true;
}

function checkSkew(current: string, version: string): void {
  const steps = semver.minor(version) - semver.minor(current);
  const start = `[upgrade/version] FATAL: the --version argument is invalid due to these errors:\n\n\t- Specified version to`;
  if (steps > 1) {
    throw new TaskFailure(
      `${start} upgrade to "v${version}" is too high; kubeadm can upgrade only 1 minor version at a time (running: v${current})`,
    );
  }
  if (semver.lt(version, current))
    throw new TaskFailure(`${start} downgrade to "v${version}" is too low (running: v${current})`);
}

/** `kubeadm join`; also what a kubelet does whose Node was deleted. */
export const joinWorker: Task = {
  name: "kubernetes/kubeadm : Join to cluster if needed",
  tags: ["kubeadm"],
  work: async (host, run) => {
    const serverId = serverIdOf(host);
    const present = (await (await run.api()).find(nodePath(host.name))) !== undefined;
    if (hasJoined(run, host) && present) return false;
    const version = versionOf(run);
    await registerNode(run, host, version);
    run.memory.install(host.name, serverId, { kubelet: version, joined: true });
    return true;
  },
};

export const labelsAndTaints: readonly Task[] = [
  {
    name: "kubernetes/node-label : Set label to node",
    tags: ["node-label"],
    work: (host, run) => addLabels(run, host),
  },
  {
    name: "kubernetes/node-taint : Set taint to node",
    tags: ["node-taint"],
    work: (host, run) => addTaints(run, host),
  },
];
