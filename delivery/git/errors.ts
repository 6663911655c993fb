/** What git said, in words for the person who must act. */
import semver from "semver";
import { RunFailure } from "../../runner/errors";
import type { GitAccess } from "./access";
import type { Git, GitEnd } from "./program";

/** For `fetch` of what is not on a branch, and options used here. */
const OLDEST_GIT = "2.20.0";

export async function requireGit(git: Git): Promise<void> {
  const { code, stdout } = await git(["--version"], { limitMs: 20_000 });
  const version = semver.coerce(stdout.toString());
  if (code === 0 && version !== null && semver.gte(version, OLDEST_GIT)) return;
  const found =
    code === 0 && version !== null ? `git ${version.version} is too old` : "there is no git on PATH";
  throw new RunFailure(`The repository cannot be published: ${found}; ${OLDEST_GIT} or newer is needed.`, [
    "Install Git.",
  ]);
}

interface Explanation {
  readonly pattern: RegExp;
  explain(access: GitAccess): readonly [string, ...string[]];
}

const host = ({ url }: GitAccess) => new URL(url).host;

function loginHints({ auth, publicKey, url }: GitAccess): string[] {
  if (auth === "token")
    return [
      "Give a token that may read and write this repository: pulumi config set --secret opencenter:gitToken",
      "gitops.username has to be the user that the token belongs to, where the host asks for one.",
    ];
  const key = publicKey();
  return [
    `Add this public key at ${new URL(url).host} as a deploy key of the repository, with the right to write:`,
    ...(key === undefined ? ["(ssh-keygen cannot read the private key: is it complete?)"] : [key]),
  ];
}

/** In this order: the first that fits is the cause, later words are only what follows from it. */
const EXPLANATIONS: readonly Explanation[] = [
  {
    pattern: /No space left on device|Disk quota exceeded/i,
    explain: () => ["There is no room left on this machine's disk.", "Make room, then run pulumi up again."],
  },
  {
    pattern: /Host key verification failed|REMOTE HOST IDENTIFICATION HAS CHANGED/i,
    explain: (access) => [
      `${host(access)} shows another host key than the one that is pinned.`,
      "It may be somebody in between. If the operator of the host says that the key is new: put it in gitops.repository.knownHosts.",
    ],
  },
  {
    pattern: /cannot run ssh|ssh: not found|error: cannot run/i,
    explain: () => [
      "There is no ssh on PATH.",
      "Install OpenSSH's client, or use an https:// URL with a token.",
    ],
  },
  {
    pattern:
      /protected branch|GH006|GH013|pre-receive hook declined|not allowed to (push|force push)|branch is protected/i,
    explain: () => [
      "The branch is protected: the host refused the push.",
      "Let this key or token push to it until Flux is at work (afterwards changes come as pull requests), or name another gitops.repository.branch.",
    ],
  },
  {
    pattern:
      /The requested URL returned error: 403|permission to .* denied|write access .* not granted|read.only|deploy key .*(read|not.*push)/i,
    explain: (access) => [
      `${host(access)} does not let this login write to the repository.`,
      ...loginHints(access),
    ],
  },
  {
    pattern:
      /Authentication failed|error: 401|Permission denied \(|could not read (Username|Password)|Invalid username/i,
    explain: (access) => [`${host(access)} does not accept this login.`, ...loginHints(access)],
  },
  {
    pattern:
      /repository .*not found|error: 404|does not appear to be a git repository|does not exist|Could not find repository/i,
    explain: (access) => [
      `There is no repository at ${access.url}, or this login may not see it.`,
      "Make an empty one there, or correct gitops.repository.url.",
      ...loginHints(access),
    ],
  },
  {
    pattern: /certificate|SSL|gnutls/i,
    explain: (access) => [
      `The certificate of ${host(access)} is not trusted here.`,
      "Add its CA to this machine's store, or name it in GIT_SSL_CAINFO.",
    ],
  },
  {
    pattern:
      /Could not resolve|Couldn't resolve|Connection refused|Failed to connect|timed out|Network is unreachable|No route to host|Connection reset|Empty reply|hung up|early EOF|kex_exchange|closed by|proxy|error: 5\d\d/i,
    explain: (access) => [
      `${host(access)} cannot be reached.`,
      "Check the network, HTTPS_PROXY and the host; then run pulumi up again: it goes on where it stopped.",
    ],
  },
];

const SHOWN_LINES = 8;

/** @param what in words, as in «The repository cannot be read» */
export function gitFailure(what: string, end: GitEnd, access: GitAccess): RunFailure {
  const said = redact(end.stderr.split("\n").slice(-SHOWN_LINES).join("\n"), access);
  if (end.timedOut)
    return new RunFailure(`${what}: ${host(access)} did not finish in time.`, [
      "Check the network and the host; then run pulumi up again: it goes on where it stopped.",
    ]);
  const [reason, ...hints] = EXPLANATIONS.find(({ pattern }) => pattern.test(end.stderr))?.explain(
    access,
  ) ?? ["git failed."];
  return new RunFailure(`${what}: ${reason}\n${said}`, hints);
}

/** Git does not print what it is given; a helper or a proxy on the way might. */
function redact(text: string, { environment }: GitAccess): string {
  const password = environment.OPENCENTER_GIT_PASSWORD ?? "";
  return password === "" ? text : text.replaceAll(password, "***");
}
