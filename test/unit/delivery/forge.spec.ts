import { strict as assert } from "node:assert";
import { createServer, type IncomingMessage } from "node:http";
import { connect, type AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { hostOf } from "../../../delivery/forge";
import type { Provider } from "../../../delivery/forge/forge";
import { send } from "../../../delivery/http";
import type { RunFailure } from "../../../runner/errors";
import { changed, type Cluster, newCluster, newRepository, PLANTED, run } from "./support";

const TOKEN = `${PLANTED}forge`;

interface Stored {
  number: number;
  branch: string;
  title: string;
  state: "open" | "closed";
  fork?: boolean;
  comments: string[];
}

/** A host's API with the answers that its documentation promises, as far as it is asked here. */
class FakeForge {
  readonly stored: Stored[] = [];
  readonly wrong: string[] = [];
  refuse?: number;
  url = "";
  private server = createServer((request, response) => {
    void this.answer(request).then(([status, body]) => {
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
    });
  });

  constructor(private readonly provider: Provider) {}

  async start(): Promise<void> {
    await new Promise<void>((resolve) => this.server.listen(0, "127.0.0.1", resolve));
    this.url = `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }
  stop(): void {
    this.server.closeAllConnections();
    this.server.close();
  }

  private login(request: IncomingMessage): string | undefined {
    if (this.provider === "gitlab") return request.headers["private-token"] as string | undefined;
    const [word, token] = request.headers.authorization?.split(" ") ?? [];
    return word === (this.provider === "github" ? "Bearer" : "token") ? token : undefined;
  }

  private async answer(request: IncomingMessage): Promise<[number, unknown]> {
    if (this.login(request) !== TOKEN) return [401, { message: "Bad credentials" }];
    if (this.refuse !== undefined) return [this.refuse, { message: ["no right to this"] }];
    const url = new URL(request.url ?? "", this.url);
    const body = JSON.parse((await text(request)) || "{}") as Record<string, string>;
    const lab = this.provider === "gitlab";
    const list = lab ? "/projects/acme%2Fplatform%2Fgitops/merge_requests" : "/repos/acme/gitops/pulls";
    const notes = lab ? list : "/repos/acme/gitops/issues";
    const [, number] = /\/(\d+)(?:\/(?:notes|comments))?$/.exec(url.pathname) ?? [];
    const one = this.stored.find((stored) => stored.number === Number(number));
    const key = `${request.method} ${url.pathname.replace(/\/\d+/, "/N")}`;
    switch (key) {
      case `GET ${list}`:
        return [200, this.page(url)];
      case `POST ${list}`:
        return this.create(body, lab);
      case `${lab ? "PUT" : "PATCH"} ${list}/N`:
        assert.equal(lab ? body.state_event : body.state, lab ? "close" : "closed");
        one!.state = "closed";
        return [200, this.shown(one!)];
      case `POST ${notes}/N/${lab ? "notes" : "comments"}`:
        one!.comments.push(body.body ?? "");
        return [201, {}];
      default:
        this.wrong.push(key);
        return [404, { message: "404 Not Found" }];
    }
  }

  /** Two to a page, whatever was asked for: hosts have limits of their own. */
  private page(url: URL): unknown[] {
    assert.equal(url.searchParams.get("state"), this.provider === "gitlab" ? "opened" : "open");
    const at = (Number(url.searchParams.get("page")) - 1) * 2;
    return this.stored
      .filter(({ state }) => state === "open")
      .slice(at, at + 2)
      .map((stored) => this.shown(stored));
  }

  private create(body: Record<string, string>, lab: boolean): [number, unknown] {
    const branch = (lab ? body.source_branch : body.head) ?? "";
    assert.equal(lab ? body.target_branch : body.base, "main");
    if (this.stored.some((one) => one.branch === branch && one.state === "open" && one.fork !== true))
      return [lab ? 409 : 422, { message: "Validation Failed", errors: [{ message: "already exists" }] }];
    const made: Stored = {
      number: this.stored.length + 1,
      branch,
      title: body.title ?? "",
      state: "open",
      comments: [(lab ? body.description : body.body) ?? ""],
    };
    this.stored.push(made);
    return [201, this.shown(made)];
  }

  private shown({ number, branch, fork }: Stored): unknown {
    const page = `${this.url}/pages/${number}`;
    return this.provider === "gitlab"
      ? {
          iid: number,
          web_url: page,
          source_branch: branch,
          source_project_id: fork ? 8 : 7,
          target_project_id: 7,
        }
      : {
          number,
          html_url: page,
          head: { ref: branch, repo: { full_name: fork ? "other/gitops" : "Acme/gitops" } },
        };
  }
}

describe("pull requests", function () {
  this.timeout(60_000);

  for (const provider of ["github", "gitlab", "gitea"] as const) {
    describe(provider, () => {
      const project = provider === "gitlab" ? "acme/platform/gitops" : "acme/gitops";
      let forge: FakeForge;
      beforeEach(async () => {
        forge = new FakeForge(provider);
        await forge.start();
      });
      afterEach(() => {
        forge.stop();
        assert.deepEqual(forge.wrong, []);
      });

      const login = (token?: string) => {
        const repository = { url: `https://git.example.com/${project}.git`, branch: "main", knownHosts: [] };
        return hostOf({ repository, pullRequests: { provider, apiUrl: `${forge.url}/` } }, token);
      };

      it("are created, found again over several pages, and closed with a word", async () => {
        const { forge: host } = login(TOKEN);
        const branches = [1, 2, 3, 4, 5].map((number) => `opencenter/prod/${number}`);
        for (const branch of branches)
          await host!.create({ branch, into: "main", title: branch, body: "what and why" });
        forge.stored.push({ ...forge.stored[0]!, number: 90, fork: true });
        const open = await host!.open("opencenter/prod/");
        assert.deepEqual(
          open.map(({ branch }) => branch),
          branches,
        );
        assert.equal(open[0]?.url, `${forge.url}/pages/1`);
        await host!.close(open[1]!, "Superseded.");
        assert.deepEqual(forge.stored[1]!.comments, ["what and why", "Superseded."]);
        assert.equal((await host!.open("opencenter/prod/")).length, 4);
        assert.deepEqual(await host!.open("opencenter/pro/"), []);
        await assert.rejects(
          host!.create({ branch: branches[0]!, into: "main", title: "t", body: "" }),
          /answered 4\d\d: .*already exists/,
        );
      });

      it("fail with the host's own words, which never hold the token", async () => {
        await assert.rejects(
          login("wrong").forge!.open("x"),
          /127\.0\.0\.1:\d+ answered 401: Bad credentials/,
        );
        forge.refuse = 403;
        await assert.rejects(login(TOKEN).forge!.open("x"), (error: Error) => {
          assert.match(error.message, /no right to this/);
          return !error.message.includes(TOKEN);
        });
      });
    });
  }

  it("know the host by its name, and where one is opened by hand", () => {
    const byHand = (url: string, provider?: Provider) =>
      hostOf(
        { repository: { url, branch: "main", knownHosts: [] }, pullRequests: { provider } },
        undefined,
      ).byHand("opencenter/a/1", "main");
    assert.equal(
      byHand("https://github.com/a/b.git"),
      "https://github.com/a/b/compare/main...opencenter/a/1?expand=1",
    );
    assert.equal(
      byHand("ssh://git@github.com/a/b"),
      "https://github.com/a/b/compare/main...opencenter/a/1?expand=1",
    );
    assert.equal(
      byHand("ssh://git@gitlab.example.com:2222/a/b/c.git"),
      "https://gitlab.example.com/a/b/c/-/merge_requests/new?merge_request%5Bsource_branch%5D=opencenter%2Fa%2F1&merge_request%5Btarget_branch%5D=main",
    );
    assert.equal(
      byHand("https://codeberg.org/a/b/"),
      "https://codeberg.org/a/b/compare/main...opencenter/a/1",
    );
    assert.equal(byHand("https://git.example.com/a/b"), undefined);
    assert.equal(
      byHand("https://git.example.com:8443/a/b", "gitea"),
      "https://git.example.com:8443/a/b/compare/main...opencenter/a/1",
    );
  });

  describe("of publishing", () => {
    let forge: FakeForge;
    beforeEach(async () => {
      forge = new FakeForge("gitea");
      await forge.start();
    });
    afterEach(() => forge.stop());

    /** Flux at work, a token, and a repository that the fake host knows as acme/gitops. */
    async function day2(): Promise<Cluster> {
      const url = `file://${newRepository()}`;
      const cluster = await newCluster("prod", url);
      await run(cluster);
      const secrets = { ...cluster.secrets, token: TOKEN };
      const gitops = { pullRequests: { provider: "gitea", apiUrl: `${forge.url}` } };
      return { ...changed(cluster, { lifecycle: "day-2", gitops }), secrets };
    }
    const version = (cluster: Cluster, harbor: string) =>
      changed(cluster, { settings: { services: { harbor } } });

    /** The API is asked for the path of the URL, which is a folder here. */
    function answerFor(cluster: Cluster): void {
      const project = new URL(cluster.request.config.gitops!.repository.url).pathname.slice(1);
      const rename = forge as unknown as { answer(request: IncomingMessage): Promise<[number, unknown]> };
      const original = rename.answer.bind(forge);
      rename.answer = (request) => {
        request.url = request.url?.replace(`/repos/${project}/`, "/repos/acme/gitops/");
        return original(request);
      };
      const shown = forge as unknown as { shown(stored: Stored): { head: { repo: { full_name: string } } } };
      const show = shown.shown.bind(forge);
      shown.shown = (stored) => {
        const pull = show(stored);
        pull.head.repo.full_name = project;
        return pull;
      };
    }

    it("are opened once, found again, and closed when they are superseded or not needed", async () => {
      const cluster = await day2();
      answerFor(cluster);
      const one = await run(version(cluster, "1.1.0"));
      assert.equal(one.result.pullRequest, `${forge.url}/pages/1`);
      assert.equal(forge.stored[0]!.title, "prod: harbor: 1.0.0 → 1.1.0");
      assert.match(forge.stored[0]!.comments[0]!, /Changed:/);
      const again = await run(version(cluster, "1.1.0"));
      assert.equal(again.result.pullRequest, one.result.pullRequest);
      const two = await run(version(cluster, "1.2.0"));
      assert.equal(two.result.pullRequest, `${forge.url}/pages/2`);
      assert.equal(forge.stored[0]!.state, "closed");
      assert.match(forge.stored[0]!.comments[1]!, /Superseded by .*\/pages\/2/);
      await run(version(cluster, "1.0.0"));
      assert.equal(forge.stored[1]!.state, "closed");
      assert.equal(forge.stored.length, 2);
    });

    it("fail a run in which they could not be opened, so that the next one opens them", async () => {
      const cluster = version(await day2(), "1.1.0");
      answerFor(cluster);
      forge.refuse = 403;
      await assert.rejects(run(cluster), (error: RunFailure) => {
        assert.match(error.message, /^Branch opencenter\/prod\/\w+ is pushed, but .*no right to this/);
        assert.match(error.hints.join("\n"), /open it by hand: .*compare\/main\.\.\.opencenter\/prod\//);
        assert.match(error.hints.join("\n"), /gitops\.pullRequests\.provider: none/);
        return !JSON.stringify([error.message, error.hints]).includes(TOKEN);
      });
      assert.equal(forge.stored.length, 0);
      forge.refuse = undefined;
      const { result, said } = await run(cluster);
      assert.match(said, /the same is proposed already/);
      assert.equal(result.pullRequest, `${forge.url}/pages/1`);
    });

    it("are not asked for where the configuration says that there are none", async () => {
      forge.refuse = 403;
      const cluster = changed(await day2(), { gitops: { pullRequests: { provider: "none" } } });
      const { result } = await run(version(cluster, "1.1.0"));
      assert.equal(result.published, true);
      assert.equal(result.pullRequest, undefined);
    });

    it("are opened again, when publishing runs again, for what was closed without a merge", async () => {
      const cluster = version(await day2(), "1.1.0");
      answerFor(cluster);
      const { result } = await run(cluster);
      forge.stored[0]!.state = "closed";
      const again = await run(cluster);
      assert.equal(again.result.branch, result.branch);
      assert.equal(again.result.pullRequest, `${forge.url}/pages/2`);
      assert.equal(forge.stored[1]!.state, "open");
    });
  });
});

