import assert from "node:assert/strict";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { isAlive } from "../../../runner/supervisor/processTree.mjs";
import { Machine } from "./sourceSupport";

/** As the watchdog's own patience has it, and some. */
const LIMIT = 15_000;

describe("source of Kubespray, by several processes", function () {
  this.timeout(60_000);
  this.slow(10_000);

  let machine: Machine;
  beforeEach(() => (machine = new Machine()));
  afterEach(() => machine.remove());

  async function until(what: string, come: () => boolean): Promise<void> {
    for (const end = Date.now() + LIMIT; !come(); await sleep(50))
      assert.ok(Date.now() < end, `${what} within ${LIMIT} ms`);
  }

  const venvs = () => machine.calls().filter((call) => call.startsWith("-m venv")).length;
  const pip = () => join(machine.folder, "pip.pid");
  const folder = () =>
    join(machine.cache, "kubespray", readdirSync(join(machine.cache, "kubespray"))[0] ?? "");

  /** A run that has come to pip, and waits there. */
  async function runAtPip() {
    machine.environment["PIP_WAITS"] = pip();
    const run = machine.process();
    await until("pip runs", () => existsSync(pip()) && readFileSync(pip(), "utf8").endsWith("\n"));
    delete machine.environment["PIP_WAITS"];
    return { run, pid: Number(readFileSync(pip(), "utf8")) };
  }

  it("is made by one of two that begin at once, and used by both", async () => {
    const ends = await Promise.all([machine.process(), machine.process()].map(({ stdout }) => text(stdout!)));
    assert.equal(ends[0], ends[1]);
    assert.ok(existsSync((JSON.parse(ends[0] ?? "") as { ansiblePlaybook: string }).ansiblePlaybook));
    assert.equal(venvs(), 1);
    assert.deepEqual(
      readdirSync(join(machine.cache, "kubespray")).filter((name) => name.endsWith(".lock")),
      [],
    );
  });

  it("is made again after a kill −9, and what the killed run had started ends", async () => {
    const { run, pid } = await runAtPip();
    assert.ok(!existsSync(join(folder(), "complete.json")), "not complete before pip has ended");
    run.kill("SIGKILL");
    await until("pip ends", () => !isAlive(pid));
    const made = await machine.ensure();
    assert.equal(venvs(), 2);
    assert.deepEqual(readdirSync(dirname(made.checkout)).sort(), ["checkout", "complete.json", "venv"]);
  });

  it("is given up on Ctrl-C, with what was started", async () => {
    const { run, pid } = await runAtPip();
    const said = text(run.stderr!);
    run.kill("SIGINT");
    const [code] = (await once(run, "exit")) as [number | null];
    assert.equal(code, 130);
    // Not that pip cannot install: it was not let.
    assert.match(await said, /python was interrupted/);
    assert.doesNotMatch(await said, /cannot/);
    assert.ok(!isAlive(pid));
    assert.ok(!existsSync(`${folder()}.lock`), "nobody has to wait for it");
  });
});
