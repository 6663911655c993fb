/** Names that the program builds from the user's, and the room they have. */
import { at, type Problem, type Rule } from "./rule";

/** RFC 1123, and the kernel's limit of a host name. */
const HOSTNAME_LENGTH = 63;
/** Nova's limit of a tag. */
const TAG_LENGTH = 60;
/** Room for growth: a name that fits today must fit when the group has its highest node number. */
const LONGEST_NUMBER = "999";
/** Taken by the control plane and the jump host. */
const RESERVED = ["cp", "bastion"];

const poolNames: Rule = {
  // Part of host names, which Kubespray asserts only once it is on the machine.
  code: "pool-name",
  check: (config) =>
    Object.keys(config.pools)
      .filter((name) => !/^[a-z]([-a-z0-9]*[a-z0-9])?$/.test(name))
      .map((name) => ({
        aboutKey: true,
        path: at("pools", name),
        message: `the pool name ${JSON.stringify(name)} cannot be part of a host name`,
        hint: "Use lower-case letters, digits and '-', beginning with a letter.",
      })),
};

const reservedPoolNames: Rule = {
  // openCenter accepted one: a pool that has the name of the program's own group makes the same servers twice.
  code: "pool-name-reserved",
  check: (config) =>
    Object.keys(config.pools)
      .filter((name) => RESERVED.includes(name))
      .map((name) => ({
        aboutKey: true,
        path: at("pools", name),
        message: `a pool cannot be called ${name}: ${config.name}-${name} is the program's own`,
        hint: "Choose another name for the pool.",
      })),
};

const collidingPoolNames: Rule = {
  // Pool `a-1` makes a server group of the name that node 1 of pool `a` has as a server: clean-up by name hits both.
  code: "pool-name-collision",
  check: (config) => {
    const groups = ["cp", ...Object.keys(config.pools)];
    return Object.keys(config.pools).flatMap((name) => {
      const other = /^(.+)-[1-9]\d{0,2}$/.exec(name)?.[1];
      if (other === undefined || !groups.includes(other)) return [];
      const path = at("pools", name);
      const message = `${config.name}-${name} is both this pool and a node of ${other === "cp" ? "the control plane" : `pool ${other}`}`;
      return [
        {
          path,
          aboutKey: true,
          message,
          hint: "End the name of the pool in a letter, or rename the other pool.",
        },
      ];
    });
  },
};

function tooLong(
  name: string,
  limit: number,
  path: Problem["path"],
  because: Problem["because"] = [],
): Problem[] {
  if (name.length <= limit) return [];
  const message = `${name} has ${name.length} characters; ${limit} are allowed`;
  return [{ path, message, hint: `Take ${name.length - limit} characters away.`, because }];
}

const hostNames: Rule = {
  // Kubespray does not catch a bad host name before it has logged in; the limit is that of DNS labels and of the kernel.
  code: "hostname-length",
  check: (config) => {
    const bastion = config.access.bastion.enabled ? [`${config.name}-bastion`] : [];
    const own = [`${config.name}-cp-${LONGEST_NUMBER}`, ...bastion].sort((a, b) => b.length - a.length);
    const longest = own[0] ?? "";
    const ofPools = Object.keys(config.pools).flatMap((pool) =>
      tooLong(`${config.name}-${pool}-${LONGEST_NUMBER}`, HOSTNAME_LENGTH, at("pools", pool), [at("name")]),
    );
    return [...tooLong(longest, HOSTNAME_LENGTH, at("name"), [at("access", "bastion")]), ...ofPools];
  },
};

const ownTags: Rule = {
  // Resources are found by these tags when a cluster goes; Nova refuses longer ones after the first resources exist.
  code: "tag-length",
  check: (config) => [
    ...tooLong(`opencenter-cluster=${config.name}`, TAG_LENGTH, at("name")),
    ...tooLong(`opencenter-organization=${config.organization}`, TAG_LENGTH, ["organization"]),
  ],
};

const reservedTags: Rule = {
  // A user's tag with the program's prefix makes another cluster's resources look like this one's.
  code: "tag-reserved",
  check: (_, written) => {
    const problem = (path: Problem["path"], what: string): Problem => ({
      path,
      message: `${what} begins with opencenter, which is how the program finds its own resources`,
      hint: "Choose another name.",
    });
    const tags = (list: readonly string[] | undefined, path: Problem["path"]) =>
      (list ?? []).flatMap((tag, index) =>
        tag.toLowerCase().startsWith("opencenter") ? [problem([...path, index], `the tag ${tag}`)] : [],
      );
    const metadata = (map: Readonly<Record<string, string>> | undefined, path: Problem["path"]) =>
      Object.keys(map ?? {})
        .filter((key) => key.toLowerCase().startsWith("opencenter"))
        .map((key) => problem([...path, key], `the metadata key ${key}`));
    const groups = [
      { group: written.controlPlane, path: at("controlPlane") },
      ...Object.entries(written.pools ?? {}).map(([name, group]) => ({ group, path: at("pools", name) })),
    ];
    const ofGroups = groups.flatMap(({ group, path }) => [
      ...tags(group?.tags, [...path, "tags"]),
      ...metadata(group?.metadata, [...path, "metadata"]),
    ]);
    return [...tags(written.tags, at("tags")), ...ofGroups];
  },
};

export const nameRules: readonly Rule[] = [
  poolNames,
  reservedPoolNames,
  collidingPoolNames,
  hostNames,
  ownTags,
  reservedTags,
];
