import assert from "node:assert/strict";
import { nodeTable } from "../../components/nodeTable";
import { value } from "../support/mocks";
import { deployCluster, usual } from "./support";

describe("the table of nodes", () => {
  it("has a row for each machine in the cluster, control plane first, and none for the bastion", async () => {
    const { result } = await deployCluster(usual);
    const rows = await value(result.nodes);
    assert.deepEqual(
      rows.map(({ name, role, pool }) => [name, role, pool]),
      [
        ["test-cp-1", "control-plane", "cp"],
        ["test-cp-2", "control-plane", "cp"],
        ["test-cp-3", "control-plane", "cp"],
        ["test-general-1", "worker", "general"],
        ["test-general-2", "worker", "general"],
      ],
    );
    assert.deepEqual(rows[0], {
      name: "test-cp-1",
      role: "control-plane",
      pool: "cp",
      address: "address-of-test-cp-1-port",
      id: "id-of-test-cp-1",
      flavor: "medium",
      availabilityZone: "nova",
    });
  });

  it("is empty where there is nothing", async () => assert.deepEqual(await value(nodeTable([])), []));
});
