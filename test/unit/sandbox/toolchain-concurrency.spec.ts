import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { withLock } from "../../../runner/lock";
import { PROJECT } from "../../../sandbox/toolchain/paths";
import { Machine } from "./toolchain-fixtures";

describe("two toolchains at once", () => {
  let machine: Machine;
  const children: ChildProcess[] = [];
  beforeEach(() => (machine = new Machine()));
  afterEach(() => {
    for (const child of children.splice(0)) child.kill("SIGKILL");
    machine.remove();
  });

  function start(...args: string[]): ChildProcess {
    const main = join(PROJECT, "sandbox/toolchain/main.ts");
    const child = spawn(process.execPath, ["--import", "tsx", main, "--no-download", ...args], {
      cwd: PROJECT,
      env: machine.environment,
      stdio: ["ignore", "pipe", "pipe"],
    });
    children.push(child);
    return child;
  }
  const artefacts = () => readdirSync(join(machine.cache, "artefacts"));

  async function until(condition: () => boolean): Promise<void> {
    for (let i = 0; i < 200 && !condition(); i++) await sleep(50);
    assert.ok(condition(), "it did not happen within 10 s");
  }

  it("build each part once", async () => {
    machine.installGo('sleep 1; printf "#!/bin/sh\\n" > "$out"; chmod +x "$out"');
    const codes = await Promise.all(
      [start(), start()].map(async (child) => (await once(child, "close"))[0] as number),
    );
    assert.deepEqual(codes, [0, 0]);
    assert.equal(machine.builds.length, 2);
  });

  it("recover from a build that was killed", async () => {
    machine.installGo('printf half > "$out"; echo $$ > "$GO_LOG.pid"; exec sleep 60');
    const killed = start();
    await until(() => existsSync(join(machine.root, "go.log.pid")));
    killed.kill("SIGKILL");
    await once(killed, "close");
    process.kill(Number(readFileSync(join(machine.root, "go.log.pid"), "utf8")), "SIGKILL");
    assert.ok(
      artefacts().length > 0 && artefacts().every((name) => name.includes(".draft-")),
      "only a draft is left",
    );
    machine.installGo();
    const toolchain = await machine.ensure();
    assert.match(readFileSync(toolchain.pulumi, "utf8"), /v3\.259\.0/);
    assert.deepEqual(
      artefacts().filter((name) => name.includes(".draft-")),
      [],
    );
    assert.deepEqual(readdirSync(join(machine.cache, "locks")), []);
  });

  it("exit with 1 and a message without a stack trace when nothing works, and with 2 for wrong usage", async () => {
    const child = start();
    let said = "";
    child.stderr!.on("data", (chunk) => (said += chunk));
    assert.deepEqual(await once(child, "close"), [1, null]);
    assert.match(said, /pulumi 3\.259\.0 is missing and cannot be made here/);
    assert.doesNotMatch(said, /\n\s+at /);
    assert.deepEqual(await once(start("--nonsense"), "close"), [2, null]);
  });

  it("write an environment file that a shell can read, for its owner only", async () => {
    machine.installGo();
    const file = join(machine.root, "env with 'quotes'");
    assert.deepEqual(await once(start("--env", file), "close"), [0, null]);
    assert.equal(statSync(file).mode & 0o777, 0o600);
    const shell = spawn("/bin/sh", ["-c", `. "$1"; echo "$PATH"; echo "$PULUMI_HOME"`, "sh", file], {
      env: { PATH: "/before" },
    });
    let said = "";
    shell.stdout.on("data", (chunk) => (said += chunk));
    await once(shell, "close");
    const [path, home] = said.split("\n");
    assert.match(path!, new RegExp(`^${machine.cache}/checkouts/\\w+/bin:/before$`));
    assert.match(home!, /pulumi-home$/);
  });
});

describe("the lock", () => {
  let machine: Machine;
  let path: string;
  beforeEach(() => {
    machine = new Machine();
    path = join(machine.root, "locks", "one");
    mkdirSync(join(machine.root, "locks"));
  });
  afterEach(() => machine.remove());
  const quiet = () => undefined;

  it("lets one in at a time, and tells the others whom they wait for", async () => {
    const order: string[] = [];
    const heard: string[] = [];
    const first = withLock(path, quiet, async () => {
      order.push("first in");
      await sleep(700);
      order.push("first out");
    });
    await withLock(
      path,
      (text) => heard.push(text),
      async () => void order.push("second in"),
    );
    await first;
    assert.deepEqual(order, ["first in", "first out", "second in"]);
    assert.match(heard[0]!, new RegExp(`waiting for process ${process.pid}`));
  });

  it("is free again after a failure", async () => {
    await assert.rejects(
      withLock(path, quiet, async () => Promise.reject(new Error("no"))),
      /^Error: no$/,
    );
    assert.equal(existsSync(path), false);
  });

  for (const [whose, content] of [
    ["a process that is gone", JSON.stringify({ pid: 2 ** 22 + 1, began: "1" })],
    ["another process that has got the same pid", JSON.stringify({ pid: process.pid, began: "1" })],
    ["nobody, because it is damaged", "{"],
  ] as const) {
    it(`is taken over when it belongs to ${whose}`, async function () {
      if (whose.startsWith("another") && !existsSync("/proc/self/stat")) {
        console.log(
          "        skipped: without /proc, a process cannot be told from an older one with its pid",
        );
        return this.skip();
      }
      writeFileSync(path, content);
      assert.equal(await withLock(path, quiet, async () => "done"), "done");
      assert.deepEqual(readdirSync(join(machine.root, "locks")), []);
    });
  }
});
