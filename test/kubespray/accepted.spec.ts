/** What Kubespray makes of our inventories. */
import assert from "node:assert/strict";
import { formatIssue } from "../../config/issue";
import type { ClusterConfig } from "../../config/resolve";
import type { ClusterInput } from "../../config/schema";
import { validateStackValues } from "../../config/validate";
import { planNodes } from "../../plan/kubernetes/nodes";
import { placeholderFacts } from "../../plan/kubernetes/placeholders";
import { planRequest } from "../../plan/kubernetes/request";
import { shapes } from "./shapes";
import { type Inventory, inventoryOf, reasonOf, requireKubespray } from "./support";

const PLAYBOOKS = [
  "cluster.yml",
  "scale.yml",
  "remove-node.yml",
  "upgrade-cluster.yml",
  "recover-control-plane.yml",
  "reset.yml",
  "playbooks/facts.yml",
];

interface Listing {
  readonly _meta: { readonly hostvars: Readonly<Record<string, Readonly<Record<string, unknown>>>> };
  readonly [group: string]: { readonly hosts?: readonly string[] } | unknown;
}

function configOf(cluster: ClusterInput): ClusterConfig {
  const { config, issues } = validateStackValues({ organization: "acme", cluster });
  assert.ok(config, `${cluster.name}: ${issues.map((issue) => formatIssue(issue)).join("\n")}`);
  return config;
}

const hostsOf = (listing: Listing, group: string) =>
  (listing[group] as { hosts?: readonly string[] } | undefined)?.hosts ?? [];

/** Every variable of ours, as Ansible has read it from YAML, and the groups in our order. */
function compare(config: ClusterConfig, listing: Listing): void {
  const facts = placeholderFacts(config);
  const { groupVars } = planRequest(config, facts);
  const nodes = planNodes(config);
  const named = (role: string) => nodes.filter((node) => node.role === role).map(({ name }) => name);
  assert.deepEqual(hostsOf(listing, "kube_control_plane"), named("control-plane"));
  assert.deepEqual(hostsOf(listing, "etcd"), named("control-plane"));
  assert.deepEqual(hostsOf(listing, "kube_node"), named("worker"));
  assert.deepEqual(
    Object.keys(listing._meta.hostvars).sort(),
    nodes.map(({ name }) => name).sort(),
    "exactly the nodes are hosts",
  );
  for (const node of nodes) {
    const vars = listing._meta.hostvars[node.name] ?? {};
    const wanted = JSON.parse(JSON.stringify(Object.assign({}, ...Object.values(groupVars)))) as object;
    for (const [name, value] of Object.entries(wanted)) assert.deepEqual(vars[name], value, name);
    const address = facts.machines[node.name]?.address;
    for (const name of ["ansible_host", "ip", "access_ip", "main_ip", "main_access_ip"])
      assert.equal(vars[name], address, `${node.name}: ${name}`);
    assert.equal(vars["etcd_member_name"], node.etcdMember);
    assert.deepEqual(vars["node_labels"], node.labels);
    assert.deepEqual(
      vars["node_taints"],
      node.taints.map(({ key, value, effect }) => `${key}=${value}:${effect}`),
    );
  }
}

describe("Kubespray accepts the inventory of", function () {
  this.timeout(300_000);
  this.slow(60_000);

  before(function () {
    requireKubespray(this);
  });

  for (const shape of shapes) {
    describe(shape.name, () => {
      let config: ClusterConfig;
      let inventory: Inventory | undefined;
      before(() => {
        config = configOf(shape);
        inventory = inventoryOf(config);
      });
      after(() => inventory?.remove());

      it("ansible-inventory reads what the plan says", async () => {
        const result = await inventory!.ansible("ansible-inventory", ["--list"]);
        assert.equal(result.code, 0, result.output);
        compare(config, JSON.parse(result.stdout) as Listing);
      });

      it("every playbook can be parsed with it", async () => {
        const result = await inventory!.ansible("ansible-playbook", ["--syntax-check", ...PLAYBOOKS]);
        assert.equal(result.code, 0, reasonOf(result));
        for (const playbook of PLAYBOOKS) assert.match(result.output, new RegExp(`playbook: ${playbook}`));
      });

      it("Kubespray's own check of inventories passes", async () => {
        const result = await inventory!.ansible("ansible-playbook", ["playbooks/boilerplate.yml"]);
        assert.equal(result.code, 0, reasonOf(result));
      });

      it("every variable of ours can be evaluated", async () => {
        const result = await inventory!.ansible("ansible-playbook", [writeProbe(inventory!, config)]);
        assert.equal(result.code, 0, reasonOf(result));
      });
    });
  }
});

/** Templates are evaluated only when somebody uses them, and boilerplate uses few. */
function writeProbe(inventory: Inventory, config: ClusterConfig): string {
  const { groupVars } = planRequest(config, placeholderFacts(config));
  const names = Object.values(groupVars).flatMap((vars) => Object.keys(vars));
  const isDefined = (name: string) => ({
    "ansible.builtin.assert": { that: [`(${name} | to_json | length) > 0`], quiet: true },
  });
  return inventory.playbook("evaluate.yml", [
    {
      hosts: "k8s_cluster",
      connection: "local",
      gather_facts: false,
      // Defaults alone: of all of Kubespray's roles this one has no tasks, and changes nothing on this machine.
      roles: ["kubespray_defaults"],
      tasks: [...names.map(isDefined), ...derived(config)],
    },
  ]);
}

/** What Kubespray concludes from our variables. */
function derived(config: ClusterConfig): object[] {
  const { endpoint, machines } = placeholderFacts(config);
  const { type, hostname, floatingIp } = config.apiEndpoint;
  const [first] = planNodes(config);
  const own = machines[first?.name ?? ""]?.address;
  const port = type === "octavia" ? config.apiEndpoint.port : 6443;
  const host = type === "single" ? own : floatingIp ? endpoint.address : (hostname ?? endpoint.address);
  const { offline } = config.kubespray;
  const conclusions = [
    `kube_apiserver_global_endpoint == 'https://${host}:${port}'`,
    `etcd_access_addresses.split(',') | length == ${config.controlPlane.nodes.length}`,
    `kube_proxy_mode != 'ipvs' or ${type !== "kube-vip"} or kube_proxy_strict_arp`,
    ...(offline?.files === undefined
      ? []
      : ["kubelet", "etcd", "cni", "containerd", "calicoctl", "runc"].map(
          (file) => `${file}_download_url.startswith('${offline.files}/')`,
        )),
    ...(offline?.registry === undefined ? [] : [`pod_infra_image_repo == '${offline.registry}/pause'`]),
  ];
  return conclusions.map((that) => ({ "ansible.builtin.assert": { that: [that], quiet: true } }));
}
