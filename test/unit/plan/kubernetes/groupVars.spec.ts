import assert from "node:assert/strict";
import fc from "fast-check";
import { forbiddenVariables, ownedVariables } from "../../../../config/rules/extraVarTables";
import type { ClusterInput } from "../../../../config/schema";
import { planGroupVars } from "../../../../plan/kubernetes/groupVars";
import { hardeningVariables } from "../../../../plan/kubernetes/groupVars/hardening";
import { placeholderFacts } from "../../../../plan/kubernetes/placeholders";
import type { Json } from "../../../../plan/kubernetes/types";
import { cluster, configOf } from "../../../support/arbitraryCluster";
import { small } from "../support";

const three = { controlPlane: { count: 3, flavor: "medium" } };

/** As Ansible merges the files: `all` first, then the group of the cluster. */
function variables(sections: Partial<ClusterInput> = {}): Record<string, Json> {
  const config = configOf({ ...small, ...sections });
  const { "all/all": all, "k8s_cluster/k8s-cluster": group } = planGroupVars(
    config,
    placeholderFacts(config),
  );
  return { ...all, ...group };
}

function picked(sections: Partial<ClusterInput>, pattern: RegExp): Record<string, Json> {
  return Object.fromEntries(Object.entries(variables(sections)).filter(([name]) => pattern.test(name)));
}

