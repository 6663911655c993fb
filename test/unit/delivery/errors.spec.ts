import { strict as assert } from "node:assert";
import type { GitAccess } from "../../../delivery/git/access";
import { gitFailure } from "../../../delivery/git/errors";
import { PLANTED } from "./support";

/** What git and hosts really print, and what a person needs to read. */
const SAID: readonly (readonly [stderr: string, wanted: RegExp])[] = [
  ["remote: error: GH006: Protected branch update failed for refs/heads/main.", /branch is protected/],
  ["remote: error: GH013: Repository rule violations found for refs/heads/main.", /branch is protected/],
  [
    "remote: GitLab: You are not allowed to push code to protected branches on this project.",
    /branch is protected/,
  ],
  ["remote: Gitea: Not allowed to push to protected branch main", /branch is protected/],
  [
    "remote: Permission to acme/gitops.git denied to bot.\nfatal: unable to access 'https://git.example.com/': The requested URL returned error: 403",
    /does not let this login write[^]*opencenter:gitToken/,
  ],
  [
    "ERROR: The key you are authenticating with has been marked as read only.",
    /does not let this login write/,
  ],
  [
    "remote: HTTP Basic: Access denied\nfatal: Authentication failed for 'https://git.example.com/'",
    /does not accept this login/,
  ],
  ["git@git.example.com: Permission denied (publickey).", /does not accept this login/],
  [
    "remote: Repository not found.\nfatal: repository 'https://git.example.com/a/' not found",
    /There is no repository at/,
  ],
  [
    "ERROR: Repository not found.\nfatal: Could not read from remote repository.",
    /There is no repository at/,
  ],
  ["fatal: unable to access: Could not resolve host: git.example.com", /cannot be reached/],
  [
    "fatal: unable to access: Failed to connect to git.example.com port 443: Connection timed out",
    /cannot be reached/,
  ],
  ["ssh: connect to host git.example.com port 22: Connection refused", /cannot be reached/],
  [
    "fatal: unable to access: CONNECT tunnel failed, response 407 from proxy",
    /cannot be reached[^]*HTTPS_PROXY/,
  ],
  ["error: RPC failed; HTTP 502\nfatal: the remote end hung up unexpectedly", /cannot be reached/],
  [
    "fatal: unable to access: server certificate verification failed. CAfile: none",
    /certificate of git\.example\.com is not trusted/,
  ],
  ["fatal: write error: No space left on device", /no room left on this machine's disk/],
  [
    "@ WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED! @\nHost key verification failed.",
    /another host key[^]*knownHosts/,
  ],
  ["error: cannot run ssh: No such file or directory", /no ssh on PATH/],
];

describe("what git says", () => {
  const access = (auth: GitAccess["auth"], password = ""): GitAccess => ({
    url: "https://git.example.com/acme/gitops.git",
    auth,
    environment: { OPENCENTER_GIT_PASSWORD: password },
    knownHosts: () => undefined,
    publicKey: () => "ssh-ed25519 AAAAKEY",
  });
  const failure = (
    stderr: string,
    { auth = "token", timedOut = false }: { auth?: GitAccess["auth"]; timedOut?: boolean } = {},
  ) => {
    const end = { code: 128, stdout: Buffer.of(), stderr, timedOut };
    const { message, hints } = gitFailure(
      "Branch main cannot be pushed",
      end,
      access(auth, `${PLANTED}token`),
    );
    return [message, ...hints].join("\n");
  };

  for (const [stderr, wanted] of SAID)
    it(`is explained, and shown: ${stderr.split("\n")[0]}`, () => {
      const said = failure(stderr);
      assert.match(said, wanted);
      assert.ok(said.startsWith("Branch main cannot be pushed: ") && said.includes(stderr));
    });

  it("is shown as it is where nobody knows what it means", () => {
    assert.match(failure("fatal: something new"), /git failed\.\nfatal: something new$/);
  });

  it("names the public key to add, for ssh", () => {
    assert.match(
      failure("Permission denied (publickey).", { auth: "ssh" }),
      /right to write:\nssh-ed25519 AAAAKEY$/,
    );
  });

  it("says so when a limit was reached", () => {
    assert.match(failure("", { timedOut: true }), /git\.example\.com did not finish in time/);
  });

  it("never shows the token", () => {
    const said = failure(`fatal: https://git:${PLANTED}token@git.example.com/ not found`);
    assert.ok(!said.includes(PLANTED) && said.includes("***"));
  });
});
