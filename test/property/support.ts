/** How to change each key, one at a time, so that the configuration stays valid. */
import assert from "node:assert/strict";
import { nodeAt } from "../../config/checking/schemaModel";
import { formatIssue, type Path } from "../../config/issue";
import type { ClusterConfig } from "../../config/resolve";
import { catalogue } from "../../config/catalogue";
import { serviceNames, type ServiceName } from "../../config/services";
import { validateStackValues } from "../../config/validate";
import { base, certificate, uuid, type Written } from "./everyKey";

/** Values by dotted path inside the cluster; undefined takes a value away. */
type Edits = Readonly<Record<string, unknown>>;

interface Change {
  /** The other value. @default one made from the type */
  readonly to?: unknown;
  /** What else the key needs to have an effect, before and after. */
  readonly with?: Edits;
}

const existing = {
  network: {
    cidr: "10.20.0.0/24",
    existing: { networkId: uuid("3"), subnetId: uuid("4"), routerId: uuid("5") },
  },
};
const withoutBalancer = Object.fromEntries(
  ["provider", "flavorId", "monitor", "port"].map((key) => [`apiEndpoint.${key}`, undefined]),
);
const s3 = { "backup.store": "s3", "backup.endpoint": "https://s3.example.com", "backup.region": "here" };
const acme = {
  "services.gateway-api": { enabled: true },
  "services.cert-manager": {
    acme: {
      email: "a@example.com",
      server: "https://acme.example.com/one",
      solver: "http01-gateway",
      zones: ["example.com"],
    },
  },
};
const ownImages = ["access.bastion", "controlPlane", "pools.general"].map((group) => `${group}.image`);

