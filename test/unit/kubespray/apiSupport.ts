/** An API server that answers what a test says, with certificates of its own. */
import "reflect-metadata";
import { webcrypto } from "node:crypto";
import { once } from "node:events";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import * as x509 from "@peculiar/x509";

x509.cryptoProvider.set(webcrypto);

const ALGORITHM = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
export type Made = { readonly cert: x509.X509Certificate; readonly keys: webcrypto.CryptoKeyPair };

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

export const authority = () =>
  issue("CN=kubernetes", [new x509.BasicConstraintsExtension(true, undefined, true)]);
export const serving = (issuer: Made, ...names: string[]) => {
  const alternatives = names.map((value) => ({ type: "dns", value }) as const);
  return issue("CN=kube-apiserver", [new x509.SubjectAlternativeNameExtension(alternatives)], issuer);
};

async function pem({ keys }: Made): Promise<string> {
  const key = Buffer.from(await webcrypto.subtle.exportKey("pkcs8", keys.privateKey)).toString("base64");
  return `-----BEGIN PRIVATE KEY-----\n${key}\n-----END PRIVATE KEY-----\n`;
}

/** @returns nothing for what is not there */
export type Answers = (path: string, method: string, body: string) => object | undefined;

/** @returns its port */
export async function startApi(served: Made, answers: Answers): Promise<{ server: Server; port: number }> {
  const server = createServer(
    { key: await pem(served), cert: served.cert.toString("pem") },
    (request, response) => {
      const { url = "", method = "" } = request;
      void text(request).then((body) => {
        const answer = answers(url.split("?")[0]!, method, body);
        response.writeHead(answer === undefined ? 404 : 200, { "content-type": "application/json" });
        response.end(JSON.stringify(answer ?? { kind: "Status", code: 404 }));
      });
    },
  );
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return { server, port: (server.address() as AddressInfo).port };
}

/** As a control-plane node has it. */
export function adminConf(trusted: Made): string {
  const ca = Buffer.from(trusted.cert.toString("pem")).toString("base64");
  return JSON.stringify({
    clusters: [{ name: "c", cluster: { server: "https://10.0.0.1:6443", "certificate-authority-data": ca } }],
    users: [{ name: "u", user: {} }],
    contexts: [{ name: "x", context: { cluster: "c", user: "u" } }],
    "current-context": "x",
  });
}
