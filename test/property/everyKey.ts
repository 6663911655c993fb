/** A configuration in which nearly every key has an effect, to be changed one key at a time. */
/** `opencenter:organization` and `opencenter:cluster`, as written. */
export interface Written {
  readonly organization: string;
  readonly cluster: unknown;
}

export const certificate = (text: string) =>
  `-----BEGIN CERTIFICATE-----\n${text}\n-----END CERTIFICATE-----\n`;
export const uuid = (digit: string) => `3f0c5bb1-8c5d-4d0a-9c7e-1f6a0a8e9b2${digit}`;

export const base: Written = {
  organization: "acme",
  cluster: {
    name: "base",
    environment: "development",
    domain: "k8s.example.com",
    tags: ["team-a"],
    openstack: {
      cloud: "one",
      region: "here",
      externalNetwork: "public",
      availabilityZones: ["az1", "az2"],
      image: "ubuntu",
      caCertificate: certificate("AAAA"),
    },
    network: {
      cidr: "10.20.0.0/24",
      allocationPool: { start: "10.20.0.20", end: "10.20.0.200" },
      dnsServers: ["9.9.9.9"],
      ntpServers: ["time.example.com"],
      mtu: 1450,
      hostRoutes: [{ destination: "192.168.50.0/24", nextHop: "10.20.0.7" }],
    },
    access: {
      sshAllowedCidrs: ["198.51.100.0/24"],
      apiAllowedCidrs: ["198.51.100.0/24"],
      bastion: { enabled: true, flavor: "tiny", image: "ubuntu-minimal" },
      sshUser: "ubuntu",
    },
    controlPlane: {
      count: 1,
      flavor: "medium",
      image: "ubuntu-cp",
      rootVolume: { sizeGiB: 40, type: "fast" },
      availabilityZones: ["az1"],
      configDrive: true,
      metadata: { owner: "ops" },
      tags: ["etcd"],
      serverGroupPolicy: "anti-affinity",
    },
    pools: {
      general: {
        count: 1,
        flavor: "large",
        image: "ubuntu-worker",
        rootVolume: { sizeGiB: 40, type: "fast" },
        availabilityZones: ["az1"],
        configDrive: true,
        metadata: { owner: "ops" },
        tags: ["general"],
        serverGroupPolicy: "soft-anti-affinity",
        volumes: [{ name: "data", sizeGiB: 100, type: "fast", persistent: true }],
        labels: { tier: "gold" },
        taints: [{ key: "example.com/gpu", value: "true", effect: "NoSchedule" }],
        nodePorts: [{ from: 30080, to: 30081, protocol: "tcp", allowedCidrs: ["203.0.113.0/24"] }],
        extraSecurityGroupIds: [uuid("1")],
      },
    },
    apiEndpoint: {
      type: "octavia",
      provider: "amphora",
      flavorId: uuid("2"),
      vip: "10.20.0.6",
      port: 443,
      floatingIp: true,
      hostname: "api.k8s.example.com",
      dns: "designate",
      manageZone: true,
      monitor: { delaySeconds: 10, timeoutSeconds: 5, maxRetries: 3 },
    },
    kubernetes: {
      version: "1.35.4",
      podCidr: "10.42.0.0/16",
      serviceCidr: "10.43.0.0/16",
      podPrefixPerNode: 24,
      cni: "calico",
      encapsulation: "none",
      clusterDomain: "cluster.local",
      oidc: {
        issuerUrl: "https://login.example.com",
        clientId: "kubernetes",
        usernameClaim: "sub",
        usernamePrefix: "oidc:",
        groupsClaim: "groups",
        groupsPrefix: "oidc:",
        caCertificate: certificate("AAAA"),
      },
      audit: { enabled: true, maxAgeDays: 30, maxBackups: 10, maxSizeMiB: 100 },
      encryptionAtRest: { enabled: true, algorithm: "secretbox" },
      hardening: true,
      kubelet: { maxPods: 110, reserved: { cpuMillicores: 100, memoryMiB: 256 } },
      certificates: { autoRenew: true },
      registryMirrors: [
        {
          prefix: "docker.io",
          hosts: [
            {
              url: "https://mirror.example.com",
              capabilities: ["pull", "resolve"],
              skipVerify: false,
              caFile: "/etc/ssl/certs/mirror.pem",
            },
          ],
        },
      ],
      proxy: {
        http: "http://proxy.example.com:3128",
        https: "http://proxy.example.com:3128",
        noProxy: ["example.org"],
      },
      extraVars: {},
    },
    kubespray: {
      ref: "v2.31.0",
      source: "git",
      url: "https://git.example.com/kubespray.git",
      forks: 10,
      timeout: "2h",
      offline: { files: "https://files.example.com", registry: "registry.example.com", wheels: "/wheels" },
      replaceFirstControlPlane: false,
    },
    gitops: {
      repository: { url: "ssh://git@git.example.com/clusters.git", branch: "main" },
      auth: "ssh",
      username: "git",
      base: { url: "https://git.example.com/base.git", tag: "v1.0.0" },
      interval: "5m",
    },
    services: {},
    teardown: { timeout: "15m", skipUnreachable: false },
    drift: {
      ignore: [{ subject: "Router a", property: "name", reason: "known for long", until: "2026-07-01" }],
      certificateDays: 20,
    },
    secrets: {
      age: { generations: [1, 2], active: 1 },
      applicationCredential: { generations: [1, 2], active: 1 },
      ssh: { generation: 1, generations: [1, 2] },
      encryptionKey: { generation: 1, generations: [1, 2] },
    },
    backup: {
      store: "swift",
      bucket: "acme-backups",
      schedule: "0 3 * * *",
      retention: "30d",
      etcdSnapshots: true,
    },
  },
};
