import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { Progress } from "../../../sandbox/progress";
import { ensureToolchain } from "../../../sandbox/toolchain";
import { onPath } from "../../../sandbox/toolchain/installed";
import { Cache } from "../../../sandbox/toolchain/paths";
import { skip } from "../../support/skip";
import { API_URL, encoded, planted, Trial } from "./plugin-kubernetes-support";

const KEY = planted("key");
const TEXT = planted("text");
const LATER = planted("later");
const NO_CHANGES = "--expect-no-changes";

describe("the stand-in for the kubernetes provider, with the real engine", function () {
  this.timeout(180_000);
  // Each test goes on from the state that the one before left.
  this.bail(true);
  let trial: Trial;

  before(async function () {
    const cache = new Cache();
    if (!existsSync(join(cache.bin, "pulumi")) && onPath("pulumi", cache).length === 0)
      skip(this, "there is no Pulumi CLI yet; npx tsx sandbox/toolchain/main.ts gets one");
    const toolchain = await ensureToolchain({ progress: new Progress({ stream: { write: () => {} } }) });
    trial = new Trial(toolchain);
    await trial.start();
    if (trial.played !== undefined) console.log(`      against the recorded API server: ${trial.played}`);
    trial.wanted.data = { age: encoded(KEY), gone: encoded("x") };
    trial.wanted.stringData = { password: TEXT };
    trial.wanted.info = { region: "one", network: "a", "dotted.name": "b" };
  });
  after(() => trial?.stop());

  async function works(running: ReturnType<Trial["pulumi"]>): Promise<string> {
    const { code, output } = await running;
    assert.equal(code, 0, output);
    return output;
  }
  async function fails(running: ReturnType<Trial["pulumi"]>, reason: RegExp): Promise<string> {
    const { code, output } = await running;
    assert.notEqual(code, 0, output);
    assert.match(output, reason);
    return output;
  }
  const data = async (resource: string, name: string) => (await trial.find(resource, name))?.data;
  const uid = async (resource: string, name: string) => (await trial.find(resource, name))?.metadata.uid;

  it("asks nobody in a preview that does not know the kubeconfig yet", async () => {
    const { kubeconfig } = trial.wanted;
    trial.wanted.kubeconfig = kubeconfig.replace(API_URL, "https://203.0.113.99:1");
    const output = await works(trial.pulumi("preview"));
    assert.match(output, /\+ 8 to create/);
    trial.wanted.kubeconfig = kubeconfig;
  });

  it("creates by way of the proxy, and is quiet afterwards", async () => {
    const output = await works(trial.up());
    assert.deepEqual(await data("secrets", "key"), trial.wanted.data);
    assert.deepEqual(await data("secrets", "text"), { password: encoded(TEXT) });
    assert.deepEqual(await data("configmaps", "info"), trial.wanted.info);
    assert.match(output, new RegExp(`uid: "${await uid("configmaps", "info")}"`));
    await works(trial.pulumi("preview", NO_CHANGES));
    await works(trial.pulumi("preview", "--refresh", NO_CHANGES));
    await works(trial.pulumi("refresh", "--preview-only", NO_CHANGES));
  });

  it("adds, changes and removes keys in place", async () => {
    const before = [await uid("secrets", "key"), await uid("configmaps", "info")];
    trial.wanted.data = { age: encoded(LATER), more: encoded("y") };
    trial.wanted.info = { region: "two", domain: "c", "dotted.name": "b" };
    const preview = await works(trial.pulumi("preview", "--diff"));
    assert.match(preview, /- network *: "a"/);
    assert.match(preview, /\+ domain *: "c"/);
    assert.match(preview, /~ region *: "one" => "two"/);
    assert.match(preview, /~ 2 to update/);
    await works(trial.up());
    if (trial.played === undefined) {
      assert.deepEqual(await data("secrets", "key"), trial.wanted.data);
      assert.deepEqual(await data("configmaps", "info"), trial.wanted.info);
    }
    assert.deepEqual([await uid("secrets", "key"), await uid("configmaps", "info")], before);
    await works(trial.pulumi("preview", "--refresh", NO_CHANGES));
  });

  it("leaves alone what others add", async () => {
    await trial.edit(
      "configmaps",
      "info",
      { data: { other: "d" }, metadata: { labels: { a: "b" } } },
      "flux",
    );
    await trial.client.patch("/api/v1/namespaces/trial?fieldManager=flux", {
      metadata: { labels: { a: "b" } },
    });
    await works(trial.pulumi("preview", "--refresh", NO_CHANGES));
    await works(trial.pulumi("refresh", "--preview-only", NO_CHANGES));
    trial.wanted.info.region = "three";
    await works(trial.up());
    assert.equal((await data("configmaps", "info"))?.other, "d");
  });

  it("finds what somebody changed with kubectl, and repairs it", async () => {
    await trial.edit("configmaps", "info", { data: { region: "elsewhere", domain: null } }, "kubectl-edit");
    await trial.edit("secrets", "text", { data: { password: encoded("guessed") } }, "kubectl-patch");
    await fails(trial.pulumi("refresh", "--preview-only", NO_CHANGES), /~ 2 to update/);
    const preview = await works(trial.pulumi("preview", "--refresh", "--diff"));
    assert.match(preview, /region *: "elsewhere" => "three"/);
    assert.match(preview, /\+ domain *: "c"/);
    await works(trial.up("--refresh"));
    assert.equal((await data("configmaps", "info"))?.region, "three");
    assert.equal((await data("configmaps", "info"))?.domain, "c");
    assert.equal((await data("secrets", "text"))?.password, encoded(TEXT));
    await works(trial.pulumi("preview", "--refresh", NO_CHANGES));
  });

  it("finds what somebody deleted, and makes it again", async () => {
    await trial.client.remove(trial.path("secrets", "key"));
    await fails(trial.pulumi("refresh", "--preview-only", NO_CHANGES), /- 1 to delete/);
    await works(trial.up("--refresh"));
    assert.deepEqual(await data("secrets", "key"), trial.wanted.data);
  });

  it("takes fields from another controller only when it is told to", async function () {
    if (trial.played !== undefined)
      skip(this, `the recorded API server knows no owners of fields, and ${trial.played}`);
    await trial.edit("configmaps", "info", { data: { region: "theirs" } }, "their-controller");
    await fails(
      trial.up("--refresh"),
      /ConfigMap trial\/info: the Kubernetes API at \S+ refuses: .*\.data\.region.* Let their-controller give .*enablePatchForce/,
    );
    assert.equal((await data("configmaps", "info"))?.region, "theirs");
    trial.wanted.flags.enablePatchForce = true;
    await works(trial.up("--refresh"));
    assert.equal((await data("configmaps", "info"))?.region, "three");
    delete trial.wanted.flags.enablePatchForce;
  });

  it("takes over what exists already only when it is told to", async () => {
    await trial.client.create("/api/v1/namespaces/trial/configmaps", {
      metadata: { name: "found" },
      data: { theirs: "e" },
    });
    trial.wanted.more = { found: { data: { ours: "f" } } };
    await fails(trial.up(), /ConfigMap trial\/found: AlreadyExists at .*upsertExistingObjects/);
    assert.deepEqual(await data("configmaps", "found"), { theirs: "e" });
    trial.wanted.flags.upsertExistingObjects = true;
    const before = await uid("configmaps", "found");
    await works(trial.up());
    assert.deepEqual(await data("configmaps", "found"), { theirs: "e", ours: "f" });
    assert.equal(await uid("configmaps", "found"), before);
    await works(trial.pulumi("preview", "--refresh", NO_CHANGES));
  });

  it("replaces an object that must not change, under the same name", async () => {
    trial.wanted.flags.enableConfigMapMutable = false;
    trial.wanted.more = { found: { data: { ours: "g" } } };
    const before = await uid("configmaps", "found");
    assert.match(await works(trial.up()), /found (created|deleted|replaced)/);
    assert.deepEqual(await data("configmaps", "found"), { ours: "g" });
    assert.notEqual(await uid("configmaps", "found"), before);
    trial.wanted.flags.enableConfigMapMutable = true;
  });

  it("replaces nothing for another kubeconfig of the same cluster, and everything for another cluster", async () => {
    trial.wanted.kubeconfig = trial.controlPlane.adminKubeconfig(API_URL).replace(/\n$/, "\n# renewed\n");
    const renewed = await works(trial.up());
    assert.match(renewed, /~ 1 updated/);
    assert.doesNotMatch(renewed, /replace/);
    trial.wanted.identifier = "second";
    const other = await works(trial.pulumi("preview"));
    assert.match(other, /[78] to replace/);
    trial.wanted.identifier = "first";
  });

  it("says which object and which server when the API does not answer", async () => {
    trial.wanted.kubeconfig = trial.controlPlane.adminKubeconfig("https://203.0.113.99:6443");
    trial.wanted.info.region = "four";
    const line =
      /error: .*ConfigMap trial\/info: the Kubernetes API at https:\/\/203\.0\.113\.99:6443 does not answer \(.+\)\. .*HTTPS_PROXY.*PULUMI_K8S_DELETE_UNREACHABLE/;
    const output = await fails(trial.up(), line);
    assert.doesNotMatch(output, /\bat .*\.(ts|cjs|js):\d+/);
    await fails(trial.pulumi("refresh", "--yes", "--skip-preview"), /does not answer/);
    trial.wanted.flags.skipUpdateUnreachable = true;
    await works(trial.up());
    await works(trial.pulumi("refresh", "--yes", "--skip-preview"));
    delete trial.wanted.flags.skipUpdateUnreachable;
    trial.wanted.kubeconfig = trial.controlPlane.adminKubeconfig(API_URL);
    await works(trial.up());
    assert.equal((await data("configmaps", "info"))?.region, "four");
  });

  it("shows no secret, and keeps none in plain text", () => {
    const everything = trial.said + trial.state;
    assert.match(trial.state, /"dotted.name": ?"b"/);
    const key = /client-key-data: (\S+)/.exec(trial.wanted.kubeconfig)![1]!;
    for (const text of [KEY, TEXT, LATER, key])
      for (const form of [text, encoded(text)]) assert.ok(!everything.includes(form), form.slice(0, 12));
  });

  it("destroys all but what is to stay", async () => {
    await works(trial.pulumi("destroy", "--yes", "--skip-preview"));
    for (const name of ["key", "text"]) assert.equal(await trial.find("secrets", name), undefined);
    const left = await trial.client.list("/api/v1/namespaces/trial/configmaps");
    assert.deepEqual(
      left.map(({ metadata }) => metadata.name).filter((name) => name !== "kube-root-ca.crt"),
      [],
    );
    assert.ok((await trial.client.find("/api/v1/namespaces/trial")) !== undefined);
  });

  it("forgets the objects of a cluster that is gone for good", async () => {
    trial.wanted.flags.upsertExistingObjects = true;
    await works(trial.up());
    await trial.controlPlane.stop();
    await fails(trial.pulumi("destroy", "--yes", "--skip-preview"), /does not answer/);
    trial.wanted.flags.deleteUnreachable = true;
    await works(trial.up("--target", "**api"));
    await works(trial.pulumi("destroy", "--yes", "--skip-preview"));
  });
});