/** Where a value of the type alone would be invalid, or the key without effect in {@link base}. */
const changes: Readonly<Record<string, Change>> = {
  "cluster.environment": { to: "production" },
  "cluster.domain": { to: "example.com" },
  "cluster.tags": { to: ["team-b"] },
  "cluster.openstack.authUrl": {
    to: "https://keystone.example.com/v4",
    with: { "openstack.cloud": undefined, "openstack.authUrl": "https://keystone.example.com/v3" },
  },
  "cluster.openstack.availabilityZones": { to: ["az2"] },
  "cluster.openstack.image": { with: Object.fromEntries(ownImages.map((path) => [path, undefined])) },
  "cluster.openstack.caCertificate": { to: certificate("BBBB") },
  "cluster.network.cidr": {
    to: "10.21.0.0/24",
    with: { "network.allocationPool": undefined, "network.hostRoutes": [], "apiEndpoint.vip": undefined },
  },
  "cluster.network.allocationPool.start": { to: "10.20.0.21" },
  "cluster.network.allocationPool.end": { to: "10.20.0.201" },
  "cluster.network.dnsServers": { to: ["1.1.1.1"] },
  "cluster.network.ntpServers": { to: ["time2.example.com"] },
  "cluster.network.hostRoutes.*.destination": { to: "192.168.51.0/24" },
  "cluster.network.hostRoutes.*.nextHop": { to: "10.20.0.8" },
  "cluster.network.existing.networkId": { to: uuid("9"), with: existing },
  "cluster.network.existing.subnetId": { to: uuid("9"), with: existing },
  "cluster.network.existing.routerId": { to: uuid("9"), with: existing },
  "cluster.access.sshAllowedCidrs": { to: ["192.0.2.0/24"] },
  "cluster.access.apiAllowedCidrs": { to: ["192.0.2.0/24"] },
  "cluster.access.bastion.enabled": {
    with: { "access.bastion.flavor": undefined, "access.bastion.image": undefined },
  },
  "cluster.controlPlane.count": { to: 3 },
  "cluster.controlPlane.nodes": {
    to: [2],
    with: { "controlPlane.count": undefined, "controlPlane.nodes": [1] },
  },
  "cluster.controlPlane.availabilityZones": { to: ["az2"] },
  "cluster.controlPlane.metadata": { to: { owner: "dev" } },
  "cluster.controlPlane.tags": { to: ["other"] },
  "cluster.controlPlane.serverGroupPolicy": { to: "soft-anti-affinity" },
  "cluster.pools.*.nodes": {
    to: [2],
    with: { "pools.general.count": undefined, "pools.general.nodes": [1] },
  },
  "cluster.pools.*.availabilityZones": { to: ["az2"] },
  "cluster.pools.*.metadata": { to: { owner: "dev" } },
  "cluster.pools.*.tags": { to: ["other"] },
  "cluster.pools.*.labels": { to: { tier: "silver" } },
  "cluster.pools.*.taints.*.value": { to: "false" },
  "cluster.pools.*.nodePorts.*.allowedCidrs": { to: ["192.0.2.0/24"] },
  "cluster.pools.*.extraSecurityGroupIds": { to: [uuid("9")] },
  "cluster.apiEndpoint.type": { to: "kube-vip", with: withoutBalancer },
  "cluster.apiEndpoint.provider": { to: "ovn", with: { "apiEndpoint.flavorId": undefined } },
  "cluster.apiEndpoint.flavorId": { to: uuid("9") },
  "cluster.apiEndpoint.vip": { to: "10.20.0.8" },
  "cluster.apiEndpoint.hostname": { to: "api2.k8s.example.com" },
  "cluster.apiEndpoint.dns": { to: "none", with: { "apiEndpoint.manageZone": false } },
  "cluster.kubernetes.version": { to: "1.35.3" },
  "cluster.kubernetes.podCidr": { to: "10.44.0.0/16" },
  "cluster.kubernetes.serviceCidr": { to: "10.45.0.0/16" },
  "cluster.kubernetes.encapsulation": { to: "vxlan" },
  "cluster.kubernetes.oidc.caCertificate": { to: certificate("BBBB") },
  "cluster.kubernetes.registryMirrors.*.prefix": { to: "quay.io" },
  "cluster.kubernetes.registryMirrors.*.hosts.*.url": { to: "https://mirror2.example.com" },
  "cluster.kubernetes.registryMirrors.*.hosts.*.capabilities": { to: ["pull"] },
  "cluster.kubernetes.proxy.http": { to: "http://proxy2.example.com:3128" },
  "cluster.kubernetes.proxy.https": { to: "http://proxy2.example.com:3128" },
  "cluster.kubernetes.proxy.noProxy": { to: ["example.net"] },
  "cluster.kubernetes.extraVars": { to: { retry_stagger: 60 } },
  "cluster.kubespray.ref": { to: "0123456789abcdef0123456789abcdef01234567" },
  "cluster.kubespray.source": {
    to: "directory",
    with: { "kubespray.url": undefined },
  },
  "cluster.kubespray.directory": {
    with: {
      "kubespray.source": "directory",
      "kubespray.url": undefined,
      "kubespray.directory": "/kubespray",
    },
  },
  "cluster.kubespray.image": {
    with: {
      "kubespray.source": "image",
      "kubespray.url": undefined,
      "kubespray.image": "kubespray",
      "kubespray.offline.wheels": undefined,
    },
  },
  "cluster.kubespray.timeout": { to: "3h" },
  "cluster.gitops.auth": { to: undefined },
  "cluster.gitops.username": {
    to: "robot",
    with: { "gitops.auth": "token", "gitops.repository.url": "https://git.example.com/clusters.git" },
  },
  "cluster.services.external-snapshotter.version": { to: "1.2.3", with: { "gitops.base": "embedded" } },
  "cluster.services.external-snapshotter.values": {
    to: { replicas: 2 },
    with: { "gitops.base": "embedded" },
  },
  "cluster.gitops.interval": { to: "6m" },
  "cluster.gitops.repository.knownHosts": { to: ["git.example.com ssh-ed25519 AAAA"] },
  "cluster.gitops.charts": { to: "oci://charts.example.com/all" },
  "cluster.gitops.flux.version": { to: "2.9.6" },
  "cluster.gitops.flux.manifests.file": {
    to: "/other/install.yaml",
    with: { "gitops.flux.manifests": { file: "/flux/install.yaml" } },
  },
  "cluster.gitops.flux.manifests.url": {
    to: "https://other.example.com/install.yaml",
    with: { "gitops.flux.manifests": { url: "https://files.example.com/install.yaml" } },
  },
  "cluster.gitops.flux.manifests.sha256": {
    to: "b".repeat(64),
    with: { "gitops.flux.manifests": { file: "/flux/install.yaml", sha256: "a".repeat(64) } },
  },
  "cluster.gitops.pullRequests.provider": { to: "gitea" },
  "cluster.gitops.pullRequests.apiUrl": {
    to: "https://other.example.com/api/v1",
    with: { "gitops.pullRequests": { provider: "gitea", apiUrl: "https://git.example.com/api/v1" } },
  },
  "cluster.services.cert-manager.acme.email": { to: "b@example.com", with: acme },
  "cluster.services.cert-manager.acme.server": { to: "https://acme.example.com/two", with: acme },
  "cluster.services.cert-manager.acme.solver": { to: "dns01-designate", with: acme },
  "cluster.services.cert-manager.acme.zones": { to: ["other.example.com"], with: acme },
  "cluster.services.metallb.addressPools": {
    to: ["10.20.2.10-10.20.2.50"],
    with: { "services.metallb": { enabled: true, addressPools: ["10.20.2.60-10.20.2.70"] } },
  },
  "cluster.teardown.timeout": { to: "16m" },
  "cluster.drift.ignore.*.until": { to: "2026-07-02" },
  "cluster.secrets.age.generations": { to: [1, 3] },
  "cluster.secrets.applicationCredential.generations": { to: [1, 3] },
  "cluster.secrets.ssh.generations": { to: [1, 3] },
  "cluster.secrets.encryptionKey.generations": { to: [1, 3] },
  "cluster.services.keycloak.enabled": { to: true, with: { "services.postgres-operator.enabled": true } },
  "cluster.backup.store": {
    to: "none",
    with: Object.fromEntries(
      ["bucket", "schedule", "retention", "etcdSnapshots"].map((key) => [`backup.${key}`, undefined]),
    ),
  },
  "cluster.backup.endpoint": { with: s3 },
  "cluster.backup.region": { with: s3 },
  "cluster.backup.schedule": { to: "0 4 * * *" },
  "cluster.backup.retention": { to: "31d" },
};

