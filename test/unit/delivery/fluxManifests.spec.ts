import { strict as assert } from "node:assert";
import { createHash } from "node:crypto";
import { writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { fluxManifests } from "../../../delivery/fluxManifests";
import type { RunFailure } from "../../../runner/errors";
import { newFolder } from "./support";

const TEXT = "kind: Namespace\n";
const SUM = createHash("sha256").update(TEXT).digest("hex");

describe("Flux's manifests", () => {
  let server: Server;
  let asked: string[];
  let answers: Record<string, string>;
  let url: string;
  beforeEach(async () => {
    asked = [];
    answers = {
      "/v2.9.5/install.yaml": TEXT,
      "/v2.9.5/flux_2.9.5_checksums.txt": `${"0".repeat(64)}  other.tar.gz\n${SUM}  install.yaml\n`,
    };
    server = createServer((request, response) => {
      asked.push(request.url ?? "");
      const body = answers[request.url ?? ""];
      response.writeHead(body === undefined ? 404 : 200).end(body);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v2.9.5/install.yaml`;
  });
  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });

  async function get(
    manifests: { url: string; sha256?: string } | { file: string; sha256?: string },
    cache = newFolder("cache"),
  ) {
    const lines: string[] = [];
    const original = console.error;
    console.error = (line: string) => void lines.push(line);
    try {
      return {
        text: await fluxManifests({ version: "2.9.5", manifests }, "/", cache),
        said: lines.join("\n"),
      };
    } finally {
      console.error = original;
    }
  }

  it("are checked against the release's own list, and fetched once", async () => {
    const cache = newFolder("cache");
    const first = await get({ url }, cache);
    assert.equal(first.text, TEXT);
    assert.match(first.said, /checked against the release's own list of checksums/);
    assert.equal(asked.length, 2);
    assert.equal((await get({ url }, cache)).text, TEXT);
    assert.equal(asked.length, 2);
  });

  it("need no list where the configuration has the checksum, and no network once they are there", async () => {
    const cache = newFolder("cache");
    answers = { "/v2.9.5/install.yaml": TEXT };
    assert.match(
      (await get({ url, sha256: SUM }, cache)).said,
      /checked against gitops\.flux\.manifests\.sha256/,
    );
    answers = {};
    assert.equal((await get({ url, sha256: SUM }, cache)).text, TEXT);
  });

  it("are refused when they are not what the checksum says, also from the cache", async () => {
    const cache = newFolder("cache");
    await get({ url }, cache);
    writeFileSync(join(cache, "flux", `${SUM}.yaml`), "tampered\n");
    assert.equal((await get({ url }, cache)).text, TEXT);
    answers["/v2.9.5/install.yaml"] = "tampered\n";
    await assert.rejects(get({ url }), /is not what it should be: its SHA-256 is/);
    await assert.rejects(get({ url, sha256: SUM }), /gitops\.flux\.manifests\.sha256 says/);
  });

  it("say what to do when they cannot be had", async () => {
    answers = { "/v2.9.5/flux_2.9.5_checksums.txt": "" };
    await assert.rejects(get({ url }), /has no checksum of install\.yaml/);
    answers = {};
    await assert.rejects(
      get({ url }),
      (error: RunFailure) =>
        /answered 404/.test(error.message) && /gitops\.flux\.manifests\.file/.test(error.hints.join()),
    );
    server.close();
    await assert.rejects(
      get({ url: url.replace("127.0.0.1", "flux.invalid") }),
      /cannot be fetched: flux\.invalid/,
    );
    await assert.rejects(get({ file: "/nowhere/install.yaml" }), /cannot be read: \/nowhere/);
  });

  it("come from a file, which is checked where there is a checksum", async () => {
    const file = join(newFolder("flux"), "install.yaml");
    writeFileSync(file, TEXT);
    assert.match((await get({ file })).said, /not checked/);
    assert.equal((await get({ file, sha256: SUM })).text, TEXT);
    await assert.rejects(get({ file, sha256: "1".repeat(64) }), /is not what it should be/);
  });
});
