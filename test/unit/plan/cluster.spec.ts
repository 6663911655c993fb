/** Names, network, endpoint, DNS, keys and backups of a plan. */
import assert from "node:assert/strict";
import type { ClusterInput } from "../../../config/schema";
import { statePaths } from "../../../plan/names";
import { planWith, small } from "./support";

describe("plan: network", () => {
  const whole = {
    name: "test",
    cidr: "10.20.0.0/22",
    etherType: "IPv4",
    existing: undefined,
    gateway: "10.20.0.1",
    allocationPool: { start: "10.20.0.10", end: "10.20.3.254" },
    dnsServers: [],
    hostRoutes: [],
    mtu: undefined,
  };

  it("is the default one where nothing is written", () => {
    assert.deepEqual(planWith({}).network, whole);
  });

  const keys: readonly [string, NonNullable<ClusterInput["network"]>, object][] = [
    [
      "cidr",
      { cidr: "10.9.0.0/24" },
      { cidr: "10.9.0.0/24", gateway: "10.9.0.1", allocationPool: { start: "10.9.0.10", end: "10.9.0.254" } },
    ],
    ["mtu", { mtu: 1400 }, { mtu: 1400 }],
    ["dnsServers", { dnsServers: ["9.9.9.9", "1.1.1.1"] }, { dnsServers: ["9.9.9.9", "1.1.1.1"] }],
    [
      "allocationPool",
      { allocationPool: { start: "10.20.0.100", end: "10.20.0.200" } },
      { allocationPool: { start: "10.20.0.100", end: "10.20.0.200" } },
    ],
    [
      "hostRoutes",
      { hostRoutes: [{ destination: "192.168.1.0/24", nextHop: "10.20.0.7" }] },
      { hostRoutes: [{ destination: "192.168.1.0/24", nextHop: "10.20.0.7" }] },
    ],
  ];
  for (const [key, network, expected] of keys) {
    it(`takes ${key}, which changes nothing else`, () => {
      assert.deepEqual(planWith({ network }).network, { ...whole, ...expected });
    });
  }

  it("has no pool of addresses where it is somebody else's", () => {
    const existing = {
      networkId: "3f0c5bb1-8c5d-4d0a-9c7e-1f6a0a8e9b21",
      subnetId: "3f0c5bb1-8c5d-4d0a-9c7e-1f6a0a8e9b22",
    };
    const { network } = planWith({ network: { cidr: "10.9.0.0/24", existing } });
    assert.deepEqual([network.existing, network.allocationPool], [existing, undefined]);
  });
});

describe("plan: API endpoint", () => {
  const endpoint = (apiEndpoint: ClusterInput["apiEndpoint"], sections: Partial<ClusterInput> = {}) =>
    planWith({ ...sections, apiEndpoint }).apiEndpoint;

  it("is a load balancer before the control plane where nothing is written", () => {
    assert.deepEqual(endpoint({}, { controlPlane: { count: 3, flavor: "medium" } }), {
      type: "octavia",
      name: "test-api",
      vip: "10.20.0.5",
      port: 6443,
      floatingIp: true,
      hostname: undefined,
      loadBalancer: {
        name: "test-api",
        provider: "amphora",
        flavorId: undefined,
        port: 6443,
        memberPort: 6443,
        allowedCidrs: ["10.20.0.0/22", "203.0.113.0/24"],
        members: ["test-cp-1", "test-cp-2", "test-cp-3"],
        monitor: { delaySeconds: 10, timeoutSeconds: 5, maxRetries: 3 },
      },
    });
  });

  it("has a port of its own, behind which the API server keeps its", () => {
    const { port, loadBalancer } = endpoint({ port: 443 });
    assert.deepEqual([port, loadBalancer?.port, loadBalancer?.memberPort], [443, 443, 6443]);
  });

  it("gives the load balancer what is its own", () => {
    const monitor = { delaySeconds: 20, timeoutSeconds: 19, maxRetries: 2 };
    const flavorId = "3f0c5bb1-8c5d-4d0a-9c7e-1f6a0a8e9b21";
    const { loadBalancer } = endpoint({ monitor, flavorId });
    assert.deepEqual([loadBalancer?.monitor, loadBalancer?.flavorId], [monitor, flavorId]);
  });

  it("leaves the check of clients to the security groups where the provider hands them through", () => {
    for (const provider of ["ovn", "f5"])
      assert.equal(endpoint({ provider }).loadBalancer?.allowedCidrs, undefined, provider);
  });

  it("checks clients at an amphora in an order that is always the same", () => {
    const allowed = (cidrs: string[]) =>
      endpoint({}, { access: { ...small.access, apiAllowedCidrs: cidrs } }).loadBalancer?.allowedCidrs;
    const cidrs = ["203.0.113.0/24", "192.0.2.0/24"];
    assert.deepEqual(allowed(cidrs), allowed([...cidrs].reverse()));
    assert.deepEqual(allowed(cidrs), ["10.20.0.0/22", "192.0.2.0/24", "203.0.113.0/24"]);
  });

  it("is a virtual address with kube-vip, and the node itself with single", () => {
    const common = {
      name: "test-api",
      port: 6443,
      floatingIp: true,
      hostname: undefined,
      loadBalancer: undefined,
    };
    assert.deepEqual(endpoint({ type: "kube-vip" }), { ...common, type: "kube-vip", vip: "10.20.0.5" });
    assert.deepEqual(endpoint({ type: "kube-vip", vip: "10.20.0.8" }).vip, "10.20.0.8");
    // Nothing translates: another port would be one that nobody listens on.
    assert.equal(endpoint({ type: "kube-vip", port: 443 }).port, 6443);
    assert.deepEqual(endpoint({ type: "single" }), { ...common, type: "single", vip: undefined });
  });

  it("takes floatingIp and hostname as written", () => {
    const { floatingIp, hostname } = endpoint({ floatingIp: false, hostname: "api.example.com" });
    assert.deepEqual([floatingIp, hostname], [false, "api.example.com"]);
  });

  it("leaves the address to Neutron in somebody else's subnet", () => {
    const id = "3f0c5bb1-8c5d-4d0a-9c7e-1f6a0a8e9b21";
    const network = { cidr: "10.9.0.0/24", existing: { networkId: id, subnetId: id, routerId: id } };
    assert.equal(endpoint({}, { network }).vip, undefined);
  });
});

