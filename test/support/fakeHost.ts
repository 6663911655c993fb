/** GitHub and GitLab, as far as the comments and tickets of one repository go. */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { surroundingsOf } from "../../cli/review/surroundings";

type Row = Record<string, any>;

export const TOKEN = "token-that-nobody-may-read";

/** One repository of either host. Two per page, so that nothing works that reads the first page alone. */
export class FakeHost {
  comments: Row[] = [];
  issues: Row[] = [];
  pulls: Row[] = [];
  broken: number | undefined;
  requests: string[] = [];
  private next = 100;
  private readonly server: Server;

  private constructor(private readonly kind: "github" | "gitlab") {
    this.server = createServer((request, response) => {
      void (async () => {
        const body = JSON.parse((await text(request)) || "{}") as Row;
        const url = new URL(request.url ?? "", "http://host");
        this.requests.push(`${request.method} ${url.pathname}`);
        const token = request.headers.authorization ?? request.headers["private-token"];
        const allowed = String(token).includes(TOKEN);
        const [status, answer] = this.broken
          ? [this.broken, { message: "it is broken" }]
          : allowed
            ? this.answer(request.method ?? "", url, body)
            : [401, { message: "Bad credentials" }];
        const page = Number(url.searchParams.get("page") ?? 1);
        const shown = Array.isArray(answer) ? answer.slice((page - 1) * 2, page * 2) : answer;
        response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(shown));
      })();
    });
  }

  static async start(kind: "github" | "gitlab"): Promise<FakeHost> {
    const host = new FakeHost(kind);
    await new Promise<void>((resolve) => host.server.listen(0, "127.0.0.1", resolve));
    return host;
  }

  get surroundings() {
    return surroundingsOf(this.environment);
  }

  /** What CI would set, in a run about pull request 7. */
  get environment(): Record<string, string> {
    const url = `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
    return this.kind === "github"
      ? {
          GITHUB_ACTIONS: "true",
          GITHUB_API_URL: url,
          GITHUB_REPOSITORY: "acme/clusters",
          GITHUB_TOKEN: TOKEN,
          GITHUB_REF: "refs/pull/7/merge",
        }
      : {
          GITLAB_CI: "true",
          CI_API_V4_URL: url,
          CI_PROJECT_ID: "42",
          GITLAB_TOKEN: TOKEN,
          CI_MERGE_REQUEST_IID: "7",
        };
  }

  by(who: "us" | "them"): Row {
    return this.kind === "github"
      ? { user: { login: who === "us" ? "github-actions[bot]" : "mallory" } }
      : { author: { id: who === "us" ? 1 : 2 }, system: false };
  }

  stop(): void {
    this.server.close();
    this.server.closeAllConnections();
  }

  private answer(method: string, url: URL, body: Row): [number, unknown] {
    const path = url.pathname.replace(/^\/(repos\/acme\/clusters|projects\/42)/, "");
    const id = this.next++;
    const [, ticket] = /^\/issues\/(\d+)$/.exec(path) ?? [];
    const [, comment] = /^\/(?:issues\/comments|merge_requests\/7\/notes)\/(\d+)$/.exec(path) ?? [];
    if (path === "/user")
      return this.kind === "github" ? [403, { message: "not accessible" }] : [200, { id: 1 }];
    if (/^\/(commits\/\w+\/pulls|repository\/commits\/\w+\/merge_requests)$/.test(path))
      return [200, this.pulls];
    if (comment !== undefined) {
      const found = this.comments.find((one) => one["id"] === Number(comment));
      if (found === undefined) return [404, { message: "Not Found" }];
      return [200, Object.assign(found, body)];
    }
    if (path === "/issues/7/comments" || path === "/merge_requests/7/notes") {
      if (method === "GET") return [200, this.comments];
      this.comments.push({ id, ...this.by("us"), ...body });
      return [201, this.comments.at(-1)];
    }
    if (path === "/issues" && method === "GET") return [200, this.issues];
    if (path === "/issues") {
      const state = this.kind === "github" ? "open" : "opened";
      this.issues.push({
        number: id,
        iid: id,
        state,
        html_url: "u",
        web_url: "u",
        ...this.by("us"),
        ...body,
      });
      return [201, this.issues.at(-1)];
    }
    if (ticket !== undefined) {
      const found = this.issues.find((one) => one["number"] === Number(ticket))!;
      const { state_event: event, ...rest } = body;
      return [
        200,
        Object.assign(found, rest, event ? { state: event === "close" ? "closed" : "opened" } : {}),
      ];
    }
    if (/^\/issues\/\d+\/(comments|notes)$/.test(path)) return [201, {}];
    return [404, { message: `no ${path}` }];
  }
}
