import { strict as assert } from "node:assert";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { makeAgeIdentity, makeSeed } from "../../../delivery/identity";
import { updateKeys } from "../../../delivery/rotation";
import { digestKey, secretValues } from "../../../delivery/secretValues";
import { decryptDocument, encryptDocument, recipientsOf } from "../../../delivery/seal/document";
import { digestIn, plainSecret, sealSecret, sopsRules, type Seal } from "../../../delivery/seal/secret";
import type { SealedFile } from "../../../gitops/types";
import { scratch } from "../../support/scratch";
import { skip } from "../../support/skip";
import { findFlux } from "../../../sandbox/toolchain";

/** Of the vectors alone, which sops 3.13.3 encrypted; it opens nothing else. */
const VECTOR_KEY = "AGE-SECRET-KEY-1JR9VVERW5MS9ARWXAATK3VQ8MTRQQSNPTCTJJYT5TZGM8GLVVZKSCF808R";

const vector = (name: string) => readFileSync(join(__dirname, "vectors", name), "utf8");

const document = (name: string) =>
  readFileSync(join(__dirname, "..", "..", "..", "docs/operations", name), "utf8");

const newKey = async () => JSON.parse(await makeAgeIdentity()) as { identity: string; recipient: string };

/** Everything that the format treats in a way of its own. */
const DOCUMENT = {
  apiVersion: "v1",
  kind: "Secret",
  metadata: { name: "x", annotations: { date: "2024-01-01", yes: "yes", "1": "one" } },
  immutable: true,
  counts: [3, 1.5, null, { nested: false }],
  stringData: {
    multi: "a\n  b\n\nc\n",
    unicode: "grüße 🔑 日本",
    empty: "",
    "10": "ten",
    "2": "two",
    time: "2024-01-01T00:00:00Z",
    encrypted: "ENC[AES256_GCM,data:x]",
  },
  data: { encoded: "aGVsbG8=" },
};

/** The program, where it is. */
function sops(): string | undefined {
  const built = findFlux();
  const program = process.env.OPENCENTER_SOPS ?? ("programs" in built ? built.programs.sops : "sops");
  try {
    execFileSync(program, ["--version", "--disable-version-check"], { stdio: "ignore" });
    return program;
  } catch {
    return undefined;
  }
}

const NO_SOPS = "there is no sops on PATH; npm run sandbox -- build-kubernetes gets one";

