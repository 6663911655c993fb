import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { parse } from "yaml";
import { contains } from "../../../../config/address";
import { planGroupVars } from "../../../../plan/kubernetes/groupVars";
import { inventoryFiles, knownHosts, planInventory, sshConfig } from "../../../../plan/kubernetes/inventory";
import { planNodes } from "../../../../plan/kubernetes/nodes";
import { placeholderFacts } from "../../../../plan/kubernetes/placeholders";
import { planRequest } from "../../../../plan/kubernetes/request";
import { cluster, configOf } from "../../../support/arbitraryCluster";
import { small } from "../support";

type Input = Parameters<typeof configOf>[0];

function requestOf(sections: Partial<Input> = {}) {
  const config = configOf({ ...small, ...sections });
  return planRequest(config, placeholderFacts(config));
}

interface Group {
  readonly hosts?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly vars: Readonly<Record<string, unknown>>;
  readonly children: Readonly<Record<string, Group>>;
}
const allOf = (request: ReturnType<typeof requestOf>) => (planInventory(request) as { all: Group }).all;

describe("inventory", () => {
  it("has explicit names and addresses of every node", () => {
    const { hosts } = allOf(requestOf({ controlPlane: { nodes: [1, 4, 7], flavor: "medium" } }));
    assert.deepEqual(hosts?.["test-cp-4"], {
      ansible_host: "10.20.0.11",
      ip: "10.20.0.11",
      access_ip: "10.20.0.11",
      main_ip: "10.20.0.11",
      main_access_ip: "10.20.0.11",
      etcd_member_name: "test-cp-4",
      node_labels: {},
      node_taints: [],
      opencenter_server_id: "placeholder-test-cp-4",
    });
    assert.equal(hosts?.["test-general-1"]?.["etcd_member_name"], undefined);
  });

  it("keeps the control plane in the order that it is given", () => {
    const request = requestOf({ controlPlane: { count: 3, flavor: "medium" } });
    const [first, ...others] = request.nodes;
    const { children } = allOf({ ...request, nodes: [...others, first!] });
    for (const group of ["kube_control_plane", "etcd"])
      assert.deepEqual(Object.keys(children[group]?.hosts ?? {}), ["test-cp-2", "test-cp-3", "test-cp-1"]);
  });

  it("has an even control plane, or none of the workers, where a call asks for that", () => {
    const request = requestOf({ controlPlane: { count: 3, flavor: "medium" } });
    const { children } = allOf({ ...request, nodes: request.nodes.slice(0, 2) });
    assert.deepEqual(children["kube_node"]?.hosts, {});
    assert.equal(Object.keys(children["etcd"]?.hosts ?? {}).length, 2);
  });

  it("refuses a node that nobody knows the address of", () => {
    const request = requestOf();
    const facts = { ...request.facts, machines: {} };
    assert.throws(() => planInventory({ ...request, facts }), /no address for test-cp-1/);
  });

  it("depends on no place of this machine, ssh_config aside", () => {
    for (const text of Object.values(inventoryFiles(requestOf())))
      assert.doesNotMatch(text, /(^|[\s"'])\/[a-z]+\//m);
    const { vars } = allOf(requestOf());
    assert.equal(
      vars["ansible_ssh_private_key_file"],
      "{{ inventory_dir }}/../../../../../clusters/secrets/acme/test/ssh/test",
    );
    assert.match(String(vars["ansible_ssh_common_args"]), /^-F "{{ inventory_dir }}\/ssh_config"$/);
  });

  it("names the sockets of two clusters differently, though their nodes have the same addresses", () => {
    const path = (name: string) => allOf(requestOf({ name })).vars["ansible_control_path"];
    assert.notEqual(path("one"), path("other"));
    assert.match(String(path("one")), /^%\(directory\)s\/[0-9a-f]{8}-%%C$/);
  });

  it("keeps Kubespray's own arguments of ssh out, which throw host keys away", () => {
    assert.doesNotMatch(String(allOf(requestOf()).vars["ansible_ssh_args"]), /UserKnownHostsFile/);
    assert.equal(allOf(requestOf()).vars["ansible_host_key_checking"], true);
  });

  it("is read by YAML 1.1 as it was meant", () => {
    const strange = [
      "yes",
      "on",
      "n",
      "0755",
      "1.30",
      "1e3",
      "0x10",
      "12:30:45",
      "~",
      "null",
      "",
      "2026-11-23",
    ];
    const labels = Object.fromEntries(strange.map((value, index) => [`l${index}`, value]));
    const request = requestOf({ pools: { general: { count: 1, flavor: "large", labels } } });
    const text = inventoryFiles(request)["hosts.yaml"] ?? "";
    for (const version of ["1.1", "1.2"] as const) {
      const { all } = parse(text, { version }) as { all: Group };
      assert.deepEqual(all.hosts?.["test-general-1"]?.["node_labels"], labels);
    }
  });

  it("says in its files what the plan says, whatever the configuration", () => {
    fc.assert(
      fc.property(cluster, (input) => {
        const config = configOf(input);
        const request = planRequest(config, placeholderFacts(config));
        const files = inventoryFiles(request);
        assert.deepEqual(parse(files["hosts.yaml"] ?? "", { version: "1.1" }), planInventory(request));
        const expected = planGroupVars(config, request.facts);
        for (const [name, vars] of Object.entries(expected))
          assert.deepEqual(parse(files[`group_vars/${name}.yml`] ?? "", { version: "1.1" }), vars);
      }),
      { numRuns: 40 },
    );
  });
});

describe("nodes", () => {
  it("are the control plane first, then the pools by name, each with labels and taints", () => {
    const taints = [{ key: "a", value: "b", effect: "NoSchedule" as const }];
    const pools = {
      zeta: { nodes: [2], flavor: "large", labels: { a: "1" } },
      alpha: { count: 1, flavor: "large", taints },
    };
    assert.deepEqual(planNodes(configOf({ ...small, pools })), [
      {
        name: "test-cp-1",
        role: "control-plane",
        pool: "cp",
        etcdMember: "test-cp-1",
        labels: {},
        taints: [],
      },
      { name: "test-alpha-1", role: "worker", pool: "alpha", labels: {}, taints },
      { name: "test-zeta-2", role: "worker", pool: "zeta", labels: { a: "1" }, taints: [] },
    ]);
  });
});

describe("placeholders", () => {
  it("leave out an endpoint that lies among them", () => {
    const { machines } = placeholderFacts(configOf({ ...small, apiEndpoint: { vip: "10.20.0.10" } }));
    assert.deepEqual(
      Object.values(machines).map(({ address }) => address),
      ["10.20.0.11", "10.20.0.12"],
    );
  });

  it("are different addresses inside the subnet, none of them the endpoint's", () => {
    fc.assert(
      fc.property(cluster, (input) => {
        const config = configOf(input);
        const { machines, endpoint } = placeholderFacts(config);
        const addresses = Object.values(machines).map(({ address }) => address);
        assert.equal(addresses.length, planNodes(config).length);
        for (const address of addresses) assert.ok(contains(config.network.cidr, address), address);
        const all = config.apiEndpoint.type === "single" ? addresses : [...addresses, endpoint.address];
        assert.equal(new Set(all).size, all.length);
      }),
      { numRuns: 50 },
    );
  });
});

describe("request", () => {
  it("pins what nothing migrates", () => {
    const { immutable } = requestOf();
    assert.deepEqual(immutable, {
      name: "test",
      "network.cidr": "10.20.0.0/22",
      "network.existing": null,
      "kubernetes.podCidr": "10.42.0.0/16",
      "kubernetes.serviceCidr": "10.43.0.0/16",
      "kubernetes.podPrefixPerNode": 24,
      "kubernetes.cni": "calico",
      "kubernetes.encapsulation": "vxlan",
      "kubernetes.clusterDomain": "cluster.local",
      "kubernetes.encryptionAtRest.enabled": true,
      "kubernetes.encryptionAtRest.algorithm": "secretbox",
    });
    const open = requestOf({ kubernetes: { encryptionAtRest: { enabled: false } } }).immutable;
    assert.ok(!Object.keys(open).some((path) => path.includes("encryption")), "it may be switched on later");
  });

  it("has the same digest of variables wherever the cloud puts things, and another for another variable", () => {
    const config = configOf(small);
    const facts = placeholderFacts(config);
    const elsewhere = {
      ...facts,
      endpoint: { address: "10.20.3.9", floatingIp: "198.51.100.9" },
      subnetId: "x",
    };
    const before = planRequest(config, facts);
    assert.equal(planRequest(config, elsewhere).variables, before.variables);
    assert.notDeepEqual(planRequest(config, elsewhere).groupVars, before.groupVars);
    assert.notEqual(requestOf({ kubernetes: { audit: { maxAgeDays: 1 } } }).variables, before.variables);
    assert.equal(requestOf({ pools: {} }).variables, before.variables, "nodes have steps of their own");
  });

  it("has another digest of variables for another address that no proxy is asked for", () => {
    const proxy = (...noProxy: string[]) =>
      requestOf({ kubernetes: { proxy: { http: "http://proxy.example.com:3128", noProxy } } }).variables;
    assert.notEqual(proxy("a.example.com"), proxy("a.example.com", "b.example.com"));
  });

  it("tells clients the outermost way to the API", () => {
    const port = 443;
    assert.deepEqual(requestOf({ apiEndpoint: { port } }).api, { host: "192.0.2.10", port });
    assert.deepEqual(requestOf({ apiEndpoint: { port, floatingIp: false } }).api, {
      host: "10.20.0.5",
      port,
    });
    const named = { hostname: "api.example.com", type: "kube-vip" as const };
    assert.deepEqual(requestOf({ apiEndpoint: named }).api, { host: "api.example.com", port: 6443 });
  });

  it("says of the source only what the source uses", () => {
    const { kubespray } = requestOf({ kubespray: { source: "directory", directory: "/k", timeout: "90m" } });
    assert.deepEqual(JSON.parse(JSON.stringify(kubespray)), {
      ref: "v2.31.0",
      source: "directory",
      directory: "/k",
      forks: 20,
      timeoutSeconds: 5400,
    });
  });
});

describe("ssh_config", () => {
  let folder: string;
  before(() => (folder = mkdtempSync(join(tmpdir(), "opencenter ssh 100%-"))));
  after(() => rmSync(folder, { recursive: true, force: true }));

  /** What ssh itself makes of the file. */
  function settings(host: string, request: ReturnType<typeof requestOf>): Map<string, string> {
    const file = join(folder, "ssh_config");
    const privateKey = join(folder, "key");
    writeFileSync(file, sshConfig({ request, directory: folder, privateKey }));
    const output = execFileSync("ssh", ["-G", "-F", file, host], { encoding: "utf8" });
    return new Map(
      output.split("\n").map((line): [string, string] => {
        const space = line.indexOf(" ");
        return [line.slice(0, space), line.slice(space + 1)];
      }),
    );
  }

  it("reaches nodes through the bastion, whose key must be the known one", () => {
    const request = requestOf({ access: { ...small.access, sshUser: "debian" } });
    const node = settings("10.20.0.11", request);
    assert.equal(node.get("proxyjump"), "bastion");
    assert.equal(node.get("user"), "debian");
    assert.equal(node.get("stricthostkeychecking"), "accept-new");
    assert.equal(node.get("identitiesonly"), "yes");
    assert.equal(node.get("hashknownhosts"), "no");
    assert.match(node.get("userknownhostsfile") ?? "", /known_hosts"?$/);
    assert.ok((node.get("userknownhostsfile") ?? "").replaceAll("%%", "%").includes(folder));
    const bastion = settings("bastion", request);
    assert.equal(bastion.get("hostname"), "192.0.2.11");
    assert.equal(bastion.get("stricthostkeychecking"), "true");
    assert.notEqual(bastion.get("proxyjump"), "bastion");
  });

  it("reaches nodes directly where there is no bastion", () => {
    const request = requestOf({ access: { ...small.access, bastion: { enabled: false } } });
    assert.equal(settings("10.20.0.11", request).get("proxyjump"), undefined);
  });
});

describe("known_hosts", () => {
  it("has a line for each key, the bastion's first", () => {
    const pinned = [{ address: "10.20.0.11", hostKeys: ["ssh-rsa AA", "ssh-ed25519 BB"] }];
    assert.equal(
      knownHosts({ address: "192.0.2.11", hostKey: "ssh-ed25519 CC\n" }, pinned),
      "192.0.2.11 ssh-ed25519 CC\n10.20.0.11 ssh-rsa AA\n10.20.0.11 ssh-ed25519 BB\n",
    );
    assert.equal(knownHosts(undefined, []), "");
  });
});
