/** A cluster that does what Kubespray's playbooks do to one, and refuses what they refuse. */
import assert from "node:assert/strict";
import type { NodeMetadataChange } from "../../plan/kubernetes/labels";
import { quorum } from "../../plan/kubernetes/quorum";
import type {
  ConvergeMark,
  ConvergeRequest,
  ObservedCluster,
  ObservedNode,
  PlaybookStep,
} from "../../plan/kubernetes/types";

interface ModelNode {
  readonly name: string;
  kubelet: string;
  apiServer?: string;
  joined: boolean;
  labels: Record<string, string>;
  taints: ObservedNode["taints"];
  owned: ObservedNode["owned"];
  etcdServers: string[];
  /** Those that its API server was started with. */
  variables?: string;
}

const isControlPlane = (name: string) => name.includes("-cp-");

export class ModelCluster {
  private readonly nodes = new Map<string, ModelNode>();
  private members: string[] = [];
  private mark: Partial<ConvergeMark> = {};
  private version?: string;

  observed(): ObservedCluster | undefined {
    if (this.version === undefined) return undefined;
    const complete = this.mark.variables !== undefined;
    return {
      nodes: [...this.nodes.values()].map((node) => this.observedNode(node)),
      etcd: { members: this.members.map((name) => ({ name, healthy: true })) },
      mark: complete ? (this.mark as ConvergeMark) : undefined,
    };
  }

  private observedNode(node: ModelNode): ObservedNode {
    return {
      name: node.name,
      role: isControlPlane(node.name) ? "control-plane" : "worker",
      address: "10.0.0.1",
      serverId: `server-${node.name}`,
      kubeletVersion: node.kubelet,
      apiServerVersion: node.apiServer,
      ready: true,
      unschedulable: false,
      labels: node.labels,
      taints: node.taints,
      owned: node.owned,
      joined: node.joined,
    };
  }

  /** A run that came to its end: what it proves is written down. */
  run(step: PlaybookStep, wanted: ConvergeRequest): void {
    this.play(step, wanted);
    for (const name of step.proves?.joined ?? []) this.nodes.get(name)!.joined = true;
    this.mark = { ...this.mark, ...step.proves?.mark };
  }

  /** One that was killed: half of its hosts are done, and nothing is written down. */
  runHalf(step: PlaybookStep, wanted: ConvergeRequest): void {
    this.play(step, wanted, 0.5);
  }

  private play(step: PlaybookStep, wanted: ConvergeRequest, part = 1): void {
    const version = String(step.extraVars?.kube_version ?? wanted.version);
    const { controlPlane, workers } = step.inventory;
    const even = controlPlane.length % 2 === 0;
    assert.equal(
      step.extraVars?.ignore_assert_errors === true,
      even,
      "R4 is ignored where it has to be, and only there",
    );
    assert.ok(this.version === undefined || this.members.includes(controlPlane[0]!), "a new CA");
    const hosts = [...controlPlane, ...workers].filter((name) => concerns(step, name));
    const reached = hosts.slice(0, Math.ceil(hosts.length * part));
    switch (step.playbook) {
      case "cluster.yml":
        if (step.tags !== undefined) return;
        assert.ok(
          this.version === undefined || this.version === version,
          "cluster.yml would upgrade by half",
        );
        this.version = version;
        return this.join(reached, version, wanted.variables);
      case "scale.yml":
        assert.ok(!hosts.some(isControlPlane), "scale.yml cannot make a control plane");
        return this.join(reached, this.version!, wanted.variables);
      case "upgrade-cluster.yml":
        return this.upgrade(step, reached, version, part === 1, wanted.variables);
      case "remove-node.yml":
        return this.remove(String(step.extraVars?.node));
      default:
        assert.ok(["playbooks/facts.yml", "opencenter/own-address.yml"].includes(step.playbook));
    }
  }

  private join(hosts: readonly string[], version: string, variables: string): void {
    // etcd comes first, on all hosts; then the API servers are told of its members, but only new ones.
    this.members = [...new Set([...this.members, ...hosts.filter(isControlPlane)])];
    for (const name of hosts) {
      if (this.nodes.has(name)) continue;
      const owned = { labels: [], taints: [] };
      const apiServer = isControlPlane(name) ? version : undefined;
      const etcdServers = isControlPlane(name) ? [...this.members] : [];
      this.nodes.set(name, {
        name,
        kubelet: version,
        apiServer,
        joined: false,
        labels: {},
        taints: [],
        owned,
        etcdServers,
        ...(isControlPlane(name) ? { variables } : {}),
      });
    }
  }

  private upgrade(
    step: PlaybookStep,
    hosts: readonly string[],
    version: string,
    whole: boolean,
    variables: string,
  ): void {
    const minor = (text: string) => Number(text.split(".")[1]);
    assert.ok(minor(version) - minor(this.version!) <= 1, "kubeadm goes one minor at a time");
    for (const name of hosts) {
      const node = this.nodes.get(name);
      assert.ok(node, `${name} is upgraded without being a node`);
      node.kubelet = version;
      if (node.apiServer !== undefined) node.apiServer = version;
      if (isControlPlane(name)) Object.assign(node, { etcdServers: [...this.members], variables });
    }
    if (whole || step.limit !== undefined) this.version = version;
  }

  private remove(name: string): void {
    this.nodes.delete(name);
    const rest = this.members.filter((member) => member !== name);
    if (isControlPlane(name)) assert.ok(rest.length >= quorum(rest.length), "quorum");
    this.members = isControlPlane(name) ? rest : this.members;
  }

  label(change: NodeMetadataChange): void {
    const node = this.nodes.get(change.node)!;
    const kept = Object.entries(node.labels).filter(([key]) => !change.removeLabels.includes(key));
    node.labels = { ...Object.fromEntries(kept), ...change.setLabels };
    if (change.taintsChange) node.taints = change.taints;
    node.owned = change.owned;
  }

  assertEquals(wanted: ConvergeRequest, credential: string): void {
    const names = wanted.nodes.map(({ name }) => name);
    assert.deepEqual([...this.nodes.keys()].sort(), [...names].sort(), "nodes");
    const controlPlane = names.filter(isControlPlane);
    assert.deepEqual([...this.members].sort(), [...controlPlane].sort(), "etcd members");
    for (const { name, labels, taints } of wanted.nodes) {
      const node = this.nodes.get(name)!;
      assert.equal(node.kubelet, wanted.version, `version of ${name}`);
      assert.deepEqual([node.labels, node.taints], [labels, taints], `labels and taints of ${name}`);
      if (!isControlPlane(name)) continue;
      assert.deepEqual([...node.etcdServers].sort(), [...this.members].sort());
      assert.equal(node.variables, wanted.variables, `variables of the API server of ${name}`);
    }
    assert.equal(this.mark.credential, credential);
    assert.equal(this.mark.variables, wanted.variables);
  }
}

function concerns({ limit }: PlaybookStep, name: string): boolean {
  if (limit === undefined) return true;
  return limit.includes(name) || (isControlPlane(name) && limit.includes("kube_control_plane"));
}