describe("encrypted documents", () => {
  it("decrypts what sops encrypted", async () => {
    const plain = await decryptDocument(vector("secret.sops"), [VECTOR_KEY]);
    assert.deepEqual(plain.stringData, {
      cloud: "[Global]\nauth-url=https://keystone.example.com/v3\n",
      unicode: "grüße 🔑 日本",
      empty: "",
      "10": "ten",
      "2": "two",
      date: "2024-01-01T00:00:00Z",
      number: 42,
      fraction: 0.25,
      yes: true,
    });
    assert.deepEqual(plain.data, { encoded: "aGVsbG8=" });
    assert.deepEqual((plain.metadata as { tags: unknown }).tags, ["one", 2, true, null]);
  });

  it("decrypts what sops encrypted as a whole, comments left out", async () => {
    const plain = await decryptDocument(vector("everything.sops"), [VECTOR_KEY]);
    assert.equal(plain.kind, "Secret");
    assert.equal((plain.stringData as { a: string }).a, "b");
  });

  it("gives back what it encrypted, and shows nothing of it", async () => {
    const { identity, recipient } = await newKey();
    const text = await encryptDocument(DOCUMENT, [recipient]);
    assert.deepEqual(await decryptDocument(text, [identity]), DOCUMENT);
    for (const secret of ["grüße", "ten", "aGVsbG8="]) assert.ok(!text.includes(secret), secret);
    assert.deepEqual(recipientsOf(text), [recipient]);
    assert.notEqual(await encryptDocument(DOCUMENT, [recipient]), text);
  });

  it("opens with each of its recipients' keys and with no other", async () => {
    const [one, other, stranger] = [await newKey(), await newKey(), await newKey()];
    const text = await encryptDocument(DOCUMENT, [one.recipient, other.recipient]);
    for (const { identity } of [one, other])
      assert.deepEqual(await decryptDocument(text, [stranger.identity, identity]), DOCUMENT);
    await assert.rejects(decryptDocument(text, [stranger.identity]), (error: Error) =>
      error.message.includes(`encrypted for ${one.recipient}, ${other.recipient}`),
    );
  });

  it("refuses what was changed, moved or taken out", async () => {
    const { identity, recipient } = await newKey();
    const text = await encryptDocument(DOCUMENT, [recipient]);
    const lines = text.split("\n");
    const at = (key: string) => lines.findIndex((line) => line.trim().startsWith(key));
    const swap = [...lines];
    const value = (index: number) => lines[index]!.slice(lines[index]!.indexOf("ENC["));
    swap[at("multi:")] = `  multi: ${value(at("unicode:"))}`;
    const cases = {
      "clear value": text.replace("name: x", "name: y"),
      "value moved": swap.join("\n"),
      "value removed": lines.filter((_, index) => index !== at("unicode:")).join("\n"),
      "value in the clear": text.replace(value(at("unicode:")), "clear"),
    };
    for (const [name, changed] of Object.entries(cases)) {
      assert.notEqual(changed, text, name);
      await assert.rejects(decryptDocument(changed, [identity]), /changed/, name);
    }
    await assert.rejects(decryptDocument("kind: Secret\n", [identity]), /no file that SOPS encrypted/);
  });

  it("is read by sops", async function () {
    const program = sops() ?? skip(this, NO_SOPS);
    const { identity, recipient } = await newKey();
    const file = join(mkdtempSync(join(scratch(), "sops-")), "own.yaml");
    writeFileSync(file, await encryptDocument(DOCUMENT, [recipient]));
    const env = { ...process.env, SOPS_AGE_KEY: identity };
    const plain = execFileSync(program, ["decrypt", file], { env, encoding: "utf8" });
    assert.deepEqual(parse(plain), DOCUMENT);
  });

  it("reads what sops changed in a file of ours", async function () {
    const program = sops() ?? skip(this, NO_SOPS);
    const { identity, recipient } = await newKey();
    const file = join(mkdtempSync(join(scratch(), "sops-")), "own.yaml");
    writeFileSync(file, `# Generated\n${await encryptDocument(DOCUMENT, [recipient])}`);
    const env = { ...process.env, SOPS_AGE_KEY: identity };
    execFileSync(program, ["set", file, '["stringData"]["multi"]', '"new\\nvalue"'], { env });
    const changed = await decryptDocument(readFileSync(file, "utf8"), [identity]);
    assert.deepEqual(changed, { ...DOCUMENT, stringData: { ...DOCUMENT.stringData, multi: "new\nvalue" } });
  });

  it("makes rules that sops encrypts new files by", async function () {
    const program = sops() ?? skip(this, NO_SOPS);
    const { identity, recipient } = await newKey();
    const folder = mkdtempSync(join(scratch(), "sops-"));
    writeFileSync(join(folder, ".sops.yaml"), sopsRules([recipient]));
    writeFileSync(join(folder, "new.yaml"), "kind: Secret\nstringData:\n  a: planted\n");
    const text = execFileSync(program, ["encrypt", "new.yaml"], { cwd: folder, encoding: "utf8" });
    assert.ok(text.includes("kind: Secret") && !text.includes("planted"));
    assert.deepEqual((await decryptDocument(text, [identity])).stringData, { a: "planted" });
  });

  it("has users told commands that sops obeys in the repository's root", async function () {
    const program = sops() ?? skip(this, NO_SOPS);
    const [old, current] = [await newKey(), await newKey()];
    const cwd = mkdtempSync(join(scratch(), "sops-"));
    const rules = join(cwd, "overlays/prod/.sops.yaml");
    const own = "overlays/prod/customer-managed/secret.yaml";
    mkdirSync(join(cwd, "overlays/prod/customer-managed"), { recursive: true });
    writeFileSync(rules, sopsRules([old.recipient]));
    writeFileSync(join(cwd, own), "kind: Secret\nstringData:\n  a: planted\n");
    const obey = (command: string, file: string) => {
      const [, ...args] = command.replace("<file>", file).replaceAll("<cluster>", "prod").split(" ");
      const env = { ...process.env, SOPS_AGE_KEY: old.identity };
      execFileSync(program, args, { cwd, env, input: "y\n", stdio: "pipe" });
      return readFileSync(join(cwd, own), "utf8");
    };
    const [encrypt = ""] = /^sops .*encrypt.*$/m.exec(document("gitops.md")) ?? [];
    assert.deepEqual(recipientsOf(obey(encrypt, own)), [old.recipient]);
    writeFileSync(rules, sopsRules([current.recipient]));
    const text = obey(updateKeys("prod"), own);
    assert.deepEqual(recipientsOf(text), [current.recipient]);
    assert.deepEqual((await decryptDocument(text, [current.identity])).stringData, { a: "planted" });
    for (const name of ["gitops.md", "rotation.md"])
      assert.ok(document(name).includes(`\`${updateKeys("<cluster>")}\``), name);
  });
});

