/** Keys and certificates of a control plane whose first start was killed, wherever that was. */
import assert from "node:assert/strict";
import { createPrivateKey, X509Certificate } from "node:crypto";
import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Pki } from "../../../sandbox/kubernetes/certificates";

/** In the order in which they are written. */
const FILES = [
  ...["ca.key", "ca.crt", "apiserver.key", "apiserver.crt", "admin.key", "admin.crt"],
  ...["user.key", "user.crt", "sa.key", "sa.pub", "names.digest"],
];

describe("certificates of a control plane whose start was killed", () => {
  const directory = mkdtempSync(join(tmpdir(), "opencenter-pki-"));
  const whole = new Pki(join(directory, "whole"));

  before(() => whole.ensure([]));
  after(() => rmSync(directory, { recursive: true, force: true }));

  for (const [count, file] of FILES.entries())
    it(`are whole after the next one: killed before ${file} was written`, async () => {
      const half = new Pki(join(directory, String(count)));
      mkdirSync(half.directory);
      for (const name of FILES.slice(0, count)) copyFileSync(whole.path(name), half.path(name));
      assert.equal(await half.ensure([]), true);
      const authority = new X509Certificate(half.read("ca.crt"));
      for (const name of ["ca", "apiserver", "admin", "user"]) {
        const { key, certificate } = half.pair(name);
        const made = new X509Certificate(certificate);
        assert.ok(made.checkPrivateKey(createPrivateKey(key)), `${name}: key and certificate`);
        assert.ok(made.verify(authority.publicKey), `${name}: by this authority`);
      }
      for (const name of ["sa.key", "sa.pub", "names.digest"]) assert.notEqual(half.read(name), "");
    });
});
