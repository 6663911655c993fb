/**
 * HTTPS as git does it on the same machine: through the same proxy, with the system's certificates. `fetch` of Node.js
 * knows neither.
 */
import { existsSync, readFileSync } from "node:fs";
import * as http from "node:http";
import * as https from "node:https";
import { rootCertificates } from "node:tls";
import { HttpsProxyAgent } from "https-proxy-agent";
import { getProxyForUrl } from "proxy-from-env";

export interface HttpRequest {
  /** @default GET */
  readonly method?: "GET" | "POST" | "PUT" | "PATCH";
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  readonly json?: unknown;
  /** Go where the answer says; without it a login would go there too. @default false */
  readonly follow?: boolean;
  /** Of the whole, in milliseconds. @default 30000 */
  readonly limitMs?: number;
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
}

const DEFAULT_LIMIT_MS = 30_000;
const MOST_REDIRECTS = 5;
const LARGEST = 64 * 1024 * 1024;

const SYSTEM_BUNDLES = [
  "/etc/ssl/certs/ca-certificates.crt",
  "/etc/pki/tls/certs/ca-bundle.crt",
  "/etc/ssl/cert.pem",
];

function trusted(): string[] {
  const { GIT_SSL_CAINFO, SSL_CERT_FILE } = process.env;
  const bundle = [GIT_SSL_CAINFO, SSL_CERT_FILE, ...SYSTEM_BUNDLES].find(
    (path) => path !== undefined && existsSync(path),
  );
  return bundle === undefined ? [...rootCertificates] : [...rootCertificates, readFileSync(bundle, "utf8")];
}

function agentFor(url: string): http.Agent | undefined {
  const proxy = getProxyForUrl(url);
  if (proxy !== "") return new HttpsProxyAgent(proxy);
  return undefined;
}

/**
 * One request, an answer of any status.
 * @throws Error that names the host, when there is no answer
 */
export async function send(address: string, request: HttpRequest = {}): Promise<HttpAnswer> {
  let url = address;
  for (let redirects = 0; ; redirects++) {
    const answer = await once(url, request);
    const { location } = answer.headers;
    const moved = request.follow === true && answer.status >= 300 && answer.status < 400;
    if (!moved || location === undefined || redirects === MOST_REDIRECTS) return answer;
    url = new URL(location, url).href;
  }
}

function optionsOf(
  url: string,
  { method = "GET", headers }: HttpRequest,
  body: string | undefined,
  signal: AbortSignal,
): https.RequestOptions {
  const length = { "content-type": "application/json", "content-length": Buffer.byteLength(body ?? "") };
  return {
    method,
    headers: {
      accept: "application/json",
      "user-agent": "opencenter",
      ...(body === undefined ? {} : length),
      ...headers,
    },
    agent: agentFor(url),
    signal,
    ...(url.startsWith("https:") ? { ca: trusted() } : {}),
  };
}

function once(url: string, request: HttpRequest): Promise<HttpAnswer> {
  const body = request.json === undefined ? undefined : JSON.stringify(request.json);
  const signal = AbortSignal.timeout(request.limitMs ?? DEFAULT_LIMIT_MS);
  return new Promise((resolve, reject) => {
    const fail = (error: NodeJS.ErrnoException) => {
      const reason = signal.aborted ? "it did not answer in time" : error.message || error.code;
      reject(new Error(`${new URL(url).host} cannot be reached: ${reason}`));
    };
    const options = optionsOf(url, request, body, signal);
    const sent = (url.startsWith("https:") ? https : http).request(url, options, (response) => {
      const { statusCode: status = 0, headers } = response;
      const chunks: Buffer[] = [];
      let length = 0;
      response.on("data", (chunk: Buffer) => {
        chunks.push(chunk);
        length += chunk.length;
        if (length > LARGEST) response.destroy(new Error("the answer is too long"));
      });
      response.on("error", fail);
      response.on("end", () => resolve({ status, headers, body: Buffer.concat(chunks).toString() }));
    });
    sent.on("error", fail);
    sent.end(body);
  });
}
