/** The stand-in as a program: `tsx sandbox/kubernetes/recorded/main.ts --directory DIR --pki DIR --port N`. */
import { join } from "node:path";
import { parseArgs } from "node:util";
import { Pki } from "../certificates";
import { createStandIn } from "./server";

const text = { type: "string" } as const;
const { values } = parseArgs({ options: { directory: text, pki: text, port: text } });
const { directory, pki, port } = values;
if (directory === undefined || pki === undefined || port === undefined)
  throw new Error("usage: main.ts --directory DIR --pki DIR --port N");

process.title = "kubernetes-stand-in";
const files = new Pki(pki);
const { key, certificate: cert } = files.pair("apiserver");
const server = createStandIn({ key, cert, ca: files.read("ca.crt") }, join(directory, "objects.json"));
server.listen(Number(port), "127.0.0.1", () =>
  console.log(`stand-in for a Kubernetes API server on 127.0.0.1:${port}`),
);

const stop = () => {
  server.close(() => process.exit(0));
  server.closeAllConnections();
};
process.once("SIGTERM", stop);
process.once("SIGINT", stop);
