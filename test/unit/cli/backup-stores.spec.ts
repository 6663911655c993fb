/** Places for sets: each keeps bytes under names, and says what is wrong in words. */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { OpenStackClient } from "../../../cli/cloud/client";
import { CloudError } from "../../../cli/cloud/errors";
import type { BackupStore } from "../../../cli/backup/store";
import { folderStore } from "../../../cli/backup/store/folder";
import { s3Bucket } from "../../../cli/backup/store/s3";
import { swiftStore } from "../../../cli/backup/store/swift";
import { UserError } from "../../../cli/errors";
import { ACCESS, startS3, type S3 } from "./support/s3";

async function behaves(store: BackupStore): Promise<void> {
  const names = ["opencenter/prod/a/1.age", "opencenter/prod/a/2.age", "opencenter/prod/b/1 & 2.age"];
  const content = randomBytes(70_000);
  for (const name of [...names, "opencenter/prod-eu/x"]) await store.write(name, content);
  const listed = await store.list("opencenter/prod/");
  assert.deepEqual(
    listed,
    names.map((name) => ({ name, size: content.length })),
  );
  assert.ok((await store.read(names[2]!))?.equals(content));
  await store.write(names[0]!, Buffer.from("{}"));
  assert.equal((await store.read(names[0]!))?.toString(), "{}");
  await store.remove(names[0]!);
  await store.remove(names[0]!);
  assert.equal(await store.read(names[0]!), undefined);
  assert.deepEqual(await store.list("elsewhere/"), []);
}

describe("backup: a folder as store", () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "opencenter-store-"))));
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it("keeps bytes under names", () => behaves(folderStore(join(folder, "sets"))));

  it("is private, shows no half of a write, and no empty folders", async () => {
    const store = folderStore(folder);
    await store.write("opencenter/prod/a/x", Buffer.from("x"));
    assert.equal(statSync(join(folder, "opencenter/prod/a/x")).mode & 0o777, 0o600);
    assert.equal(statSync(join(folder, "opencenter/prod/a")).mode & 0o777, 0o700);
    writeFileSync(join(folder, "opencenter/prod/a/y.123.draft"), "half");
    assert.equal((await store.list("opencenter/")).length, 1);
    await store.remove("opencenter/prod/a/x");
    assert.ok(!existsSync(join(folder, "opencenter")));
  });

  it("does not follow a name out of itself", async () => {
    await assert.rejects(folderStore(folder).read("../../etc/passwd"), /leaves/);
  });
});

describe("backup: S3 as store", () => {
  let s3: S3;
  before(async () => (s3 = await startS3()));
  after(() => s3.close());

  it("keeps bytes under names, over pages, with requests that are signed", async () => {
    await behaves(s3Bucket({ ...ACCESS, endpoint: `${s3.endpoint}/` }));
  });

  it("says what the service says, and what to check", async () => {
    const refused = (access: object, check: (error: UserError | CloudError) => boolean) =>
      assert.rejects(s3Bucket({ ...ACCESS, endpoint: s3.endpoint, ...access }).list("x/"), check);
    await refused(
      { secretKey: "wrong" },
      (error) =>
        /SignatureDoesNotMatch & more/.test(error.message) && /backupSecretKey/.test(error.hint ?? ""),
    );
    await refused(
      { bucket: "none" },
      (error) => error instanceof UserError && /no bucket none/.test(error.message),
    );
    await refused(
      { endpoint: "http://127.0.0.1:1" },
      (error) => error instanceof CloudError && /Cannot reach/.test(error.message),
    );
  });
});

describe("backup: Swift as store", () => {
  it("says which container is missing", async () => {
    const fails = async () => {
      throw new CloudError("not-found", "404");
    };
    const service = { get: fails, upload: fails, download: fails, delete: async () => {} };
    const store = swiftStore({ service: () => service } as unknown as OpenStackClient, "sets");
    for (const work of [() => store.list("x/"), () => store.write("x", Buffer.alloc(1))])
      await assert.rejects(
        work,
        (error) => error instanceof UserError && /no container sets/.test(error.message),
      );
    assert.equal(await store.read("x"), undefined);
  });
});
