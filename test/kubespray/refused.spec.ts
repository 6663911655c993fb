/**
 * What Kubespray's check of inventories refuses (R1 to R13 of its assertions), by its own words: were it to take one of
 * these one day, our rule for it would be without its reason. And that our rules refuse the same before a machine is
 * made.
 */
import assert from "node:assert/strict";
import type { ClusterInput } from "../../config/schema";
import { validateStackValues } from "../../config/validate";
import { placeholderFacts } from "../../plan/kubernetes/placeholders";
import { planRequest } from "../../plan/kubernetes/request";
import type { ConvergeRequest, Json } from "../../plan/kubernetes/types";
import { inventoryFiles } from "../../plan/kubernetes/inventory";
import { configOf } from "../support/arbitraryCluster";
import { shapes } from "./shapes";
import { Inventory, reasonOf, requireKubespray } from "./support";

type Sections = { readonly [section in keyof ClusterInput]?: object };

interface Refused {
  readonly rule: string;
  readonly what: string;
  /** Variables on top of the inventory. */
  readonly vars?: Readonly<Record<string, Json>>;
  /** Which nodes the inventory keeps. */
  readonly keep?: (node: ConvergeRequest["nodes"][number]) => boolean;
  /** Name of the task that must stop the run. */
  readonly task: RegExp;
  /** The same as a user would write it; absent where no configuration can say it. */
  readonly ours?: Sections;
}

const extraVar = (vars: Readonly<Record<string, Json>>) => ({
  vars,
  ours: { kubernetes: { extraVars: vars } },
});
const unsupported = /Stop if unsupported options selected/;

const cases: readonly Refused[] = [
  {
    rule: "R1",
    what: "another Ansible",
    vars: { maximal_ansible_version: "2.11.0" },
    task: /Ansible version/,
  },
  {
    rule: "R2",
    what: "a removed variable",
    ...extraVar({ kubelet_static_pod_path: "/x" }),
    task: /removed variables/,
  },
  {
    rule: "R3",
    what: "no control plane",
    keep: ({ role }) => role === "worker",
    task: /kube_control_plane group is empty|first_kube_control_plane|No first item/,
    ours: { controlPlane: { count: 0, flavor: "medium" } },
  },
  {
    rule: "R4",
    what: "two etcd members",
    keep: ({ name }) => !name.endsWith("-cp-3"),
    task: /even number of etcd hosts/,
    ours: { controlPlane: { count: 2, flavor: "medium" } },
  },
  {
    rule: "R5",
    what: "a version that is too old",
    vars: { kube_version: "1.30.0" },
    task: /unsupported version of Kubernetes/,
    ours: { kubernetes: { version: "1.30.0" } },
  },
  {
    rule: "R5",
    what: "a patch without checksums",
    vars: { kube_version: "1.35.99" },
    task: /requested Kubernetes are supported/,
    ours: { kubernetes: { version: "1.35.99" } },
  },
  {
    rule: "R6",
    what: "a text where a boolean belongs",
    ...extraVar({ download_run_once: "true" }),
    task: /booleans are set as strings/,
  },
  {
    rule: "R7",
    what: "more pods than a node has addresses",
    vars: { kube_network_plugin: "cilium", kube_network_node_prefix: 26 },
    task: /enough network address space/,
    ours: { kubernetes: { cni: "cilium", podPrefixPerNode: 26 } },
  },
  {
    rule: "R8",
    what: "more nodes than parts of the pod network",
    vars: { kube_network_plugin: "cilium", kube_pods_subnet: "10.42.0.0/23" },
    task: /ipv4 IP range is enough/,
    ours: { kubernetes: { cni: "cilium", podCidr: "10.42.0.0/23" } },
  },
  {
    rule: "R9",
    what: "an old cloud provider",
    ...extraVar({ cloud_provider: "openstack" }),
    task: /cloud_provider value/,
  },
  {
    rule: "R9",
    what: "an unknown cloud",
    ...extraVar({ external_cloud_provider: "aws" }),
    task: /external_cloud_provider value/,
  },
  {
    rule: "R10",
    what: "host bits in the pod network",
    vars: { kube_pods_subnet: "10.42.0.1/16" },
    task: /kube_pods_subnet is a network range/,
    ours: { kubernetes: { podCidr: "10.42.0.1/16" } },
  },
  {
    rule: "R10",
    what: "host bits in the Service network",
    vars: { kube_service_addresses: "10.43.0.1/16" },
    task: /kube_service_addresses is a network range/,
    ours: { kubernetes: { serviceCidr: "10.43.0.1/16" } },
  },
  {
    rule: "R11",
    what: "pods inside Services",
    vars: { kube_pods_subnet: "10.43.128.0/17" },
    task: /does not collide/,
    ours: { kubernetes: { podCidr: "10.43.128.0/17" } },
  },
  {
    rule: "R12",
    what: "an unknown plug-in",
    vars: { kube_network_plugin: "weave" },
    task: unsupported,
    ours: { kubernetes: { cni: "weave" } },
  },
  { rule: "R12", what: "an unknown DNS mode", ...extraVar({ dns_mode: "bind" }), task: unsupported },
  { rule: "R12", what: "an unknown proxy mode", ...extraVar({ kube_proxy_mode: "ebpf" }), task: unsupported },
  { rule: "R12", what: "unknown certificates", ...extraVar({ cert_management: "vault" }), task: unsupported },
  {
    rule: "R12",
    what: "an unknown resolv.conf mode",
    ...extraVar({ resolvconf_mode: "x" }),
    task: unsupported,
  },
  { rule: "R12", what: "etcd in Docker", ...extraVar({ etcd_deployment_type: "docker" }), task: unsupported },
  { rule: "R12", what: "an unknown runtime", ...extraVar({ container_manager: "rkt" }), task: unsupported },
  {
    rule: "R13",
    what: "local downloads on every machine",
    ...extraVar({ download_localhost: true }),
    task: /download_localhost is enabled/,
  },
  {
    rule: "R13",
    what: "an old containerd",
    ...extraVar({ containerd_version: "1.2.0" }),
    task: /minimum containerd version/,
  },
  {
    rule: "R13",
    what: "renewal without the CA",
    ...extraVar({ kube_external_ca_mode: true }),
    task: /auto_renew_certificates is enabled/,
  },
];

