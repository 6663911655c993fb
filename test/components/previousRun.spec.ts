import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { announceChanges, type PreviousRun, readPreviousRun } from "../../components/previousRun";
import type { ClusterInput } from "../../config/schema";
import { deploy, ORGANIZATION, PROJECT, STACK } from "../support/mocks";
import { configure, minimal, recordOf, usual } from "./support";

async function previous(kubernetes?: unknown) {
  const stackOutputs = kubernetes === undefined ? {} : { kubernetes };
  return (await deploy(() => readPreviousRun(), { stackOutputs })).result.kubernetes;
}

describe("readPreviousRun", () => {
  const own = `${ORGANIZATION}/${PROJECT}/${STACK}`;
  const outputs = { token: "pulumi:pulumi:readStackOutputs", inputs: { name: own } };
  const state = { token: "pulumi:pulumi:readStackResourceOutputs", inputs: { stackName: own } };

  async function asked(stackOutputs: Record<string, unknown>) {
    const { calls, resources } = await deploy(() => readPreviousRun(), { stackOutputs });
    assert.deepEqual(resources, []);
    return calls.map(({ token, inputs }) => ({ token, inputs }));
  }

  it("asks the engine for the outputs of this very stack, and makes no resource of it", async () => {
    assert.deepEqual(await asked({ kubernetes: recordOf(usual) }), [outputs]);
  });

  it("asks for the whole state only where the outputs do not tell of a cluster", async () => {
    assert.deepEqual(await asked({}), [outputs, state]);
  });

  it("sees servers that a failed run left, or that were adopted", async () => {
    const run = async (...types: string[]) => {
      const stackResources = Object.fromEntries(types.map((type, index) => [`urn:${index}`, { type }]));
      return (await deploy(() => readPreviousRun(), { stackResources })).result.servers;
    };
    assert.equal(await run(), false);
    assert.equal(await run("pulumi:pulumi:Stack", "openstack:networking/port:Port"), false);
    assert.equal(await run("pulumi:pulumi:Stack", "openstack:compute/instance:Instance"), true);
  });

  describe("of a first run that failed behind converge", () => {
    const urn =
      "urn:pulumi:prod::opencenter::opencenter:cluster:Cluster$opencenter:kubernetes:Kubernetes$command:local:Command::prod-kubernetes-converge";
    const after = async (stdout: unknown, name = urn) => {
      const stackResources = { [name]: { type: "command:local:Command", outputs: { stdout } } };
      return (await deploy(() => readPreviousRun(), { stackResources })).result;
    };

    it("takes the record from what converge printed", async () => {
      const record = recordOf(usual);
      const { kubernetes, converged } = await after(JSON.stringify(record));
      assert.deepEqual([kubernetes, converged], [record, true]);
    });

    it("knows that there is a cluster where it printed something else", async () => {
      for (const stdout of [undefined, "", "{}", "installed"]) {
        const { kubernetes, converged } = await after(stdout);
        assert.deepEqual([kubernetes, converged], [undefined, true], String(stdout));
      }
    });

    it("takes no other Command for it", async () => {
      const { kubernetes, converged } = await after(JSON.stringify(recordOf(usual)), `${urn}-keys`);
      assert.deepEqual([kubernetes, converged], [undefined, false]);
    });
  });

  it("gives the record of the last run", async () => {
    const record = recordOf(usual);
    assert.deepEqual(await previous(record), record);
  });

  it("takes servers for granted where a cluster was converged", async () => {
    const stackOutputs = { kubernetes: recordOf(usual) };
    assert.equal((await deploy(() => readPreviousRun(), { stackOutputs })).result.servers, true);
  });

  it("gives nothing before the first run", async () => {
    assert.equal(await previous(), undefined);
  });

  it("gives nothing where another program wrote something else", async () => {
    const { mark, ...unmarked } = recordOf(usual);
    const { immutable: _, ...older } = mark;
    const foreign = ["installed", 7, {}, [], { version: 1 }, unmarked, { ...unmarked, mark: older }];
    for (const value of foreign) assert.equal(await previous(value), undefined, JSON.stringify(value));
  });
});

/** A stack whose last run converged these settings. */
function ranWith(settings: ClusterInput | undefined): PreviousRun {
  return { kubernetes: settings && recordOf(settings), lifecycle: "day-1" };
}

/** What a preview says of a change, line by line, without the reasons. */
function announced(from: ClusterInput | undefined, to: ClusterInput): string[] {
  const text = announceChanges(configure(to), ranWith(from));
  if (text === "") return [];
  const [title, ...lines] = text.split("\n");
  assert.equal(title, "Kubernetes will be changed by:");
  return lines.map((line, index) => {
    const [, number, what] = /^ {2}(\d+)\. ([^:]+): ./.exec(line) ?? [];
    assert.equal(number, String(index + 1), line);
    return what ?? "";
  });
}

