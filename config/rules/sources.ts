/** Where things come from: cloud, installer, Git; and the keys to them. */
import type { Path } from "../issue";
import { durationSeconds } from "../duration";
import { at, when, type Problem, type Rule } from "./rule";

const cloudOrUrl: Rule = {
  // The provider takes one and ignores the other without a word.
  code: "cloud-or-auth-url",
  check: (_, { openstack }) =>
    when(openstack?.cloud !== undefined && openstack.authUrl !== undefined, {
      path: at("openstack", "authUrl"),
      message: "both cloud and authUrl say which cloud it is",
      hint: "Keep cloud (an entry of clouds.yaml), or authUrl with OS_* variables.",
      because: [at("openstack", "cloud")],
    }),
};

const authUrlRegion: Rule = {
  // Kubespray asserts it: the cloud controller manager needs a region; without clouds.yaml only OS_REGION_NAME could say it.
  code: "auth-url-without-region",
  check: (_, { openstack }) =>
    when(
      openstack?.authUrl !== undefined && openstack.cloud === undefined && openstack.region === undefined,
      {
        severity: "warning",
        path: at("openstack", "region"),
        message: "is missing; with authUrl it must come from OS_REGION_NAME on every machine that runs this",
        hint: "Add openstack.region.",
        because: [at("openstack", "region"), at("openstack", "cloud")],
      },
    ),
};

const kubespraySource: Rule = {
  // Found otherwise when the playbook starts, with all machines made.
  code: "kubespray-source",
  check: ({ kubespray: { source } }, { kubespray: written = {} }) =>
    (["directory", "image"] as const).flatMap((key) =>
      when(source === key && written[key] === undefined, {
        path: at("kubespray", key),
        message: `is missing; source ${source} needs it`,
        hint: `Add kubespray.${key}, or write source: git.`,
        because: [at("kubespray", "source")],
      }),
    ),
};

const kubesprayUnused: Rule = {
  // A key without effect hides that the setting is not in force.
  code: "no-effect",
  check: ({ kubespray: { source } }, { kubespray: written = {} }) => {
    const users = { url: "git", directory: "directory", image: "image" } as const;
    const unused = (Object.keys(users) as (keyof typeof users)[])
      .filter((key) => written[key] !== undefined && source !== users[key])
      .map((key) => ({
        path: at("kubespray", key),
        message: `has no effect with source ${source}`,
        hint: `Remove it, or write source: ${users[key]}.`,
        because: [at("kubespray", "source")],
      }));
    const wheels = when(source === "image" && written.offline?.wheels !== undefined, {
      path: at("kubespray", "offline", "wheels"),
      message: "has no effect with source image, which brings its own Ansible",
      hint: "Remove it.",
      because: [at("kubespray", "source")],
    });
    return [...unused, ...wheels];
  },
};

const SHORTEST_RUN_SECONDS = 20 * 60;

const kubesprayTimeout: Rule = {
  // Kubespray takes about twenty minutes for six nodes; a run that is cut off leaves nodes half-way.
  code: "kubespray-timeout-short",
  check: ({ kubespray: { timeout } }) =>
    when(durationSeconds(timeout) < SHORTEST_RUN_SECONDS, {
      severity: "warning",
      path: at("kubespray", "timeout"),
      message: `${timeout} is less than a small installation takes`,
      hint: "Write 2h or more.",
    }),
};

const gitopsAuth: Rule = {
  // Flux takes either URL and then never becomes ready.
  code: "gitops-auth",
  check: ({ gitops }, written) => {
    const ssh = gitops?.repository.url.startsWith("ssh:") === true;
    return when(written.gitops?.auth !== undefined && (gitops?.auth === "ssh") !== ssh, {
      path: at("gitops", "auth"),
      message: `auth ${gitops?.auth} does not go with ${ssh ? "an ssh" : "an http(s)"} URL`,
      hint: `Write auth: ${ssh ? "ssh" : "token"}, or change the URL.`,
      because: [at("gitops", "repository")],
    });
  },
};

/** Every URL that leads out of the cluster, as written. */
function urls({
  openstack,
  kubespray,
  gitops,
  backup,
  kubernetes,
}: Parameters<Rule["check"]>[1]): [Path, string][] {
  const base = typeof gitops?.base === "object" ? gitops.base.url : undefined;
  const all: [Path, string | undefined][] = [
    [at("openstack", "authUrl"), openstack?.authUrl],
    [at("kubernetes", "oidc", "issuerUrl"), kubernetes?.oidc?.issuerUrl],
    [at("kubespray", "url"), kubespray?.url],
    [at("gitops", "repository", "url"), gitops?.repository?.url],
    [at("gitops", "base", "url"), base],
    [at("backup", "endpoint"), backup?.endpoint],
  ];
  return all.filter((entry): entry is [Path, string] => entry[1] !== undefined);
}

