import { strict as assert } from "node:assert";
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { hostInKnownHosts, hostKeys } from "../../../delivery/git/knownHosts";
import type { RunFailure } from "../../../runner/errors";
import { skip } from "../../support/skip";
import {
  changed,
  type Cluster,
  type GitServer,
  git,
  newCluster,
  newFolder,
  newRepository,
  PLANTED,
  run,
  startGitServer,
} from "./support";

/** What a person reads of a failure. */
async function failure(cluster: Cluster): Promise<string> {
  try {
    await run(cluster);
  } catch (error) {
    const { message, hints = [], said } = error as RunFailure & { said: string };
    return [message, ...hints, said].join("\n");
  }
  throw new assert.AssertionError({ message: "it went through" });
}

function everyFile(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

describe("Git over HTTP", function () {
  this.timeout(60_000);
  const token = `${PLANTED}token`;
  let server: GitServer;
  before(async () => (server = await startGitServer(token)));
  after(() => server.close());
  beforeEach(() => (server.refuse = undefined));

  async function cluster(repository = newRepository(), given: string = token): Promise<Cluster> {
    const made = await newCluster("prod", server.url(repository));
    return { ...made, secrets: { ...made.secrets, token: given } };
  }

  it("pushes with a token that is in no file and no URL", async () => {
    const repository = newRepository();
    const prod = await cluster(repository);
    const { result } = await run(prod);
    assert.equal(git(repository, "rev-parse", "main").trim(), result.commit);
    for (const file of everyFile(prod.root)) assert.ok(!readFileSync(file, "latin1").includes(token), file);
    const next = changed(prod, { lifecycle: "day-2", settings: { services: { harbor: "2.0.0" } } });
    assert.match((await run(next)).result.branch, /^opencenter\/prod\//);
  });

  it("takes what a variable or a hook's surroundings say for nothing", async () => {
    const prod = await cluster();
    const elsewhere = newFolder("objects");
    const names = { GIT_DIR: "/nowhere", GIT_INDEX_FILE: "/nowhere/index", GIT_OBJECT_DIRECTORY: elsewhere };
    Object.assign(process.env, names);
    try {
      assert.equal((await run(prod)).result.published, true);
      assert.deepEqual(readdirSync(elsewhere), []);
    } finally {
      for (const name of Object.keys(names)) delete process.env[name];
    }
  });

  it("says what to do about a wrong token, or none", async () => {
    for (const given of ["wrong", ""]) {
      const said = await failure(await cluster(newRepository(), given));
      assert.match(said, /does not accept this login/);
      assert.match(said, /pulumi config set --secret opencenter:gitToken/);
    }
  });

  it("says what to do where the login may not write, the repository is not there, or the host is ill", async () => {
    server.refuse = { status: 403, when: (path) => path.includes("receive-pack") };
    assert.match(await failure(await cluster()), /does not let this login write/);
    server.refuse = undefined;
    assert.match(await failure(await cluster(`${newRepository()}x`)), /There is no repository at http/);
    server.refuse = { status: 503, when: () => true };
    assert.match(await failure(await cluster()), /cannot be reached.*\n[^]*it goes on where it stopped/);
  });

  it("says so when nothing listens, or the name is unknown", async () => {
    const down = await newCluster("prod", `http://127.0.0.1:${await freePort()}/x.git`);
    assert.match(await failure(down), /127\.0\.0\.1:\d+ cannot be reached/);
    assert.match(
      await failure(await newCluster("prod", "http://git.invalid/x.git")),
      /git\.invalid cannot be reached/,
    );
  });

  it("says so when the branch is protected, with the host's words, and goes on once it is not", async () => {
    const repository = newRepository();
    const hook = join(repository, "hooks", "pre-receive");
    mkdirSync(join(repository, "hooks"), { recursive: true });
    writeFileSync(
      hook,
      "#!/bin/sh\necho 'GitLab: You are not allowed to push code to protected branches' >&2\nexit 1\n",
    );
    chmodSync(hook, 0o755);
    const prod = await cluster(repository);
    const said = await failure(prod);
    assert.match(said, /The branch is protected/);
    assert.match(said, /You are not allowed to push code/);
    chmodSync(hook, 0o644);
    assert.equal((await run(prod)).result.published, true);
  });

  it("refuses a password in the URL, and git that is missing or too old", async () => {
    const withPassword = await newCluster("prod", "https://user:x@git.example.com/x.git");
    assert.match(await failure(withPassword), /has a password in it/);
    const { PATH } = process.env;
    const programs = newFolder("programs");
    const prod = await cluster();
    process.env.PATH = programs;
    try {
      assert.match(await failure(prod), /there is no git on PATH; 2\.20\.0 or newer/);
      writeFileSync(join(programs, "git"), "#!/bin/sh\necho git version 2.11.0\n", { mode: 0o755 });
      process.env.PATH = `${programs}:${PATH}`;
      assert.match(await failure(prod), /git 2\.11\.0 is too old/);
    } finally {
      process.env.PATH = PATH;
    }
  });
});

describe("host keys", () => {
  const fingerprint = (line: string) => {
    const file = join(newFolder("key"), "known_hosts");
    writeFileSync(file, `${line}\n`);
    return execFileSync("ssh-keygen", ["-lf", file], { encoding: "utf8" }).split(" ")[1];
  };

  it("are those that the hosts publish", () => {
    const prints = (url: string) => hostKeys(url, [], []).lines.map(fingerprint);
    assert.deepEqual(prints("ssh://git@github.com/a/b.git"), [
      "SHA256:+DiY3wvvV6TuJJhbpZisF/zLDA0zPMSvHdkr4UvCOqU",
      "SHA256:p2QAMXNIC1TJYWeIOttrVc98/R1BUFWu3/LiyKgUfQM",
      "SHA256:uNiVztksCsDhcc0u9e8BujQXVUpKZIDTMczCvj3tD2s",
    ]);
    assert.deepEqual(prints("ssh://git@gitlab.com/a/b.git"), [
      "SHA256:eUXGGm1YGsMAS7vkcx6JOJdOGHPem5gQp4taiCfCLB8",
      "SHA256:HbW3g8zUjNSksFbqTiUWPWg2Bq1x8xdGUrliXFzSnUw",
      "SHA256:ROQFvPThGrW4RuWLoL9tq9I9zJ42fK4XywyRtbOz/EQ",
    ]);
  });

  it("are the configured ones before any other, and learnt ones only for their host", () => {
    const url = "ssh://git@github.com/a/b.git";
    assert.deepEqual(hostKeys(url, ["github.com x y"], []), {
      lines: ["github.com x y"],
      from: "configuration",
    });
    const other = "ssh://git@git.example.com:2222/a.git";
    assert.equal(hostInKnownHosts(other), "[git.example.com]:2222");
    const learnt = ["[git.example.com]:2222 ssh-ed25519 A", "git.example.com ssh-ed25519 B"];
    assert.deepEqual(hostKeys(other, [], learnt), { lines: [learnt[0]], from: "learnt" });
    assert.deepEqual(hostKeys("ssh://git@new.example.com/a", [], learnt), { lines: [], from: "none" });
  });
});

describe("Git over ssh", function () {
  this.timeout(60_000);
  const folder = newFolder("sshd");
  let daemon: ChildProcess | undefined;
  let port = 0;

  const keygen = (name: string) => {
    execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", "", "-f", join(folder, name)]);
    return readFileSync(join(folder, name), "utf8");
  };
  const hostLine = () => `[127.0.0.1]:${port} ${readFileSync(join(folder, "host.pub"), "utf8").trim()}`;

  before(async function () {
    const places = [process.env.OPENCENTER_SSHD, "/usr/sbin/sshd", "/usr/local/sbin/sshd"];
    const sshd = places.find((path) => path !== undefined && existsSync(path));
    if (sshd === undefined)
      skip(this, "there is no sshd at /usr/sbin, and OPENCENTER_SSHD does not name one");
    if (process.getuid?.() === 0) mkdirSync("/run/sshd", { recursive: true });
    keygen("host");
    keygen("user");
    keygen("stranger");
    writeFileSync(join(folder, "authorized"), readFileSync(join(folder, "user.pub")), { mode: 0o600 });
    port = await freePort();
    const settings = [
      `Port ${port}`,
      "ListenAddress 127.0.0.1",
      `HostKey ${join(folder, "host")}`,
      `AuthorizedKeysFile ${join(folder, "authorized")}`,
      "StrictModes no",
      "UsePAM no",
      "PermitRootLogin yes",
      `PidFile ${join(folder, "pid")}`,
    ];
    writeFileSync(join(folder, "config"), `${settings.join("\n")}\n`);
    daemon = spawn(sshd, ["-D", "-e", "-f", join(folder, "config")], { stdio: ["ignore", "ignore", "pipe"] });
    const errors: string[] = [];
    daemon.stderr?.on("data", (data: Buffer) => errors.push(data.toString()));
    for (let tries = 0; !errors.join("").includes("listening"); tries++) {
      if (tries === 50 || daemon.exitCode !== null)
        skip(this, `sshd does not start: ${errors.join("").trim()}`);
      await sleep(100);
    }
  });
  after(() => void daemon?.kill());

  async function cluster(key: string, knownHosts: string[] = [], learntHosts?: string[]): Promise<Cluster> {
    const user = execFileSync("id", ["-un"], { encoding: "utf8" }).trim();
    const repository = newRepository();
    const url = `ssh://${user}@127.0.0.1:${port}${repository}`;
    const made = changed(await newCluster("prod", url), {
      gitops: { repository: { url, branch: "main", knownHosts } },
    });
    return {
      ...made,
      request: { ...made.request, learntHosts },
      secrets: { ...made.secrets, sshPrivateKey: readFileSync(join(folder, key), "utf8") },
    };
  }

  it("pushes with a pinned host key, and the private key in a private file", async () => {
    const prod = await cluster("user", [hostLine()]);
    const { result, said } = await run(prod);
    assert.equal(result.published, true);
    assert.equal(result.knownHosts?.trim(), hostLine().trim());
    assert.ok(!said.includes("warning"));
    const key = join(prod.root, "clusters/secrets/acme/prod/git/prod");
    assert.equal(statSync(key).mode & 0o777, 0o600);
  });

  it("says that it believes a host key at first contact, and keeps it from then on", async () => {
    const prod = await cluster("user");
    const { result, said } = await run(prod);
    assert.match(said, /warning: the host key of \[127\.0\.0\.1\]:\d+ is not known/);
    assert.match(result.knownHosts ?? "", /^\[127\.0\.0\.1\]:\d+ ssh-ed25519 /);
    assert.ok(!(await run(prod)).said.includes("warning"));
    const elsewhere = await cluster("user", [], result.knownHosts?.trim().split("\n"));
    assert.ok(!(await run(elsewhere)).said.includes("warning"));
  });

  it("stops at another host key", async () => {
    const wrong = hostLine().replace(
      /ssh-ed25519 .*/,
      readFileSync(join(folder, "stranger.pub"), "utf8").trim(),
    );
    assert.match(
      await failure(await cluster("user", [wrong])),
      /shows another host key than the one that is pinned/,
    );
  });

  it("says which public key to add where the login is refused", async () => {
    const said = await failure(await cluster("stranger", [hostLine()]));
    assert.match(said, /does not accept this login/);
    assert.ok(
      said.includes(readFileSync(join(folder, "stranger.pub"), "utf8").trim().split(" ")[1] ?? "?"),
      said,
    );
    assert.match(said, /deploy key of the repository, with the right to write/);
    const none = await cluster("user");
    assert.match(
      await failure({ ...none, secrets: { ...none.secrets, sshPrivateKey: undefined } }),
      /There is no private key/,
    );
  });
});
