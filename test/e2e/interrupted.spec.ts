/** Runs that end in the middle, and the run after them: converged, and nothing double. */
import assert from "node:assert/strict";
import { opencenter, runToEnd, type StopOrder } from "./support/processes";
import { tail, Testbed } from "./support/testbed";

const CREATED = / created /;
const DELETED = / deleted /;

describe("an interrupted run", () => {
  let bed: Testbed;
  before(async () => (bed = (await Testbed.open("interrupted")).playKubernetes()));
  after(() => bed.close());

  const environment = () => ({ ...process.env, ...bed.session.pulumi.environment });

  async function interrupt(command: "up" | "destroy", stop: StopOrder): Promise<void> {
    const args = [command, "--yes", "--skip-preview", "--non-interactive", "--parallel", "32"];
    const result = await runToEnd(bed.session.toolchain.pulumi, args, environment(), stop);
    assert.ok(result.stopped, `pulumi ${command} ended before it could be stopped:\n${tail(result.output)}`);
    assert.notEqual(result.code, 0);
  }

  async function recover(): Promise<string> {
    const { code, output } = await opencenter(["recover", "interrupted", "--yes"], environment());
    assert.equal(code, 0, output);
    return output;
  }

  /** Names that stand for exactly one object each. */
  async function assertNothingDouble(): Promise<void> {
    const state = await bed.simulator.state("sandbox");
    const kinds = [
      "compute.servers",
      "network.networks",
      "network.subnets",
      "network.routers",
      "network.security_groups",
      "volume.volumes",
      "load-balancer.loadbalancers",
      "load-balancer.members",
      "compute.server_groups",
    ];
    for (const kind of kinds) {
      const names = (state[kind] ?? []).map(({ name }) => name as string);
      assert.deepEqual([...new Set(names)].sort(), [...names].sort(), `double ${kind}`);
    }
    const ports = (state["network.ports"] ?? [])
      .map(({ name }) => name as string)
      .filter((name) => name.startsWith("interrupted"));
    assert.deepEqual([...new Set(ports)].sort(), ports.sort(), "double ports");
    assert.equal(state["network.floatingips"]?.length, 2, "floating IPs: bastion and endpoint");
  }

  it("goes on after Ctrl-C with nothing but another pulumi up", async () => {
    await interrupt("up", { signal: "SIGINT", when: { lines: 12, match: CREATED } });
  });

  for (const lines of [2, 8, 4]) {
    it(`after kill -9 (${lines} more resources made) is locked, and recover settles it`, async () => {
      await interrupt("up", { signal: "SIGKILL", when: { lines, match: CREATED } });
      const locked = await bed.session.pulumi.try(["up", "--yes", "--skip-preview"]);
      assert.notEqual(locked.code, 0);
      assert.match(locked.output, /lock/);
      assert.match(await recover(), /Lock released/);
    });
  }

  it("converges in the end, with every object exactly once", async () => {
    await bed.up();
    await bed.assertQuiet();
    await assertNothingDouble();
  });

  it("refuses to release the lock of a run that is alive", async () => {
    const args = ["up", "--yes", "--skip-preview", "--non-interactive", "--refresh"];
    const running = runToEnd(bed.session.toolchain.pulumi, args, environment());
    let refused = "";
    for (let tries = 0; tries < 20 && refused === ""; tries++) {
      const { code, output } = await opencenter(["recover", "interrupted", "--yes"], environment());
      if (code !== 0) refused = output;
    }
    await running;
    assert.match(refused, /is being worked on by process \d+/);
  });

  it("can be killed while it destroys, and then destroys the rest", async () => {
    await interrupt("destroy", { signal: "SIGKILL", when: { lines: 6, match: DELETED } });
    await recover();
    await bed.destroy();
    const state = await bed.simulator.state("sandbox");
    for (const kind of [
      "compute.servers",
      "network.networks",
      "network.routers",
      "volume.volumes",
      "load-balancer.loadbalancers",
      "network.floatingips",
    ])
      assert.deepEqual(state[kind] ?? [], [], kind);
  });
});
