import assert from "node:assert/strict";
import { execFileSync, spawn, spawnSync } from "node:child_process";
import {
  createPrivateKey as readPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
  verify,
} from "node:crypto";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { encodeOpenSsh } from "../../../sandbox/plugins/tls/openssh";
import { createPrivateKey, type PrivateKeyInputs } from "../../../sandbox/plugins/tls/privateKey";
import { TlsStandIn } from "../../../sandbox/plugins/tls/provider";
import { isAlive } from "../../support/processes";

const URN = "urn:pulumi:dev::project::my:component$tls:index/privateKey:PrivateKey::key";
const SECRET = { "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270" };

const KINDS: (PrivateKeyInputs & { ssh?: string })[] = [
  { algorithm: "ED25519", rsaBits: 2048, ecdsaCurve: "P224", ssh: "ssh-ed25519" },
  { algorithm: "RSA", rsaBits: 2048, ecdsaCurve: "P224", ssh: "ssh-rsa" },
  { algorithm: "RSA", rsaBits: 3072, ecdsaCurve: "P224", ssh: "ssh-rsa" },
  { algorithm: "ECDSA", rsaBits: 2048, ecdsaCurve: "P256", ssh: "ecdsa-sha2-nistp256" },
  { algorithm: "ECDSA", rsaBits: 2048, ecdsaCurve: "P384", ssh: "ecdsa-sha2-nistp384" },
  { algorithm: "ECDSA", rsaBits: 2048, ecdsaCurve: "P521", ssh: "ecdsa-sha2-nistp521" },
  { algorithm: "ECDSA", rsaBits: 2048, ecdsaCurve: "P224" },
];

