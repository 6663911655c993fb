/**
 * The program as it is, without what works inside the machines: its Commands (converge, one member per node, kubeconfig,
 * teardown) are left out, and everything else of the cluster is made by the same code.
 */
import "../../../../components/sdkTuning";
import * as pulumi from "@pulumi/pulumi";
import { Cluster, type ClusterArgs } from "../../../../components/cluster";
import type { ClusterConfig } from "../../../../config/resolve";
import { placeholderFacts } from "../../../../plan/kubernetes/placeholders";
import type { ConvergeRecord } from "../../../../plan/kubernetes/record";
import { planRequest } from "../../../../plan/kubernetes/request";

class NoKubernetes extends pulumi.ComponentResource {
  readonly kubeconfig = pulumi.secret("");

  constructor(
    name: string,
    readonly record: ConvergeRecord,
    parent: pulumi.Resource,
  ) {
    super("opencenter:kubernetes:Kubernetes", name, {}, { parent });
    this.registerOutputs({});
  }
}

/** As converge would leave it: the next run reads it, and compares. */
function recordOf(config: ClusterConfig): ConvergeRecord {
  const { version, kubespray, variables, immutable, nodes, facts } = planRequest(
    config,
    placeholderFacts(config),
  );
  const machines = nodes.map((node) => ({ ...node, ...facts.machines[node.name]! }));
  const controlPlane = machines.filter(({ role }) => role === "control-plane").map(({ name }) => name);
  const mark = { kubesprayRef: kubespray.ref, version, variables, controlPlane, immutable };
  return {
    version,
    kubesprayRef: kubespray.ref,
    nodes: machines.map(({ name, role, address, serverId, labels, taints }) => ({
      ...{ name, role, address, serverId, version, labels: { ...labels } },
      taints: [...taints],
    })),
    mark: { ...mark, surroundings: "", credential: "" },
    hostKeys: machines.map(({ name, address, serverId }) => ({
      ...{ name, address, serverId },
      booted: true,
      hostKeys: [`ssh-ed25519 of-${name}`],
    })),
  };
}

Object.assign(Cluster.prototype, {
  createKubernetes(this: Cluster, name: string, { config }: ClusterArgs) {
    return new NoKubernetes(`${name}-kubernetes`, recordOf(config), this);
  },
  createTeardown: () => undefined,
});

// Only now: it makes the cluster.
// eslint-disable-next-line @typescript-eslint/no-require-imports
export = require("../../../../index") as unknown;
