/** The policy pack on the real engine: silent about the example stacks, loud about what is wrong with others. */
import assert from "node:assert/strict";
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse, parseDocument } from "yaml";
import { projectRoot } from "../../sandbox/workspace";
import { opencenter } from "./support/processes";
import { Testbed } from "./support/testbed";

const PACK = join(projectRoot, "policy");

type Cluster = Record<string, any>;

/** What the policies said, or why it did not get that far. */
function tail(output: string): string {
  return output.split(/^Policies:$/m)[1] ?? output.split(/^Diagnostics:$/m)[1] ?? output;
}

function example(name: string): Cluster {
  const file = parse(readFileSync(join(projectRoot, `stacks/Pulumi.${name}.yaml`), "utf8"));
  const cluster = file.config["opencenter:cluster"];
  return {
    ...cluster,
    openstack: { ...cluster.openstack, cloud: "sandbox" },
    // The sandbox's cloud does not have everybody's zones.
    apiEndpoint: { ...cluster.apiEndpoint, ...(name === "production" ? { manageZone: true } : {}) },
  };
}

/** Everything that a program can get wrong, in as few resources as it takes. */
const BAD_PROGRAM = `
const openstack = require("@pulumi/openstack");
const command = require("@pulumi/command");
const kubernetes = require("@pulumi/kubernetes");
const cloud = new openstack.Provider("production-cloud", { cloud: "sandbox", insecure: true });
new kubernetes.Provider("production-api", { kubeconfig: JSON.stringify({ apiVersion: "v1", kind: "Config", "current-context": "c",
  contexts: [{ name: "c", context: { cluster: "c", user: "u" } }], users: [{ name: "u", user: { token: "PLANTED-token" } }],
  clusters: [{ name: "c", cluster: { server: "https://192.0.2.1:6443" } }] }) });
const commands = new command.Provider("production-commands", {});
const inCloud = { provider: cloud };
const tags = ["opencenter-cluster=production", "opencenter-organization=" + process.env.ORGANIZATION];
const network = new openstack.networking.Network("production-network", { tags, shared: true }, inCloud);
const group = new openstack.networking.SecGroup("production-group", { tags: ["opencenter"] }, inCloud);
const rule = (name, inputs) => new openstack.networking.SecGroupRule("production-" + name,
  { securityGroupId: group.id, direction: "ingress", ethertype: "IPv4", protocol: "tcp", ...inputs }, inCloud);
rule("etcd", { portRangeMin: 2379, portRangeMax: 2380, remoteIpPrefix: "198.51.100.0/24" });
rule("all", { protocol: undefined, remoteIpPrefix: "0.0.0.0/0" });
new openstack.networking.Port("elsewhere-port", { networkId: network.id, tags, noSecurityGroups: true }, inCloud);
new openstack.identity.ApplicationCredential("production-credential", { unrestricted: true }, inCloud);
new openstack.objectstorage.Container("production-backup", { forceDestroy: true }, inCloud);
new openstack.compute.Instance("production-cp-1", { flavorName: "small", imageName: "ubuntu-24.04", tags,
  name: "other", userData: "-----BEGIN OPENSSH PRIVATE KEY-----", metadata: { "opencenter-role": "control-plane", "opencenter-pool": "cp" } }, inCloud);
new command.local.Command("production-keys", { create: "keys", triggers: [1], delete: "ansible-playbook reset.yml --token=PLANTED" },
  { provider: commands });
`;

/** A small cluster of sorts that can be made in seconds, and something in it that can be replaced. */
const GOOD_PROGRAM = `
const pulumi = require("@pulumi/pulumi");
const openstack = require("@pulumi/openstack");
class Part extends pulumi.ComponentResource { constructor() { super("opencenter:test:Part", "production", {}); } }
const parent = new Part();
const provider = new openstack.Provider("production-cloud", { cloud: "sandbox", maxRetries: 3 }, { parent });
const options = { parent, provider };
const tags = ["opencenter-cluster=production", "opencenter-organization=" + process.env.ORGANIZATION];
new openstack.networking.Network("production-network", { tags }, options);
new openstack.networking.SecGroup("production-group", { tags, deleteDefaultRules: true }, options);
`;

