import assert from "node:assert/strict";
import { reachableContents } from "../../../../cli/backup/final";
import type { Belonging, Belongings, Owner } from "../../../../cli/belongings/types";
import type { OpenStackClient } from "../../../../cli/cloud/client";
import { removeAll, sortLeftovers, type Testimony, unseen } from "../../../../cli/decommission/leftovers";
import type { Operation } from "../../../../cli/operation";
import { Unreachable } from "../../../../runner/kubernetes/objects";

const owner: Owner = {
  organization: "acme",
  cluster: "prod",
  names: { serverGroups: [], keyPairPrefix: "prod-", records: [] },
};
const cloud = {} as OpenStackClient;
const NOTHING: Testimony = { known: new Set(), kept: [] };

function balancer(removed: string[] = []): Belonging {
  return {
    ...{ kind: "load balancer", id: "lb", name: "prod", owner: "opencenter", sure: true },
    remove: async () => void removed.push("lb"),
  };
}

const silent = (missing: boolean): Belongings["unasked"] => [
  { service: "load balancers", kind: "load balancer", reason: "503 Service Unavailable", missing },
];

describe("what is left of a cluster", () => {
  it("is not gone because its service does not answer", async () => {
    const answers: Belongings[] = [{ found: [], unasked: silent(false) }];
    const list = async () => answers[0]!;
    const { removed, stuck } = await removeAll(cloud, owner, [balancer()], { list, limitMs: -1 });
    assert.deepEqual(removed, []);
    assert.match(stuck[0]?.reason ?? "", /could not be asked: 503/);
  });

  it("is gone when its service says so, whatever others say", async () => {
    const removed: string[] = [];
    const answers: Belongings[] = [
      { found: [], unasked: [{ service: "DNS", kind: "DNS record", reason: "503", missing: false }] },
    ];
    const list = async () => answers[0]!;
    const removal = await removeAll(cloud, owner, [balancer(removed)], { list, limitMs: -1 });
    assert.deepEqual([removal.removed.length, removal.stuck], [1, []]);
  });

  it("is unknown for a service that is down, and nothing for one that the cloud does not have", () => {
    assert.equal(unseen(sortLeftovers({ found: [], unasked: silent(false) }, NOTHING)).length, 1);
    assert.equal(unseen(sortLeftovers({ found: [], unasked: silent(true) }, NOTHING)).length, 0);
  });
});

describe("the last backup of a cluster that is lost", () => {
  const notes: string[] = [];
  const refuse = async () => {
    throw new Unreachable("https://192.0.2.1:6443", "timed out");
  };
  const api = new Proxy(
    {},
    {
      // A promise of it is asked for `then`, and would wait for ever.
      get: (_, key) => (key === "then" ? undefined : refuse),
    },
  );
  const operation = {
    target: {
      kubeconfig: async () => "a",
      api: async () => api,
      config: { backup: { etcdSnapshots: true } },
    },
    narrator: { note: (line: string) => notes.push(line) },
  } as unknown as Operation;

  it("has what is not in the cluster, and says what it lacks", async () => {
    const { without, api: asked } = await reachableContents(operation, { skipUnreachable: true, skip: [] });
    assert.equal(asked, undefined);
    assert.deepEqual(
      without.map(({ part, why }) => `${part}: ${why}`),
      ["velero", "etcd", "secrets"].map((part) => `${part}: the Kubernetes API did not answer`),
    );
    assert.match(notes.join("\n"), /timed out.*Without velero.*Without etcd.*Without secrets/s);
  });

  it("is refused when nobody said that it is lost", async () => {
    await assert.rejects(reachableContents(operation, { skipUnreachable: false, skip: [] }), Unreachable);
  });
});
