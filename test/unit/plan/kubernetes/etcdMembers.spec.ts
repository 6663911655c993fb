/** Names of etcd's members: those that are there keep theirs, and a new one has none that Kubespray gives by place. */
import assert from "node:assert/strict";
import { withRecordedMembers } from "../../../../plan/kubernetes/etcdMembers";
import { planInventory } from "../../../../plan/kubernetes/inventory";
import { parseRecord } from "../../../../plan/kubernetes/record";
import { requestFor } from "../../../../plan/kubernetes/roster";
import { planConvergence } from "../../../../plan/kubernetes/steps";
import type { ConvergeRequest, ObservedCluster } from "../../../../plan/kubernetes/types";
import { ALL, DIGESTS, node, observedNode, request, running, THREE, WORKERS } from "./support";

interface Inventory {
  all: { hosts: Record<string, { etcd_member_name?: string }>; children: { etcd: { hosts: object } } };
}

/** Of the last step: names by host, in the order of the group. */
function names(wanted: ConvergeRequest, there: ObservedCluster): (string | undefined)[] {
  const { steps, refusals } = planConvergence(wanted, DIGESTS, there);
  assert.deepEqual(refusals, []);
  const inventory = steps.at(-1)?.inventory ?? { controlPlane: THREE, workers: [] };
  const { all } = planInventory(requestFor(wanted, there.nodes, inventory, there.etcd)) as Inventory;
  return Object.keys(all.children.etcd.hosts).map((host) => all.hosts[host]?.etcd_member_name);
}

const replaced = (name: string): ObservedCluster =>
  running(ALL, {
    nodes: ALL.map((one) => observedNode(one, one === name ? { serverId: "older", ready: false } : {})),
  });

describe("names of etcd members", () => {
  it("stay as they are", () => {
    assert.deepEqual(names(request([...ALL, "prod-w-3"]), running(ALL)), ["etcd1", "etcd2", "etcd3"]);
    const members = THREE.map((name) => ({ name, healthy: true }));
    assert.deepEqual(names(request([...ALL, "prod-w-3"]), running(ALL, { etcd: { members } })), THREE);
  });

  it("are the nodes' own where a new member comes, and never a place in the group", () => {
    assert.deepEqual(names(request(ALL), replaced("prod-cp-2")), ["etcd1", "etcd3", "prod-cp-2"]);
    const five = [...THREE, "prod-cp-4", "prod-cp-5"];
    assert.deepEqual(names(request([...five, ...WORKERS]), running(ALL)), [
      ...["etcd1", "etcd2", "etcd3"],
      ...["prod-cp-4", "prod-cp-5"],
    ]);
  });

  it("are told of also in health and quorum, whichever kind they are", () => {
    const members = ["etcd1", "prod-cp-2", "etcd3"].map((name) => ({ name, healthy: name !== "prod-cp-2" }));
    const sick = running(ALL, { etcd: { members } });
    const codes = (there: ObservedCluster) =>
      planConvergence(request([...ALL, "prod-w-3"]), DIGESTS, there).refusals.map(({ code }) => code);
    assert.deepEqual(codes(sick), ["etcd-unhealthy"]);
    const { nodes } = replaced("prod-cp-2");
    assert.deepEqual(codes({ ...sick, nodes }), []);
  });

  it("are in an inventory for people those of the last run, and numbers where its record is an older one's", () => {
    const record = {
      version: "1.35.4",
      kubesprayRef: "v2.31.0",
      nodes: [
        { name: "prod-cp-1", etcdMember: "etcd1" },
        { name: "prod-cp-2", etcdMember: "prod-cp-2" },
        { name: "prod-cp-3" },
      ].map((one) => ({
        ...{ role: "control-plane", address: "10.0.0.1", version: "1.35.4", labels: {}, taints: [] },
        ...one,
      })),
      mark: running(ALL).mark,
      hostKeys: [],
    };
    const four = [...THREE, "prod-cp-4"].map((name) => node(name));
    const named = withRecordedMembers(four, parseRecord(record));
    assert.deepEqual(
      named.map(({ etcdMember }) => etcdMember),
      ["etcd1", "prod-cp-2", "etcd3", "prod-cp-4"],
    );
  });
});
