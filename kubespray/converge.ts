/** From the live cluster to the wanted one. Safe to run again, whatever ended the last run. */
import { digestsOf } from "../plan/kubernetes/digests";
import { memberName } from "../plan/kubernetes/etcdMembers";
import { nodeMetadataChanges } from "../plan/kubernetes/labels";
import type { ConvergeRecord } from "../plan/kubernetes/record";
import { blindApiServers } from "../plan/kubernetes/situation";
import { planConvergence } from "../plan/kubernetes/steps";
import type {
  ConvergeMark,
  ConvergePlan,
  ObservedCluster,
  ObservedNode,
  PlaybookStep,
} from "../plan/kubernetes/types";
import { runPlaybook } from "./ansible/playbook";
import { RunFailure } from "../runner/errors";
import { refuseToLoseKeys } from "./encryption";
import { awaitReady, requireReady, snapshotEtcd } from "./gates";
import { waitForFirstBoots } from "./firstBoot";
import { learnHostKeys, withoutGone, writeInventory } from "./inventory";
import type { ClusterApi } from "../runner/kubernetes/client";
import { completeMark, readMark, writeMark } from "./kubernetes/mark";
import {
  applyMetadata,
  markJoined,
  observeNodes,
  restartCloudController,
  uncordon,
} from "./kubernetes/nodes";
import { readKnown, writeKnown } from "./known";
import { observe } from "./observe";
import type { KeysOnNodes } from "./probe";
import { status } from "../runner/output";
import type { Run } from "./run";

export async function converge(run: Run): Promise<ConvergeRecord> {
  return new Convergence(run).run();
}

const hostsOf = ({ inventory }: PlaybookStep) => [...inventory.controlPlane, ...inventory.workers];

class Convergence {
  private api?: ClusterApi;
  private cluster?: ObservedCluster;
  private silence?: RunFailure;
  private keys: KeysOnNodes = { rotating: [], encryptingMore: [] };

  constructor(private readonly context: Run) {}

  async run(): Promise<ConvergeRecord> {
    await waitForFirstBoots(this.context);
    await this.look();
    const { steps } = this.plan();
    if (steps.length > 0) this.requireMembers();
    if (steps.length > 0) refuseToLoseKeys(this.keys);
    for (const step of steps) await this.take(step);
    if (steps.length > 0) await this.look();
    await this.applyMetadata();
    await this.uncordon();
    const cluster = await this.reread();
    this.verify(cluster);
    return this.record(cluster);
  }

  private async look(): Promise<void> {
    const { api, cluster, silence, ...keys } = await observe(this.context);
    Object.assign(this, { api, cluster, silence, keys });
  }

  private plan(): ConvergePlan {
    const { request, secrets } = this.context;
    const plan = planConvergence(request, digestsOf(request, secrets.credential), this.cluster);
    if (plan.refusals.length === 0) return plan;
    throw new RunFailure(
      [
        "The change is refused, and nothing was done:",
        ...plan.refusals.map(({ code, message }) => `  ${code}: ${message}`),
      ].join("\n"),
    );
  }

  /** Each is called in the inventory as it is called there: under another name it would be started again. */
  private requireMembers(): void {
    if (this.cluster?.mark === undefined || this.cluster.etcd !== undefined) return;
    throw new RunFailure("No control-plane node says which members etcd has. Nothing was done.", [
      "See why: systemctl status etcd on a control-plane node. Then run pulumi up again.",
    ]);
  }

  private async take(step: PlaybookStep): Promise<void> {
    writeInventory(this.context, this.cluster?.nodes ?? [], step.inventory, this.cluster?.etcd);
    // With a limit it only rewrites the control plane's manifests; without, it drains every node.
    const upgrade = step.playbook === "upgrade-cluster.yml" && step.limit === undefined;
    if (upgrade) await this.prepareUpgrade(step);
    else if (step.playbook === "upgrade-cluster.yml") await this.rememberSchedulable({ ofUpgrade: false });
    await runPlaybook(step, this.context.ansible);
    learnHostKeys(this.context);
    if (upgrade) await awaitReady(await this.connected(), hostsOf(step));
    await this.prove(step);
  }

  /**
   * Its gate once per upgrade: a run that goes on with one has to mend what the gate would stop at. What it brings is
   * written down before anything is touched, for the runs after one that fails.
   */
  private async prepareUpgrade(step: PlaybookStep): Promise<void> {
    const api = await this.connected();
    const { version, kubespray } = this.context.request;
    const { schedulable, ofUpgrade } = await readMark(api);
    if (schedulable === undefined || ofUpgrade === false) await this.passGate(api, step);
    await writeMark(api, { upgrading: { version, kubesprayRef: kubespray.ref } });
  }

