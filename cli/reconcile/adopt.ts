/** Takes what is there into the configuration: the cloud was changed on purpose, and the file is what is out of date. */
import type { ClusterConfig } from "../../config/resolve";
import { planCluster } from "../../plan";
import { nameParts } from "../drift/cloud/digest";
import type { Difference, Finding } from "../drift/report";
import { ExitCode, UserError } from "../errors";
import type { Edit } from "../stackEdit";

/** What a finding means for the configuration; nothing where no key says it. */
type Adoption = (
  config: ClusterConfig,
  finding: Finding,
  difference: Difference,
) => readonly Edit[] | undefined;

const value = ({ actual }: Difference) => actual ?? "";
const json = (difference: Difference): unknown => {
  try {
    return JSON.parse(value(difference));
  } catch {
    return undefined;
  }
};

/** A pool whose machines are all like this one is the only place that can say it. */
function poolOf(config: ClusterConfig, machine: string): readonly string[] | undefined {
  const plan = planCluster(config);
  if (plan.controlPlane.machines.some(({ name }) => name === machine)) return ["controlPlane"];
  const pool = plan.pools.find(({ machines }) => machines.some(({ name }) => name === machine));
  return pool && ["pools", pool.name.slice(config.name.length + 1)];
}

/** The whole group gets what the one machine has: only with a single machine is that what is there. */
function ofWholeGroup(config: ClusterConfig, path: readonly string[]): boolean {
  const [part, pool = ""] = path;
  const group = part === "controlPlane" ? config.controlPlane : config.pools[pool];
  return group?.nodes.length === 1;
}

const flavor: Adoption = (config, { urn = "" }, difference) => {
  const machine = nameParts(urn).name;
  if (machine === `${config.name}-bastion`)
    return [{ path: ["access", "bastion", "flavor"], value: value(difference) }];
  const path = poolOf(config, machine);
  return path !== undefined && ofWholeGroup(config, path)
    ? [{ path: [...path, "flavor"], value: value(difference) }]
    : undefined;
};

const volumeSize: Adoption = (config, { urn = "" }, difference) => {
  const { name } = nameParts(urn);
  const [pool, group] =
    Object.entries(config.pools).find(([candidate]) => name.startsWith(`${config.name}-${candidate}-`)) ?? [];
  const volume = group?.volumes.findIndex((one) => name.endsWith(`-${one.name}`)) ?? -1;
  if (pool === undefined || group?.nodes.length !== 1 || volume < 0) return undefined;
  const volumes = group.volumes.map((one, index) =>
    index === volume ? { ...one, sizeGiB: Number(value(difference)) } : one,
  );
  return [{ path: ["pools", pool, "volumes"], value: volumes }];
};

const list =
  (...path: string[]): Adoption =>
  (_config, _finding, difference) => {
    const found = json(difference);
    return Array.isArray(found) ? [{ path, value: found }] : undefined;
  };

const number =
  (...path: string[]): Adoption =>
  (_config, _finding, difference) => {
    const found = Number(value(difference));
    return Number.isFinite(found) ? [{ path, value: found }] : undefined;
  };

/** By type of resource and property. What is not here has no key of the configuration that says exactly this. */
const ADOPTIONS: Readonly<Record<string, Readonly<Record<string, Adoption>>>> = {
  "openstack:compute/instance:Instance": { flavorName: flavor },
  "openstack:blockstorage/volume:Volume": { size: volumeSize },
  "openstack:networking/subnet:Subnet": { dnsNameservers: list("network", "dnsServers") },
  "openstack:networking/network:Network": { mtu: number("network", "mtu") },
  "openstack:loadbalancer/listener:Listener": { allowedCidrs: list("access", "apiAllowedCidrs") },
};

/** `dnsNameservers` of `dnsNameservers[1]`: a list is adopted whole. */
const property = (path: string) => path.split(/[.[]/)[0] ?? path;

/**
 * Edits of the stack's file after which a resource is as it should be.
 * @throws UserError with what no key can say
 */
export function adoption(
  config: ClusterConfig,
  finding: Finding,
  whole: (path: string) => string | undefined,
): Edit[] {
  const { differences = [], urn = "", subject } = finding;
  const known = ADOPTIONS[nameParts(urn).type] ?? {};
  const properties = [...new Set(differences.map(({ path }) => property(path)))];
  const edits = properties.map((path) => {
    const difference = { path, ...(whole(path) === undefined ? {} : { actual: whole(path) }) };
    return { path, edits: known[path]?.(config, finding, difference) };
  });
  const impossible = edits.filter((one) => one.edits === undefined).map(({ path }) => path);
  if (properties.length > 0 && impossible.length === 0) return edits.flatMap((one) => one.edits ?? []);
  const what = properties.length === 0 ? finding.message : impossible.join(", ");
  throw new UserError(
    `${subject} cannot be adopted (${what}): no key of the configuration says exactly that of this one.`,
    "Change the configuration by hand to what is there (a pool has one flavor for all its nodes), repair it " +
      "(reconcile --only URN), or put it off: reconcile --ignore SUBJECT --reason TEXT --until DATE.",
    ExitCode.failed,
  );
}