describe("group variables", () => {
  it("name the cluster, and its domain apart from its name", () => {
    const { cluster_name, dns_domain, kube_version, opencenter_organization } = variables();
    assert.deepEqual(
      [cluster_name, dns_domain, kube_version, opencenter_organization],
      ["test", "cluster.local", "1.35.4", "acme"],
    );
  });

  describe("plug-in", () => {
    const cni = /^calico_|^cilium_|kube_network_plugin$|^kube_owner$/;
    const open = { hardening: false };
    const cases: [string, ClusterInput["kubernetes"], Record<string, Json>][] = [
      [
        "calico with VXLAN",
        open,
        {
          kube_network_plugin: "calico",
          calico_network_backend: "vxlan",
          calico_vxlan_mode: "Always",
          calico_ipip_mode: "Never",
        },
      ],
      [
        "calico with IP-in-IP",
        { ...open, encapsulation: "ipip" },
        {
          kube_network_plugin: "calico",
          calico_network_backend: "bird",
          calico_vxlan_mode: "Never",
          calico_ipip_mode: "Always",
        },
      ],
      [
        "calico without tunnels",
        { ...open, encapsulation: "none" },
        {
          kube_network_plugin: "calico",
          calico_network_backend: "bird",
          calico_vxlan_mode: "Never",
          calico_ipip_mode: "Never",
        },
      ],
      [
        "cilium with VXLAN",
        { ...open, cni: "cilium" },
        { kube_network_plugin: "cilium", cilium_tunnel_mode: "vxlan", kube_owner: "root" },
      ],
      [
        "cilium without tunnels",
        { ...open, cni: "cilium", encapsulation: "none" },
        {
          kube_network_plugin: "cilium",
          cilium_tunnel_mode: "vxlan",
          cilium_extra_values: { routingMode: "native" },
          cilium_native_routing_cidr: "10.42.0.0/16",
          cilium_auto_direct_node_routes: true,
          kube_owner: "root",
        },
      ],
    ];
    for (const [title, kubernetes, expected] of cases)
      it(title, () => assert.deepEqual(picked({ kubernetes }, cni), expected));
  });

  describe("endpoint", () => {
    const about = /^(loadbalancer_|apiserver_loadbalancer|supplementary|kube_vip|kube_proxy_strict)/;

    it("is the load balancer's port and address; its floating IP and name are for clients", () => {
      const apiEndpoint = { port: 443, hostname: "api.example.com" };
      assert.deepEqual(picked({ ...three, apiEndpoint }, about), {
        supplementary_addresses_in_ssl_keys: ["10.20.0.5", "192.0.2.10", "api.example.com"],
        loadbalancer_apiserver: { address: "10.20.0.5", port: 443 },
      });
    });

    it("is called by name where the name leads to the address inside", () => {
      const apiEndpoint = { hostname: "api.example.com", floatingIp: false };
      assert.equal(
        variables({ ...three, apiEndpoint })["apiserver_loadbalancer_domain_name"],
        "api.example.com",
      );
    });

    it("is announced by kube-vip on the API server's own port", () => {
      assert.deepEqual(picked({ ...three, apiEndpoint: { type: "kube-vip", floatingIp: false } }, about), {
        supplementary_addresses_in_ssl_keys: ["10.20.0.5"],
        loadbalancer_apiserver: { address: "10.20.0.5", port: 6443 },
        kube_vip_enabled: true,
        kube_vip_controlplane_enabled: true,
        kube_vip_arp_enabled: true,
        kube_vip_address: "10.20.0.5",
        kube_vip_services_enabled: false,
        kube_vip_lb_enable: false,
        kube_proxy_strict_arp: true,
      });
    });

    it("is the one node itself, without a proxy in front", () => {
      assert.deepEqual(picked({ apiEndpoint: { type: "single", floatingIp: false } }, about), {
        supplementary_addresses_in_ssl_keys: ["10.20.0.10"],
        loadbalancer_apiserver_localhost: false,
      });
    });
  });

  describe("cloud", () => {
    const about = /^(cloud_provider|external_)/;

    it("is OpenStack, with networks and without credentials", () => {
      assert.deepEqual(picked({}, about), {
        cloud_provider: "external",
        external_cloud_provider: "openstack",
        external_openstack_lbaas_enabled: true,
        external_openstack_lbaas_subnet_id: "placeholder-subnet",
        external_openstack_lbaas_floating_network_id: "placeholder-external-network",
        external_openstack_lbaas_provider: "amphora",
        external_openstack_network_internal_networks: ["test"],
      });
    });

    it("is left to Flux when its service is enabled", () => {
      assert.deepEqual(picked({ services: { "openstack-ccm": { enabled: true } } }, about), {
        cloud_provider: "external",
        external_cloud_provider: "manual",
      });
    });

    it("balances as OVN can, and inside only where no router leads out", () => {
      const existing = { networkId: "n", subnetId: "s" };
      const network = { cidr: "10.20.0.0/24", existing } as ClusterInput["network"];
      const found = (() => {
        const config = configOf({ ...small, apiEndpoint: { provider: "ovn", floatingIp: false } });
        const joined = { ...config, network: { ...config.network, ...network } } as typeof config;
        return planGroupVars(joined, placeholderFacts(joined))["all/all"];
      })();
      assert.equal(found["external_openstack_lbaas_method"], "SOURCE_IP_PORT");
      assert.equal(found["external_openstack_lbaas_internal_lb"], true);
      assert.equal(found["external_openstack_network_internal_networks"], undefined);
      assert.equal(found["external_openstack_lbaas_subnet_id"], "s");
    });
  });

  it("send nodes through the proxy, and not to each other", () => {
    const proxy = { https: "http://proxy:3128", noProxy: ["example.org"] };
    assert.deepEqual(picked({ kubernetes: { proxy } }, /proxy$|^no_proxy/), {
      https_proxy: "http://proxy:3128",
      additional_no_proxy: "10.20.0.0/22,.cluster.local,.svc,example.org",
      no_proxy_exclude_workers: true,
    });
  });

  it("derive every source from the site's own servers", () => {
    const kubespray = { offline: { files: "https://files.example.com/", registry: "registry:5000" } };
    const found = variables({ kubespray });
    assert.equal(found["files_repo"], "https://files.example.com");
    for (const name of ["github_url", "dl_k8s_io_url", "storage_googleapis_url", "get_helm_url"])
      assert.match(String(found[name]), /^{{ files_repo }}\/[a-z.0-9]+$/);
    for (const name of ["kube", "gcr", "github", "docker", "quay"])
      assert.equal(found[`${name}_image_repo`], "{{ registry_host }}");
    // Its approver comes from the Internet.
    assert.equal(found["kubelet_rotate_server_certificates"], false);
  });

  it("mirror registries in the order of the configuration", () => {
    const hosts = [
      { url: "https://a", caFile: "/ca.pem" },
      { url: "https://b", skipVerify: true },
    ];
    const found = variables({ kubernetes: { registryMirrors: [{ prefix: "docker.io", hosts }] } });
    const capabilities = ["pull", "resolve"];
    assert.deepEqual(found["containerd_registries_mirrors"], [
      {
        prefix: "docker.io",
        mirrors: [
          { host: "https://a", capabilities, skip_verify: false, ca: "/ca.pem" },
          { host: "https://b", capabilities, skip_verify: true },
        ],
      },
    ]);
  });

  it("let the kubelet talk to the subnet, pods and resolvers only, and do not guess where names lead", () => {
    const network = { dnsServers: ["9.9.9.9"] };
    assert.equal(
      variables({ network })["kubelet_secure_addresses"],
      "localhost link-local 10.20.0.0/22 10.42.0.0/16 10.43.0.0/16 9.9.9.9",
    );
    const named = { apiEndpoint: { hostname: "api.example.com", floatingIp: false } };
    assert.equal(variables(named)["kubelet_systemd_hardening"], false);
    assert.equal(variables({ ...named, network })["kubelet_systemd_hardening"], true);
  });

  it("have nothing of the hardening set without it", () => {
    const config = configOf({ ...small, kubernetes: { hardening: false } });
    assert.deepEqual(hardeningVariables(config), {});
  });

  it("end with the user's own, whose mappings are added to the program's", () => {
    const found = variables({
      kubernetes: {
        cni: "cilium",
        encapsulation: "none",
        extraVars: { resolvconf_mode: "host_resolvconf", cilium_extra_values: { debug: true } },
      },
    });
    assert.equal(found["resolvconf_mode"], "host_resolvconf");
    assert.deepEqual(found["cilium_extra_values"], { routingMode: "native", debug: true });
  });

  /** Safe to say again: part of a set that is meant to be adjusted, or a default of the program's. */
  const adjustable = new Set([
    ...Object.keys(hardeningVariables(configOf(small))),
    "resolvconf_mode",
    "ping_access_ip",
    "kubectl_localhost",
    "kube_proxy_strict_arp",
    "kube_vip_lb_enable",
    "kube_encryption_resources",
    "kube_owner",
    // Services may take their addresses from another network than the endpoint.
    "external_openstack_lbaas_enabled",
    "external_openstack_lbaas_subnet_id",
    "external_openstack_lbaas_floating_network_id",
    "external_openstack_lbaas_internal_lb",
    "external_openstack_lbaas_method",
    "external_openstack_network_internal_networks",
    "cilium_extra_values",
  ]);

  it("of which each is a key's, forbidden, or meant to be adjusted by extraVars", () => {
    fc.assert(
      fc.property(cluster, (input) => {
        const config = configOf(input);
        const found = planGroupVars(config, placeholderFacts(config));
        for (const name of Object.values(found).flatMap((vars) => Object.keys(vars))) {
          const known =
            name in ownedVariables ||
            adjustable.has(name) ||
            forbiddenVariables.some((one) => one.name.test(name));
          assert.ok(known, `${name}: add it to ownedVariables, or to the adjustable ones`);
        }
      }),
      { numRuns: 50 },
    );
  });

  it("hold no secret, no undefined, and booleans as booleans", () => {
    fc.assert(
      fc.property(cluster, (input) => {
        const config = configOf(input);
        const found = planGroupVars(config, placeholderFacts(config));
        const walk = (value: unknown): void => {
          assert.notEqual(value, undefined);
          if (typeof value === "object" && value !== null) Object.values(value).forEach(walk);
          if (typeof value === "string") assert.doesNotMatch(value, /^(true|false|yes|no|on|off)$/i);
        };
        walk(found);
        const keys = Object.values(found).flatMap((vars) => Object.entries(vars));
        for (const [name, value] of keys)
          if (/(_key|_token|_password|_secret)$/.test(name))
            assert.match(String(value), /^{{ lookup\('env', /);
      }),
      { numRuns: 50 },
    );
  });
});
