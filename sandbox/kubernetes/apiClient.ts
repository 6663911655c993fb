/**
 * A client of the Kubernetes API for the sandbox's own programs: plain JSON over a client certificate. Not
 * @kubernetes/client-node, which takes two seconds to load, and a playbook call starts a process of its own.
 */
import { Agent, request } from "node:https";

export interface Credentials {
  readonly ca: string;
  readonly certificate: string;
  readonly key: string;
}

/** Any object of the API, as far as the sandbox reads it. */
export interface ApiObject {
  apiVersion?: string;
  kind?: string;
  metadata: {
    name: string;
    namespace?: string;
    labels?: Record<string, string>;
    annotations?: Record<string, string>;
    ownerReferences?: { kind: string }[];
    deletionTimestamp?: string;
    [field: string]: unknown;
  };
  spec?: {
    nodeName?: string;
    unschedulable?: boolean;
    taints?: { key: string; value?: string; effect: string }[];
    containers?: { name: string; image: string }[];
    [field: string]: unknown;
  };
  status?: { phase?: string; nodeInfo?: Record<string, string>; [field: string]: unknown };
  [field: string]: unknown;
}

export interface ApiAnswer {
  readonly status: number;
  readonly body: ApiObject & { items?: ApiObject[]; message?: string; reason?: string };
}

/** A refusal by the API server. */
export class KubernetesError extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

const TIMEOUT_MS = 20_000;

export class ApiClient {
  private readonly agent: Agent;

  constructor(
    private readonly port: number,
    { ca, certificate, key }: Credentials,
  ) {
    this.agent = new Agent({ ca, cert: certificate, key, keepAlive: true });
  }

  /** Whether the server says that it is ready. */
  async isReady(): Promise<boolean> {
    try {
      return (await this.send("GET", "/readyz")).status === 200;
    } catch {
      return false;
    }
  }

  async list(path: string): Promise<ApiObject[]> {
    return (await this.call("GET", path)).items ?? [];
  }
  /** @returns undefined when there is none */
  async find(path: string): Promise<ApiObject | undefined> {
    const { status, body } = await this.send("GET", path);
    if (status === 404) return undefined;
    return checked(status, body);
  }
  async create(path: string, object: unknown): Promise<ApiObject> {
    return this.call("POST", path, object);
  }
  /** Merge patch: null deletes a field, a list is replaced. */
  async patch(path: string, change: unknown): Promise<ApiObject> {
    return this.call("PATCH", path, change);
  }
  /** Does nothing when there is none. */
  async remove(path: string): Promise<void> {
    const { status, body } = await this.send("DELETE", path);
    if (status !== 404) checked(status, body);
  }
  close(): void {
    this.agent.destroy();
  }

  private async call(method: string, path: string, content?: unknown): Promise<ApiAnswer["body"]> {
    const { status, body } = await this.send(method, path, content);
    return checked(status, body);
  }

  /** Answers of any status are returned. */
  send(method: string, path: string, content?: unknown): Promise<ApiAnswer> {
    const text = content === undefined ? undefined : JSON.stringify(content);
    const type = method === "PATCH" ? "application/merge-patch+json" : "application/json";
    const headers =
      text === undefined ? {} : { "content-type": type, "content-length": Buffer.byteLength(text) };
    return new Promise((resolve, reject) => {
      const outgoing = request(
        { host: "127.0.0.1", port: this.port, method, path, headers, agent: this.agent },
        (incoming) => {
          const chunks: Buffer[] = [];
          incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
          incoming.on("error", reject);
          incoming.on("end", () =>
            resolve({ status: incoming.statusCode ?? 0, body: parse(Buffer.concat(chunks).toString()) }),
          );
        },
      );
      outgoing.setTimeout(TIMEOUT_MS, () =>
        outgoing.destroy(new Error(`no answer within ${TIMEOUT_MS / 1000} s`)),
      );
      outgoing.on("error", reject);
      outgoing.end(text);
    });
  }
}

function parse(text: string): ApiAnswer["body"] {
  try {
    return JSON.parse(text) as ApiAnswer["body"];
  } catch {
    // /readyz answers in plain text.
    return { metadata: { name: "" }, message: text };
  }
}

function checked(status: number, body: ApiAnswer["body"]): ApiAnswer["body"] {
  if (status >= 400) throw new KubernetesError(status, body.message ?? `HTTP ${status}`);
  return body;
}
