/** Adopting, without a cloud: the map, what follows from it, the import's files, and what is refused. */
import assert from "node:assert/strict";
import { Catalogue } from "../../../cli/adopt/catalogue";
import { foreseen } from "../../../cli/adopt/changes";
import { identifyByName } from "../../../cli/adopt/identify";
import { importFiles } from "../../../cli/adopt/importFiles";
import { parseMap } from "../../../cli/adopt/map";
import { planAdoption } from "../../../cli/adopt/plan";
import { unconfirmed, withPortsOfServers } from "../../../cli/adopt/portOfServer";
import { wantedOf } from "../../../cli/adopt/wanted";
import type { DigestStep } from "../../../cli/drift/cloud/digest";

const STACK = "urn:pulumi:c::opencenter::pulumi:pulumi:Stack::opencenter-c";
const MACHINE = "urn:pulumi:c::opencenter::t:Cluster$t:Machine::c-cp-1";
const CLUSTER = "urn:pulumi:c::opencenter::t:Cluster::c";
const PROVIDER = "urn:pulumi:c::opencenter::t:Cluster$pulumi:providers:openstack::c-openstack";
const SERVER = "urn:pulumi:c::opencenter::t:Cluster$t:Machine$openstack:compute/instance:Instance::c-cp-1";
const PORT = "urn:pulumi:c::opencenter::t:Cluster$t:Machine$openstack:networking/port:Port::c-cp-1-port";
const SUBNET = "urn:pulumi:c::opencenter::t:Cluster$openstack:networking/subnet:Subnet::c-subnet";

function create(urn: string, parent: string, inputs: Record<string, unknown> = {}): DigestStep {
  const type = urn.split("::")[2]?.split("$").at(-1) ?? "";
  return { op: "create", urn, newState: { type, parent, provider: `${PROVIDER}::unknown`, inputs } };
}

const STEPS = [
  create(CLUSTER, STACK),
  create(PROVIDER, CLUSTER, { version: "3.15.2", cloud: "x", __internal: {} }),
  create(MACHINE, CLUSTER),
  create(PORT, MACHINE, { name: "c-cp-1" }),
  create(SERVER, MACHINE, { name: "c-cp-1", flavorName: "small" }),
  create(SUBNET, CLUSTER, { name: "c", cidr: "10.0.0.0/24", dnsNameservers: ["192.0.2.2", "192.0.2.1"] }),
];

const OBJECTS: Record<string, Record<string, unknown>[]> = {
  servers: [
    { id: "s1", name: "c-k8s-master-1", flavor: { original_name: "small" } },
    { id: "s2", name: "twin" },
  ],
  ports: [{ id: "p1", name: "", device_id: "s1", security_groups: [] }],
  subnets: [
    { id: "n1", name: "old", cidr: "10.0.0.0/24", dns_nameservers: ["192.0.2.1", "192.0.2.2"] },
    { id: "n2", name: "old", cidr: "10.9.0.0/24", dns_nameservers: [] },
  ],
};

const catalogue = () =>
  new Catalogue({
    has: () => true,
    service: () => ({ list: (_path: string, key: string) => Promise.resolve(OBJECTS[key] ?? []) }) as never,
  });
const plan = (entries: Record<string, string | null>, steps: DigestStep[] = STEPS) =>
  planAdoption(new Map(Object.entries(entries)), steps, catalogue());