const older = { kubernetes: { version: "1.34.3" }, kubespray: { ref: "v2.30.0" } };
const newer = { kubernetes: { version: "1.35.4" }, kubespray: { ref: "v2.31.0" } };
const poolOf = (nodes: number[], more = {}) => ({ pools: { general: { nodes, flavor: "medium", ...more } } });

describe("announceChanges", () => {
  it("says nothing where nothing changes", () => {
    assert.equal(announceChanges(configure(usual), ranWith(usual)), "");
  });

  it("announces an installation before the first run", () => {
    assert.deepEqual(announced(undefined, usual), ["cluster.yml"]);
  });

  it("lists an upgrade, a node more and a node less, in the order in which they run", () => {
    const changes = announced(
      { ...usual, ...older, ...poolOf([1, 2]) },
      { ...usual, ...newer, ...poolOf([1, 3]) },
    );
    assert.deepEqual(changes, [
      "upgrade-cluster.yml",
      "playbooks/facts.yml",
      "scale.yml on test-general-3",
      "remove-node.yml for test-general-2",
    ]);
  });

  it("names versions and the node that goes", () => {
    const text = announceChanges(
      configure({ ...usual, ...newer, ...poolOf([1]) }),
      ranWith({ ...usual, ...older, ...poolOf([1, 2]) }),
    );
    assert.match(text, /Kubernetes 1\.34\.3 becomes 1\.35\.4, Kubespray v2\.31\.0/);
    assert.match(text, /before the machine of test-general-2 goes/);
  });

  it("lists labels and taints, which need no playbook", () => {
    const to = { ...usual, ...poolOf([1, 2], { labels: { team: "data" } }) };
    assert.deepEqual(announced({ ...usual, ...poolOf([1, 2]) }, to), [
      "labels and taints of test-general-1",
      "labels and taints of test-general-2",
    ]);
  });

  it("refuses with every reason at once, and no stack trace", () => {
    const from = { ...usual, ...newer };
    const to = {
      ...usual,
      kubernetes: { version: "1.34.3", podCidr: "10.240.0.0/16" },
      controlPlane: { nodes: [2, 3, 4], flavor: "medium" },
    };
    assert.throws(
      () => announceChanges(configure(to), ranWith(from)),
      (error: Error) => {
        assert.ok(pulumi.RunError.isInstance(error), "a user's mistake would show a stack trace");
        const [title, ...reasons] = error.message.split("\n");
        assert.equal(title, "The running cluster test cannot be changed like this:");
        const parts = reasons.map((line) => line.replace(/^(\S+): .+ \[(\S+)\]$/, "$1 $2"));
        for (const reason of [
          "controlPlane.nodes first-control-plane",
          "kubernetes.podCidr immutable-after-installation",
          "kubernetes.version version-step",
        ])
          assert.ok(parts.includes(reason), `${reason} is not among: ${parts.join(", ")}`);
        return true;
      },
    );
  });

  it("lists the replacement of the first control-plane node behind its flag, and refuses it without", () => {
    const settings = { ...usual, controlPlane: { nodes: [2, 3, 4], flavor: "medium" } };
    assert.deepEqual(announced(usual, { ...settings, kubespray: { replaceFirstControlPlane: true } }), [
      "cluster.yml",
      "playbooks/facts.yml",
      "cluster.yml on etcd, kube_control_plane",
      "cluster.yml",
      "upgrade-cluster.yml on etcd, kube_control_plane",
      "remove-node.yml for test-cp-1",
      "playbooks/facts.yml",
      "upgrade-cluster.yml on etcd, kube_control_plane",
    ]);
    // Once, although converge and the removal of the node both refuse.
    assert.throws(
      () => announced(usual, settings),
      ({ message }: Error) => message.match(/\[first-control-plane\]/g)?.length === 1,
    );
  });

  it("lists the removal of several control-plane nodes one by one, and what follows the last", () => {
    const settings = (count: number) => ({ ...usual, controlPlane: { count, flavor: "medium" } });
    assert.deepEqual(announced(settings(5), settings(3)), [
      "remove-node.yml for test-cp-4",
      "remove-node.yml for test-cp-5",
      "playbooks/facts.yml",
      "upgrade-cluster.yml on etcd, kube_control_plane",
    ]);
  });

  it("takes the first installation as it comes, whatever it is", () => {
    assert.deepEqual(announced(undefined, minimal), ["cluster.yml"]);
  });
});