describe("the policy pack", () => {
  let bed: Testbed;
  let directory: string;
  let original: string;

  before(async () => {
    bed = await Testbed.open("production", example("production"));
    original = bed.stackFile();
    directory = join(bed.session.workspace.directory, "program");
    mkdirSync(directory);
    writeFileSync(join(directory, "Pulumi.yaml"), "name: opencenter\nruntime: nodejs\nmain: index.js\n");
    symlinkSync(join(projectRoot, "node_modules"), join(directory, "node_modules"));
  });
  after(() => bed.close());
  beforeEach(() => bed.writeStackFile(original));

  /** Settings of rules in the stack's file. */
  function writePolicy(settings: object): void {
    const file = parseDocument(bed.stackFile());
    file.setIn(["config", "opencenter:policy"], settings);
    bed.writeStackFile(file.toString());
  }

  async function run(args: readonly string[], cwd?: string) {
    const env = { ORGANIZATION: bed.organization };
    const { code, output } = await bed.session.pulumi.try(
      [...args, "--policy-pack", PACK, "--suppress-progress"],
      { env },
      cwd,
    );
    const refused = [...output.matchAll(/\[mandatory\](?: \[severity: \w+\])?\s+([\w-]+)/g)].map(
      ([, name]) => name!,
    );
    const advised = [...output.matchAll(/\[advisory\](?: \[severity: \w+\])?\s+([\w-]+)/g)].map(
      ([, name]) => name!,
    );
    return { code, output, refused: new Set(refused), advised: new Set(advised) };
  }

  for (const name of ["production", "sandbox", "minimal"])
    it(`has nothing against the stack ${name}`, async () => {
      bed.writeCluster(example(name));
      const { code, output, refused, advised } = await run(["preview"]);
      assert.equal(code, 0, tail(output));
      assert.deepEqual([[...refused], [...advised]], [[], []], tail(output));
      assert.match(output, /opencenter@v0/);
    });

  it("refuses a configuration that opens, shrinks and overspends a production cluster", async () => {
    const cluster = example("production");
    bed.writeCluster({
      ...cluster,
      access: { ...cluster.access, sshAllowedCidrs: ["0.0.0.0/0"], apiAllowedCidrs: ["0.0.0.0/0"] },
      controlPlane: { count: 1, flavor: "large" },
      pools: {
        general: { count: 1, flavor: "xlarge", nodePorts: [{ from: 30080, allowedCidrs: ["0.0.0.0/0"] }] },
      },
    });
    writePolicy({
      "budget-instances": { limit: 2 },
      "budget-vcpus": { limit: 8, flavors: { large: 4 } },
      "egress-limited": { to: ["10.0.0.0/8"] },
      tagged: { required: ["data-class"] },
      "pool-minimum": { level: "advisory" },
    });
    const { code, output, refused, advised } = await run(["preview"]);
    assert.notEqual(code, 0);
    const wanted = ["ssh-not-open", "api-not-open", "node-ports-declared", "etcd-odd", "room-for-disruption"];
    const settings = ["budget-instances", "budget-vcpus", "egress-limited", "tagged"];
    assert.deepEqual([...refused].sort(), [...wanted, ...settings].sort(), tail(output));
    assert.deepEqual([...advised].sort(), ["pool-minimum", "volume-survives"]);
    assert.match(
      output,
      /→ Name the networks of the office and the VPN[\s\S]*docs\/policy\/exposure\.md#ssh-not-open/,
    );
  });

  it("is part of the report on a pull request, with playbooks and files, and fails its check", async () => {
    bed.writeCluster({
      ...example("production"),
      access: { ...example("production").access, apiAllowedCidrs: ["0.0.0.0/0"] },
    });
    const env = { ...process.env, ...bed.session.pulumi.environment };
    const { code, output } = await opencenter(["report", "pr", "production", "--base", "HEAD"], env);
    assert.equal(code, 1, output);
    for (const expected of [
      /### ❌ production \(production\): \d{3} to create/,
      /- policy api-not-open is not kept/,
      /1\. cluster\.yml: install Kubernetes 1\.35\.4 on 9 node\(s\)/,
      /❌ `api-not-open` production-api-listener lets 0\.0\.0\.0\/0 reach/,
      /Files in the GitOps repository \(\d+\)/,
      /production_cp_1\["production-cp-1[^\]]*\]:::added/,
    ])
      assert.match(output, expected);
  });

  it("refuses what a program can get wrong, and shows no credential", async () => {
    writeFileSync(join(directory, "index.js"), BAD_PROGRAM);
    const { code, output, refused } = await run(["preview"], directory);
    assert.notEqual(code, 0);
    const wanted =
      `api-not-open backup-kept cloud-retries cloud-verified cluster-identifier command-delete-harmless
      command-no-previous-output command-no-secret-argv command-no-triggers command-quiet credential-restricted
      default-rules-deleted etcd-members-only etcd-odd has-component kubelet-cluster-only named-after-cluster
      no-blanket-rule no-generated-name no-plain-credential no-rebuild node-ports-declared not-shared port-guarded
      rule-described secret-outputs secrets-mutable ssh-not-open stateful-protected tagged api-redundant
      room-for-disruption`.split(/\s+/);
    const missing = wanted.filter((name) => !refused.has(name));
    assert.deepEqual(missing, [], tail(output));
    const said = output.split("Policies:")[1] ?? "";
    assert.doesNotMatch(said, /PLANTED|BEGIN OPENSSH/);
  });

  it("refuses the replacement of a network until the stack's file allows it", async () => {
    writeFileSync(join(directory, "index.js"), GOOD_PROGRAM);
    const off = { "stateful-protected": { level: "disabled" } };
    writePolicy(off);
    const up = await run(["up", "--yes", "--skip-preview"], directory);
    assert.equal(up.code, 0, tail(up.output));
    const [network] = (await bed.session.pulumi.resources()).filter(({ type }) => type.endsWith(":Network"));
    const replace = ["preview", "--replace", network!.urn];
    const refusal = await run(replace, directory);
    assert.deepEqual(
      [refusal.code === 0, [...refusal.refused]],
      [false, ["no-replacement"]],
      tail(refusal.output),
    );
    writePolicy({ ...off, "no-replacement": { allow: ["production-network"] } });
    const allowed = await run(replace, directory);
    assert.equal(allowed.code, 0, tail(allowed.output));
  });

  it("takes levels and options from the command line over those of the file, and knows a wrong setting", async () => {
    writeFileSync(join(directory, "index.js"), GOOD_PROGRAM);
    const file = join(directory, "settings.json");
    writeFileSync(file, JSON.stringify({ "stateful-protected": "advisory", tagged: { required: ["team"] } }));
    writePolicy({ tagged: { level: "disabled" } });
    const first = await run(["preview", "--policy-pack-config", file], directory);
    assert.deepEqual(
      [[...first.refused], [...first.advised]],
      [[], ["stateful-protected"]],
      tail(first.output),
    );
    writePolicy({ tagged: { requird: ["team"] }, "no-such-rule": {} });
    const wrong = await run(["preview"], directory);
    assert.ok(wrong.refused.has("settings-valid"));
    assert.match(wrong.output, /tagged\.requird is not a setting of this rule; there are: level, required/);
    assert.match(wrong.output, /names no-such-rule, and there is no such rule/);
  });
});
