/** What a person sees when something is wrong: what, where, what to do, and no stack trace. */
import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { opencenter } from "./support/processes";
import { SMALL_CLUSTER, Testbed } from "./support/testbed";

describe("a bad day", () => {
  let bed: Testbed;
  before(async () => (bed = (await Testbed.open("badday")).playKubernetes()));
  after(() => bed.close());
  afterEach(() => bed.writeCluster(SMALL_CLUSTER));

  async function fail(command: "preview" | "up", ...expected: RegExp[]): Promise<void> {
    const args = command === "up" ? ["up", "--yes", "--skip-preview"] : ["preview"];
    const { code, output } = await bed.session.pulumi.try(args);
    assert.notEqual(code, 0, output);
    for (const pattern of expected) assert.match(output, pattern);
    assert.doesNotMatch(output, /\n\s+at \S+ \(/, "a stack trace is no answer");
  }

  it("wrong configuration: preview names every problem with its line", async () => {
    bed.writeCluster({
      ...SMALL_CLUSTER,
      kubernetes: { podCidr: "10.20.0.0/16", versoin: "1.35.4" },
      controlPlane: { count: 2, flavor: "small" },
    });
    await fail(
      "preview",
      /Pulumi\.badday\.yaml:\d+:\d+ error \[unknown-key\] cluster\.kubernetes\.versoin.*version/s,
      /podCidr/,
      /controlPlane/,
      /has 3 problem\(s\)/,
    );
  });

  it("an unknown external network and image", async () => {
    bed.writeCluster({
      ...SMALL_CLUSTER,
      openstack: { ...SMALL_CLUSTER.openstack, externalNetwork: "publik" },
    });
    await fail("preview", /Cannot look up the external network publik/, /validate .* --online/);
  });

  it("a wrong password", async () => {
    const good = bed.cloudsYaml();
    bed.writeCloudsYaml(good.replace(/password: .*/g, "password: wrong"));
    try {
      await fail("preview", /401|Unauthorized|Authentication failed|requires authentication/);
    } finally {
      bed.writeCloudsYaml(good);
    }
  });

  it("a clouds.yaml that is not there", async () => {
    const good = bed.cloudsYaml();
    rmSync(bed.session.workspace.cloudsYaml);
    try {
      await fail("preview", /clouds\.yaml|auth_url|cloud/i);
    } finally {
      bed.writeCloudsYaml(good);
    }
  });

  it("a quota that is used up, and a flavor that is gone: the run fails with the cloud's words and goes on later", async () => {
    const admin = await bed.simulator.login("admin");
    const project = (await bed.simulator.login()).projectId;
    const quota = (instances: number) =>
      admin.request("PUT", `/compute/v2.1/os-quota-sets/${project}`, { body: { quota_set: { instances } } });
    await quota(1);
    await fail("up", /Quota exceeded/);
    await quota(100);
    bed.writeCluster({ ...SMALL_CLUSTER, controlPlane: { count: 1, flavor: "gone" } });
    await fail("up", /gone/);
    bed.writeCluster(SMALL_CLUSTER);
    await bed.up();
    await bed.assertQuiet();
  });

  describe("validate --online", () => {
    const validate = async () => {
      const { stackFile, cloudsYaml } = bed.session.workspace;
      const env = { OS_CLIENT_CONFIG_FILE: cloudsYaml };
      const { code, output } = await opencenter(["validate", stackFile, "--online", "--json"], env);
      const { issues } = JSON.parse(output) as { issues: { code: string; path: string; line: number }[] };
      return { code, found: issues.map(({ path }) => path).sort(), issues };
    };

    it("has nothing to say of a cluster that the cloud can carry", async () => {
      assert.deepEqual(await validate(), { code: 0, found: [], issues: [] });
    });

    it("names image, flavors and network that are not there, all at once and with their lines", async () => {
      bed.writeCluster({
        ...SMALL_CLUSTER,
        openstack: { ...SMALL_CLUSTER.openstack, externalNetwork: "publik", image: "ubuntu-9.04" },
        controlPlane: { count: 1, flavor: "smal" },
      });
      const { code, found, issues } = await validate();
      assert.equal(code, 1);
      for (const path of [
        "cluster.openstack.externalNetwork",
        "cluster.openstack.image",
        "cluster.controlPlane.flavor",
      ])
        assert.ok(found.includes(path), `${path} is missing in ${found.join(", ")}`);
      const lines = bed.stackFile().split("\n");
      for (const { path, line } of issues)
        assert.match(lines[line - 1] ?? "", new RegExp(`${path.split(".").at(-1) ?? ""}:`), path);
    });

    it("counts what is there already against the quota", async () => {
      const admin = await bed.simulator.login("admin");
      const project = (await bed.simulator.login()).projectId;
      const quota = (instances: number) =>
        admin.request("PUT", `/compute/v2.1/os-quota-sets/${project}`, {
          body: { quota_set: { instances } },
        });
      // The four servers of the cluster that is built: no more are needed, and one more would be too many.
      await quota(4);
      try {
        assert.equal((await validate()).code, 0);
        const { pools } = SMALL_CLUSTER;
        bed.writeCluster({ ...SMALL_CLUSTER, pools: { general: { ...pools.general, count: 3 } } });
        const { code, issues } = await validate();
        assert.equal(code, 1);
        assert.match(issues.map((issue) => issue.code).join(), /quota/);
      } finally {
        await quota(500);
      }
    });
  });

  it("a token that expires in the middle of a run is renewed", async () => {
    await bed.simulator.setTokenLifetime(2000);
    try {
      const result = await bed.session.pulumi.try(["refresh", "--preview-only", "--expect-no-changes"]);
      assert.equal(result.code, 0, result.output);
    } finally {
      await bed.simulator.setTokenLifetime(3_600_000);
    }
  });
});
