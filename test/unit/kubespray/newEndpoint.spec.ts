/** A cluster that gets a new endpoint is asked there before its certificate has the address. */
import "reflect-metadata";
import assert from "node:assert/strict";
import { webcrypto } from "node:crypto";
import { once } from "node:events";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import * as x509 from "@peculiar/x509";
import { connect } from "../../../runner/kubernetes/client";

const ALGORITHM = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
type Made = { readonly cert: x509.X509Certificate; readonly keys: webcrypto.CryptoKeyPair };

async function issue(subject: string, extensions: x509.Extension[], issuer?: Made): Promise<Made> {
  const keys = await webcrypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]);
  const cert = await x509.X509CertificateGenerator.create({
    subject,
    issuer: issuer?.cert.subject ?? subject,
    publicKey: keys.publicKey,
    signingKey: issuer?.keys.privateKey ?? keys.privateKey,
    signingAlgorithm: ALGORITHM,
    extensions,
  });
  return { cert, keys };
}

const authority = () => issue("CN=kubernetes", [new x509.BasicConstraintsExtension(true, undefined, true)]);
const serving = (issuer: Made, ...names: string[]) => {
  const alternatives = names.map((value) => ({ type: "dns", value }) as const);
  return issue("CN=kube-apiserver", [new x509.SubjectAlternativeNameExtension(alternatives)], issuer);
};

async function pem({ keys }: Made): Promise<string> {
  const key = Buffer.from(await webcrypto.subtle.exportKey("pkcs8", keys.privateKey)).toString("base64");
  return `-----BEGIN PRIVATE KEY-----\n${key}\n-----END PRIVATE KEY-----\n`;
}

describe("the API at an endpoint that its certificate does not name yet", () => {
  const servers: Server[] = [];
  before(() => x509.cryptoProvider.set(webcrypto));
  after(() => servers.forEach((server) => server.close()));

  async function ask(trusted: Made, served: Made) {
    const server = createServer(
      { key: await pem(served), cert: served.cert.toString("pem") },
      (_, response) => {
        response.setHeader("content-type", "application/json");
        response.end(JSON.stringify({ kind: "NodeList", apiVersion: "v1", metadata: {}, items: [] }));
      },
    );
    servers.push(server.listen(0, "127.0.0.1"));
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const ca = Buffer.from(trusted.cert.toString("pem")).toString("base64");
    const adminConf = JSON.stringify({
      clusters: [
        { name: "c", cluster: { server: "https://10.0.0.1:6443", "certificate-authority-data": ca } },
      ],
      users: [{ name: "u", user: {} }],
      contexts: [{ name: "x", context: { cluster: "c", user: "u" } }],
      "current-context": "x",
    });
    return connect(adminConf, { host: "127.0.0.1", port }).core.listNode();
  }

  it("answers, by the name that every API server has", async () => {
    const own = await authority();
    const { items } = await ask(
      own,
      await serving(own, "kubernetes", "kubernetes.default", "old.example.org"),
    );
    assert.deepEqual(items, []);
  });

  it("is not believed with a certificate of another authority, or of something else in the cluster", async () => {
    const own = await authority();
    await assert.rejects(
      ask(own, await serving(await authority(), "kubernetes.default")),
      /certificate|signature/,
    );
    await assert.rejects(ask(own, await serving(own, "kubelet.example.org")), /altnames/);
  });
});