/** URLs that machines fetch from without logging in; plain http is usual there, and checksums guard what comes. */
function downloadUrls({ kubernetes, kubespray }: Parameters<Rule["check"]>[1]): [Path, string][] {
  const proxy = kubernetes?.proxy;
  const mirrors = (kubernetes?.registryMirrors ?? []).flatMap(({ hosts }, index) =>
    hosts.map(({ url }, position): [Path, string] => [
      at("kubernetes", "registryMirrors", index, "hosts", position, "url"),
      url,
    ]),
  );
  const all: [Path, string | undefined][] = [
    [at("kubernetes", "proxy", "http"), proxy?.http],
    [at("kubernetes", "proxy", "https"), proxy?.https],
    [at("kubespray", "offline", "files"), kubespray?.offline?.files],
    ...mirrors,
  ];
  return all.filter((entry): entry is [Path, string] => entry[1] !== undefined);
}

const urlCredentials: Rule = {
  // A token in a URL is in Git, in the state and in every log line that names the URL.
  code: "credentials-in-url",
  check: (_, written) =>
    [...urls(written), ...downloadUrls(written)]
      .filter(([, url]) => /^https?:\/\/[^/]*@/.test(url) || /^ssh:\/\/[^/@]*:[^/@]*@/.test(url))
      .map(([path]) => ({
        path,
        message: "holds a user name or password",
        hint: "Remove it from the URL and revoke it; a Git token goes in: pulumi config set --secret opencenter:gitToken",
      })),
};

const plainHttp: Rule = {
  // Tokens and passwords go over these; allowed for laboratories.
  code: "insecure-url",
  check: (_, written) =>
    urls(written)
      .filter(([, url]) => url.startsWith("http://"))
      .map(([path, url]): Problem => ({
        severity: "warning",
        path,
        message: `${url} is not encrypted, and credentials are sent to it`,
        hint: "Write an https URL.",
      })),
};

const unpinnedBase: Rule = {
  // openCenter had `?ref=main`; the cluster then changes when somebody else pushes.
  code: "unpinned-base",
  check: ({ gitops }) =>
    when(typeof gitops?.base === "object" && /^(main|master|latest|head|develop)$/i.test(gitops.base.tag), {
      path: at("gitops", "base", "tag"),
      message: "names a branch: the base would change under a running cluster",
      hint: "Write a tag.",
    }),
};

const activeAgeKey: Rule = {
  // Secrets would be encrypted for a key that nobody holds.
  code: "age-active-unknown",
  check: ({ secrets: { age } }) =>
    when(!age.generations.includes(age.active), {
      path: at("secrets", "age", "active"),
      message: `generation ${age.active} is not one of ${age.generations.join(", ")}`,
      hint: `Add ${age.active} to secrets.age.generations, or make one of those active.`,
      because: [at("secrets", "age", "generations")],
    }),
};

const activeCredential: Rule = {
  // The cluster would log in with a credential that does not exist.
  code: "credential-active-unknown",
  check: ({ secrets: { applicationCredential } }) =>
    when(!applicationCredential.generations.includes(applicationCredential.active), {
      path: at("secrets", "applicationCredential", "active"),
      message: `generation ${applicationCredential.active} is not one of ${applicationCredential.generations.join(", ")}`,
      hint: `Add ${applicationCredential.active} to secrets.applicationCredential.generations, or make one of those active.`,
      because: [at("secrets", "applicationCredential", "generations")],
    }),
};

const generationInUse: Rule = {
  // Machines would be asked for a key that was never made.
  code: "generation-unknown",
  check: ({ secrets }) =>
    (["ssh", "encryptionKey"] as const).flatMap((which) => {
      const { generation, generations } = secrets[which];
      return when(!generations.includes(generation), {
        path: at("secrets", which, "generation"),
        message: `generation ${generation} is not one of ${generations.join(", ")}`,
        hint: `Add ${generation} to secrets.${which}.generations, or use one of those.`,
        because: [at("secrets", which, "generations")],
      });
    }),
};

export const sourceRules: readonly Rule[] = [
  cloudOrUrl,
  authUrlRegion,
  kubespraySource,
  kubesprayUnused,
  kubesprayTimeout,
  gitopsAuth,
  urlCredentials,
  plainHttp,
  unpinnedBase,
  activeAgeKey,
  activeCredential,
  generationInUse,
];
