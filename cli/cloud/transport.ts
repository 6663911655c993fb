/**
 * HTTP with a cloud's own CA and a time limit. `node:https` and not `fetch`, because fetch takes a CA only through
 * undici, which Node does not let programs import.
 */
import { existsSync, readFileSync } from "node:fs";
import * as http from "node:http";
import * as https from "node:https";
import { setTimeout as sleep } from "node:timers/promises";
import { rootCertificates } from "node:tls";
import { CloudError } from "./errors";

export interface HttpRequest {
  readonly method: "GET" | "HEAD" | "POST" | "PUT" | "DELETE";
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Text is JSON. */
  readonly body?: string | Uint8Array;
  /** Whether it may be carried out twice, and so is sent again when nobody knows whether it was. @default all but POST */
  readonly repeatable?: boolean;
  /** Limit of this request in milliseconds: large objects take longer than questions. @default that of all */
  readonly timeoutMs?: number;
}

export interface HttpResponse {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
  /** The same as it came, which for objects of a store is no text. */
  readonly bytes?: Buffer;
}

export interface TransportOptions {
  /** CA certificates in PEM form that replace the public ones, as OpenStack clients understand `cacert`. */
  readonly ca?: string;
  /** Client certificate and key in PEM form. */
  readonly clientCertificate?: { readonly cert: string; readonly key: string };
  /** False accepts any certificate. @default true */
  readonly verify?: boolean;
  /** Limit of one request in milliseconds. @default 20000 */
  readonly timeoutMs?: number;
}

const DEFAULT_TIMEOUT_MS = 20_000;

/** For a connection that broke or a moment when a cloud is busy; longer than that is for the caller to know. */
const RESEND_DELAYS_MS = [250, 1500];

/** The service itself did not take the request. */
const TURNED_AWAY = [429, 503];

/** What stands before the service gave up waiting for it: the request may have been carried out. */
const LOST_ON_THE_WAY = [502, 504];

/** Where Linux distributions keep the CA bundle. */
const SYSTEM_BUNDLES = [
  "/etc/ssl/certs/ca-certificates.crt",
  "/etc/pki/tls/certs/ca-bundle.crt",
  "/etc/ssl/cert.pem",
];

/** The provider, written in Go, trusts the system's store; Node brings its own. A check must not disagree with `up`. */
function trustedCertificates(): string[] {
  const file = [process.env["SSL_CERT_FILE"], ...SYSTEM_BUNDLES].find(
    (candidate) => candidate !== undefined && existsSync(candidate),
  );
  return file === undefined ? [...rootCertificates] : [...rootCertificates, readFileSync(file, "utf8")];
}

export class Transport {
  private readonly plain = new http.Agent({ keepAlive: true });
  private readonly timeoutMs: number;
  private secure?: https.Agent;

  constructor(private readonly options: TransportOptions = {}) {
    this.timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
  }

  /**
   * One request, one response of any status; of a busy service or over a connection that broke, the third.
   * @throws CloudError `cloud-unreachable` or `tls-failure`.
   */
  async send(request: HttpRequest): Promise<HttpResponse> {
    const repeatable = request.repeatable ?? request.method !== "POST";
    const passing = repeatable ? [...TURNED_AWAY, ...LOST_ON_THE_WAY] : TURNED_AWAY;
    for (const delay of RESEND_DELAYS_MS) {
      try {
        const response = await this.attempt(request);
        if (!passing.includes(response.status)) return response;
      } catch (error) {
        if (!(repeatable && error instanceof CloudError && error.broken)) throw error;
      }
      await sleep(delay);
    }
    return this.attempt(request);
  }

