/** One service of a cloud: get, list over all pages, delete. */
import { CloudError } from "./errors";
import type { HttpRequest, HttpResponse } from "./transport";

/** Sends with authentication. */
export type Send = (request: HttpRequest) => Promise<HttpResponse>;

export type Query = Readonly<Record<string, string | undefined>>;

type Document = Record<string, unknown>;

/** Of one object of a store, which may be a gigabyte. */
const OBJECT_LIMIT_MS = 30 * 60_000;

/** More pages than any project has: an endless loop of a faulty API ends here. */
const MAX_PAGES = 1000;

export class Service {
  constructor(
    private readonly endpoint: string,
    /** Name for messages: `Nova (compute)`. */
    readonly product: string,
    private readonly send: Send,
  ) {}

  /**
   * One object or document.
   * @throws CloudError `not-found`, `not-allowed`, `request-failed`, or what connecting throws.
   */
  async get<T = Document>(path: string, query: Query = {}): Promise<T> {
    const response = await this.request("GET", path, query);
    try {
      return JSON.parse(response.body || "{}") as T;
    } catch {
      throw new CloudError(
        "request-failed",
        `${this.product} answers GET ${path} with something that is not JSON.`,
      );
    }
  }

  /** The headers of an object, which is where Swift keeps its metadata. */
  async head(path: string): Promise<HttpResponse["headers"]> {
    return (await this.request("HEAD", path, {})).headers;
  }

  /** All objects of a collection, page by page. `key` is the collection's name in the answer. */
  async list<T = Document>(path: string, key: string, query: Query = {}): Promise<T[]> {
    const found: T[] = [];
    let page: Query | undefined = query;
    for (let count = 0; page !== undefined; count++) {
      if (count === MAX_PAGES)
        throw new CloudError("request-failed", `${this.product} does not stop sending pages of ${path}.`);
      const document: Document = await this.get(path, page);
      found.push(...((document[key] as T[] | undefined) ?? []));
      page = nextPage(document, key);
    }
    return found;
  }

  /** Makes or changes something, and returns what the service says of it. */
  async change<T = Document>(method: "POST" | "PUT", path: string, body: object): Promise<T> {
    const response = await this.request(method, path, {}, JSON.stringify(body));
    return (response.body === "" ? {} : JSON.parse(response.body)) as T;
  }

  /** The content of an object of a store. */
  async download(path: string): Promise<Buffer> {
    return (await this.request("GET", path, {}, undefined, OBJECT_LIMIT_MS)).bytes ?? Buffer.alloc(0);
  }

  async upload(path: string, content: Uint8Array): Promise<void> {
    await this.request("PUT", path, {}, content, OBJECT_LIMIT_MS);
  }

  /** Deletes an object; one that is gone already counts as deleted. */
  async delete(path: string): Promise<void> {
    try {
      await this.request("DELETE", path, {});
    } catch (error) {
      if (error instanceof CloudError && error.kind === "not-found") return;
      throw error;
    }
  }

  private async request(
    method: HttpRequest["method"],
    path: string,
    query: Query,
    body?: string | Uint8Array,
    timeoutMs?: number,
  ): Promise<HttpResponse> {
    const url = `${this.endpoint}${path}${queryString(query)}`;
    const response = await this.send({ method, url, body, timeoutMs });
    if (response.status >= 200 && response.status < 300) return response;
    throw this.refusal(method, path, response);
  }

  private refusal(method: string, path: string, { status, body }: HttpResponse): CloudError {
    const what = `${this.product} answers ${method} ${path} with HTTP ${status}`;
    const reason = reasonOf(body);
    const message = reason === undefined ? `${what}.` : `${what}: ${reason}`;
    if (status === 404) return new CloudError("not-found", message, undefined, status);
    if (status === 401)
      return new CloudError(
        "wrong-credentials",
        message,
        "Log in again: the token is no longer valid.",
        status,
      );
    if (status === 403)
      return new CloudError(
        "not-allowed",
        message,
        "Ask the cloud's operator for a role that may do this.",
        status,
      );
    const hint = status >= 500 ? "The cloud has a problem of its own: try again later." : undefined;
    return new CloudError("request-failed", message, hint, status);
  }
}

function queryString(query: Query): string {
  const set = Object.entries(query).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return set.length === 0 ? "" : `?${new URLSearchParams(set).toString()}`;
}

/**
 * The query of the next page. Only the query: behind a proxy the link's own host and scheme are often ones that
 * cannot be reached from outside.
 */
function nextPage(document: Document, key: string): Query | undefined {
  const links = document[`${key}_links`];
  const next =
    (Array.isArray(links)
      ? (links as { rel?: string; href?: string }[]).find(({ rel }) => rel === "next")?.href
      : undefined) ??
    (document["links"] as { next?: string } | undefined)?.next ??
    document["next"];
  if (typeof next !== "string") return undefined;
  return Object.fromEntries(new URL(next, "http://cloud.invalid").searchParams);
}

/** The sentence in an error's envelope; each service has its own. */
function reasonOf(body: string): string | undefined {
  try {
    const parsed = JSON.parse(body) as Document;
    const inner = Object.values(parsed).find((value) => typeof value === "object" && value !== null) as
      Document | undefined;
    const reason = inner?.["message"] ?? parsed["message"] ?? parsed["faultstring"];
    return typeof reason === "string" && reason !== "" ? reason : undefined;
  } catch {
    // A web server's page says nothing that the status does not.
    return undefined;
  }
}