describe("adopt", () => {
  it("reads a map, in which an empty id is none", () => {
    const map = parseMap("c-cp-1: s1 # remark\nc-subnet:\n", "map.yaml");
    assert.deepEqual([...map], [["c-cp-1", "s1"], ["c-subnet", null]]); // prettier-ignore
    assert.equal(parseMap("# all taken out\n", "map.yaml").size, 0);
  });

  it("says what is wrong with a map's form", () => {
    assert.throws(() => parseMap("a: {b: c}\nd: [1]\n", "map.yaml"), /map\.yaml: a: .*; d: /);
    assert.throws(() => parseMap("a: [", "map.yaml"), /map\.yaml is not YAML/);
  });

  it("finds by the name of Kubespray's module, and not where two have one name", async () => {
    const found = await identifyByName("c", ["general"], wantedOf(STEPS), catalogue());
    assert.equal(found.get("c-cp-1")?.id, "s1");
    OBJECTS["servers"]?.push({ id: "s3", name: "c-k8s-master-1" });
    try {
      const doubtful = await identifyByName("c", ["general"], wantedOf(STEPS), catalogue());
      assert.equal(doubtful.get("c-cp-1")?.id, undefined);
      assert.match(doubtful.get("c-cp-1")?.note ?? "", /2 are called c-k8s-master-1: s1, s3/);
    } finally {
      OBJECTS["servers"]?.pop();
    }
  });

  it("takes a server's port with it, unless the map says no", async () => {
    const names = ({ adoptions }: Awaited<ReturnType<typeof plan>>) =>
      adoptions.map(({ wanted, id }) => `${wanted.name} ${id}`);
    assert.deepEqual(names(await plan({ "c-cp-1": "s1" })), ["c-cp-1-port p1", "c-cp-1 s1"]);
    assert.deepEqual(names(await plan({ "c-cp-1": "s1", "c-cp-1-port": null })), ["c-cp-1 s1"]);
  });

  it("refuses all that cannot be, at once", async () => {
    const error = await plan({ nobody: "s1", "c-cp-1": "gone", "c-subnet": "gone" }).then(
      () => assert.fail("was accepted"),
      (reason: Error) => reason.message,
    );
    assert.match(error, /nobody: the program makes no resource of this name/);
    assert.match(error, /c-cp-1 and c-subnet: both are gone/);
    assert.match(error, /the cloud has no Instance gone/);
  });

  it("knows what the stack has, and refuses another id for it", async () => {
    const [, , , , server] = STEPS;
    const has: DigestStep = {
      ...(server as DigestStep),
      op: "same",
      oldState: { type: "openstack:compute/instance:Instance", id: "s1" },
    };
    const steps = STEPS.map((step) => (step === server ? has : step));
    const { adoptions, present } = await plan({ "c-cp-1": "s1" }, steps);
    assert.deepEqual(present, ["c-cp-1"]);
    // A run that was killed may have taken the server and not its port.
    assert.deepEqual(adoptions.map(({ id }) => id), ["p1"]); // prettier-ignore
    await assert.rejects(plan({ "c-cp-1": "s2" }, steps), /has it already, as s1; the map says s2/);
  });

  it("foresees what changes, and what would need a new object", async () => {
    const changes = async (id: string) => {
      const { adoptions } = await plan({ "c-subnet": id });
      return adoptions.flatMap(foreseen).map(({ property, replaces }) => `${property} ${replaces}`);
    };
    assert.deepEqual(await changes("n1"), ["name false"]);
    assert.deepEqual(await changes("n2"), ["name false", "cidr true", "dnsNameservers false"]);
  });

  it("imports components first, then providers and objects below them", async () => {
    const { adoptions } = await plan({ "c-cp-1": "s1" });
    const { components, objects, urns } = importFiles(adoptions, STEPS);
    assert.deepEqual(
      components.resources.map(({ name, parent }) => [name, parent]),
      [
        [CLUSTER, undefined],
        [MACHINE, CLUSTER],
      ],
    );
    assert.deepEqual(objects.nameTable, { [CLUSTER]: CLUSTER, [MACHINE]: MACHINE });
    const [provider, port, server] = objects.resources;
    assert.deepEqual(provider?.inputs, { version: "3.15.2", cloud: "x" });
    assert.deepEqual([port?.id, server?.id], ["p1", "s1"]);
    assert.deepEqual([server?.parent, server?.provider, server?.version], [MACHINE, PROVIDER, "3.15.2"]);
    assert.deepEqual(urns, [CLUSTER, MACHINE, PROVIDER, PORT, SERVER]);
  });

  const state = (networks: unknown[], deviceId = "s1") => {
    const server = { urn: SERVER, type: "openstack:compute/instance:Instance", id: "s1", parent: MACHINE };
    const port = { urn: PORT, type: "openstack:networking/port:Port", id: "p1", parent: MACHINE };
    const resources = [
      { ...server, inputs: { networks: [{ uuid: "n" }] }, outputs: { networks } },
      { ...port, outputs: { deviceId }, propertyDependencies: { name: [] } },
    ];
    return JSON.stringify({ version: 3, deployment: { resources } });
  };

  it("writes a server's port into the state, once, and only its own", () => {
    const completed = withPortsOfServers(state([{ uuid: "n", port: "" }]));
    assert.ok(completed !== undefined);
    assert.equal(completed.split('"port":"p1"').length, 3);
    assert.equal(withPortsOfServers(completed), undefined);
    assert.equal(withPortsOfServers(state([{ port: "" }], "another")), undefined);
    assert.equal(withPortsOfServers(state([{ port: "" }, { port: "" }])), undefined);
  });

  it("takes back only what no run of the program has confirmed", () => {
    assert.deepEqual(unconfirmed(state([]), new Set([SERVER, PORT])), [SERVER]);
    assert.deepEqual(unconfirmed(state([]), new Set([PORT])), []);
  });
});
