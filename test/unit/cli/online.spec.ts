import { strict as assert } from "node:assert";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseDocument } from "yaml";
import type { Finding } from "../../../config/issue";
import { formatPath } from "../../../config/issue";
import { validateStackFile } from "../../../config/validate";
import { checkOnline } from "../../../cli/online";
import { machinesOf, planCluster } from "../../../plan";
import { opencenter, makeProject, repository, STACK_TRACE } from "./support/bin";
import { cloudState, startCloud, type CloudState, type FakeCloud } from "./support/cloud";
import { writeFileSync } from "node:fs";

const EXAMPLE = readFileSync(join(repository, "stacks", "Pulumi.production.yaml"), "utf8");

/** The production example with some values changed, by their path below `cluster`. */
function configuration(changes: Record<string, unknown>) {
  const document = parseDocument(EXAMPLE);
  for (const [path, value] of Object.entries(changes)) {
    const place = ["config", "opencenter:cluster", ...path.split(".")];
    if (value === undefined) document.deleteIn(place);
    else document.setIn(place, value);
  }
  const { config, issues } = validateStackFile(document.toString());
  assert.ok(config !== undefined, JSON.stringify(issues));
  return config;
}

describe("validate --online", () => {
  let cloud: FakeCloud;
  before(async () => {
    cloud = await startCloud();
  });
  after(() => cloud.close());
  beforeEach(() => Object.assign(cloud.state, cloudState()));

  const environment = () => ({
    OS_AUTH_URL: `${cloud.url}/identity`,
    OS_APPLICATION_CREDENTIAL_ID: "cred",
    OS_APPLICATION_CREDENTIAL_SECRET: "secret",
  });

  function check(
    changes: Record<string, unknown> = {},
    env: Record<string, string> = {},
  ): Promise<Finding[]> {
    const config = configuration({
      "openstack.authUrl": `${cloud.url}/identity`,
      "openstack.cloud": undefined,
      ...changes,
    });
    return checkOnline(config, { directory: "/nowhere", env: { ...environment(), ...env } });
  }

  it("finds nothing wrong where the cloud has everything", async () => {
    assert.deepEqual(await check(), []);
  });

  /** A cloud or a configuration with one thing wrong, and what has to be said about it. */
  const cases: readonly {
    what: string;
    change?: (state: CloudState) => void;
    config?: Record<string, unknown>;
    code: string;
    path: string;
    says: RegExp;
  }[] = [
    {
      what: "a missing flavor",
      config: { "controlPlane.flavor": "lrage" },
      code: "flavor-not-found",
      path: "cluster.controlPlane.flavor",
      says: /Did you mean large\?/,
    },
    {
      what: "a flavor with too little memory",
      change: (s) => (s.flavors[2]!["ram"] = 1024),
      code: "flavor-too-small",
      path: "cluster.controlPlane.flavor",
      says: /1024 MiB.*1500 MiB/,
    },
    {
      what: "a flavor without a disk",
      change: (s) => (s.flavors[3]!["disk"] = 0),
      config: { "pools.general.rootVolume": undefined },
      code: "flavor-without-disk",
      path: "cluster.pools.general.flavor",
      says: /rootVolume/,
    },
    {
      what: "a missing image",
      change: (s) => (s.images[0]!.name = "ubuntu-24.10"),
      code: "image-not-found",
      path: "cluster.openstack.image",
      says: /Did you mean ubuntu-24\.10\?/,
    },
    {
      what: "two images of one name",
      change: (s) => s.images.push({ ...s.images[0]!, id: "other" }),
      code: "image-ambiguous",
      path: "cluster.openstack.image",
      says: /other/,
    },
    {
      what: "an image that is not complete",
      change: (s) => (s.images[0]!["status"] = "queued"),
      code: "image-not-active",
      path: "cluster.openstack.image",
      says: /queued/,
    },
    {
      what: "an image that does not fit the root volume",
      change: (s) => (s.images[0]!["min_disk"] = 90),
      code: "image-needs-more-disk",
      path: "cluster.controlPlane.rootVolume.sizeGiB",
      says: /90 GiB.*80 GiB/,
    },
    {
      what: "an image that needs more memory",
      change: (s) => (s.images[0]!["min_ram"] = 9000),
      code: "image-needs-more-memory",
      path: "cluster.controlPlane.flavor",
      says: /9000 MiB/,
    },
    {
      what: "an unknown external network",
      config: { "openstack.externalNetwork": "pubilc" },
      code: "network-not-found",
      path: "cluster.openstack.externalNetwork",
      says: /Did you mean public\?/,
    },
    {
      what: "a network that is not external",
      config: { "openstack.externalNetwork": "private" },
      code: "network-not-external",
      path: "cluster.openstack.externalNetwork",
      says: /public/,
    },
    {
      what: "two external networks of one name",
      change: (s) => s.networks.push({ ...s.networks[0]!, id: "second" }),
      code: "network-ambiguous",
      path: "cluster.openstack.externalNetwork",
      says: /second/,
    },
    {
      what: "an unknown zone",
      change: (s) => s.zones.pop(),
      code: "zone-not-found",
      path: "cluster.openstack.availabilityZones[2]",
      says: /az1, az2/,
    },
    {
      what: "a zone that is down",
      change: (s) => (s.zones[1]!.zoneState.available = false),
      code: "zone-unavailable",
      path: "cluster.openstack.availabilityZones[1]",
      says: /az2/,
    },
    {
      what: "an unknown volume type",
      change: (s) => (s.volumeTypes[0]!.name = "fats"),
      code: "volume-type-not-found",
      path: "cluster.controlPlane.rootVolume.type",
      says: /Did you mean fats\?/,
    },
    {
      what: "an unknown load-balancer provider",
      change: (s) => s.providers.shift(),
      code: "provider-not-found",
      path: "cluster.apiEndpoint.provider",
      says: /ovn/,
    },
    {
      what: "a cloud without Octavia",
      change: (s) => (s.absent = ["load-balancer"]),
      code: "service-missing",
      path: "cluster.apiEndpoint.type",
      says: /Octavia/,
    },
    {
      what: "a missing DNS zone",
      change: (s) => (s.dnsZones = []),
      code: "dns-zone-not-found",
      path: "cluster.domain",
      says: /manageZone/,
    },
    {
      what: "a cloud without an object store",
      change: (s) => (s.absent = ["object-store"]),
      code: "service-missing",
      path: "cluster.backup.store",
      says: /Swift/,
    },
    {
      what: "another cluster's container",
      change: (s) =>
        (s.containers = { "acme-production-backup": { "x-container-meta-opencenter-cluster": "old" } }),
      code: "bucket-of-other-cluster",
      path: "cluster.backup.bucket",
      says: /cluster old/,
    },
    {
      what: "too few cores",
      change: (s) => (s.compute["maxTotalCores"] = 60),
      code: "quota-exceeded",
      path: "cluster.pools.general",
      says: /needs 61 more cores.*leaves 60 \(limit 60, used 0\)/,
    },
    {
      what: "too few machines left",
      change: (s) => (s.compute["totalInstancesUsed"] = 91),
      code: "quota-exceeded",
      path: "cluster.pools.general",
      says: /needs 10 more machines.*leaves 9 /s,
    },
    {
      what: "too few GiB",
      change: (s) => (s.blockStorage["maxTotalVolumeGigabytes"] = 2339),
      code: "quota-exceeded",
      path: "cluster.pools.general",
      says: /needs 2340 more GiB/,
    },
    {
      what: "no floating IP left",
      change: (s) => (s.neutron["floatingip"] = { limit: 5, used: 3, reserved: 1 }),
      code: "quota-exceeded",
      path: "cluster.apiEndpoint.floatingIp",
      says: /needs 2 more floating IPs.*leaves 1/,
    },
    {
      what: "too few ports",
      change: (s) => (s.neutron["port"] = { limit: 11, used: 0, reserved: 0 }),
      code: "quota-exceeded",
      path: "cluster.pools.general",
      says: /needs 12 more ports/,
    },
    {
      what: "no load balancer left",
      change: (s) => (s.loadBalancerLimit = 0),
      code: "quota-exceeded",
      path: "cluster.apiEndpoint.type",
      says: /1 more load balancers/,
    },
    {
      what: "a full external network",
      change: (s) => (s.availability = { total_ips: 10, used_ips: 8 }),
      code: "no-free-addresses",
      path: "cluster.openstack.externalNetwork",
      says: /needs 3 more addresses.*2 of 10/s,
    },
    {
      what: "a look-up that is refused",
      change: (s) => (s.failures = [{ path: "/compute/v2.1/os-availability-zone", statuses: [403] }]),
      code: "cannot-look-up",
      path: "cluster.openstack.availabilityZones",
      says: /HTTP 403/,
    },
  ];
  for (const { what, change, config, code, path, says } of cases) {
    it(`finds ${what}`, async () => {
      change?.(cloud.state);
      const findings = await check(config);
      const match = findings.find((one) => one.code === code && formatPath(one.path) === path);
      assert.ok(match !== undefined, JSON.stringify(findings, null, 2));
      assert.match(`${match.message}\n${match.hint}`, says);
      assert.ok(match.hint !== undefined, "says what to do");
    });
  }

  it("finds everything at once", async () => {
    cloud.state.zones = [];
    cloud.state.images = [];
    const codes = (await check({ "openstack.externalNetwork": "none" })).map(({ code }) => code);
    for (const code of ["zone-not-found", "image-not-found", "network-not-found"])
      assert.ok(codes.includes(code), code);
  });

  it("compares an existing network with the configuration", async () => {
    const [networkId, subnetId, routerId] = [1, 2, 3].map(
      (n) => `0c8f3a9e-0d4b-4f43-8a53-6a2f6c0bb00${n}`,
    ) as [string, string, string];
    cloud.state.networks.push({ id: networkId, name: "ours" });
    cloud.state.subnets = [{ id: subnetId, name: "ours", network_id: networkId, cidr: "10.9.0.0/22" }];
    cloud.state.routers = [{ id: routerId, name: "ours" }];
    const existing = { network: { cidr: "10.20.0.0/22", existing: { networkId, subnetId, routerId } } };
    const codes = async () => (await check(existing)).map(({ code }) => code);
    assert.deepEqual((await codes()).sort(), ["router-without-subnet", "subnet-cidr-differs"]);
    cloud.state.subnets[0]!["cidr"] = "10.20.0.0/22";
    cloud.state.ports = [{ name: "", device_id: routerId, fixed_ips: [{ subnet_id: subnetId }] }];
    assert.deepEqual(await codes(), []);
    cloud.state.routers = [];
    assert.deepEqual(await codes(), ["network-not-found"]);
  });

  /** The cluster as `up` would have left it. */
  function build(state: CloudState, except: readonly string[] = []): void {
    const plan = planCluster(configuration({}));
    const tags = [...plan.tags];
    const machines = machinesOf(plan).filter(({ name }) => !except.includes(name));
    const size = { small: [1, 2048], large: [4, 8192], xlarge: [8, 16384] } as Record<string, number[]>;
    state.servers = machines.map(({ name, metadata, flavor }) => {
      const [vcpus, ram] = size[flavor]!;
      return { name, metadata, flavor: { vcpus, ram } };
    });
    state.ports = machines.map(({ name }) => ({ name, tags }));
    state.volumes = machines.flatMap(({ volumes, metadata }) =>
      volumes.map(({ name, sizeGiB }) => ({ name, size: sizeGiB, metadata })),
    );
    state.securityGroups = plan.securityGroups.map(({ name, rules }) => ({
      name,
      tags,
      security_group_rules: rules,
    }));
    state.networks.push({ name: plan.name, id: "n", tags });
    state.routers = [{ name: plan.name, tags }];
    state.floatingIps = [
      { name: "", tags },
      { name: "", tags },
    ];
    state.loadBalancers = [{ name: "production-api", tags }];
    for (const detail of Object.values(state.neutron)) detail.limit = 0;
    Object.assign(state.compute, {
      maxTotalInstances: 10,
      totalInstancesUsed: 10,
      maxTotalCores: 61,
      totalCoresUsed: 61,
    });
    Object.assign(state.compute, { maxTotalRAMSize: 0, maxServerGroups: -1 });
    Object.assign(state.blockStorage, { maxTotalVolumes: 0, maxTotalVolumeGigabytes: 0 });
    state.loadBalancerLimit = 1;
  }

  it("counts what the cluster has as there: a full project is no problem for a complete cluster", async () => {
    build(cloud.state);
    assert.deepEqual(await check(), []);
  });

  it("counts only the difference when a node comes", async () => {
    build(cloud.state, ["production-general-3"]);
    const messages = (await check()).map(({ message }) => message);
    for (const words of [
      "needs 1 more machines",
      "needs 8 more cores",
      "needs 16384 more MiB",
      "needs 1 more ports",
      "needs 1 more volumes",
      "needs 100 more GiB",
    ])
      assert.ok(
        messages.some((message) => message.startsWith(words)),
        `${words}: ${messages.join("\n")}`,
      );
    assert.equal(messages.length, 6);
  });

  for (const [cluster, organization] of [
    ["other", "acme"],
    ["production", "other"],
  ]) {
    it(`does not take machines of ${organization}/${cluster} for its own`, async () => {
      build(cloud.state);
      const metadata = { "opencenter-cluster": cluster, "opencenter-organization": organization };
      for (const server of cloud.state.servers) server["metadata"] = metadata;
      assert.ok((await check()).some(({ message }) => message.startsWith("needs 10 more machines")));
    });
  }

  for (const [what, env, code] of [
    ["a wrong secret", { OS_APPLICATION_CREDENTIAL_SECRET: "old" }, "wrong-credentials"],
    [
      "an expired token",
      { OS_AUTH_TYPE: "v3token", OS_TOKEN: "old", OS_PROJECT_ID: "p" },
      "wrong-credentials",
    ],
    ["no credentials at all", { OS_APPLICATION_CREDENTIAL_SECRET: "" }, "cloud-entry-incomplete"],
  ] as const) {
    it(`says ${what} as the only finding`, async () => {
      const findings = await check({}, env);
      assert.deepEqual(
        findings.map((one) => [one.code, formatPath(one.path)]),
        [[code, "cluster.openstack.authUrl"]],
      );
    });
  }

  it("speaks through the command: place in the file, exit code, no secret", async () => {
    const project = makeProject();
    try {
      writeFileSync(
        join(project.folder, "stacks", "Pulumi.production.yaml"),
        EXAMPLE.replace("flavor: large", "flavor: lrage"),
      );
      const auth = `auth: {auth_url: "${cloud.url}/identity", username: demo, user_domain_name: Default, project_name: demo, password: secret}`;
      writeFileSync(join(project.folder, "clouds.yaml"), `clouds: {openstack: {${auth}}}`, { mode: 0o600 });
      const run = (...more: string[]) =>
        opencenter(["validate", "production", "--online", ...more], { cwd: project.folder });
      const { code, stdout, stderr } = await run();
      assert.equal(code, 1, stderr);
      assert.match(
        stdout,
        /stacks\/Pulumi\.production\.yaml:\d+:\d+ error \[flavor-not-found\] cluster\.controlPlane\.flavor/,
      );
      assert.match(stdout, /flavor: lrage\n +\| +\^/);
      const report = JSON.parse((await run("--json")).stdout) as {
        valid: boolean;
        issues: { code: string; line: number }[];
      };
      const line = EXAMPLE.split("\n").findIndex((text) => text.includes("flavor: large")) + 1;
      assert.deepEqual(
        report.issues.map((one) => [one.code, one.line]),
        [["flavor-not-found", line]],
      );
      writeFileSync(join(project.folder, "clouds.yaml"), "clouds:\n  openstack: [\n");
      const broken = await run();
      assert.equal(broken.code, 1);
      assert.match(broken.stdout, /\[clouds-yaml-unreadable\]/);
      assert.doesNotMatch(broken.stdout + broken.stderr, STACK_TRACE);
    } finally {
      project.remove();
    }
  });
});
