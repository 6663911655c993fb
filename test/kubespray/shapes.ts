/** Clusters that differ in what Kubespray has to be told. */
import type { ClusterInput } from "../../config/schema";

const cloud: Pick<ClusterInput, "environment" | "openstack" | "access"> = {
  environment: "development",
  openstack: { externalNetwork: "public", image: "ubuntu" },
  access: { sshAllowedCidrs: ["198.51.100.0/24"], apiAllowedCidrs: ["203.0.113.0/24"] },
};
const three = { count: 3, flavor: "medium" };
const one = { count: 1, flavor: "medium" };
const workers = { general: { count: 2, flavor: "large" } };

function cluster(name: string, rest: Partial<ClusterInput>): ClusterInput {
  return { ...cloud, name, controlPlane: three, pools: workers, ...rest };
}

const certificate = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";

export const shapes: readonly ClusterInput[] = [
  cluster("defaults", {}),
  cluster("single", { controlPlane: one, apiEndpoint: { type: "single" } }),
  cluster("vip", { apiEndpoint: { type: "kube-vip" }, kubernetes: { encapsulation: "ipip" } }),
  cluster("plain", { kubernetes: { encapsulation: "none", hardening: false } }),
  cluster("cilium", { kubernetes: { cni: "cilium" } }),
  cluster("native", { kubernetes: { cni: "cilium", encapsulation: "none", kubelet: { maxPods: 200 } } }),
  cluster("joined", {
    network: {
      cidr: "10.9.0.0/24",
      existing: {
        networkId: "3f0c5bb1-8c5d-4d0a-9c7e-1f6a0a8e9b21",
        subnetId: "3f0c5bb1-8c5d-4d0a-9c7e-1f6a0a8e9b22",
      },
    },
    access: { ...cloud.access, bastion: { enabled: false } },
    apiEndpoint: { floatingIp: false, hostname: "api.k8s.example.com" },
  }),
  cluster("named", {
    domain: "k8s.example.com",
    apiEndpoint: { port: 443, hostname: "api.k8s.example.com", dns: "designate" },
    network: { dnsServers: ["9.9.9.9"], ntpServers: ["time.example.com", "192.0.2.123"] },
  }),
  cluster("offline", {
    kubernetes: {
      proxy: { https: "http://proxy.example.com:3128", noProxy: ["example.org"] },
      registryMirrors: [{ prefix: "docker.io", hosts: [{ url: "https://mirror.example.com" }] }],
    },
    kubespray: { offline: { files: "http://files.example.com/k8s", registry: "registry.example.com:5000" } },
  }),
  cluster("login", {
    openstack: { ...cloud.openstack, caCertificate: certificate },
    kubernetes: {
      oidc: { issuerUrl: "https://login.example.com", clientId: "k8s", caCertificate: certificate },
      audit: { maxAgeDays: 7 },
      encryptionAtRest: { algorithm: "aescbc" },
      kubelet: { reserved: { cpuMillicores: 500, memoryMiB: 1024 } },
    },
  }),
  cluster("bare", {
    pools: {},
    kubernetes: {
      audit: { enabled: false },
      encryptionAtRest: { enabled: false },
      certificates: { autoRenew: false },
      extraVars: { kube_proxy_mode: "nftables", retry_stagger: 60, download_run_once: true },
    },
  }),
  cluster("takeover", {
    services: { "openstack-ccm": { enabled: true } },
    gitops: { repository: { url: "ssh://git@git.example.com/clusters.git" } },
    pools: {
      gpu: {
        nodes: [2, 5],
        flavor: "gpu",
        labels: { "example.com/answer": "yes", "example.com/version": "1.30" },
        taints: [
          { key: "example.com/gpu", value: "true", effect: "NoSchedule" },
          { key: "example.com/gpu", effect: "NoExecute" },
        ],
      },
      general: { count: 1, flavor: "large", labels: { "example.com/octal": "0755" } },
    },
  }),
];
