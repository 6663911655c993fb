/** The program's own playbooks, run by real Ansible on real files: no double of ours has a say in it. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { parseCertificates } from "../../kubespray/certificates";
import { encryptionFile, keysOfFile } from "../../plan/kubernetes/encryption";
import { OwnMachine, requireMachine } from "./ownMachine";

const AUTHORITY = `
cd /etc/kubernetes/ssl
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 3650 -subj /CN=kubernetes -keyout ca.key -out ca.crt 2>/dev/null
/usr/local/bin/kubeadm certs renew all
cd /etc/kubernetes/machine
echo api >pods
/usr/local/bin/crictl rmp -f api
`;
/** The API server of a run ends with it; the next begins with what the files say. */
const RUNNING = "/usr/local/bin/crictl rmp -f api; : >/etc/kubernetes/machine/removed; sleep 0.3";

const secretValue = (name: string) =>
  Buffer.from(`k8s:enc:secretbox:v1:${name}:\u0001\u0002`).toString("base64");

describe("the program's own playbooks under real Ansible", function () {
  this.timeout(400_000);
  let program: string;
  let machine: OwnMachine;

  before(function () {
    program = requireMachine(this);
  });
  beforeEach(() => (machine = new OwnMachine(program)));
  afterEach(() => machine.close());

  async function play(...args: Parameters<OwnMachine["playbook"]>) {
    const { code, output } = await machine.playbook(...args);
    assert.equal(code, 0, output);
    return output;
  }
  const json = <T>(path: string) => JSON.parse(machine.read(path)) as T;

  it("ssh-keys.yml adds before it takes away, keeps what is not ours, and reads back", async () => {
    const [mine, old, next] = ["mine", "old/+", "new"].map((body) => `ssh-ed25519 AAAA${body}`);
    machine.write("root/.ssh/authorized_keys", `${mine} me@home\nno-pty ${old} old comment\n`);
    const out = machine.path("answer.json");
    const vars = { ssh_bastion: false, ssh_present: [`${next}`], ssh_absent: [`${old}`], ssh_out: out };
    await play("ssh-keys.yml", vars);
    const wanted = [`${mine} me@home`, `${next}`];
    assert.deepEqual(json<{ machines: object }>("answer.json").machines, { "cp-1": wanted });
    const again = await play("ssh-keys.yml", vars);
    assert.match(again, /cp-1\s+: ok=\d+\s+changed=0/, "a second run changes nothing");
  });

  it("certificates.yml reads, renews one node, and waits for the API server to show it", async () => {
    const { code, output } = await machine.run(AUTHORITY);
    assert.equal(code, 0, output);
    const read = async (renew: string) => {
      const out = machine.path("answer.json");
      await play(
        "certificates.yml",
        { certificates_renew: renew, certificates_out: out },
        { before: RUNNING },
      );
      return parseCertificates(json<{ nodes: Record<string, string> }>("answer.json").nodes["cp-1"]!);
    };
    const before = await read("");
    assert.equal(Object.keys(before).length, 7);
    assert.equal(before["served"]!.serial, before["ssl/apiserver.crt"]!.serial);
    assert.equal(machine.read("etc/kubernetes/machine/removed"), "");
    const after = await read("cp-1");
    for (const [file, { serial }] of Object.entries(before))
      assert.notEqual(after[file]!.serial, serial, file);
    assert.equal(after["served"]!.serial, after["ssl/apiserver.crt"]!.serial);
    assert.equal(machine.read("root/.kube/config"), machine.read("etc/kubernetes/admin.conf"));
  });

  it("encryption.yml writes, starts the API server with it, says so, and does nothing the second time", async () => {
    assert.equal((await machine.run(AUTHORITY)).code, 0);
    const tokens = { 1: "a".repeat(32), 2: "b".repeat(32) };
    const file = (...keys: [string, number][]) =>
      encryptionFile(
        "secretbox",
        keys.map(([name, generation]) => ({ name, generation })),
        tokens,
      );
    machine.write("etc/kubernetes/ssl/secrets_encryption.yaml", file(["key", 1]));
    const kvs = ["key", "key", "next"].map((name) => ({ key: "a", value: secretValue(name) }));
    const plain = { key: "b", value: Buffer.from("k8s\0plain:text:with:many:colons").toString("base64") };
    machine.write("etc/kubernetes/machine/etcd.json", JSON.stringify({ kvs: [...kvs, plain] }));
    const out = machine.path("answer.json");
    type Answer = { stored: object; nodes: Record<string, { file: string; started: string | null }> };
    const run = async (write: boolean, wanted = "") => {
      const env = { OPENCENTER_ENCRYPTION_FILE: wanted };
      const output = await play(
        "encryption.yml",
        { encryption_write: write, encryption_out: out },
        { before: RUNNING, env },
      );
      for (const token of Object.values(tokens))
        assert.ok(!output.includes(Buffer.from(token).toString("base64")), "a key was shown");
      return json<Answer>("answer.json");
    };
    const first = await run(false);
    assert.deepEqual(first.stored, { key: 2, next: 1, "": 1 });
    assert.deepEqual(keysOfFile(first.nodes["cp-1"]!.file, tokens), [{ name: "key", generation: 1 }]);
    assert.equal(first.nodes["cp-1"]!.started, null);
    const wanted = file(["next", 2], ["key", 1]);
    const second = await run(true, wanted);
    assert.equal(second.nodes["cp-1"]!.file, wanted);
    assert.equal(second.nodes["cp-1"]!.started?.trim(), createHash("sha256").update(wanted).digest("hex"));
    assert.equal(machine.read("etc/kubernetes/machine/loaded"), wanted);
    assert.equal(machine.read("etc/kubernetes/machine/removed"), "api\n");
    await run(true, wanted);
    assert.equal(
      machine.read("etc/kubernetes/machine/removed"),
      "",
      "the same once more starts nothing again",
    );
    // As a run leaves it that was killed after the file, before the API server.
    machine.write("etc/kubernetes/ssl/.opencenter-encryption", "changing\n");
    await run(true, wanted);
    assert.equal(machine.read("etc/kubernetes/machine/removed"), "api\n");
  });

  it("encryption.yml does not call keys started with which the API server reads no Secret", async function () {
    assert.equal((await machine.run(AUTHORITY)).code, 0);
    const keys = [{ name: "key", generation: 2 }];
    const wanted = encryptionFile("secretbox", keys, { 2: "b".repeat(32) });
    machine.write("etc/kubernetes/ssl/secrets_encryption.yaml", wanted);
    machine.write("etc/kubernetes/machine/unreadable", "");
    const { code, output } = await machine.playbook(
      "encryption.yml",
      { encryption_write: true, encryption_out: machine.path("answer.json") },
      { before: RUNNING, env: { OPENCENTER_ENCRYPTION_FILE: wanted } },
    );
    assert.notEqual(code, 0);
    assert.match(output, /no matching key was found/);
    assert.equal(machine.read("etc/kubernetes/ssl/.opencenter-encryption"), "changing\n");
  });

  it("own-address.yml leads the kubeconfigs that are there to the node itself, once", async () => {
    const kubeconfig = (server: string) =>
      `clusters:\n- cluster:\n    certificate-authority-data: YQ==\n    server: ${server}\n  name: prod\n`;
    const files = ["etc/kubernetes/admin.conf", "etc/kubernetes/kubelet.conf"];
    for (const file of files) machine.write(file, kubeconfig("https://10.20.0.5:8443"));
    await play("own-address.yml", { ip: "10.20.0.11" });
    for (const file of files) assert.equal(machine.read(file), kubeconfig("https://10.20.0.11:6443"));
    const restarts = () => machine.read("etc/kubernetes/machine/systemctl");
    assert.equal(restarts(), "restart kubelet\n");
    const again = await play("own-address.yml", { ip: "10.20.0.11" });
    assert.equal(restarts(), "restart kubelet\n");
    assert.match(again, /cp-1\s+: ok=\d+\s+changed=0/, "a second run changes nothing");
  });

  it("probe.yml answers also where there is nothing, and hands on what there is", async () => {
    const out = machine.path("answer.json");
    await play("probe.yml", { probe_out: out });
    const { hosts } = json<{ hosts: Record<string, Record<string, unknown>> }>("answer.json");
    assert.deepEqual(
      { ...hosts["cp-1"], members: null, health: null },
      { reachable: true, adminConf: null, manifest: null, members: null, health: null, encryption: null },
    );
    machine.write("etc/kubernetes/ssl/secrets_encryption.yaml", "a: 1\n");
    machine.write("etc/kubernetes/admin.conf", "kind: Config\n");
    await play("probe.yml", { probe_out: out });
    const seen = json<{ hosts: Record<string, Record<string, unknown>> }>("answer.json").hosts["cp-1"];
    assert.equal(seen?.["encryption"], "a: 1\n");
    assert.equal(seen?.["adminConf"], "kind: Config\n");
    assert.ok(!existsSync("/etc/kubernetes/admin.conf"), "it wrote on the real machine");
  });

  it("restore-etcd.yml unpacks beside the data, moves the old ones aside, and goes on where it died", async () => {
    assert.equal((await machine.run(AUTHORITY)).code, 0);
    machine.write(
      "etc/etcd.env",
      [
        "ETCD_NAME=etcd1",
        "ETCD_INITIAL_ADVERTISE_PEER_URLS=https://10.0.0.1:2380",
        "ETCD_DATA_DIR=/etc/kubernetes/etcd",
        "ETCD_LISTEN_CLIENT_URLS=https://127.0.0.1:2379",
        "ETCD_TRUSTED_CA_FILE=a",
        "ETCD_CERT_FILE=b",
        "ETCD_KEY_FILE=c",
        "",
      ].join("\n"),
    );
    machine.write("snapshot.db", "the snapshot");
    machine.write("etc/kubernetes/machine/etcd.json", "healthy");
    machine.write("etc/kubernetes/machine/pods", "");
    const before =
      "mkdir -p /etc/kubernetes/etcd /etc/kubernetes/manifests; echo old >/etc/kubernetes/etcd/data; touch /etc/kubernetes/manifests/kube-apiserver.yaml";
    const out = machine.path("answer.json");
    const vars = { restore_snapshot: machine.path("snapshot.db"), restore_id: "prod-1", restore_out: out };
    await play("restore-etcd.yml", vars, { before });
    assert.equal(machine.read("etc/kubernetes/etcd/member/db"), "the snapshot");
    const asked = machine.read("etc/kubernetes/etcd/asked");
    assert.match(
      asked,
      /--name etcd1 .*--initial-cluster etcd1=https:\/\/10\.0\.0\.1:2380 .*token opencenter-prod-1/,
    );
    assert.match(asked, /--bump-revision 1000000000 --mark-compacted/);
    const kept = json<{ kept: Record<string, string> }>("answer.json").kept["cp-1"]!;
    assert.match(kept, /^\/etc\/kubernetes\/etcd\.before-prod-1-\d{8}t\d{6}z$/);
    assert.equal(machine.read(`${kept.slice(1)}/data`), "old\n");
    assert.ok(
      existsSync(machine.path("etc/kubernetes/manifests/kube-apiserver.yaml")),
      "no API server starts",
    );
    assert.ok(!existsSync(machine.path("var/lib/opencenter-restore/etcd.db")));
    // As a run leaves it that died after the change, before the start: nothing is unpacked over the new data.
    const died = `mv ${kept} /etc/kubernetes/etcd.before-prod-1; echo written-since >/etc/kubernetes/etcd/data`;
    await play("restore-etcd.yml", vars, { before: died });
    assert.equal(machine.read("etc/kubernetes/etcd/data"), "written-since\n");
  });
});
