/** A service that speaks as much of S3 as backups need, and checks signatures by itself. */
import { createHash, createHmac } from "node:crypto";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";

export const ACCESS = {
  accessKey: "AKIDEXAMPLE",
  secretKey: "a-secret-key-of-the-tests",
  region: "eu-test-1",
  bucket: "sets",
};

/** Few, so that a list has pages. */
const PAGE = 2;

export interface S3 {
  readonly endpoint: string;
  readonly objects: Map<string, Buffer>;
  close(): void;
}

export async function startS3(): Promise<S3> {
  const objects = new Map<string, Buffer>();
  const server = createServer((request, response) => {
    void buffer(request).then((body) => {
      const { status, content = "" } = answer(request, body, objects);
      response.writeHead(status).end(content);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return { endpoint: `http://127.0.0.1:${port}`, objects, close: () => closeAll(server) };
}

function closeAll(server: Server): void {
  server.closeAllConnections();
  server.close();
}

interface Answer {
  readonly status: number;
  readonly content?: string | Buffer;
}

const failure = (status: number, code: string): Answer => ({
  status,
  content: `<Error><Code>${code}</Code><Message>${code} &amp; more</Message></Error>`,
});

function answer(request: IncomingMessage, body: Buffer, objects: Map<string, Buffer>): Answer {
  const url = new URL(request.url ?? "", "http://s3");
  if (!isSigned(request, url)) return failure(403, "SignatureDoesNotMatch");
  const [bucket = "", ...rest] = url.pathname.slice(1).split("/").map(decodeURIComponent);
  const key = rest.join("/");
  if (bucket !== ACCESS.bucket) return failure(404, "NoSuchBucket");
  if (key === "") return { status: 200, content: listed(url.searchParams, objects) };
  switch (request.method) {
    case "PUT":
      objects.set(key, body);
      return { status: 200 };
    case "DELETE":
      objects.delete(key);
      return { status: 204 };
    default: {
      const content = objects.get(key);
      return content === undefined ? failure(404, "NoSuchKey") : { status: 200, content };
    }
  }
}

function listed(query: URLSearchParams, objects: Map<string, Buffer>): string {
  const after = query.get("continuation-token") ?? "";
  const names = [...objects.keys()]
    .filter((name) => name.startsWith(query.get("prefix") ?? "") && name > after)
    .sort();
  const page = names.slice(0, PAGE);
  const more = names.length > PAGE ? `<NextContinuationToken>${page.at(-1)}</NextContinuationToken>` : "";
  const entries = page.map(
    (name) =>
      `<Contents><Key>${name.replaceAll("&", "&amp;")}</Key><Size>${objects.get(name)!.length}</Size></Contents>`,
  );
  return `<?xml version="1.0"?><ListBucketResult>${entries.join("")}${more}</ListBucketResult>`;
}

/** Signature Version 4, as its specification has it. */
function isSigned({ method, headers }: IncomingMessage, url: URL): boolean {
  const pattern =
    /Credential=([^/]+)\/(\d+)\/([^/]+)\/s3\/aws4_request, ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]+)/;
  const [, id, date = "", region = "", signed = "", signature] =
    pattern.exec(headers.authorization ?? "") ?? [];
  if (id !== ACCESS.accessKey || region !== ACCESS.region) return false;
  const names = signed.split(";");
  const query = [...url.searchParams].map((pair) => pair.map(encodeURIComponent).join("=")).sort();
  const canonical = [
    method,
    url.pathname,
    query.join("&"),
    ...names.map((name) => `${name}:${String(headers[name]).trim()}`),
    "",
    signed,
    headers["x-amz-content-sha256"],
  ].join("\n");
  const digest = createHash("sha256").update(canonical).digest("hex");
  const scope = `${date}/${region}/s3/aws4_request`;
  const text = ["AWS4-HMAC-SHA256", headers["x-amz-date"], scope, digest].join("\n");
  const hmac = (key: string | Buffer, value: string) => createHmac("sha256", key).update(value).digest();
  const key = [region, "s3", "aws4_request"].reduce(hmac, hmac(`AWS4${ACCESS.secretKey}`, date));
  return hmac(key, text).toString("hex") === signature;
}
