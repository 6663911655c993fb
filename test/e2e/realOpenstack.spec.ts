/** The program, unchanged, on OpenStack services that nobody here wrote: what it asks, makes, and takes away. */
import assert from "node:assert/strict";
import { cloudAgainstState } from "../../sandbox/expectations";
import { RealCloud } from "./openstack/bed";
import { OpenstackCommandLine } from "./openstack/commandLine";
import { infrastructure } from "./openstack/examples";
import { DayTwoBed } from "./support/dayTwoBed";
import { loseEverything } from "./support/handMade";
import { opencenter } from "./support/processes";
import { printStages } from "./support/stageTable";
import { tail, type Testbed } from "./support/testbed";

const PROJECT = "production";

interface Answer {
  readonly valid: boolean;
  readonly issues: readonly { readonly code: string; readonly path: string; readonly message: string }[];
}

describe("real OpenStack", () => {
  let cloud: RealCloud;
  let bed: Testbed;

  before(async function () {
    this.timeout(30 * 60_000);
    cloud = await RealCloud.require(this);
  });
  afterEach(async function () {
    // What follows would find the project full of what this one left, and a state that failed may not know all of it.
    if (this.currentTest?.state === "failed" && bed !== undefined) await loseEverything(new DayTwoBed(bed));
  });
  after(async function () {
    await bed?.close();
    await cloud?.close();
    if (this.test?.parent) printStages(this.test.parent);
  });

  /** Not under the example's own name: the verbs would read the file in `stacks/` and not the bed's copy. */
  async function open(name: string, cluster: object): Promise<void> {
    await bed?.close();
    bed = (await cloud.open(PROJECT, name, cluster)).playKubernetes();
  }

  const hand = () => new OpenstackCommandLine(cloud.layout, PROJECT, new DayTwoBed(bed));

  /** The cloud's objects that are in the state. */
  async function own() {
    const resources = await bed.session.pulumi.resources();
    return resources.filter(({ type }) => type.startsWith("openstack:"));
  }
  const urnsOf = (resources: Awaited<ReturnType<typeof own>>) => resources.map(({ urn }) => urn).sort();

  async function validate(): Promise<Answer> {
    const env = bed.session.pulumi.environment;
    const { output } = await opencenter(
      ["validate", bed.session.workspace.stackFile, "--online", "--json"],
      env,
    );
    const [document] = /^\{$.*^\}$/ms.exec(output) ?? [output];
    return JSON.parse(document) as Answer;
  }

  it("says what is wrong with a configuration, and nothing where nothing is", async () => {
    const good = infrastructure("production");
    await open("prod", good);
    assert.deepEqual(await validate(), { valid: true, issues: [] });
    bed.writeCluster({
      ...good,
      openstack: { ...good.openstack, externalNetwork: "outside", image: "ubuntu-26.04" },
      controlPlane: { ...good.controlPlane, flavor: "huge", rootVolume: { sizeGiB: 80, type: "golden" } },
      domain: "nobody.example.org",
      apiEndpoint: { ...good.apiEndpoint, hostname: "api.nobody.example.org" },
    });
    const { valid, issues } = await validate();
    assert.equal(valid, false);
    const said = issues.map(({ code, path }) => `${code} ${path}`).sort();
    assert.deepEqual(said, WRONG);
  });

  it("says which quota is too small for the whole cluster", async () => {
    const api = await cloud.admin();
    const project = await api.projectOf(PROJECT);
    bed.writeCluster(infrastructure("production"));
    const quota = (instances: number, gigabytes: number) =>
      Promise.all([
        api.send("compute", "PUT", `/os-quota-sets/${project}`, { quota_set: { instances } }),
        api.send("volume", "PUT", `/os-quota-sets/${project}`, { quota_set: { gigabytes } }),
        api.send("network", "PUT", `/quotas/${project}`, { quota: { port: instances * 10 } }),
      ]);
    await quota(5, 1000);
    // Whatever comes of it: the next run would find the quota too small.
    const { issues } = await validate().finally(() => quota(500, 500_000));
    const said = issues.map(({ code, message }) => `${code}: ${message}`).join("\n");
    assert.match(said, /^quota-exceeded: needs 10 more machines, .* \(limit 5, used 0\)/m);
    assert.match(said, /^quota-exceeded: needs 2340 more GiB of volumes, .* \(limit 1000, used 0\)/m);
    assert.deepEqual(await validate(), { valid: true, issues: [] });
  });

  it("builds the production stack as it is written, and is silent afterwards", async () => {
    await bed.up();
    const api = await cloud.admin();
    const project = await api.projectOf(PROJECT);
    const servers = await api.list(
      "compute",
      `/servers/detail?all_tenants=1&project_id=${project}`,
      "servers",
    );
    const host = (name: string) =>
      servers.find((server) => server.name === `prod-${name}`)?.["OS-EXT-SRV-ATTR:host"];
    // One host stands for one zone, and anti-affinity wants three of them.
    assert.deepEqual(["cp-1", "cp-2", "cp-3"].map(host), ["az1", "az2", "az3"]);
    assert.deepEqual([...new Set(servers.map(({ status }) => status))], ["ACTIVE"]);
    const volumes = await api.list(
      "volume",
      `/volumes/detail?all_tenants=1&project_id=${project}`,
      "volumes",
    );
    const fast = volumes.filter(({ volume_type: type }) => type === "fast").map(({ size }) => size);
    assert.deepEqual(fast.sort(), [500, 500, 500, 80, 80, 80]);
    const groups = await bed.session.pulumi.outputs();
    assert.match(JSON.stringify(groups["endpoint"]), /api\.prod\.acme\.internal/);
    await bed.assertConverged();
  });

  it("refuses to destroy production before it is told twice, and then leaves nothing", async () => {
    const refused = await bed.session.pulumi.try(["destroy", "--yes", "--skip-preview"]);
    assert.notEqual(refused.code, 0);
    assert.match(refused.output, /protect/, tail(refused.output));
    await bed.session.pulumi.run(["state", "unprotect", "--all", "--yes"]);
    await bed.destroy();
    assert.deepEqual(await cloud.leftovers(PROJECT, bed), []);
  });

  it("builds the minimal stack with a zone and routes of its own, and is silent", async () => {
    await open("mini", MINIMAL);
    await bed.up();
    await bed.assertConverged();
  });

  it("finds what was done to the zone and the routes, and puts it right", async () => {
    const ops = new DayTwoBed(bed);
    const changed = await hand().changeZoneAndRoutes(`${MINIMAL.domain}.`);
    const { findings } = await ops.drift("--layer", "cloud");
    assert.deepEqual(findings.map(({ subject }) => subject.split(" ")[0]).sort(), changed);
    const done = await ops.run("reconcile", "mini", "--yes");
    assert.equal(done.code, 0, done.output.slice(-6_000));
    await bed.assertConverged();
    // It outlives the cluster, and would be in the next run's way.
    bed.writeCluster(infrastructure("minimal"));
    await bed.up();
    await hand().run([`zone delete ${MINIMAL.domain}.`]);
  });

  it("finds every resource deleted by hand, makes all again but no other cluster, and leaves nothing", async () => {
    bed.writeCluster({ ...infrastructure("minimal"), backup: { store: "swift" } });
    await bed.up();
    const before = await own();
    assert.ok(before.length > 20, String(before.length));
    const container = before.find(({ type }) => type.endsWith(":Container"));
    assert.ok(container?.id, "the state has no container");
    await hand().loseWayOutAndContainer(container.id);
    await loseEverything(new DayTwoBed(bed));
    const { steps } = await cloudAgainstState(bed.session.pulumi);
    const deleted = steps.filter(({ op }) => op === "delete").map(({ urn }) => urn);
    assert.deepEqual(deleted.sort(), urnsOf(before));
    const again = await bed.session.pulumi.try(["up", "--yes", "--skip-preview", "--refresh"]);
    // What the old cluster held is gone: a new one in its place would look as if nothing had happened.
    assert.notEqual(again.code, 0);
    assert.match(again.output, /no control-plane node knows of it any more.*Restore it from a backup/s);
    // A state that had lost them too would agree with the cloud.
    assert.deepEqual(urnsOf(await own()), urnsOf(before), "all of the cloud is there again");
    assert.deepEqual((await cloudAgainstState(bed.session.pulumi)).steps, []);
    const args = ["mini", "--name", "mini", "--no-backup", "--skip-unreachable", "--yes"];
    const ended = await new DayTwoBed(bed).run("decommission", ...args);
    assert.equal(ended.code, 0, ended.output.slice(-4_000));
    assert.deepEqual(await cloud.leftovers(PROJECT, bed), []);
  });
});

/** With the two kinds of resources that none of the examples has. */
const MINIMAL = {
  ...infrastructure("minimal"),
  domain: "mini.acme.internal",
  network: { hostRoutes: [{ destination: "192.0.2.0/24", nextHop: "10.20.0.9" }] },
  apiEndpoint: { type: "single", hostname: "api.mini.acme.internal", dns: "designate", manageZone: true },
};

/** Everything at once, each at the key that has to change. */
const WRONG: readonly string[] = [
  "dns-zone-not-found cluster.domain",
  "flavor-not-found cluster.controlPlane.flavor",
  "image-not-found cluster.openstack.image",
  "network-not-found cluster.openstack.externalNetwork",
  "volume-type-not-found cluster.controlPlane.rootVolume.type",
];
