/** Two clusters in one project, one's name the beginning of the other's: neither may know of the other. */
import assert from "node:assert/strict";
import { SMALL_CLUSTER, Testbed } from "./support/testbed";

const TINY = {
  ...SMALL_CLUSTER,
  network: {},
  pools: { w: { count: 1, flavor: "small" } },
  apiEndpoint: { type: "single" },
};

describe("two stacks in one project", () => {
  let [first, second]: (Testbed | undefined)[] = [];
  after(async () => {
    await first?.close();
  });

  function ofCluster(state: Record<string, Record<string, unknown>[]>, name: string): unknown {
    const mine = (object: Record<string, unknown>) =>
      JSON.stringify(object).includes(`opencenter-cluster=${name}"`) ||
      (object["metadata"] as Record<string, string> | undefined)?.["opencenter-cluster"] === name;
    return Object.fromEntries(Object.entries(state).map(([kind, objects]) => [kind, objects.filter(mine)]));
  }

  it("destroying one leaves the other's cloud objects and state as they were, to the byte", async () => {
    first = (await Testbed.open("prod", TINY)).playKubernetes();
    second = (await Testbed.open("prod-2", TINY, first)).playKubernetes();
    await Promise.all([first.up(), second.up()]);
    const before = ofCluster(await first.simulator.state("sandbox"), "prod-2");
    assert.ok(JSON.stringify(before).includes("prod-2-cp-1"), "the second cluster is there");
    const stateBefore = (await second.session.pulumi.run(["stack", "export"])).stdout;

    await first.destroy();

    const after = await first.simulator.state("sandbox");
    assert.deepEqual(ofCluster(after, "prod-2"), before);
    assert.equal((await second.session.pulumi.run(["stack", "export"])).stdout, stateBefore);
    assert.doesNotMatch(JSON.stringify(ofCluster(after, "prod")), /prod-cp-1/);
    await second.assertQuiet();
  });
});
