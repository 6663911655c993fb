/**
 * Differences between the simulator and the real services that stay, each with its reason. An entry that no longer
 * names a difference fails the test: the list cannot rot.
 */
import type { Difference } from "./compare";

export interface Accepted {
  /** Steps, as `area: step`. */
  readonly step: RegExp;
  readonly where: RegExp;
  readonly reason: string;
}

const NO_AGENTS = "The real services run without agents: there is no data plane that could be up.";
const NO_HEALTH =
  "The real services run without a health manager, so that nobody looks whether an address answers.";
const OPERATORS_OWN = "What an operator chose; both clouds are right.";
const DEFECT =
  "A defect of this release: an exception that nobody caught. The simulator refuses with the reason.";
const PATHS = "A path that no client asks for.";
const SCHEMAS_WORDS = "Status and attribute agree; the rest is what a library says of a wrong value.";
const NO_PROJECT = "The simulator says why there is nothing; the real services give an empty list.";

export const ACCEPTED: readonly Accepted[] = [
  { step: /./, where: /(networks?|routers?)\.(each\.)?availability_zones$/, reason: NO_AGENTS },
  { step: /^network: availability zones/, where: /availability_zones/, reason: NO_AGENTS },
  { step: /^routing: ports? of a router/, where: /\.status$/, reason: NO_AGENTS },
  {
    step: /^routing: floating IPs?( (of|with|by)|$)/,
    where: /floatingips?\.(each\.)?status$/,
    reason: NO_AGENTS,
  },
  {
    step: /^servers: interface attached$/,
    where: /port_state$/,
    reason:
      "The driver of the real set binds a port at once, without an agent; the simulator takes its time, as clouds do.",
  },
  { step: /^balancers:/, where: /operating_status$/, reason: NO_HEALTH },
  {
    step: /: network$/,
    where: /network\.is_default$/,
    reason: "Shown in answer to a creation only, and said of every network that is not external.",
  },
  {
    step: /^volumes: (types|volume|quotas)/,
    where: /(__DEFAULT__|volume_type|description)$/,
    reason: OPERATORS_OWN,
  },
  {
    step: /^volumes: /,
    where: /device(\.one of)?$/,
    reason: "How a disk is called is the hypervisor's choice: sda for the fake one, vda for a KVM.",
  },
  { step: /^balancers: (flavors|zones)$/, where: /(flavors|availability_zones)$/, reason: OPERATORS_OWN },
  {
    step: /^compute: images?( of a name)?( by order)?$/,
    where: /\.(os_distro|os_version)$/,
    reason: OPERATORS_OWN,
  },
  { step: /^quotas: quotas/, where: /quota\.trunk$/, reason: "Trunks are no extension of the simulator." },
  { step: /^network: extensions?$/, where: /updated$/, reason: OPERATORS_OWN },
  {
    step: /^compute: extensions$/,
    where: /body\.extensions$/,
    reason: "Nova's list has meant nothing for years.",
  },
  { step: /^servers: interface of an unknown network$/, where: /./, reason: DEFECT },
  { step: /^routing: rule described$/, where: /./, reason: DEFECT },
  { step: /^balancers: pool of an unknown listener$/, where: /./, reason: DEFECT },
  { step: /: no such path of /, where: /./, reason: PATHS },
  { step: /^identity: versions of network at \/v2\.0/, where: /./, reason: PATHS },
  {
    step: /^identity: versions of /,
    where: /(media-types|links\.each\.type|min_version|version)$/,
    reason: PATHS,
  },
  {
    step: /^network: unknown extension$/,
    where: /^body/,
    reason: "The envelope of a library before Neutron.",
  },
  {
    step: /^network: (network with (a wrong type|no JSON)|method that is not allowed|subnet with no cidr|port with a wrong pair)$/,
    where: /^body\.NeutronError/,
    reason: SCHEMAS_WORDS,
  },
  { step: /^network: ports, (first|last) page$/, where: /ports_links/, reason: "Nobody goes back a page." },
  {
    step: /^identity: image (without a|with a wrong) token$/,
    where: /^body/,
    reason: "Glance's own words for no token.",
  },
  { step: /^identity: \S+ with an unscoped token$/, where: /./, reason: NO_PROJECT },
  {
    step: /^dns: record sets$/,
    where: /updated_at$/,
    reason: "When the service wrote its own records again.",
  },
  {
    step: /^dns: (zone without|record set of no address)/,
    where: /^body\.(message|errors)$/,
    reason: SCHEMAS_WORDS,
  },
  { step: /^objects: abilities$/, where: /\.(bulk_\w+|slo|default)$/, reason: OPERATORS_OWN },
  {
    step: /^objects: container of an unknown policy$/,
    where: /^headers\.content-type$/,
    reason: "What a sentence without a page calls itself, which no client reads.",
  },
  {
    step: /^identity: application credential/,
    where: /roles\.each\.(description|links|options)/,
    reason: "A role's own properties, which no client reads.",
  },
];

/** What is left of the differences, and which entries had nothing to accept. */
export function withoutAccepted(differences: readonly Difference[]) {
  const used = new Set<Accepted>();
  const left = differences.filter(({ step, where }) => {
    const entry = ACCEPTED.find((one) => one.step.test(step) && one.where.test(where));
    if (entry !== undefined) used.add(entry);
    return entry === undefined;
  });
  return { left, stale: ACCEPTED.filter((entry) => !used.has(entry)) };
}