describe("the stand-in for the tls provider", () => {
  const folder = mkdtempSync(join(tmpdir(), "opencenter-tls-"));
  after(() => rmSync(folder, { recursive: true }));
  const haveSshKeygen = spawnSync("ssh-keygen", ["-?"]).error === undefined;

  for (const { ssh, ...inputs } of KINDS) {
    const name =
      inputs.algorithm === "RSA" ? `RSA ${inputs.rsaBits}` : `${inputs.algorithm} ${ssh ?? "P224"}`;

    it(`makes ${name} keys whose formats all hold the same pair`, async () => {
      const { outputs, id } = await createPrivateKey(inputs);
      assert.match(id, /^[0-9a-f]{40}$/);
      const digest = inputs.algorithm === "ED25519" ? null : "sha256";
      const message = Buffer.from("message");
      for (const pem of [outputs.privateKeyPem, outputs.privateKeyPemPkcs8]) {
        const signature = sign(digest, message, readPrivateKey(pem));
        assert.ok(verify(digest, message, createPublicKey(outputs.publicKeyPem), signature));
      }
      if (ssh === undefined) {
        assert.deepEqual(
          [outputs.privateKeyOpenssh, outputs.publicKeyOpenssh, outputs.publicKeyFingerprintMd5],
          ["", "", ""],
        );
      } else {
        assert.ok(outputs.publicKeyOpenssh.startsWith(`${ssh} `) && outputs.publicKeyOpenssh.endsWith("\n"));
      }
    });

    if (ssh === undefined) continue;
    it(`makes ${name} keys that OpenSSH reads`, async function () {
      if (!haveSshKeygen) {
        console.log("        skipped: there is no ssh-keygen on this machine");
        return this.skip();
      }
      // Several, because the leading zeros that mpints are about come and go.
      for (let i = 0; i < (inputs.algorithm === "RSA" ? 1 : 5); i++) {
        const { outputs } = await createPrivateKey(inputs);
        const file = join(folder, "key");
        rmSync(file, { force: true });
        writeFileSync(file, outputs.privateKeyOpenssh, { mode: 0o600 });
        const keygen = (...args: string[]) => execFileSync("ssh-keygen", args, { encoding: "utf8" });
        assert.equal(keygen("-y", "-f", file).trim(), outputs.publicKeyOpenssh.trim());
        // Reading shows the public half only; signing needs every number of the private one.
        writeFileSync(`${file}.data`, "message");
        rmSync(`${file}.data.sig`, { force: true });
        keygen("-q", "-Y", "sign", "-n", "test", "-f", file, `${file}.data`);
        const check = spawnSync(
          "ssh-keygen",
          ["-Y", "check-novalidate", "-n", "test", "-s", `${file}.data.sig`],
          { input: "message", encoding: "utf8" },
        );
        assert.equal(check.status, 0, check.stdout + check.stderr);
        assert.equal(keygen("-l", "-f", file).split(" ")[1], outputs.publicKeyFingerprintSha256);
        assert.equal(
          keygen("-l", "-E", "md5", "-f", file).split(" ")[1],
          `MD5:${outputs.publicKeyFingerprintMd5}`,
        );
      }
    });
  }

  it("writes numbers without the zeros that they begin with", () => {
    let key: KeyObject, number: Buffer;
    do {
      key = generateKeyPairSync("ec", { namedCurve: "secp521r1" }).privateKey;
      number = Buffer.from(key.export({ format: "jwk" }).d!, "base64url");
    } while (number[0] !== 0 || number[1]! === 0 || number[1]! >= 0x80);
    const container = Buffer.from(encodeOpenSsh(key).privateKey.replace(/-----.*-----/g, ""), "base64");
    const shortest = Buffer.concat([Buffer.from([0, 0, 0, number.length - 1]), number.subarray(1)]);
    assert.ok(container.includes(shortest));
  });

  it("writes the numbers of an RSA key in OpenSSH's order", () => {
    // OpenSSH itself works around wrong factors, slowly; other readers do not.
    const key = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey;
    const jwk = key.export({ format: "jwk" });
    const numbers = (["n", "e", "d", "qi", "p", "q"] as const).map((name) => {
      const digits = Buffer.from(jwk[name]!, "base64url");
      const signed = digits[0]! >= 0x80 ? Buffer.concat([Buffer.from([0]), digits]) : digits;
      const length = Buffer.alloc(4);
      length.writeUInt32BE(signed.length);
      return Buffer.concat([length, signed]);
    });
    const container = Buffer.from(encodeOpenSsh(key).privateKey.replace(/-----.*-----/g, ""), "base64");
    assert.ok(container.includes(Buffer.concat(numbers)));
  });

  const provider = new TlsStandIn();
  const defaults = { algorithm: "RSA", rsaBits: 2048, ecdsaCurve: "P224" };

  it("fills in the documented defaults", async () => {
    const { inputs, failures } = await provider.check(URN, {}, { algorithm: "RSA" });
    assert.deepEqual(inputs, defaults);
    assert.deepEqual(failures, []);
  });

  it("refuses what the official one refuses, property by property", async () => {
    const { failures } = await provider.check(
      URN,
      {},
      { algorithm: "DSA", rsaBits: 12.5, ecdsaCurve: "P25519" },
    );
    assert.deepEqual(failures!.map(({ property }) => property).sort(), [
      "algorithm",
      "ecdsaCurve",
      "rsaBits",
    ]);
  });

  it("waits for values that a preview does not know", async () => {
    const { failures } = await provider.check(URN, {}, { algorithm: "04da6b54-80e4-46f7-96ec-b56ff0331ba9" });
    assert.deepEqual(failures, []);
  });

  for (const change of [{ algorithm: "ED25519" }, { rsaBits: 4096 }, { ecdsaCurve: "P521" }]) {
    it(`replaces the key when ${Object.keys(change)[0]} changes`, async () => {
      const diff = await provider.diff(
        "id",
        URN,
        { ...defaults, privateKeyPem: "x" },
        { ...defaults, ...change },
      );
      assert.deepEqual(diff, { changes: true, replaces: Object.keys(change) });
    });
  }

  it("leaves the key alone when nothing changes", async () => {
    const diff = await provider.diff("id", URN, { ...defaults, privateKeyPem: "x" }, defaults);
    assert.deepEqual(diff, { changes: false, replaces: [] });
  });

  it("marks the private outputs as secret, and no others", async () => {
    const { outs } = await provider.create(URN, { ...defaults, algorithm: { ...SECRET, value: "ED25519" } });
    const secrets = Object.keys(outs).filter((name) => typeof outs[name] === "object");
    assert.deepEqual(secrets.sort(), ["privateKeyOpenssh", "privateKeyPem", "privateKeyPemPkcs8"]);
    assert.deepEqual({ ...outs.privateKeyPem, value: "" }, { ...SECRET, value: "" });
  });

  it("refuses every other type and function by name", async () => {
    const urn = URN.replace("privateKey:PrivateKey", "selfSignedCert:SelfSignedCert");
    await assert.rejects(
      provider.create(urn, {}),
      /stand-in .* not tls:index\/selfSignedCert:SelfSignedCert/,
    );
    await assert.rejects(
      provider.invoke("tls:index/getCertificate:getCertificate"),
      /not tls:index\/getCertificate/,
    );
  });

  it("ends when the engine that started it was killed", async function () {
    this.timeout(60_000);
    const port = join(folder, "port");
    const script =
      '"$0" --require=./runner/typescript.cjs sandbox/plugins/tls/main.ts 127.0.0.1:1 >"$1" & echo $!; wait';
    const engine = spawn("/bin/sh", ["-c", script, process.execPath, port], {
      cwd: join(__dirname, "../../.."),
      stdio: ["ignore", "pipe", "ignore"],
    });
    const [said] = (await once(engine.stdout, "data")) as [Buffer];
    const plugin = Number(said.toString());
    const until = async (done: () => boolean) => {
      while (!done()) await sleep(50);
    };
    try {
      // The shell makes the file in the plugin's process, which may come after it has said the number.
      await until(() => existsSync(port) && /^\d+\n/.test(readFileSync(port, "utf8")));
      assert.ok(isAlive(plugin));
      engine.kill("SIGKILL");
      await until(() => !isAlive(plugin));
    } finally {
      if (isAlive(plugin)) process.kill(plugin, "SIGKILL");
    }
  });
});
