import assert from "node:assert/strict";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { CommandStandIn } from "../../../sandbox/plugins/command/provider";
import { plain, type Properties, secret, UNKNOWN } from "../../../sandbox/plugins/shared";

const URN = "urn:pulumi:dev::project::my:component$command:local:Command::converge";

describe("the stand-in for the command provider", () => {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "opencenter-command-")));
  after(() => rmSync(folder, { recursive: true }));

  const shown: string[] = [];
  let provider: CommandStandIn;
  beforeEach(() => {
    shown.length = 0;
    provider = new CommandStandIn(async (urn, line) => {
      assert.equal(urn, URN);
      // Slower than the command: a run must wait for its lines.
      await sleep(5);
      shown.push(line);
    });
  });

  const create = async (inputs: Properties) => (await provider.create(URN, inputs)).outs;
  const update = async (olds: Properties, news: Properties) =>
    (await provider.update("id", URN, olds, news)).outs;
  const fails = async (work: Promise<unknown>) => {
    const error = await work.then(
      () => assert.fail("should have failed"),
      (reason: Error) => reason,
    );
    return error.message;
  };

  describe("create, update and delete", () => {
    it("create runs `create` and keeps the inputs beside what was printed", async () => {
      const inputs = { create: "echo out; echo err >&2", update: "exit 1", delete: "exit 1" };
      const { id, outs } = await provider.create(URN, inputs);
      assert.match(id, /^converge[0-9a-f]{8}$/);
      assert.deepEqual(outs, { ...inputs, stdout: "out", stderr: "err" });
    });

    it("cuts one line feed, not more", async () => {
      assert.equal((await create({ create: "printf ' a \\n\\n'" })).stdout, " a \n");
    });

    it("update runs `update`, or `create` when there is none, or nothing", async () => {
      const olds = { create: "echo old", stdout: "old", stderr: "" };
      assert.equal((await update(olds, { create: "echo made", update: "echo changed" })).stdout, "changed");
      assert.equal((await update(olds, { create: "echo made" })).stdout, "made");
      assert.deepEqual(await update(olds, { delete: "true" }), {
        delete: "true",
        stdout: "old",
        stderr: "",
      });
    });

    it("runs nothing and prints nothing when a resource has no command", async () => {
      assert.deepEqual(await create({ delete: "true" }), { delete: "true", stdout: "", stderr: "" });
      await provider.delete("id", URN, { stdout: "", stderr: "" });
    });

    it("delete runs the stored command with the stored environment and output", async () => {
      const file = join(folder, "deleted");
      await provider.delete("id", URN, {
        create: "exit 1",
        delete: `echo "$NODE $PULUMI_COMMAND_STDOUT" > ${file}`,
        environment: { NODE: "prod-w-2" },
        stdout: "seen",
        stderr: "",
      });
      assert.equal(readFileSync(file, "utf8"), "prod-w-2 seen\n");
    });

    it("a refresh gives back the state as it is", async () => {
      const props = { create: "exit 1", triggers: [1], stdout: "a", stderr: "b" };
      const read = await provider.read("id", URN, props);
      assert.deepEqual(read, { id: "id", props, inputs: { create: "exit 1", triggers: [1] } });
    });
  });

  describe("the run", () => {
    it("takes interpreter, folder, standard input and environment", async () => {
      mkdirSync(join(folder, "work"));
      const outs = await create({
        interpreter: ["node", "-e", "console.log(process.argv[1], process.cwd(), process.env.COLOUR)"],
        create: "converge",
        dir: join(folder, "work"),
        environment: { COLOUR: "blue" },
      });
      assert.equal(outs.stdout, `converge ${folder}/work blue`);
      const input = "x".repeat(200_000);
      assert.equal((await create({ create: "cat", stdin: input, logging: "none" })).stdout, input);
    });

    it("finds the interpreter on its own PATH, not on the command's", async () => {
      const outs = await create({
        interpreter: ["sh", "-c"],
        create: "echo $PATH",
        environment: { PATH: "/no/where" },
      });
      assert.equal(outs.stdout, "/no/where");
    });

    it("is no failure when a command does not read its input", async () => {
      assert.equal((await create({ create: "echo done", stdin: "x".repeat(1_000_000) })).stdout, "done");
    });

    it("hands on the output of the run before, unless told not to", async () => {
      const olds = { stdout: "one", stderr: "two" };
      const show = 'echo "$PULUMI_COMMAND_STDOUT,$PULUMI_COMMAND_STDERR"';
      assert.equal((await update(olds, { create: show })).stdout, "one,two");
      assert.equal((await update(olds, { create: show, addPreviousOutputInEnv: false })).stdout, ",");
      assert.equal(
        (
          await update(
            { stdout: "one", stderr: "" },
            { create: "echo ${PULUMI_COMMAND_STDERR-unset}", environment: {} },
          )
        ).stdout,
        "unset",
      );
    });

    it("fails as a large environment does", async () => {
      const message = await fails(create({ create: "true", environment: { BIG: "x".repeat(200_000) } }));
      assert.match(message, /^fork\/exec \/bin\/sh: argument list too long: running "true":\n$/);
    });

    it("ends only when nobody holds its output any more", async () => {
      const startedAt = Date.now();
      assert.equal((await create({ create: "(sleep 0.5; echo late) & echo early" })).stdout, "early\nlate");
      assert.ok(Date.now() - startedAt >= 500);
    });
  });

  describe("failures", () => {
    it("name the command, how it ended and all that it printed", async () => {
      const message = await fails(create({ create: "echo out; echo err >&2; exit 3", logging: "none" }));
      assert.match(message, /^exit status 3: running "echo out; echo err >&2; exit 3":\n/);
      assert.deepEqual(message.split("\n").slice(1, 3).sort(), ["err", "out"]);
      assert.match(await fails(create({ create: "kill -TERM $$" })), /^signal: terminated: running /);
    });

    it("say what could not be started", async () => {
      assert.equal(
        await fails(create({ create: "true", dir: "/no/where" })),
        'chdir /no/where: no such file or directory: running "true":\n',
      );
      assert.equal(
        await fails(create({ create: "x", interpreter: ["no-such-program"] })),
        'exec: "no-such-program": executable file not found in $PATH: running "x":\n',
      );
      assert.equal(
        await fails(create({ create: "x", interpreter: ["/no/such/program"] })),
        'fork/exec /no/such/program: no such file or directory: running "x":\n',
      );
    });

    it("come from update and delete too", async () => {
      assert.match(await fails(update({}, { update: "exit 4" })), /^exit status 4/);
      assert.match(await fails(provider.delete("id", URN, { delete: "exit 5" })), /^exit status 5/);
    });
  });

  describe("the lines beside the resource", () => {
    const command = "echo out; echo err >&2; printf last";
    for (const [logging, expected] of [
      [undefined, ["err", "last", "out"]],
      ["stdoutAndStderr", ["err", "last", "out"]],
      ["stdout", ["last", "out"]],
      ["stderr", ["err"]],
      ["none", []],
    ] as const) {
      it(`are those of logging: ${logging}`, async () => {
        const outs = await create({ create: command, ...(logging && { logging }) });
        // Two pipes have no common order, and a line that is not ended may meet one of the other pipe.
        assert.deepEqual(
          shown
            .join("\n")
            .match(/out|err|last/g)
            ?.sort() ?? [],
          expected,
        );
        assert.deepEqual([outs.stdout, outs.stderr], ["out\nlast", "err"]);
      });
    }

    it("come while the command runs", async () => {
      const flag = join(folder, "flag");
      const run = create({ create: `echo waiting; while [ ! -e ${flag} ]; do sleep 0.05; done; echo done` });
      while (shown.length === 0) await sleep(10);
      writeFileSync(flag, "");
      await run;
      assert.deepEqual(shown, ["waiting", "done"]);
    });

    it("must be shorter than what makes the official provider wait for ever", async () => {
      const print = (length: number) => `head -c ${length} /dev/zero | tr '\\0' x; echo`;
      assert.equal(String((await create({ create: print(65_535) })).stdout).length, 65_535);
      assert.match(
        await fails(create({ create: `${print(65_536)}; exec sleep 100` })),
        /line of 64 KiB or more/,
      );
      assert.equal(String((await create({ create: print(70_000), logging: "none" })).stdout).length, 70_000);
    });
  });

  describe("changes", () => {
    const state = {
      create: "a",
      delete: "b",
      environment: { A: "1" },
      triggers: [1, { a: 2 }],
      stdout: "printed",
      stderr: "",
    };
    const { stdout: _out, stderr: _err, ...inputs } = state;
    const diff = (news: Properties, olds: Properties = state) => provider.diff("id", URN, olds, news);

    it("are none when the inputs are the same, whatever was printed", async () => {
      assert.deepEqual(await diff(structuredClone(inputs)), { changes: false, replaces: [] });
    });

    for (const [what, change] of [
      ["only the command to delete", { delete: "c" }],
      ["a variable", { environment: { A: "2" } }],
      ["logging", { logging: "none" }],
      ["a value that is not known yet", { stdin: UNKNOWN }],
      ["a value that becomes secret", { create: secret("a") }],
      ["an input that goes", { delete: undefined }],
    ] as const) {
      it(`update the resource: ${what}`, async () => {
        const news = JSON.parse(JSON.stringify({ ...inputs, ...change }));
        assert.deepEqual(await diff(news), { changes: true, replaces: [] });
      });
    }

    it("replace it when triggers change, come or go", async () => {
      const { triggers: _triggers, ...without } = inputs;
      const expected = { changes: true, replaces: ["triggers"] };
      assert.deepEqual(await diff({ ...inputs, triggers: [1, { a: 3 }] }), expected);
      assert.deepEqual(await diff(without), expected);
      assert.deepEqual(await diff(inputs, { ...without, stdout: "", stderr: "" }), expected);
    });
  });

  describe("secrets", () => {
    it("reach the command and stay secret in the state, but do not make its output secret", async () => {
      const inputs = {
        create: 'echo "$TOKEN $OTHER"; cat',
        stdin: secret("from stdin"),
        environment: secret({ TOKEN: "t", OTHER: secret("o") }),
      };
      assert.deepEqual(await create(inputs), { ...inputs, stdout: "t o\nfrom stdin", stderr: "" });
    });

    it("are read in the state that delete gets", async () => {
      const file = join(folder, "secret");
      await provider.delete("id", URN, {
        delete: secret(`echo "$PULUMI_COMMAND_STDOUT" > ${file}`),
        stdout: secret("hidden"),
        stderr: "",
      });
      assert.equal(readFileSync(file, "utf8"), "hidden\n");
      assert.equal(plain(secret("x")), "x");
    });
  });

  describe("cancellation", () => {
    it("kills the interpreter, and what it started lives on", async () => {
      const pids = join(folder, "pids");
      const run = create({ create: `sleep 100 >/dev/null 2>&1 & echo $$ $! > ${pids}; wait` });
      const message = fails(run);
      while (!existsSync(pids) || readFileSync(pids, "utf8") === "") await sleep(10);
      const [shell, child] = readFileSync(pids, "utf8").split(" ").map(Number) as [number, number];
      await provider.cancel();
      assert.match(await message, /^signal: killed: running /);
      assert.throws(() => process.kill(shell, 0), { code: "ESRCH" });
      process.kill(child, "SIGKILL");
      assert.match(await fails(create({ create: "echo no" })), /^context canceled: running "echo no":\n$/);
      assert.deepEqual(shown, []);
    });

    it("still waits for whoever holds the output", async () => {
      const ready = join(folder, "ready");
      const message = fails(create({ create: `(sleep 1; echo end) & touch ${ready}; wait` }));
      while (!existsSync(ready)) await sleep(10);
      const cancelledAt = Date.now();
      await provider.cancel();
      assert.match(await message, /^signal: killed: running [^]*\nend\n$/);
      assert.ok(Date.now() - cancelledAt > 500);
    });
  });

  describe("what it refuses", () => {
    const failuresOf = async (news: Properties) =>
      (await provider.check(URN, {}, news)).failures!.map(({ property, reason }) => `${property} ${reason}`);

    it("accepts all inputs that it knows, secret or unknown", async () => {
      const inputs = {
        create: "a",
        update: secret("b"),
        delete: UNKNOWN,
        triggers: [1, secret("x"), UNKNOWN],
        stdin: "",
        logging: "none",
        interpreter: ["node", UNKNOWN],
        dir: ".",
        environment: { A: secret("1"), B: UNKNOWN },
        addPreviousOutputInEnv: false,
      };
      assert.deepEqual(await provider.check(URN, {}, inputs), { inputs, failures: [] });
    });

    it("names assets, archives and wrong types, property by property", async () => {
      const failures = await failuresOf({
        assetPaths: ["*"],
        archivePaths: ["*"],
        create: 1,
        logging: "all",
        environment: { A: 1 },
      });
      const expected = [
        /^archivePaths is not something that the sandbox's stand-in knows/,
        /^assetPaths is not something that the sandbox's stand-in knows/,
        /^create .*expected string/,
        /^environment .*A.*expected string/,
        /^logging .*stdoutAndStderr/,
      ];
      failures.sort();
      assert.equal(failures.length, expected.length, failures.join("\n"));
      for (const [index, pattern] of expected.entries()) assert.match(failures[index]!, pattern);
    });

    it("refuses every other type and function by name", async () => {
      const urn = URN.replace("local:Command", "remote:Command");
      const refusal =
        /stand-in .* not command:remote:Command.*pulumi plugin install resource command 1\.2\.1/;
      await assert.rejects(provider.check(urn, {}, {}), refusal);
      await assert.rejects(provider.create(urn, { create: "true" }), refusal);
      await assert.rejects(provider.update("id", urn, {}, {}), refusal);
      await assert.rejects(provider.delete("id", urn, {}), refusal);
      await assert.rejects(provider.invoke("command:local:run"), /not command:local:run/);
    });
  });
});
