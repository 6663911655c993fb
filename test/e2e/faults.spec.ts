/** A cloud that refuses, once per kind of resource: the run says so, the next run goes on from there. */
import assert from "node:assert/strict";
import { opencenter } from "./support/processes";
import { tail, Testbed } from "./support/testbed";

/** One refused call for each kind of resource that a cluster makes. */
const CREATIONS: readonly (readonly [service: string, path: string, method?: string])[] = [
  ["network", "^/v2.0/networks$"],
  ["network", "^/v2.0/subnets$"],
  ["network", "^/v2.0/routers$"],
  ["network", "/add_router_interface$", "PUT"],
  ["network", "^/v2.0/security-groups$"],
  ["network", "^/v2.0/security-group-rules$"],
  ["network", "^/v2.0/ports$"],
  ["network", "^/v2.0/floatingips$"],
  ["compute", "/os-keypairs$"],
  ["compute", "/os-server-groups$"],
  ["compute", "/servers$"],
  ["compute", "/os-volume_attachments$"],
  ["volume", "/volumes$"],
  ["load-balancer", "/lbaas/loadbalancers$"],
  ["load-balancer", "/lbaas/listeners$"],
  ["load-balancer", "/lbaas/pools$"],
  ["load-balancer", "/members$"],
  ["load-balancer", "/lbaas/healthmonitors$"],
  ["dns", "/recordsets$"],
  ["object-store", "^/v1/[^/]+/[^/]+$", "PUT"],
];

/** More runs than a cluster has layers means that something does not converge. */
const MOST_RUNS = 14;

describe("API faults", () => {
  let bed: Testbed;
  before(async () => (bed = (await Testbed.open("faults")).playKubernetes()));
  after(() => bed.close());

  it("of every kind of resource fail one run each, and never the cluster", async () => {
    for (const [service, path, method = "POST"] of CREATIONS)
      await bed.simulator.addFault({
        service,
        path,
        method,
        status: 403,
        message: `sandbox refuses ${path}`,
        times: 1,
      });
    let runs = 0;
    for (; runs < MOST_RUNS; runs++) {
      const result = await bed.session.pulumi.try(["up", "--yes", "--skip-preview", "--parallel", "32"]);
      if (result.code === 0) break;
      assert.match(result.output, /sandbox refuses|403|Forbidden/, tail(result.output));
    }
    assert.ok(runs > 2 && runs < MOST_RUNS, `it took ${runs} failed runs`);
    const unused = (await bed.simulator.faults()).filter(({ hits }) => hits === 0).map(({ path }) => path);
    assert.deepEqual(unused, [], "these faults were never met: the list names calls that nobody makes");
    await bed.assertQuiet();
  });

  it("of the connection are ridden out without anybody's help", async () => {
    await bed.simulator.clearFaults();
    await bed.simulator.addFault({ service: "network", method: "GET", drop: true, every: 7, times: 3 });
    await bed.simulator.addFault({ service: "compute", method: "GET", drop: true, every: 5, times: 2 });
    const { pulumi } = bed.session;
    const result = await pulumi.try(["refresh", "--preview-only", "--expect-no-changes"]);
    const hits = (await bed.simulator.faults()).map((fault) => fault.hits);
    assert.deepEqual(hits, [3, 2], "the faults were met");
    await bed.simulator.clearFaults();
    assert.equal(result.code, 0, tail(result.output));
  });

  it("that leave a server in ERROR are settled by recover: the next run replaces it", async () => {
    await bed.simulator.addFault({
      service: "compute",
      method: "POST",
      path: "/servers$",
      serverError: true,
      times: 1,
    });
    const file = bed.stackFile();
    const scaled = file.replace(/"?count"?: 2/, '"nodes": [1, 2, 3]');
    assert.notEqual(scaled, file);
    bed.writeStackFile(scaled);
    const failed = await bed.session.pulumi.try(["up", "--yes", "--skip-preview"]);
    assert.notEqual(failed.code, 0);
    assert.match(failed.output, /ERROR|No valid host/);
    await bed.simulator.clearFaults();
    const env = { ...process.env, ...bed.session.pulumi.environment };
    const recovered = await opencenter(["recover", "faults", "--yes"], env);
    assert.match(recovered.output, /In ERROR in the cloud.*\n {4}faults-general-3 /, recovered.output);
    assert.equal(recovered.code, 0);
    await bed.up();
    const servers = (await bed.simulator.state("sandbox"))["compute.servers"] as {
      name: string;
      status: string;
    }[];
    assert.deepEqual([...new Set(servers.map(({ status }) => status))], ["ACTIVE"]);
    assert.equal(servers.filter(({ name }) => name === "faults-general-3").length, 1);
    await bed.assertQuiet();
  });

  it("in a deletion leave a stack that destroys the rest the next time", async () => {
    await bed.simulator.addFault({
      service: "compute",
      method: "DELETE",
      path: "/servers/",
      status: 403,
      message: "sandbox refuses",
      times: 1,
    });
    const failed = await bed.session.pulumi.try(["destroy", "--yes", "--skip-preview", "--parallel", "32"]);
    assert.notEqual(failed.code, 0);
    assert.match(failed.output, /sandbox refuses|403|Forbidden/);
    await bed.destroy();
    assert.deepEqual((await bed.simulator.state("sandbox"))["compute.servers"] ?? [], []);
  });
});