  private async passGate(api: ClusterApi, step: PlaybookStep): Promise<void> {
    await requireReady(api, hostsOf(step));
    await snapshotEtcd(step, this.context.request.version, this.context.ansible);
    await this.rememberSchedulable({ ofUpgrade: true });
  }

  /** Kubespray leaves a node cordoned that it found cordoned, also when its own last run cordoned it and died. */
  private async rememberSchedulable({ ofUpgrade }: { readonly ofUpgrade: boolean }): Promise<void> {
    const api = await this.connected();
    const mark = await readMark(api);
    const before = mark.schedulable ?? [];
    const upgrading = mark.schedulable !== undefined && mark.ofUpgrade !== false;
    const nodes = await observeNodes(api);
    const now = nodes.filter(({ unschedulable }) => !unschedulable).map(({ name }) => name);
    const schedulable = [...new Set([...before, ...now])];
    await writeMark(api, { schedulable, ofUpgrade: ofUpgrade || upgrading });
  }

  private async prove({ proves }: PlaybookStep): Promise<void> {
    if (proves === undefined) return;
    const api = await this.connected();
    if (proves.joined !== undefined) await markJoined(api, proves.joined);
    if (proves.mark === undefined) return;
    const before = await readMark(api);
    await writeMark(api, proves.mark);
    const { credential } = proves.mark;
    if (before.credential !== undefined && credential !== undefined && before.credential !== credential)
      await restartCloudController(api);
  }

  /** Labels and taints need no playbook, and Kubespray would never take one away. */
  private async applyMetadata(): Promise<void> {
    const api = await this.connected();
    for (const change of nodeMetadataChanges(this.context.request.nodes, this.cluster?.nodes ?? [])) {
      const { node, setLabels, removeLabels, taintsChange } = change;
      const visible = Object.keys(setLabels).length + removeLabels.length > 0 || taintsChange;
      if (visible) status(`labels and taints of ${node}`);
      await applyMetadata(api, change);
    }
  }

  private async uncordon(): Promise<void> {
    const api = await this.connected();
    const { schedulable } = await readMark(api);
    if (schedulable === undefined) return;
    for (const { name, unschedulable } of await observeNodes(api)) {
      if (!unschedulable || !schedulable.includes(name)) continue;
      status(`${name} takes pods again`);
      await uncordon(api, name);
    }
    await writeMark(api, { schedulable: undefined, ofUpgrade: undefined });
  }

  /** Nodes and mark once more; etcd was asked a moment ago. */
  private async reread(): Promise<ObservedCluster & { readonly mark: ConvergeMark }> {
    const api = await this.connected();
    const mark = completeMark(await readMark(api));
    if (mark === undefined)
      throw new RunFailure("The cluster has lost the note of what it was converged with.");
    this.cluster = { ...this.cluster, nodes: await observeNodes(api), mark };
    return { ...this.cluster, mark };
  }

  private async connected(): Promise<ClusterApi> {
    if (this.api === undefined) await this.look();
    if (this.api !== undefined) return this.api;
    throw this.silence ?? new RunFailure("The playbook ended well, and no control-plane node has a cluster.");
  }

  /** What a playbook says of itself is not proof. */
  private verify(cluster: ObservedCluster): void {
    const { steps } = this.plan();
    if (steps.length > 0) {
      const what = steps.map(({ playbook, why }) => `${playbook} (${why})`).join(", ");
      throw new RunFailure(
        `The playbooks ended well, and still the cluster is not what it should be: ${what}.`,
      );
    }
    const blind = blindApiServers(cluster);
    if (blind.length === 0) return;
    throw new RunFailure(
      `etcd has ${cluster.etcd?.members.length} members, and the API server of ${blind.join(", ")} knows fewer.`,
    );
  }

  private record({ nodes, mark, etcd }: ObservedCluster & { readonly mark: ConvergeMark }): ConvergeRecord {
    const { request, paths } = this.context;
    const known = { ...withoutGone(readKnown(paths.known), request, nodes), converged: true };
    writeKnown(paths.known, known);
    const wanted = new Map(request.nodes.map((node) => [node.name, node]));
    const recorded = ({ name, role, address, serverId, kubeletVersion }: ObservedNode) => {
      const node = wanted.get(name);
      if (node === undefined) return [];
      const { labels, taints } = node;
      const about = { name, role, address, serverId, version: kubeletVersion };
      const member = role === "control-plane" ? { etcdMember: memberName(etcd, name) } : {};
      return [{ ...about, ...member, labels: { ...labels }, taints: [...taints] }];
    };
    const { version, kubespray } = request;
    return {
      version,
      kubesprayRef: kubespray.ref,
      nodes: nodes.flatMap(recorded),
      mark,
      hostKeys: known.nodes,
    };
  }
}
