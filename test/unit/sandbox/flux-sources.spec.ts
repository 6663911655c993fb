/** The Git server and the charts that the sandbox's clusters read. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { parse, parseAllDocuments } from "yaml";
import { serviceNames } from "../../../config/services";
import { renderTree } from "../../../gitops";
import { startGitServer, stopGitServer, type GitServer } from "../../../sandbox/flux";
import { offeredCharts } from "../../../sandbox/flux/sources/charts";
import { tokenFile } from "../../../sandbox/flux/sources/layout";
import { configOf } from "../../support/arbitraryCluster";
import { small } from "../plan/support";

const run = promisify(execFile);

describe("the sandbox's server of Git and charts", function () {
  this.timeout(60_000);
  let directory: string;
  let server: GitServer;

  before(async () => {
    directory = mkdtempSync(join(tmpdir(), "opencenter-sources-"));
    server = await startGitServer(directory, "acme");
  });
  after(async () => {
    await stopGitServer(directory);
    rmSync(directory, { recursive: true, force: true });
  });

  const listed = (token: string) => {
    const url = new URL(server.url);
    url.username = "git";
    url.password = token;
    const env = { ...process.env, GIT_TERMINAL_PROMPT: "0" };
    return run("git", ["ls-remote", url.href], { env });
  };

  it("gives its repository to who has the token, and to nobody else", async () => {
    assert.equal((await listed(server.token)).stdout, "");
    await assert.rejects(listed("wrong"), /Authentication failed|401/);
    assert.equal(statSync(tokenFile(directory)).mode & 0o777, 0o600);
  });

  it("is the same after it was started again", async () => {
    await stopGitServer(directory);
    assert.deepEqual(await startGitServer(directory, "acme"), server);
  });

  it("takes no name that leads elsewhere", async () => {
    await assert.rejects(startGitServer(directory, "../acme"), /no name for a repository/);
  });

  it("offers charts whose digests are those of its index, the same every time", async () => {
    type Index = { entries: Record<string, { version: string; digest: string; urls: string[] }[]> };
    const index = parse(await (await fetch(`${server.charts}/index.yaml`)).text()) as Index;
    for (const [name, versions] of Object.entries(index.entries))
      for (const { digest, urls } of versions) {
        const bytes = Buffer.from(await (await fetch(`${server.charts}/${urls[0]}`)).arrayBuffer());
        assert.equal(createHash("sha256").update(bytes).digest("hex"), digest, name);
      }
    assert.equal((await fetch(`${server.charts}/nothing-1.0.0.tgz`)).status, 404);
  });

  it("has every chart, in its version, that the catalogue can ask for", () => {
    const enabled = Object.fromEntries(
      serviceNames.map((name) => [
        name,
        name === "cert-manager"
          ? { enabled: true, acme: { email: "ops@example.org" } }
          : name === "metallb"
            ? { enabled: true, addressPools: ["10.20.2.10-10.20.2.50"] }
            : { enabled: true },
      ]),
    );
    const gitops = { repository: { url: server.url }, charts: server.charts };
    const tree = renderTree(configOf({ ...small, domain: "example.org", gitops, services: enabled }));
    const asked = [...tree.values()]
      .flatMap((text) => [...parseAllDocuments(text)].map((document) => document.toJS()))
      .filter((object) => object?.kind === "HelmRelease" && object.spec?.chart !== undefined)
      .map(({ spec }) => `${spec.chart.spec.chart} ${spec.chart.spec.version}`);
    const offered = offeredCharts().map(({ name, version }) => `${name} ${version}`);
    assert.ok(asked.length >= 20, String(asked.length));
    assert.deepEqual(
      asked.filter((chart) => !offered.includes(chart)),
      [],
    );
  });
});
