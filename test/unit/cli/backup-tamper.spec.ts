/** A set that is not what its cluster's owners wrote is refused, whatever was done to it. */
import assert from "node:assert/strict";
import { snapshotProblem } from "../../../cli/backup/etcd";
import { identitiesIn, identitiesOfState } from "../../../cli/backup/keys";
import { MANIFEST, PART_FILES, setFolder } from "../../../cli/backup/names";
import { seal, sha256, unseal } from "../../../cli/backup/sealing";
import { chooseSet, readSets } from "../../../cli/backup/sets";
import { requireSound, verifySet, type Place } from "../../../cli/backup/verify";
import type { AgeIdentity } from "../../../cli/backup/keys";
import { UserError } from "../../../cli/errors";
import { makeIdentity, MemoryStore, putSet, snapshot, STATE } from "./support/backup";

const owner = { organization: "acme", name: "prod" };

describe("backup: a tampered set", () => {
  let store: MemoryStore;
  let identities: AgeIdentity[];
  let name: string;
  let place: Place;

  beforeEach(async () => {
    [store, identities] = [new MemoryStore(), [await makeIdentity()]];
    name = await putSet(store, { owner, identities });
    place = { store, veleroStore: store, owner, identities };
  });

  const file = (name_: string) => `${setFolder(owner, name)}${name_}`;
  const sets = (mine = identities) => readSets(store, owner, mine);

  function flip(path: string, at: number): void {
    const content = Buffer.from(store.objects.get(path)!);
    content[at]! ^= 1;
    store.objects.set(path, content);
  }

  async function refused(pattern: RegExp): Promise<void> {
    await assert.rejects(
      async () => requireSound(place, chooseSet(await sets(), name, "memory")),
      (error) => error instanceof UserError && pattern.test(error.message),
    );
  }

  it("is sound before anything was done to it", async () => {
    const [set] = await sets();
    assert.equal(set?.state, "complete");
    const checks = await verifySet(place, chooseSet([set], undefined, "memory"));
    assert.deepEqual(checks.map(({ problem }) => problem).filter(Boolean), []);
    assert.equal(checks.length, Object.keys(PART_FILES).length);
  });

  for (const [part, partFile] of Object.entries(PART_FILES))
    for (const where of ["first", "middle", "last"] as const)
      it(`shows a flipped bit in ${part}, ${where} byte`, async () => {
        const { length } = store.objects.get(file(partFile))!;
        flip(file(partFile), { first: 0, middle: length >> 1, last: length - 1 }[where]);
        await refused(new RegExp(`${part} was changed`));
      });

  it("shows every flipped byte of the manifest that changes what it means", async () => {
    const path = file(MANIFEST);
    const original = store.objects.get(path)!;
    const text = original.toString("utf8");
    let tried = 0;
    for (let at = 0; at < original.length; at += 7) {
      // White space between fields means nothing.
      if (/\s/.test(text[at]!)) continue;
      store.objects.set(path, original);
      flip(path, at);
      const [set] = await sets();
      assert.equal(set?.state, "refused", `byte ${at} (${text.slice(at - 10, at + 10)}) went through`);
      tried += 1;
    }
    assert.ok(tried > 50);
  });

  it("shows a part that is gone, or cut short", async () => {
    const state = file(PART_FILES.state);
    const content = store.objects.get(state)!;
    store.objects.set(state, content.subarray(0, -1));
    await refused(/state .* bytes instead of/);
    store.objects.delete(state);
    await refused(/state .* is gone/);
  });

  it("is incomplete without its manifest", async () => {
    store.objects.delete(file(MANIFEST));
    await refused(/no manifest/);
    assert.equal((await sets())[0]?.state, "incomplete");
  });

  it("refuses parts that were swapped with those of another set, digests in the manifest and all", async () => {
    const forged = await seal(Buffer.from(STATE), [identities[0]!.recipient]);
    store.objects.set(file(PART_FILES.state), Buffer.from(forged));
    await refused(/state/);
    const outer = JSON.parse(store.objects.get(file(MANIFEST))!.toString("utf8")) as {
      manifest: { parts: { part: string; size: number; sha256: string }[] };
    };
    const part = outer.manifest.parts.find((one) => one.part === "state")!;
    Object.assign(part, { size: forged.length, sha256: sha256(forged) });
    store.objects.set(file(MANIFEST), Buffer.from(JSON.stringify(outer)));
    await refused(/manifest was changed/);
  });

  it("refuses a set of another cluster under this one's name, also with the same key", async () => {
    const other = { organization: "acme", name: "test" };
    const theirs = await putSet(store, { owner: other, identities });
    const moved = theirs.replace("test", "prod");
    for (const [path, content] of [...store.objects])
      if (path.includes(theirs)) store.objects.set(path.replaceAll("test", "prod"), content);
    const set = (await sets()).find((one) => one.name === moved);
    assert.equal(set?.state, "refused");
  });

  it("refuses an older set of the same cluster in the place of a newer one", async () => {
    const older = await putSet(store, { owner, identities, at: new Date(Date.now() - 3_600_000) });
    for (const [path, content] of [...store.objects])
      if (path.includes(older)) store.objects.set(path.replace(older, name), content);
    await refused(new RegExp(`manifest is that of ${older}`));
  });

  it("refuses what somebody else proved with a key of their own", async () => {
    const stranger = await makeIdentity();
    for (const path of [...store.objects.keys()]) store.objects.delete(path);
    await putSet(store, { owner, identities: [stranger] });
    assert.match((await sets())[0]?.problem ?? "", /none of this cluster's age keys proves it/);
  });

  it("refuses a manifest whose proof was taken out", async () => {
    const outer = JSON.parse(store.objects.get(file(MANIFEST))!.toString("utf8")) as {
      authentication: unknown[];
    };
    outer.authentication = [];
    store.objects.set(file(MANIFEST), Buffer.from(JSON.stringify(outer)));
    await refused(/none of this cluster's age keys/);
  });

  it("refuses when one of two proofs fails, and believes one that is left of two generations", async () => {
    const second = await makeIdentity();
    name = await putSet(store, {
      owner,
      identities: [...identities, second],
      at: new Date(Date.now() + 5_000),
    });
    const state = async (mine: AgeIdentity[]) => (await sets(mine)).find((set) => set.name === name)?.state;
    assert.deepEqual([await state([second]), await state(identities)], ["complete", "complete"]);
    const outer = JSON.parse(store.objects.get(file(MANIFEST))!.toString("utf8")) as {
      authentication: { hmacSha256: string }[];
    };
    outer.authentication[1]!.hmacSha256 = "0".repeat(64);
    store.objects.set(file(MANIFEST), Buffer.from(JSON.stringify(outer)));
    assert.equal(await state([...identities, second]), "refused");
  });

  it("checks what Velero wrote, too", async () => {
    const archive = "velero/backups/x/x.tar.gz";
    await store.write(archive, Buffer.from("archive"));
    const files = [{ file: archive, size: 7, sha256: sha256(Buffer.from("archive")) }];
    const velero = {
      backup: "x",
      phase: "Completed",
      items: 1,
      warnings: 0,
      errors: 0,
      bucket: "b",
      prefix: "velero",
      files,
    };
    name = await putSet(store, { owner, identities, velero, at: new Date(Date.now() + 5_000) });
    assert.equal((await requireSound(place, chooseSet(await sets(), name, "memory"))).at(-1)?.what, archive);
    flip(archive, 3);
    await refused(/x\.tar\.gz was changed/);
  });

  it("takes no broken snapshot of etcd for one, though every digest is right", async () => {
    const good = snapshot();
    assert.equal(snapshotProblem(good), undefined);
    for (const at of [0, 2_000, good.length - 1]) {
      const bad = Buffer.from(good);
      bad[at]! ^= 1;
      assert.match(snapshotProblem(bad) ?? "", /digest/);
    }
    assert.match(snapshotProblem(good.subarray(0, -32)) ?? "", /no digest/);
    assert.match(snapshotProblem(Buffer.alloc(0)) ?? "", /no digest/);
  });

  it("is not readable in the store", async () => {
    for (const [path, content] of store.objects)
      for (const word of ["PLANTED", "UExBTlRFRA==", "resources", "AGE-SECRET-KEY"])
        assert.ok(!content.includes(word), `${word} in ${path}`);
    const opened = await unseal(store.objects.get(file(PART_FILES.state))!, identities);
    assert.equal(opened.toString("utf8"), STATE);
    await assert.rejects(
      unseal(store.objects.get(file(PART_FILES.state))!, [await makeIdentity()]),
      UserError,
    );
  });
});

describe("backup: the cluster's age keys", () => {
  it("are found in the text of age-keygen, and in an export with secrets", async () => {
    const { identity, recipient } = await makeIdentity();
    assert.deepEqual(await identitiesIn(`# public key: ${recipient}\n${identity}\n`), [
      { identity, recipient },
    ]);
    const urn = (type: string) =>
      `urn:pulumi:prod::opencenter::opencenter:cluster:Cluster$${type}::prod-age-1`;
    const stdout = {
      "4dabf18193072939515e22adb298388d": "x",
      plaintext: JSON.stringify(JSON.stringify({ identity, recipient })),
    };
    const exported = (type: string) =>
      JSON.stringify({ deployment: { resources: [{ urn: "x" }, { urn: urn(type), outputs: { stdout } }] } });
    assert.deepEqual(await identitiesOfState(exported("opencenter:secrets:AgeKeys$command:local:Command")), [
      { identity, recipient },
    ]);
    assert.deepEqual(await identitiesOfState(exported("command:local:Command")), []);
  });
});