const shape = shapes.find(({ name }) => name === "defaults")!;

/** The shape with sections of its own written over. */
function written(sections: Sections): object {
  const cluster: Record<string, unknown> = { ...shape };
  for (const [section, value] of Object.entries(sections))
    cluster[section] = section === "controlPlane" ? value : { ...(cluster[section] as object), ...value };
  return { organization: "acme", cluster };
}

describe("Kubespray and our rules both refuse", function () {
  this.timeout(300_000);
  this.slow(60_000);

  before(function () {
    requireKubespray(this);
  });

  for (const { rule, what, vars, keep, task, ours } of cases) {
    it(`${rule}: ${what}`, async () => {
      const config = configOf(shape);
      const request = planRequest(config, placeholderFacts(config));
      const inventory = new Inventory(
        inventoryFiles({ ...request, nodes: request.nodes.filter(keep ?? (() => true)) }),
      );
      try {
        const extra = vars === undefined ? [] : ["-e", JSON.stringify(vars)];
        const result = await inventory.ansible("ansible-playbook", ["playbooks/boilerplate.yml", ...extra]);
        assert.notEqual(result.code, 0, "Kubespray takes it");
        assert.match(failedTask(result.output), task, reasonOf(result));
      } finally {
        inventory.remove();
      }
      if (ours !== undefined) {
        const { config: accepted } = validateStackValues(written(ours) as never);
        assert.equal(accepted, undefined, "our rules take it");
      }
    });
  }
});

/** The task before the first failure. */
function failedTask(output: string): string {
  const lines = output.split("\n");
  const failure = lines.findIndex((line) => /^(fatal|failed): /.test(line));
  const tasks = lines
    .slice(0, failure === -1 ? undefined : failure)
    .filter((line) => line.startsWith("TASK ["));
  return `${tasks.at(-1) ?? ""}\n${lines[failure] ?? ""}`;
}
