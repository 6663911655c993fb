/** Calls of a host's REST API. By hand: three endpoints each do not outweigh three clients. */
import { type HttpAnswer, type HttpRequest, send } from "../http";

/** Enough for every open pull request of one repository; more pages would be somebody's mistake. */
const MOST_PAGES = 20;

export class Api {
  constructor(
    private readonly base: string,
    private readonly headers: Readonly<Record<string, string>>,
  ) {}

  /** @throws Error with what the host said, for any answer that is no success */
  async call<T>(path: string, request: Pick<HttpRequest, "method" | "json"> = {}): Promise<T> {
    return JSON.parse((await this.ask(path, request)).body) as T;
  }

  /** All pages of a list. */
  async list<T>(path: string): Promise<T[]> {
    const all: T[] = [];
    for (let page = 1; page <= MOST_PAGES; page++) {
      const items = await this.call<T[]>(`${path}&page=${page}`);
      all.push(...items);
      // Hosts may give fewer than were asked for; only an empty page is surely the last.
      if (items.length === 0) break;
    }
    return all;
  }

  private async ask(path: string, request: HttpRequest): Promise<HttpAnswer> {
    const answer = await send(`${this.base}${path}`, { ...request, headers: this.headers });
    if (answer.status >= 200 && answer.status < 300) return answer;
    throw new Error(`${new URL(this.base).host} answered ${answer.status}: ${saidIn(answer.body)}`);
  }
}

/** The hosts put it in different places. */
function saidIn(body: string): string {
  try {
    const { message, error, errors } = JSON.parse(body) as Record<string, unknown>;
    const words = [message, error, ...(Array.isArray(errors) ? (errors as unknown[]) : [])];
    const said = words
      .filter(Boolean)
      .map((word) => (typeof word === "string" ? word : JSON.stringify(word)));
    if (said.length > 0) return said.join("; ");
  } catch {
    // A proxy answers in HTML.
  }
  return body.slice(0, 200);
}