describe("HTTP", () => {
  it("goes through the proxy that the environment names", async () => {
    const seen: string[] = [];
    const target = createServer((_request, response) => response.end("behind the proxy"));
    await new Promise<void>((resolve) => target.listen(0, "127.0.0.1", resolve));
    const proxy = createServer();
    proxy.on("connect", (request: IncomingMessage, socket) => {
      seen.push(request.url ?? "");
      const upstream = connect((target.address() as AddressInfo).port, "127.0.0.1", () => {
        socket.write("HTTP/1.1 200 OK\r\n\r\n");
        upstream.pipe(socket).pipe(upstream);
      });
    });
    await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
    const names = ["http_proxy", "no_proxy", "NO_PROXY"] as const;
    const before = names.map((name) => process.env[name]);
    process.env.http_proxy = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
    delete process.env.no_proxy;
    delete process.env.NO_PROXY;
    try {
      assert.equal((await send("http://forge.invalid/x")).body, "behind the proxy");
      assert.deepEqual(seen, ["forge.invalid:80"]);
    } finally {
      names.forEach((name, index) => {
        if (before[index] === undefined) delete process.env[name];
        else process.env[name] = before[index];
      });
      for (const server of [target, proxy]) {
        server.closeAllConnections();
        server.close();
      }
    }
  });

  it("takes no login along to where it is sent on, unless it is told to follow", async () => {
    const server = createServer((request, response) => {
      if (request.url === "/a") response.writeHead(302, { location: "/b" }).end();
      else response.end("b");
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/a`;
    try {
      assert.equal((await send(url)).status, 302);
      assert.equal((await send(url, { follow: true })).body, "b");
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });
});