describe("plan: DNS", () => {
  const hostname = "api.k8s.example.com";
  const domain = "k8s.example.com";

  it("is a record of the endpoint with Designate", () => {
    const apiEndpoint = { hostname, dns: "designate" as const };
    const expected = {
      zone: "k8s.example.com.",
      manageZone: false,
      records: [{ key: "api", name: "api.k8s.example.com.", type: "A", ttl: 300 }],
    };
    assert.deepEqual(planWith({ domain, apiEndpoint }).dns, expected);
    assert.deepEqual(planWith({ domain, apiEndpoint: { ...apiEndpoint, manageZone: true } }).dns, {
      ...expected,
      manageZone: true,
    });
  });

  it("is nobody's where nothing says so", () => {
    assert.equal(planWith({ domain, apiEndpoint: { hostname } }).dns, undefined);
    assert.equal(planWith({ domain, apiEndpoint: { dns: "designate" } }).dns, undefined);
    assert.equal(planWith({ apiEndpoint: { hostname, dns: "designate" } }).dns, undefined);
  });
});

describe("plan: the rest", () => {
  it("protects in production only", () => {
    const stateful = (environment: ClusterInput["environment"]) =>
      planWith({ environment }).protection.stateful;
    assert.deepEqual(
      [stateful("development"), stateful("staging"), stateful("production")],
      [false, false, true],
    );
  });

  it("keeps backups in a container with Swift, and makes none of somebody else's", () => {
    assert.deepEqual(planWith({}).backupContainer, { name: "acme-test-backup" });
    assert.deepEqual(planWith({ backup: { bucket: "mine" } }).backupContainer, { name: "mine" });
    assert.equal(planWith({ backup: { store: "none" } }).backupContainer, undefined);
    const s3 = { store: "s3" as const, bucket: "mine", endpoint: "https://s3.example.com" };
    assert.equal(planWith({ backup: s3 }).backupContainer, undefined);
  });

  it("counts SSH keys", () => {
    assert.deepEqual(planWith({}).ssh, { name: "test", generation: 1, generations: [1] });
    assert.deepEqual(planWith({ secrets: { ssh: { generation: 4 } } }).ssh, {
      name: "test",
      generation: 4,
      generations: [4],
    });
  });

  it("tags everything with the program's tags, then the user's", () => {
    assert.deepEqual(planWith({ tags: ["b", "a"] }).tags, [
      "opencenter",
      "opencenter-organization=acme",
      "opencenter-cluster=test",
      "b",
      "a",
    ]);
  });

  it("puts copies where the platform's users look for them", () => {
    assert.deepEqual(statePaths({ organization: "acme", name: "prod" }), {
      state: "clusters/state/acme/prod",
      logs: "clusters/state/acme/prod/logs",
      resolvedConfig: "clusters/state/acme/prod/prod-config.yaml",
      kubeconfig: "clusters/state/acme/prod/kubeconfig.yaml",
      inventory: "clusters/state/acme/prod/inventory",
      factCache: "clusters/state/acme/prod/facts",
      converge: "clusters/state/acme/prod/converge.json",
      known: "clusters/state/acme/prod/known-nodes.json",
      lock: "clusters/state/acme/prod/lock",
      gitops: "clusters/gitops/acme",
      delivery: "clusters/state/acme/prod/delivery.json",
      deliverySecrets: "clusters/secrets/acme/prod/delivery.json",
      ageKeys: "clusters/secrets/acme/prod/age/keys/prod-key.txt",
      gitKey: "clusters/secrets/acme/prod/git/prod",
      kubespraySecrets: "clusters/secrets/acme/prod/kubespray.json",
      sshPrivateKey: "clusters/secrets/acme/prod/ssh/prod",
      sshPublicKey: "clusters/secrets/acme/prod/ssh/prod.pub",
      sshKnownHosts: "clusters/secrets/acme/prod/ssh/known_hosts",
    });
  });
});
