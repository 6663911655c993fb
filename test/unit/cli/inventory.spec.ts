import { strict as assert } from "node:assert";
import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { validateStackFile } from "../../../config/validate";
import { inventoryFiles } from "../../../plan/kubernetes/inventory";
import { placeholderFacts } from "../../../plan/kubernetes/placeholders";
import { planRequest } from "../../../plan/kubernetes/request";
import { fakeProgram, makeProject, opencenter, repository } from "./support/bin";

interface Hosts {
  readonly all: { readonly hosts: Readonly<Record<string, Readonly<Record<string, unknown>>>> };
}

const FILES = [
  "hosts.yaml",
  "group_vars/all/all.yml",
  "group_vars/k8s_cluster/k8s-cluster.yml",
  "ssh_config",
  "known_hosts",
];

/** As `pulumi stack output --json` prints them after an `up`; one node has come into the file since. */
const outputs = {
  nodes: [{ name: "minimal-cp-1", address: "10.20.0.77", id: "server-1", role: "control-plane" }],
  endpoint: { url: "https://10.20.0.77:6443", address: "10.20.0.77", floatingIp: "203.0.113.9" },
  network: { networkId: "network-1", subnetId: "subnet-1", externalNetworkId: "external-1" },
};

describe("opencenter inventory", function () {
  this.timeout(30_000);
  this.slow(5_000);

  let project: ReturnType<typeof makeProject>;
  let out: string;
  beforeEach(() => {
    project = makeProject();
    out = join(project.folder, "out");
    const minimal = readFileSync(join(repository, "stacks", "Pulumi.minimal.yaml"));
    writeFileSync(join(project.folder, "stacks", "Pulumi.minimal.yaml"), minimal);
  });
  afterEach(() => project.remove());

  const text = (path: string) => readFileSync(join(out, path), "utf8");
  const hosts = () => (parse(text("hosts.yaml")) as Hosts).all.hosts;
  const write = (script?: string) => {
    const bin = join(project.folder, "bin");
    if (script !== undefined) fakeProgram(bin, "pulumi", script);
    return opencenter(["inventory", "minimal", "--out", "out"], {
      cwd: project.folder,
      env: { PATH: `${bin}:/usr/bin:/bin` },
    });
  };

  it("writes every file with placeholders before the first up, and says so", async () => {
    const { code, stdout, stderr } = await write();
    assert.equal(code, 0, stderr);
    for (const file of FILES) {
      assert.ok(existsSync(join(out, file)), file);
      assert.equal(statSync(join(out, file)).mode & 0o777, 0o600, file);
      assert.match(stdout, new RegExp(`out/${file.replaceAll(".", "\\.")}`));
    }
    assert.match(stdout, /PLACEHOLDERS; there is no pulumi on PATH/);
    assert.match(String(hosts()["minimal-cp-1"]?.["opencenter_server_id"]), /^placeholder-/);
  });

  it("takes what the stack's outputs say, and names what is still invented", async () => {
    const { code, stdout, stderr } = await write(`cat <<'E'\n${JSON.stringify(outputs)}\nE`);
    assert.equal(code, 0, stderr);
    assert.match(stdout, /those of the stack's outputs/);
    assert.match(stdout, /not there yet: minimal-general-1$/m);
    assert.equal(hosts()["minimal-cp-1"]?.["ansible_host"], "10.20.0.77");
    assert.equal(hosts()["minimal-cp-1"]?.["opencenter_server_id"], "server-1");
    const all = parse(text("group_vars/all/all.yml")) as Record<string, unknown>;
    assert.deepEqual(all["supplementary_addresses_in_ssl_keys"], ["10.20.0.77", "203.0.113.9"]);
    assert.equal(all["external_openstack_lbaas_subnet_id"], "subnet-1");
    assert.equal(all["external_openstack_lbaas_floating_network_id"], "external-1");
    assert.match(text("ssh_config"), new RegExp(`UserKnownHostsFile "${out}/known_hosts"`));
  });

  it("is what converge is given, with the bastion that SSH enters by", async () => {
    const production = readFileSync(join(repository, "stacks", "Pulumi.production.yaml"), "utf8");
    writeFileSync(join(project.folder, "stacks", "Pulumi.minimal.yaml"), production);
    const { config } = validateStackFile(production);
    assert.ok(config !== undefined);
    const facts = {
      ...placeholderFacts(config),
      networkId: "network-1",
      externalNetworkId: "external-1",
      bastion: { address: "203.0.113.8", hostKey: "ssh-ed25519 AAAAbastion" },
    };
    const { endpoint, networkId, subnetId, externalNetworkId, bastion } = facts;
    const nodes = Object.entries(facts.machines).map(([name, { address, serverId: id }]) => ({
      name,
      address,
      id,
    }));
    const known = { endpoint, network: { networkId, subnetId, externalNetworkId }, bastion, nodes };
    const { code, stdout, stderr } = await write(`cat <<'E'\n${JSON.stringify(known)}\nE`);
    assert.equal(code, 0, stderr);
    assert.doesNotMatch(stdout, /placeholder/i);
    for (const [path, wanted] of Object.entries(inventoryFiles(planRequest(config, facts))))
      assert.equal(text(path), wanted, path);
    assert.equal(text("known_hosts"), "203.0.113.8 ssh-ed25519 AAAAbastion\n");
    assert.match(text("ssh_config"), /HostName 203\.0\.113\.8\n[^]*ProxyJump bastion/);
  });

  it("falls back to placeholders where Pulumi has no such stack, with Pulumi's reason", async () => {
    const { code, stdout } = await write("echo 'error: no stack named minimal' >&2; exit 255");
    assert.equal(code, 0);
    assert.match(stdout, /PLACEHOLDERS; .*no stack named minimal/);
  });

  it("asks for a folder, and writes nothing for an invalid file", async () => {
    assert.equal((await opencenter(["inventory", "minimal"], { cwd: project.folder })).code, 2);
    writeFileSync(
      join(project.folder, "stacks", "Pulumi.minimal.yaml"),
      "config: {opencenter:cluster: {}}\n",
    );
    const { code, stderr } = await write();
    assert.equal(code, 1);
    assert.match(stderr, /invalid stacks\/Pulumi\.minimal\.yaml/);
    assert.ok(!existsSync(out));
  });
});
