import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { Progress } from "../../../sandbox/progress";

describe("progress", () => {
  function recorder(isTTY: boolean, columns?: number) {
    const written: string[] = [];
    return {
      stream: { isTTY, columns, write: (text: string) => written.push(text) },
      text: () => written.join(""),
    };
  }

  it("prints a line at the start and one with the outcome and the time at the end", async () => {
    const { stream, text } = recorder(false);
    const result = await new Progress({ stream }).step("Counting", async () => 3, {
      outcome: (n) => `${n} things`,
    });
    assert.equal(result, 3);
    assert.match(text(), /^… Counting\n✓ Counting: 3 things \(\d+\.\d s\)\n$/);
  });

  it("never stays silent: it says what it waits for", async () => {
    const { stream, text } = recorder(false);
    await new Progress({ stream, heartbeatMs: 20 }).step("Waiting", async (report) => {
      report("the first");
      await sleep(35);
      report("the second");
      await sleep(35);
    });
    assert.match(text(), /\n {2}Waiting \(\d+\.\d s\): the first\n/);
    assert.match(text(), /\n {2}Waiting \(\d+\.\d s\): the second\n/);
  });

  it("beats at least every 10 seconds by default", () => {
    assert.ok(new Progress({ stream: recorder(false).stream })["intervalMs"] <= 10_000);
  });

  it("shows the first line of a failure and passes it on", async () => {
    const { stream, text } = recorder(false);
    const failing = new Progress({ stream }).step("Breaking", async () =>
      Promise.reject(new Error("why\ndetails")),
    );
    await assert.rejects(failing, /why/);
    assert.match(text(), /✗ Breaking: why \(\d+\.\d s\)\n$/);
  });

  it("rewrites one line on a terminal, never longer than the terminal is wide", async () => {
    const { stream, text } = recorder(true, 30);
    await new Progress({ stream, rewriteMs: 10 }).step("Waiting", async (report) => {
      report("something whose name is far too long for the line");
      await sleep(40);
    });
    const [working, done, ...rest] = text().split("\n");
    assert.match(done!, /^$/);
    assert.deepEqual(rest, []);
    const rewrites = working!.split("\r\u001b[2K").slice(1);
    assert.ok(rewrites.length >= 3);
    for (const line of rewrites.slice(0, -1)) assert.ok(line.length < 30, line);
    assert.match(rewrites.at(-1)!, /^✓ Waiting \(\d+\.\d s\)$/);
  });

  it("shows the innermost of nested steps, and goes quiet after the last", async () => {
    const { stream, text } = recorder(false);
    const progress = new Progress({ stream, heartbeatMs: 20 });
    await progress.step("Outer", () => progress.step("Inner", () => sleep(30)));
    assert.match(text(), /… Outer\n… Inner\n {2}Inner .*\n✓ Inner .*\n✓ Outer .*\n$/);
    const before = text();
    await sleep(50);
    assert.equal(text(), before);
  });
});
