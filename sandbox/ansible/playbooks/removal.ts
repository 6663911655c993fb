/** remove-node.yml, reset.yml and recover-control-plane.yml. */
import { cordon, drain } from "../drain";
import { localhost, type Play, type Run, type Task } from "../engine";
import { TaskFailure } from "../errors";
import { healthyMembers, leaveEtcd } from "../etcd";
import { type Host, type Inventory, isTrue, textOf } from "../inventory";
import { deleteNode, isControlPlane, nodePath, serverIdOf } from "../nodes";
import { clusterPlays } from "./cluster";
import { boilerplate, cluster, controlPlane, facts, group, plain } from "./common";

/** Hosts of `-e node=`; as in Ansible, a name that the inventory does not have is a play without hosts. */
const leaving = (inventory: Inventory, { vars }: Run): readonly Host[] =>
  inventory.match((textOf(vars, "node") ?? "this_is_unreachable").split(",")).hosts;

const DRAIN = "remove_node/pre_remove : Remove-node | Drain node except daemonsets resource";
const drainLeaving: Task = {
  name: DRAIN,
  tags: ["pre-remove"],
  faultPoint: true,
  work: async ({ name }, run) => {
    if ((await (await run.api()).find(nodePath(name))) === undefined) return false;
    await cordon(run, name);
    const ungraceful = isTrue(run.vars.allow_ungraceful_removal);
    const calm = ungraceful ? { ...run, vars: { ...run.vars, drain_retries: 0 } } : run;
    const problem = await drain(calm, name, DRAIN);
    if (problem !== undefined && !ungraceful) throw new TaskFailure(problem);
    return true;
  },
};

const removeMember: Task = {
  name: "remove-node/remove-etcd-node : Remove member from cluster",
  tags: ["remove-etcd-node"],
  work: (host, run) => {
    if (run.inventory.groups.get("etcd")?.includes(host.name) !== true) return false;
    // The commands run on the first host of the group, which cannot remove itself.
    if (run.inventory.groups.get("etcd")?.[0] === host.name)
      throw new TaskFailure(
        `${host.name} is the first host of etcd and kube_control_plane, and cannot be removed`,
      );
    return leaveEtcd(run, host);
  },
};

const resetHost: Task = {
  name: "reset : Reset | remove all files and services",
  tags: ["reset"],
  work: ({ name }, run) => {
    if (run.vars.reset_nodes === false) return false;
    run.memory.change(({ hosts }) => delete hosts[name]);
    return true;
  },
};

const removeNode: Task = {
  name: "remove-node/post-remove : Remove-node | Delete node",
  tags: ["post-remove"],
  work: async ({ name }, run) => {
    const present = (await (await run.api()).find(nodePath(name))) !== undefined;
    if (present) await deleteNode(run, name);
    run.memory.change(({ hosts, etcdServers }) => {
      delete hosts[name];
      delete etcdServers[name];
    });
    return present;
  },
};

const requireNodes: Task = {
  name: "Assert that nodes are specified for removal",
  tags: ["always"],
  work: (_, { vars }) => {
    if (textOf(vars, "node") === undefined)
      throw new TaskFailure("No nodes specified for removal. The `node` variable must be set explicitly.");
  },
};

const confirmRemoval: Task = {
  name: "Fail if user does not confirm deletion",
  tags: ["always"],
  once: true,
  work: (_, { vars }) => {
    if (!isTrue(vars.skip_confirmation)) throw new TaskFailure("Delete nodes confirmation failed");
  },
};

export function removeNodePlays({ vars }: Run): readonly Play[] {
  const connects = vars.reset_nodes !== false;
  return [
    { name: "Validate nodes for removal", hosts: localhost, connects: false, tasks: [requireNodes] },
    ...boilerplate,
    { name: "Confirm node removal", hosts: leaving, connects: false, tasks: [confirmRemoval] },
    ...(connects ? facts : []),
    { name: "Reset node", hosts: leaving, connects, tasks: [drainLeaving, removeMember, resetHost] },
    { name: "Post node removal", hosts: leaving, connects: false, tasks: [removeNode] },
  ];
}

export const resetPlays: readonly Play[] = [
  ...boilerplate,
  ...facts,
  {
    name: "Reset cluster",
    hosts: cluster,
    tasks: [
      {
        name: "Check confirmation",
        tags: ["always"],
        once: true,
        work: (_, { vars }) => {
          if (!isTrue(vars.reset_confirmation)) throw new TaskFailure("Reset confirmation failed");
        },
      },
      { name: "reset : Reset | remove all files and services", tags: ["reset"], work: wipe },
    ],
  },
];

async function wipe(host: Host, run: Run): Promise<boolean> {
  const { memory, inventory } = run;
  memory.change((content) => {
    delete content.hosts[host.name];
    delete content.etcdServers[host.name];
    content.etcd = content.etcd.filter(({ node }) => node !== host.name);
  });
  const left = controlPlane(inventory).some(
    (other) => memory.installed(other.name, serverIdOf(other)).apiServer !== undefined,
  );
  if (!left && isControlPlane(inventory, host)) {
    await run.controlPlane.destroy();
    memory.forget();
  }
  return true;
}

/** The broken members leave without quorum; what remains is a cluster of those that are alive. */
export const recoverPlays: readonly Play[] = [
  ...boilerplate,
  {
    name: "Recover etcd",
    hosts: (inventory) => group("etcd")(inventory).slice(0, 1),
    tasks: [
      {
        name: "recover_control_plane/etcd : Remove broken etcd members",
        work: async (_, run) => {
          if ((await healthyMembers(run)).length === 0 && textOf(run.vars, "etcd_snapshot") === undefined)
            throw new TaskFailure("no etcd member is alive, and no etcd_snapshot is given");
          const broken = run.inventory.groups.get("broken_etcd") ?? [];
          run.memory.change((memory) => {
            memory.etcd = memory.etcd.filter(({ node }) => !broken.includes(node));
          });
          return broken.length > 0;
        },
      },
    ],
  },
  {
    name: "Recover control plane",
    hosts: (inventory) => controlPlane(inventory).slice(0, 1),
    tasks: [
      {
        name: "recover_control_plane/control-plane : Delete broken kube_control_plane nodes from cluster",
        work: async (_, run) => {
          const broken = run.inventory.groups.get("broken_kube_control_plane") ?? [];
          for (const name of broken) {
            await deleteNode(run, name);
            run.memory.change(({ hosts }) => delete hosts[name]);
          }
          return broken.length > 0;
        },
      },
    ],
  },
  ...clusterPlays,
  { name: "Perform post recover tasks", hosts: controlPlane, tasks: [plain("Recover the control plane")] },
];
