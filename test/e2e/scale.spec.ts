/** The benchmark's short form: that it works, and what a cluster costs the cloud's API. Times are nobody's assertion. */
import assert from "node:assert/strict";
import { progress } from "../../sandbox/progress";
import { Bed } from "../bench/scale/bed";
import { allOf, callsBeside, callsOfUp, readsOfRefresh } from "../bench/scale/calls";
import { measureOne, type Measurement } from "../bench/scale/run";
import { type Operation, programSide, type Side, tofuSide } from "../bench/scale/sides";
import { Size } from "../bench/scale/size";
import { byProcess, comparison } from "../bench/scale/summary";
import { ensureTofu, findTofu, TOFU_SWITCH } from "../bench/scale/tofuToolchain";
import { skip } from "../support/skip";

/** Polls come by the clock: the slower the machine, the fewer. */
const CALLS_TOLERANCE = 1.3;
const PARALLEL = 32;

describe("a cluster of three nodes, in calls of the API", () => {
  const size = new Size(3);
  const measured: Measurement[] = [];
  let bed: Bed;
  let program: Side;

  before(async () => {
    bed = await Bed.open(size);
    program = programSide("program", bed.session, { parallel: PARALLEL });
  });

  after(async () => {
    if (measured.length > 0)
      console.log(`${comparison(measured, "program", "OpenTofu")}\n\n${byProcess(measured, "program")}`);
    await bed.close();
  });

  async function run(side: Side, operation: Operation): Promise<Measurement> {
    const one = await measureOne(bed, size.nodes, side.name, operation, () => side.run(operation));
    measured.push(one);
    return one;
  }

  const types = async () =>
    (await bed.session.pulumi.resources())
      .map(({ type }) => type)
      .filter((type) => type.startsWith("openstack:"));

  it("asks the cloud for nothing but a login and look-ups in a preview", async () => {
    const { calls, processes } = await run(program, "preview");
    assert.deepEqual(Object.keys(calls), ["GET network/networks", "POST identity/auth/tokens"]);
    // That it is seen at all where the time goes.
    for (const name of ["pulumi", "program (Node.js)", "plugin openstack"])
      assert.ok(
        processes.some((process) => process.name === name && process.mebibytes > 10),
        name,
      );
  });

  it("makes each object with one call, and what belongs to it", async () => {
    const { calls } = await run(program, "up");
    const { writes, floor } = callsOfUp(calls, await types());
    assert.ok(floor > 50, `${floor} objects`);
    // Polls only read: what changes something has no reason to come by the clock.
    assert.ok(writes <= floor, `${writes} calls for ${floor}: ${JSON.stringify(calls)}`);
  });

  for (const operation of ["refresh", "preview --refresh"] as const)
    it(`reads each object once in ${operation}`, async () => {
      const { calls } = await run(program, operation);
      const reads = readsOfRefresh(calls, await types());
      assert.ok(reads.length > 10);
      for (const { call, count, most } of reads) {
        assert.ok(count > 0, `${call} was not made`);
        assert.ok(count <= most, `${call}: ${count} times, for ${most}`);
      }
      assert.equal(calls["POST identity/auth/tokens"], 1);
      assert.ok(calls["GET network/networks"]! <= 3, JSON.stringify(calls));
      assert.deepEqual(callsBeside(calls, reads), []);
    });

  it("needs no more calls than OpenTofu does with the same provider", async function () {
    const built =
      findTofu(progress) ?? (process.env[TOFU_SWITCH] === "1" ? await ensureTofu(progress) : undefined);
    if (built === undefined)
      skip(
        this,
        `OpenTofu is not built; ${TOFU_SWITCH}=1 builds it, ten minutes of a core, and npm run bench does`,
      );
    const tofu = tofuSide(built, bed.session, size, bed.publicKeyFile(), PARALLEL);
    for (const operation of ["preview", "up", "preview --refresh", "destroy"] as const)
      await run(tofu, operation);
    for (const operation of ["preview", "up", "preview --refresh"] as const) {
      const [ours, theirs] = [program, tofu].map(({ name }) =>
        allOf(measured.find((one) => one.side === name && one.operation === operation)!.calls),
      );
      assert.ok(ours! <= CALLS_TOLERANCE * theirs!, `${operation}: ${ours} calls, OpenTofu ${theirs}`);
    }
  });

  it("leaves nothing in the cloud", async () => {
    await run(program, "destroy");
    assert.deepEqual(await bed.leftovers(), []);
  });
});
