import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { deflateRawSync } from "node:zlib";
import { splitLikeAShell, readRuntimeOptions } from "../../../sandbox/toolchain/language-host/runtimeOptions";
import { unpackModule } from "../../../sandbox/toolchain/moduleZip";
import { PROJECT } from "../../../sandbox/toolchain/paths";
import { Machine } from "./toolchain-fixtures";

/** A zip archive, every second file compressed. */
function zip(files: Record<string, string>): Buffer {
  const local: Buffer[] = [];
  const directory: Buffer[] = [];
  let at = 0;
  Object.entries(files).forEach(([name, text], i) => {
    const content = i % 2 === 0 ? Buffer.from(text) : deflateRawSync(text);
    const method = i % 2 === 0 ? 0 : 8;
    const header = Buffer.alloc(30);
    header.writeUInt32LE(0x04034b50);
    header.writeUInt16LE(method, 8);
    header.writeUInt16LE(name.length, 26);
    const entry = Buffer.alloc(46);
    entry.writeUInt32LE(0x02014b50);
    entry.writeUInt16LE(method, 10);
    entry.writeUInt32LE(content.length, 20);
    entry.writeUInt32LE(text.length, 24);
    entry.writeUInt16LE(name.length, 28);
    entry.writeUInt32LE(at, 42);
    directory.push(entry, Buffer.from(name));
    local.push(header, Buffer.from(name), content);
    at += 30 + name.length + content.length;
  });
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50);
  end.writeUInt16LE(Object.keys(files).length, 10);
  end.writeUInt32LE(at, 16);
  return Buffer.concat([...local, ...directory, end]);
}

describe("module archives", () => {
  const folder = mkdtempSync(join(tmpdir(), "opencenter-zip-"));
  after(() => rmSync(folder, { recursive: true }));

  it("are unpacked and hashed as Go does", () => {
    const files = { "m@v1/b.txt": "second", "m@v1/a/x.txt": "first", "m@v1/B.txt": "x".repeat(1000) };
    const directory = join(folder, "good");
    const hash = unpackModule(zip(files), "m@v1/", directory);
    for (const [name, text] of Object.entries(files)) {
      assert.equal(readFileSync(join(directory, name.slice(5)), "utf8"), text);
    }
    const sha = (text: string) => createHash("sha256").update(text).digest("hex");
    const lines = Object.keys(files)
      .sort()
      .map((name) => `${sha(files[name as keyof typeof files])}  ${name}\n`);
    assert.equal(hash, `h1:${createHash("sha256").update(lines.join("")).digest("base64")}`);
  });

  it("cannot write outside their folder, nor be anything else", () => {
    const directory = join(folder, "bad");
    assert.throws(
      () => unpackModule(zip({ "m@v1/../../escaped": "x" }), "m@v1/", directory),
      /does not belong/,
    );
    assert.throws(() => unpackModule(zip({ "other@v1/x": "x" }), "m@v1/", directory), /does not belong/);
    assert.throws(() => unpackModule(Buffer.from("x".repeat(100)), "m@v1/", directory), /no zip archive/);
    assert.equal(existsSync(join(folder, "escaped")), false);
  });
});

describe("Go from the module proxy", () => {
  it("is thrown away when its hash is wrong, and the proxy's password is not shown", async () => {
    const machine = new Machine();
    const seen: string[] = [];
    const server = createServer((request, response) => {
      seen.push(`${request.headers.authorization} ${request.url}`);
      const version = /toolchain\/@v\/(.*)\.zip$/.exec(request.url ?? "")?.[1];
      response.end(zip({ [`golang.org/toolchain@${version}/bin/go`]: "evil" }));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    try {
      process.env.GOPROXY = `http://user:pass-word@127.0.0.1:${(server.address() as AddressInfo).port}/go,direct`;
      await assert.rejects(machine.ensure(), (error: Error) => {
        assert.match(
          error.message,
          /no go on PATH; Go from 127\.0\.0\.1:\d+ has the hash h1:.*not h1:.*thrown away/,
        );
        assert.doesNotMatch(error.message + machine.shown.join(""), /pass-word/);
        return true;
      });
      assert.match(
        seen[0]!,
        /^Basic dXNlcjpwYXNzLXdvcmQ= \/go\/golang\.org\/toolchain\/@v\/v0\.0\.1-go[\d.]+\.\w+-\w+\.zip$/,
      );
      assert.deepEqual(readdirSync(join(machine.cache, "go")), []);
    } finally {
      server.close();
      machine.remove();
    }
  });
});

describe("runtime options", () => {
  for (const [line, words] of [
    ["", []],
    ["--import=tsx", ["--import=tsx"]],
    ["  --import  tsx\t--x ", ["--import", "tsx", "--x"]],
    [`--title="two words" 'it''s' ''`, ["--title=two words", "its", ""]],
    [String.raw`a\ b "c\"d" 'e\f' "g\h"`, ["a b", 'c"d', String.raw`e\f`, String.raw`g\h`]],
    ["$HOME *", ["$HOME", "*"]],
  ] as const) {
    it(`split ${JSON.stringify(line)} as a shell would`, () =>
      assert.deepEqual(splitLikeAShell(line), words));
  }

  it("have the defaults of the official host", () => {
    assert.deepEqual(readRuntimeOptions({}, "/p"), {
      typescript: true,
      tsconfig: undefined,
      nodeArguments: [],
    });
  });

  it("say which one is wrong", () => {
    assert.throws(
      () => readRuntimeOptions({ typescript: "no" }, "/p"),
      /"typescript" must be true or false, not "no"/,
    );
    assert.throws(() => readRuntimeOptions({ nodeargs: `--x="` }, "/p"), /unclosed "/);
  });
});

describe("the OpenStack plugin's table of tokens", () => {
  it("is the SDK's", () => {
    const sdk = join(PROJECT, "node_modules/@pulumi/openstack");
    const sources = readdirSync(sdk, { recursive: true, encoding: "utf8" }).filter((name) =>
      name.endsWith(".js"),
    );
    const tokens = sources.flatMap((name) => {
      const text = readFileSync(join(sdk, name), "utf8");
      return [...text.matchAll(/(?:__pulumiType = '|runtime\.invoke\(")(openstack:[^'"]+)/g)].map(
        ([, token]) => token!,
      );
    });
    const file = join(PROJECT, "sandbox/toolchain/modules/pulumi-resource-openstack/tokens.txt");
    assert.ok(tokens.length > 100);
    assert.deepEqual(readFileSync(file, "utf8").trim().split("\n"), [...new Set(tokens)].sort());
  });
});
