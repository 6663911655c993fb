/** Other shapes of clusters on the real engine: up, silent, down, nothing left. */
import assert from "node:assert/strict";
import { skipWhenLate } from "../support/skip";
import { SMALL_CLUSTER, Testbed } from "./support/testbed";

const { apiEndpoint: _, ...base } = SMALL_CLUSTER;

const VARIANTS: Readonly<Record<string, object>> = {
  "kube-vip without a bastion, pods routed natively": {
    ...base,
    access: { ...base.access, bastion: { enabled: false } },
    controlPlane: { count: 3, flavor: "small" },
    apiEndpoint: { type: "kube-vip" },
    kubernetes: { encapsulation: "none" },
  },
  "one node, booted from a volume, with a disk that dies with it": {
    ...base,
    controlPlane: { count: 1, flavor: "nodisk", rootVolume: { sizeGiB: 20, type: "fast" } },
    pools: {
      db: { count: 1, flavor: "small", volumes: [{ name: "scratch", sizeGiB: 3, persistent: false }] },
    },
    access: { ...base.access, bastion: { flavor: "tiny" } },
    apiEndpoint: { type: "single", floatingIp: false },
    backup: { store: "none" },
  },
  "octavia with the ovn provider and a zone of its own": {
    ...base,
    domain: "own.example.org",
    apiEndpoint: {
      type: "octavia",
      provider: "ovn",
      hostname: "api.own.example.org",
      dns: "designate",
      manageZone: true,
    },
  },
};

describe("other shapes of clusters", () => {
  before(function () {
    skipWhenLate(this);
  });

  for (const [index, [title, cluster]] of Object.entries(VARIANTS).entries()) {
    it(`${title}: up, no change, down, nothing left`, async () => {
      const bed = (await Testbed.open(`variant${index}`, cluster)).playKubernetes();
      try {
        await bed.up();
        await bed.assertConverged();
        await bed.destroy();
        assert.deepEqual(await bed.leftovers(), []);
      } finally {
        await bed.close();
      }
    });
  }

  it("joins a network that is there, and leaves it there", async () => {
    const bed = (await Testbed.open("joined", { ...base, apiEndpoint: { type: "single" } })).playKubernetes();
    try {
      const existing = await bed.makeNetwork("10.30.0.0/24");
      bed.writeCluster({
        ...base,
        network: { cidr: "10.30.0.0/24", existing },
        apiEndpoint: { type: "single" },
      });
      await bed.up();
      await bed.assertConverged();
      await bed.destroy();
      const networks = (await bed.simulator.state("sandbox"))["network.networks"] ?? [];
      assert.deepEqual(
        networks.map(({ id }) => id),
        [existing.networkId],
      );
    } finally {
      await bed.close();
    }
  });
});
