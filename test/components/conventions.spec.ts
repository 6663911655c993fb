/** What holds for every resource of every cluster. */
import assert from "node:assert/strict";
import type { ClusterInput } from "../../config/schema";
import type { Deployment, Registered } from "../support/mocks";
import {
  AGE_IDENTITY_MARK,
  CLUSTER_KEY_MARK,
  CREDENTIAL_MARK,
  KUBECONFIG_MARK,
  PRIVATE_KEY_MARK,
  SEED_MARK,
} from "../support/mockState";
import { TYPE, deployCluster, minimal, production, usual } from "./support";

const existing = {
  networkId: "11111111-1111-4111-8111-111111111111",
  subnetId: "22222222-2222-4222-8222-222222222222",
  routerId: "33333333-3333-4333-8333-333333333333",
};

const clusters: [title: string, settings: ClusterInput][] = [
  ["minimal", minimal],
  ["defaults", usual],
  ["production", production],
  [
    "kube-vip without encapsulation",
    { ...usual, apiEndpoint: { type: "kube-vip" }, kubernetes: { encapsulation: "none" } },
  ],
  [
    "ovn on an existing network",
    { ...usual, network: { existing, cidr: "10.20.0.0/22" }, apiEndpoint: { provider: "ovn" } },
  ],
];

/** What the provider gives a `tags` field, and what it gives only `metadata`. */
const TAGGED: readonly string[] = [
  TYPE.network,
  TYPE.subnet,
  TYPE.router,
  TYPE.port,
  TYPE.securityGroup,
  TYPE.floatingIp,
  TYPE.instance,
  TYPE.loadBalancer,
  TYPE.listener,
];
const WITH_METADATA: readonly string[] = [TYPE.instance, TYPE.volume, TYPE.container];

/** What nobody may read: planted by the mocks, and looked for everywhere. */
const MARKS = [PRIVATE_KEY_MARK, CREDENTIAL_MARK, CLUSTER_KEY_MARK, KUBECONFIG_MARK];
/** The same, where there is a repository. */
const GITOPS_MARKS = [AGE_IDENTITY_MARK, SEED_MARK];

interface Planted {
  readonly path: string;
  readonly text: string;
  /** Whether it is in a secret value. */
  readonly secret: boolean;
}

/** Every text with a mark in it, at any depth. */
function marksIn(value: unknown, secretPaths: readonly string[] = [], path = ""): Planted[] {
  if (typeof value === "string") {
    if (![...MARKS, ...GITOPS_MARKS].some((mark) => value.includes(mark))) return [];
    const secret = secretPaths.some((outer) => path === outer || path.startsWith(`${outer}.`));
    return [{ path, text: value, secret }];
  }
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, item]) =>
    marksIn(item, secretPaths, path === "" ? key : `${path}.${key}`),
  );
}

const isProvider = ({ type }: Registered) => type.startsWith("pulumi:providers:");

/**
 * Whether a child's name begins with its parent's, so that an alias of a renamed component reaches it. A machine is
 * called like its server whatever it belongs to, and the bastion's component has a longer name than its machine.
 */
function followsParent(deployment: Deployment<unknown>, resource: Registered): boolean {
  const parent = deployment.withUrn(resource.parent);
  if (parent.type === "opencenter:access:Bastion" && resource.type === "opencenter:compute:Machine")
    return parent.name === `${resource.name}-access`;
  return resource.name === parent.name || resource.name.startsWith(`${parent.name}-`);
}