  private attempt(request: HttpRequest): Promise<HttpResponse> {
    const url = new URL(request.url);
    const secure = url.protocol === "https:";
    const options = {
      method: request.method,
      headers: {
        accept: "application/json",
        ...contentHeaders(request.body),
        // Swift ends the body that a HEAD does not have: the next answer on the connection would begin with that.
        ...(request.method === "HEAD" ? { connection: "close" } : {}),
        ...request.headers,
      },
      agent: secure ? this.secureAgent() : this.plain,
      signal: AbortSignal.timeout(request.timeoutMs ?? this.timeoutMs),
    };
    return new Promise((resolve, reject) => {
      const fail = (error: Error) => reject(this.explain(error, url, request.timeoutMs ?? this.timeoutMs));
      const sent = (secure ? https : http).request(url, options, (response) => {
        const { headers, statusCode: status = 0 } = response;
        if (request.method === "HEAD") resolve({ status, headers, body: "" });
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("error", fail);
        response.on("end", () => {
          const bytes = Buffer.concat(chunks);
          const body = bytes.toString("utf8");
          resolve({ status, headers, body, bytes });
        });
      });
      sent.on("error", fail);
      sent.end(request.body);
    });
  }

  private secureAgent(): https.Agent {
    const { ca, clientCertificate, verify } = this.options;
    this.secure ??= new https.Agent({
      keepAlive: true,
      ca: ca ?? trustedCertificates(),
      rejectUnauthorized: verify !== false,
      ...clientCertificate,
    });
    return this.secure;
  }

  private explain(error: NodeJS.ErrnoException, url: URL, timeoutMs: number): CloudError {
    const place = url.origin;
    if (error.name === "AbortError" || error.name === "TimeoutError")
      return new CloudError(
        "cloud-unreachable",
        `${place} did not answer within ${timeoutMs / 1000} s.`,
        "Check VPN, firewall and proxy settings, and that the cloud is up; then try again.",
      );
    const code = error.code ?? "";
    if (isTlsCode(code)) return new CloudError("tls-failure", ...tlsAdvice(code, place, error.message));
    return new CloudError(
      "cloud-unreachable",
      `Cannot reach ${place}: ${networkReason(code, url, error.message)}.`,
      "Check auth_url in clouds.yaml (or openstack.authUrl), the name server, and whether this machine has a way there.",
      undefined,
      BROKEN.includes(code),
    );
  }
}

/** A connection that was there, and is not any more: by its other end, or by whatever is between. */
const BROKEN = ["ECONNRESET", "EPIPE"];

function contentHeaders(body: string | Uint8Array | undefined): Record<string, string> {
  if (body === undefined) return {};
  const type = typeof body === "string" ? "application/json" : "application/octet-stream";
  return { "content-type": type, "content-length": String(Buffer.byteLength(body)) };
}

function networkReason(code: string, url: URL, message: string): string {
  switch (code) {
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return `no address is known for the name ${url.hostname}`;
    case "ECONNREFUSED":
      return "nothing listens there (connection refused)";
    case "ECONNRESET":
      return "the connection was closed half-way";
    default:
      return message || code;
  }
}

function isTlsCode(code: string): boolean {
  return /CERT|SIGNATURE|ISSUER|ERR_TLS|ERR_SSL|EPROTO/.test(code);
}

function tlsAdvice(code: string, place: string, message: string): [string, string] {
  switch (code) {
    case "CERT_HAS_EXPIRED":
      return [
        `The certificate of ${place} has expired.`,
        "Ask the cloud's operator to renew it, and check this machine's clock.",
      ];
    case "ERR_TLS_CERT_ALTNAME_INVALID":
      return [
        `The certificate of ${place} is for another name.`,
        "Use in auth_url the name that the certificate is for.",
      ];
    case "EPROTO":
    case "ERR_SSL_WRONG_VERSION_NUMBER":
      return [`${place} does not speak TLS.`, "Use http:// in auth_url if the cloud is really without TLS."];
    default:
      return [
        `The certificate of ${place} is not signed by a CA that is trusted here (${code || message}).`,
        "Name the cloud's CA: cacert in the clouds.yaml entry, or openstack.caCertificate in the stack's file.",
      ];
  }
}
