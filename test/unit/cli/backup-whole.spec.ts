/** Backups of a cluster whose Velero is down, or leaves things out. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { create } from "../../../cli/backup/actions";
import { finalBackup } from "../../../cli/backup/final";
import type { UserError } from "../../../cli/errors";
import type { Operation } from "../../../cli/operation";
import { TestCloud } from "../sandbox/openstack-support";
import { makeIdentity, STATE } from "./support/backup";

const DEPLOYMENT = { spec: { template: { spec: { containers: [{ image: "velero:v1.17.0" }] } } } };

describe("backup: of a cluster that is to have Velero", function () {
  this.timeout(30_000);
  let directory: string;
  let cloud: TestCloud;
  let notes: string[];
  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), "opencenter-backup-"));
    writeFileSync(join(directory, "key.txt"), (await makeIdentity()).identity);
    cloud = await TestCloud.start();
    await cloud.ok("PUT", `/object-store/v1/AUTH_${cloud.session.projectId}/sets`);
    notes = [];
  });
  afterEach(async () => {
    rmSync(directory, { recursive: true });
    await cloud.stop();
  });

  /** @param phase in which Velero's backups end; undefined where it does not run */
  const operation = (phase: string | undefined, enabled = true) => {
    const read = async ({ kind }: { kind: string }) =>
      kind === "Deployment"
        ? { ...DEPLOYMENT, status: { availableReplicas: phase === undefined ? 0 : 1 } }
        : { status: { phase, errors: 3 } };
    const backup = { store: "swift", bucket: "sets", retention: "30d", etcdSnapshots: false };
    const services = { velero: { enabled } };
    const config = { organization: "acme", name: "prod", gitops: {}, services, backup };
    const target = {
      ...{ stack: "prod", project: directory, config, file: { text: "config: {}\n" } },
      paths: { ageKeys: "key.txt" },
      kubeconfig: async () => "a",
      api: async () => ({ read, create: async () => true, list: async () => [] }),
      cloud: () => cloud.openstack(),
      outputs: async () => ({}),
      pulumi: async () => STATE,
    };
    const narrator = { note: (line: string) => notes.push(line) };
    const step = (_: string, work: () => Promise<unknown>) => work();
    return { target, narrator, step, options: { dryRun: false } } as unknown as Operation;
  };
  const nightly = (phase: string | undefined, enabled = true) =>
    create(operation(phase, enabled), { skip: [], prune: true, all: false });
  const last = (phase: string | undefined, skip: ("velero" | "etcd")[] = []) =>
    finalBackup(operation(phase), { skipUnreachable: false, skip });
  const sets = async () => {
    const path = `/object-store/v1/AUTH_${cloud.session.projectId}/sets`;
    const { body } = await cloud.call("GET", `${path}?format=json`);
    return (body as { name: string }[]).filter(({ name }) => name.endsWith("/manifest.json")).length;
  };

  it("makes the nightly set and fails, as long as Velero is down", async () => {
    const { exitCode, text } = await nightly(undefined);
    assert.equal(exitCode, 1);
    assert.match(
      text,
      /complete.*Velero is on in the configuration, and does not run: this set has no objects/s,
    );
    assert.equal(await sets(), 1);
    assert.equal((await nightly(undefined, false)).exitCode, 0, "a cluster that is to have none");
  });

  it("refuses the last one then, before anything is done, unless somebody says that the part can be missing", async () => {
    await assert.rejects(last(undefined), (error: UserError) => {
      assert.match(error.message, /Velero is on in the configuration, and does not run.*Nothing was done/);
      assert.match(error.hint ?? "", /--skip velero.*--no-backup/);
      return true;
    });
    assert.equal(await sets(), 0);
    assert.match((await last(undefined, ["velero"])) ?? "", /^prod-/);
    assert.ok(notes.includes("Without velero: left out with --skip."), notes.join("\n"));
  });

  it("refuses a last one of which Velero has left things out, and keeps it", async () => {
    await assert.rejects(last("PartiallyFailed"), (error: UserError) => {
      assert.match(error.message, /ended PartiallyFailed with 3 error\(s\)\. The cluster was left as it is/);
      assert.match(error.hint ?? "", /velero backup describe prod-\S+ --details.*--skip velero/);
      return true;
    });
    assert.equal(await sets(), 1);
  });

  it("is content with one that Velero has completed", async () => {
    assert.match((await last("Completed")) ?? "", /^prod-/);
  });
});