for (const [title, settings] of clusters) {
  describe(`every resource of a cluster (${title})`, () => {
    let deployment: Deployment<unknown>;
    let custom: Registered[];
    before(async () => {
      deployment = await deployCluster(settings);
      custom = deployment.resources.filter((resource) => resource.custom);
      assert.ok(custom.length > 30, "the cluster has resources to look at");
    });

    it("belongs to a component, all of them to the cluster", () => {
      for (const resource of deployment.resources) {
        if (resource.type === "opencenter:cluster:Cluster") continue;
        const parent = deployment.withUrn(resource.parent);
        assert.equal(parent.custom, false, `${resource.urn} has a resource for a parent`);
        assert.match(parent.type, /^opencenter:/, resource.urn);
      }
      const roots = deployment.resources.filter(({ parent }) => parent === undefined);
      assert.deepEqual(
        roots.map(({ type }) => type),
        ["opencenter:cluster:Cluster"],
      );
    });

    it("has a name that begins with its parent's", () => {
      for (const resource of deployment.resources) {
        if (resource.parent === undefined) continue;
        assert.ok(followsParent(deployment, resource), `${resource.urn} is not named after its parent`);
      }
    });

    it("uses the cluster's own providers, none from the environment", () => {
      for (const resource of custom.filter((other) => !isProvider(other))) {
        const [pack = ""] = resource.type.split(":");
        const expected = `pulumi:providers:${pack}`;
        assert.ok(resource.provider, `${resource.urn} would take its credentials from the environment`);
        assert.equal(deployment.withUrn(resource.provider).type, expected, resource.urn);
      }
      for (const { token, provider } of deployment.calls)
        assert.equal(provider, deployment.only(TYPE.cloud).urn, `${token} has no provider of ours`);
      assert.ok(deployment.calls.length > 0);
    });

    it("has the cluster's tags, or its metadata where there are no tags", () => {
      const name = settings.name;
      const organization = "acme";
      const own = ["opencenter", `opencenter-organization=${organization}`, `opencenter-cluster=${name}`];
      const tags = [...own, ...(settings.tags ?? [])];
      for (const { type, inputs, urn } of custom) {
        if (TAGGED.includes(type)) assert.deepEqual(inputs.tags, tags, urn);
        if (!WITH_METADATA.includes(type)) continue;
        assert.equal(inputs.metadata["opencenter-organization"], organization, urn);
        assert.equal(inputs.metadata["opencenter-cluster"], name, urn);
      }
    });

    it("keeps secrets secret, in inputs and outputs", () => {
      const found = deployment.resources.flatMap(({ urn, ...resource }) => [
        ...marksIn(resource.inputs, resource.secretInputs).map((mark) => ({
          ...mark,
          of: `input of ${urn}`,
        })),
        ...marksIn(resource.outputs, resource.secretOutputs).map((mark) => ({
          ...mark,
          of: `output of ${urn}`,
        })),
      ]);
      const exposed = found.filter(({ secret }) => !secret);
      assert.deepEqual(
        exposed.map(({ path, of }) => `${path}, ${of}`),
        [],
        "secrets in the open",
      );
      for (const mark of [...MARKS, ...("gitops" in settings ? GITOPS_MARKS : [])])
        assert.ok(
          found.some(({ text }) => text.includes(mark)),
          `${mark} is nowhere`,
        );
      for (const { urn, additionalSecretOutputs } of deployment.ofType(TYPE.privateKey))
        for (const output of ["privateKeyOpenssh", "privateKeyPem"])
          assert.ok(additionalSecretOutputs.includes(output), `${output} of ${urn} is not secret`);
    });

    it("stores no inputs if it is a component", () => {
      for (const resource of deployment.resources.filter((other) => !other.custom)) {
        // The engine writes them to the state: the whole configuration, for each component again.
        assert.deepEqual(resource.inputs, {}, `${resource.urn} stores its arguments`);
      }
    });

    it("is deleted before it is replaced where the cloud takes only one of them", () => {
      const unique: readonly string[] = [
        TYPE.keypair,
        TYPE.loadBalancer,
        TYPE.listener,
        TYPE.pool,
        TYPE.monitor,
        TYPE.rule,
        TYPE.recordSet,
        TYPE.instance,
        TYPE.volumeAttach,
      ];
      for (const resource of custom) {
        const fixedAddress =
          resource.type === TYPE.port && resource.inputs.fixedIps[0].ipAddress !== undefined;
        if (unique.includes(resource.type) || fixedAddress)
          assert.ok(resource.deleteBeforeReplace, `${resource.urn} is made while the old one is in its way`);
      }
    });

    it("goes with the cluster, a DNS zone and what lives inside the cluster excepted", () => {
      const retained = custom.filter(({ retainOnDelete }) => retainOnDelete).map(({ type }) => type);
      assert.deepEqual(retained, [
        ...(settings.apiEndpoint?.manageZone === true ? [TYPE.zone] : []),
        ...(settings.gitops === undefined ? [] : [TYPE.namespace]),
      ]);
    });
  });
}

describe("protection", () => {
  const protectedNames = ({ resources }: Deployment<unknown>) =>
    resources
      .filter(({ custom, protect }) => custom && protect)
      .map(({ type, name }) => `${type.split(":").at(-1)} ${name}`)
      .sort();

  it("covers in production what holds data, keys or addresses, and nothing else", async () => {
    assert.deepEqual(protectedNames(await deployCluster(production)), [
      "Command prod-kubernetes-keys",
      "Command prod-platform-age-1",
      "Command prod-platform-repository-seed",
      "Container prod-backup",
      "FloatingIp prod-api-floating-ip",
      "FloatingIp prod-bastion-access-floating-ip",
      "Instance prod-cp-1",
      "Instance prod-cp-2",
      "Instance prod-cp-3",
      "LoadBalancer prod-api",
      "Network prod-network",
      "Port prod-cp-1-port",
      "Port prod-cp-2-port",
      "Port prod-cp-3-port",
      "PrivateKey prod-bastion-access-host-key",
      "PrivateKey prod-ssh-g1",
      "Router prod-network-router",
      "Subnet prod-network-subnet",
      "Volume prod-storage-1-data",
      "Volume prod-storage-2-data",
    ]);
  });

  it("is the same for kube-vip, with the reserved address instead of a load balancer", async () => {
    const { name: _, ...rest } = usual;
    const settings: ClusterInput = {
      ...rest,
      name: "prod",
      environment: "production",
      apiEndpoint: { type: "kube-vip" },
    };
    const names = protectedNames(await deployCluster(settings));
    assert.ok(names.includes("Port prod-api-vip"), names.join(", "));
    assert.ok(!names.some((name) => name.startsWith("LoadBalancer")));
  });

  for (const environment of ["development", "staging"] as const) {
    it(`is absent in ${environment}`, async () => {
      assert.deepEqual(protectedNames(await deployCluster({ ...production, environment })), []);
    });
  }
});