describe("Secrets of a cluster", () => {
  const seed = "ab".repeat(32);
  const values = secretValues({ seed, credentials: {}, identities: [], active: 1 });
  const fileWith = (password: string): SealedFile => ({
    path: "overlays/prod/services/harbor/secret-admin.yaml",
    secret: { name: "admin", namespace: "harbor" },
    stringData: () => ({ password }),
  });
  const sealFor = (...keys: { identity: string; recipient: string }[]): Seal => ({
    recipients: keys.slice(-1).map(({ recipient }) => recipient),
    identities: keys.map(({ identity }) => identity),
    digestKey: digestKey({ seed }),
  });
  const sealed = (file: SealedFile, seal: Seal, existing?: string) =>
    sealSecret(plainSecret(file, values, seal), seal, existing);

  it("keeps an encrypted file while content and recipients are the same", async () => {
    const seal = sealFor(await newKey());
    const text = await sealed(fileWith("planted-1"), seal);
    assert.equal(await sealed(fileWith("planted-1"), seal, text), text);
    assert.ok(!text.includes("planted-1"));
    assert.match(digestIn(text) ?? "", /^[0-9a-f]{64}$/);
  });

  it("encrypts anew another content, for other recipients, and what was damaged", async () => {
    const [old, current] = [await newKey(), await newKey()];
    const seal = sealFor(old);
    const text = await sealed(fileWith("one"), seal);
    const other = await sealed(fileWith("two"), seal, text);
    assert.notEqual(digestIn(other), digestIn(text));
    const rotated = await sealed(fileWith("one"), sealFor(old, current), text);
    assert.deepEqual(recipientsOf(rotated), [current.recipient]);
    assert.deepEqual((await decryptDocument(rotated, [current.identity])).stringData, { password: "one" });
    const damaged = text.replace("name: admin", "name: other");
    assert.notEqual(damaged, text);
    assert.equal(damaged === (await sealed(fileWith("one"), seal, damaged)), false);
  });

  it("encrypts anew what somebody changed with sops, although the digest stayed", async () => {
    const key = await newKey();
    const seal = sealFor(key);
    const plain = plainSecret(fileWith("one"), values, seal);
    const edited = await encryptDocument({ ...plain.manifest, stringData: { password: "other" } }, [
      key.recipient,
    ]);
    assert.equal(digestIn(edited), plain.digest);
    const text = await sealSecret(plain, seal, edited);
    assert.deepEqual((await decryptDocument(text, [key.identity])).stringData, { password: "one" });
  });

  it("says nothing of the content in the digest to those without the seed", async () => {
    const key = await newKey();
    const own = plainSecret(fileWith("x"), values, sealFor(key));
    const others = plainSecret(fileWith("x"), values, {
      ...sealFor(key),
      digestKey: digestKey({ seed: "cd".repeat(32) }),
    });
    assert.notEqual(own.digest, others.digest);
  });

  it("derives passwords that are stable, differ by name and seed, and are long enough", () => {
    const other = secretValues({ seed: makeSeed(), credentials: {}, identities: [], active: 1 });
    const password = values.password("harbor/admin");
    assert.equal(values.password("harbor/admin"), password);
    // A constant: whoever changes the derivation changes the password of every installed service.
    assert.equal(password, "ldBS1WkORZ5toFkgD41Wbz7L");
    assert.notEqual(values.password("keycloak/admin"), password);
    assert.notEqual(other.password("harbor/admin"), password);
    for (let index = 0; index < 200; index++)
      assert.match(values.password(`name-${index}`), /^(?=.*[A-Z])(?=.*[a-z])(?=.*[0-9])[A-Za-z0-9]{24}$/);
    assert.throws(() => secretValues({ seed: "short", credentials: {}, identities: [], active: 1 }), /seed/);
  });
});