const enabled = (services: readonly ServiceName[]): Edits =>
  Object.fromEntries(services.map((service) => [`services.${service}.enabled`, true]));

/** Services are alike. */
function serviceChange(path: string): Change | undefined {
  const [, section, name, key] = path.split(".");
  if (section !== "services" || !serviceNames.some((service) => service === name)) return undefined;
  const to = { enabled: true, version: "1.2.3", values: { replicas: 2 } }[key ?? ""];
  const service = name as ServiceName;
  return key === "enabled"
    ? { to: !catalogue[service].defaultOn, with: enabled(catalogue[service].needs) }
    : { to, with: enabled([service, ...catalogue[service].needs]) };
}

function get(value: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (at, part) => (at as Record<string | number, unknown> | undefined)?.[part],
    value,
  );
}

function set(value: unknown, path: Path, to: unknown): unknown {
  const [head, ...rest] = path;
  if (head === undefined) return to;
  const copy = (Array.isArray(value) ? [...(value as unknown[])] : { ...(value as object) }) as Record<
    string | number,
    unknown
  >;
  copy[head] = set(copy[head], rest, to);
  if (copy[head] === undefined) delete copy[head];
  return copy;
}

/** `cluster.pools.*.volumes.*.name` in {@link base}: the one pool, the first of a list. */
function concrete(path: string): Path {
  return path.split(".").map((part, index, parts) => {
    if (part !== "*") return part;
    return parts[index - 1] === "pools" ? "general" : 0;
  });
}

/** Another value of the same type. */
function alternative(path: string, current: unknown): unknown {
  const { enum: choices } = nodeAt(concrete(path)) ?? {};
  if (choices !== undefined) return choices.find((choice) => choice !== current);
  if (typeof current === "boolean") return !current;
  if (typeof current === "number") return current + 1;
  assert.equal(typeof current, "string", `${path}: write in \`changes\` what it can be changed to`);
  return `${String(current)}x`;
}

/** The configuration before and after a change of one key; both are valid. */
export function changed(path: string): { before: ClusterConfig; after: ClusterConfig } {
  const change = changes[path] ?? serviceChange(path) ?? {};
  const edits = Object.entries(change.with ?? {});
  const before = edits.reduce<unknown>(
    (value, [edit, to]) => set(value, ["cluster", ...edit.split(".")], to),
    base,
  ) as Written;
  const current = get(before, concrete(path));
  const to = "to" in change ? change.to : alternative(path, current);
  assert.notDeepEqual(to, current, `${path}: the other value is the same`);
  const after = set(before, concrete(path), to) as Written;
  // A directory or an image is what the other sources need.
  const usable =
    path === "cluster.kubespray.source"
      ? set(after, ["cluster", "kubespray", "directory"], "/kubespray")
      : after;
  return { before: configured(path, before), after: configured(path, usable as Written) };
}

/**
 * The configuration before and after changes of many keys that need not be valid together: for what should read none
 * of them.
 */
export function changedTogether(paths: readonly string[]): { before: ClusterConfig; after: ClusterConfig } {
  const before = configured("the base", base);
  const after = paths.reduce<unknown>((config, path) => {
    // `cluster` is the whole of a resolved configuration.
    const inside = concrete(path).slice(1);
    return set(config, inside, get(changed(path).after, inside));
  }, before);
  return { before, after: after as ClusterConfig };
}

function configured(path: string, written: Written): ClusterConfig {
  const { config, issues } = validateStackValues(written);
  assert.ok(config, `${path}:\n${issues.map((issue) => formatIssue(issue)).join("\n")}`);
  return config;
}
