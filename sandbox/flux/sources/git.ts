/** Git over HTTP with a token: `git http-backend`, called by the rules of CGI (RFC 3875) that it needs. */
import { spawn } from "node:child_process";
import { timingSafeEqual } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { plainEnvironment } from "../../kubernetes/backend";

export interface GitHost {
  /** Folder of the bare repositories. */
  readonly repositories: string;
  /** The password of any user. */
  readonly token: string;
}

const HEADER_END = "\r\n\r\n";

/** Answers one request; `url` has the path of a repository. */
export function answerGit(host: GitHost, request: IncomingMessage, response: ServerResponse): void {
  const user = userOf(request, host.token);
  if (user === undefined) {
    const headers = { "www-authenticate": 'Basic realm="sandbox"', "content-type": "text/plain" };
    response.writeHead(401, headers).end("a user and the sandbox's token are wanted\n");
    return;
  }
  const backend = spawn("git", ["http-backend"], {
    env: { ...plainEnvironment(), ...variables(host, request, user) },
    stdio: ["pipe", "pipe", "inherit"],
  });
  backend.on("error", (error) => fail(response, `git cannot be started: ${error.message}`));
  // It may have answered before it has read everything.
  backend.stdin.on("error", () => undefined);
  request.pipe(backend.stdin);
  response.on("close", () => backend.kill());
  forward(backend.stdout, response);
}

function variables(host: GitHost, request: IncomingMessage, user: string): Record<string, string> {
  const url = new URL(request.url ?? "/", "http://sandbox");
  const headers = {
    CONTENT_TYPE: request.headers["content-type"],
    CONTENT_LENGTH: request.headers["content-length"],
    HTTP_CONTENT_ENCODING: request.headers["content-encoding"],
    GIT_PROTOCOL: request.headers["git-protocol"] as string | undefined,
  };
  return {
    GIT_PROJECT_ROOT: host.repositories,
    GIT_HTTP_EXPORT_ALL: "1",
    GIT_CONFIG_NOSYSTEM: "1",
    PATH_INFO: decodeURIComponent(url.pathname),
    QUERY_STRING: url.search.slice(1),
    REQUEST_METHOD: request.method ?? "GET",
    // Whoever has a name may push.
    REMOTE_USER: user,
    REMOTE_ADDR: "127.0.0.1",
    ...Object.fromEntries(Object.entries(headers).filter(([, value]) => value !== undefined)),
  };
}

/** The program's output begins with headers, of which `Status` is the answer's own. */
function forward(output: NodeJS.ReadableStream, response: ServerResponse): void {
  let head: Buffer | undefined = Buffer.alloc(0);
  output.on("data", (chunk: Buffer) => {
    if (head === undefined) return void response.write(chunk);
    head = Buffer.concat([head, chunk]);
    const end = head.indexOf(HEADER_END);
    if (end < 0) return;
    const headers = head
      .subarray(0, end)
      .toString()
      .split("\r\n")
      .map((line) => (/^([^:]+): *(.*)$/.exec(line)?.slice(1) ?? []) as [string?, string?]);
    const status = headers.find(([name]) => name === "Status")?.[1];
    const others = headers.filter(([name]) => name !== undefined && name !== "Status");
    response.writeHead(
      Number.parseInt(status ?? "200", 10),
      Object.fromEntries(others as [string, string][]),
    );
    response.write(head.subarray(end + HEADER_END.length));
    head = undefined;
  });
  output.on("end", () => (head === undefined ? response.end() : fail(response, "git gave no answer")));
}

function fail(response: ServerResponse, message: string): void {
  if (!response.headersSent) response.writeHead(500, { "content-type": "text/plain" });
  response.end(`${message}\n`);
}

function userOf({ headers }: IncomingMessage, token: string): string | undefined {
  const [, encoded = ""] = /^Basic (\S+)$/.exec(headers.authorization ?? "") ?? [];
  const [, user = "", password = ""] =
    /^([^:]*):(.*)$/s.exec(Buffer.from(encoded, "base64").toString()) ?? [];
  const [given, wanted] = [Buffer.from(password), Buffer.from(token)];
  return given.length === wanted.length && timingSafeEqual(given, wanted) ? user || "git" : undefined;
}
