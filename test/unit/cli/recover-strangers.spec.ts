import assert from "node:assert/strict";
import type { OpenStackClient } from "../../../cli/cloud/client";
import { FINDERS } from "../../../cli/recover/finders";
import { findLost } from "../../../cli/recover/lost";
import type { StackState, StateResource } from "../../../cli/recover/state";
import { isFree } from "../../../cli/recover/usage";
import type { Json, TestCloud } from "../sandbox/openstack-support";
import {
  CLUSTER,
  killedAt,
  knows,
  planned,
  recovered,
  TYPES,
  urn,
  withBackend,
  withCloud,
} from "./support/recovery";

const LB = "/load-balancer/v2.0/lbaas";
const NETWORK = "/network/v2.0";

describe("what recover finds under a name that others may have given, too", () => {
  withBackend();
  let cloud: TestCloud;
  let client: OpenStackClient;
  withCloud((...begun) => ([cloud, client] = begun));

  const find = async (state: StackState, ...wanted: StateResource[]) => {
    const { lost, doubtful } = await findLost(client, state, wanted, CLUSTER);
    return {
      lost: lost.map(({ id }) => id).sort(),
      doubtful: (doubtful ?? []).map(({ id, doubt }) => `${id}: ${doubt?.reason}`),
    };
  };

  /** As another organisation's cluster of this name shows itself in the project. */
  async function makeNamesake(): Promise<void> {
    const group = await cloud.ok("POST", `${NETWORK}/security-groups`, { security_group: { name: "x" } });
    const tags = ["opencenter", "opencenter-organization=umbrella", "opencenter-cluster=prod"];
    await cloud.ok("PUT", `${NETWORK}/security-groups/${group.id}/tags`, { tags });
  }

  describe("an application credential", () => {
    const description = "Cloud controller of Kubernetes cluster prod";
    const wanted = planned(TYPES.credential, "prod", { description });
    const make = async (described = description): Promise<string> => {
      const path = `/identity/v3/users/${cloud.session.userId}/application_credentials`;
      const application_credential = { name: "prod", description: described };
      return (await cloud.ok("POST", path, { application_credential })).id;
    };
    const reasons = async () => (await find(knows(), wanted)).doubtful.join("\n");

    it("is this stack's where all of it is as it was asked for", async () => {
      const id = await make();
      assert.deepEqual(await find(knows(), wanted), { lost: [id], doubtful: [] });
    });

    it("is left where it opens another project: a user has one list for all of them", async () => {
      await make();
      Object.defineProperty(client, "projectId", { value: "another" });
      assert.deepEqual((await find(knows(), wanted)).lost, []);
      assert.match(await reasons(), /opens project .*, and not this cluster's/);
    });

    it("is left where it is described as something else", async () => {
      await make("made by hand");
      assert.match(await reasons(), /described as "made by hand"/);
    });

    it("is left where another organisation's cluster of the name is in the project", async () => {
      await make();
      await makeNamesake();
      assert.match(await reasons(), /another organisation's cluster prod is in this project/);
    });

    it("is left where the cloud has regions that are not seen from here", async () => {
      await make();
      client.regions = () => ["north", "south"];
      assert.match(await reasons(), /cluster prod of another region/);
    });

    it("is named with what to do, once, after a kill as well, and stays", async () => {
      const id = await make();
      await makeNamesake();
      const state = killedAt(knows(), wanted);
      const { recovery, said } = await recovered({ client, wanted: [wanted], state: () => state });
      assert.deepEqual([recovery.deleted, recovery.doubtful], [[], [`ApplicationCredential prod  ${id}`]]);
      assert.equal(said.split(`openstack application credential delete ${id}`).length, 2, said);
      assert.equal((await cloud.client.state())["identity.application_credentials"]?.length, 1);
    });
  });

  it("a key pair is this stack's by its key", async () => {
    const first = await cloud.ok("POST", "/compute/v2.1/os-keypairs", { keypair: { name: "prod-g1" } });
    const of = (publicKey: string) => planned(TYPES.keypair, "prod-g1", { publicKey });
    const own = `${String(first["public_key"]).trim()} with a comment`;
    assert.deepEqual(await find(knows(), of(own)), { lost: ["prod-g1"], doubtful: [] });
    const doubtful = ["prod-g1: its key is not the one that this stack has made"];
    assert.deepEqual(await find(knows(), of("ssh-ed25519 AAAA")), { lost: [], doubtful });
  });

  it("a server group is left where another organisation's cluster of the name is in the project", async () => {
    const make = async (): Promise<string> =>
      (
        await cloud.ok("POST", "/compute/v2.1/os-server-groups", {
          server_group: { name: "prod-cp", policies: ["anti-affinity"] },
        })
      ).id;
    const wanted = planned(TYPES.group, "prod-cp", {});
    const [one, twin] = [await make(), await make()];
    assert.deepEqual((await find(knows(), wanted)).lost, [one, twin].sort());
    const state = { resources: [{ ...wanted, id: one }], pending: [] };
    assert.deepEqual((await find(state)).lost, [twin], "a double");
    await makeNamesake();
    const asNext = await find(knows(), wanted);
    assert.deepEqual([asNext.lost, asNext.doubtful.length], [[], 2]);
    const asDouble = await find(state);
    assert.deepEqual([asDouble.lost, asDouble.doubtful.length], [[], 1]);
  });

  it("a DNS record is this stack's where it points to its address", async () => {
    const dns = "/dns/v2/zones";
    const send = async (path: string, body: Json) =>
      (await cloud.call("POST", path, body)).body as { id: string };
    const zone = await send(dns, { name: "example.org.", email: "hostmaster@example.org" });
    const name = "api.example.org.";
    const record = await send(`${dns}/${zone.id}/recordsets`, { name, type: "A", records: ["192.0.2.1"] });
    const of = (address: string) =>
      planned(TYPES.record, name, { zoneId: zone.id, type: "A", records: [address] });
    assert.deepEqual(await find(knows(), of("192.0.2.1")), { lost: [record.id], doubtful: [] });
    const reason = "it points to 192.0.2.1, and not to this cluster's address";
    assert.deepEqual(await find(knows(), of("192.0.2.2")), {
      lost: [],
      doubtful: [`${record.id}: ${reason}`],
    });
  });

  describe("a part of a load balancer", () => {
    interface Tree {
      readonly balancer: string;
      readonly listener: string;
      readonly pool: string;
      readonly monitor: string;
    }
    let subnet: string;
    const make = async (path: string, kind: string, values: Json): Promise<string> =>
      (await cloud.ok("POST", `${LB}/${path}`, { [kind]: values })).id;

    async function tree(): Promise<Tree> {
      const name = "prod-api";
      const balancer = await make("loadbalancers", "loadbalancer", { name, vip_subnet_id: subnet });
      const front = { name, loadbalancer_id: balancer, protocol: "TCP", protocol_port: 6443 };
      const listener = await make("listeners", "listener", front);
      const back = { name, listener_id: listener, protocol: "TCP", lb_algorithm: "ROUND_ROBIN" };
      const pool = await make("pools", "pool", back);
      const watch = { name, pool_id: pool, type: "TCP", delay: 10, timeout: 5, max_retries: 3 };
      const monitor = await make("healthmonitors", "healthmonitor", watch);
      return { balancer, listener, pool, monitor };
    }
    const wanted = ({ balancer, listener, pool }: Tree) => ({
      listener: planned(TYPES.listener, "prod-api", { loadbalancerId: balancer }),
      pool: planned(TYPES.pool, "prod-api", { listenerId: listener }),
      monitor: planned(TYPES.monitor, "prod-api", { poolId: pool }),
    });

    beforeEach(async () => {
      const network = await cloud.network();
      subnet = (await cloud.subnet(network.id)).id;
    });

    it("is this stack's in what the state knows; another organisation's of the same name is not seen", async () => {
      const [ours, theirs] = [await tree(), await tree()];
      const next = wanted(ours);
      const { balancer, listener, pool, monitor } = ours;
      assert.deepEqual((await find(knows(balancer, listener, pool), next.monitor)).lost, [monitor]);
      assert.deepEqual((await find(knows(balancer, listener), next.pool)).lost, [pool]);
      // Its pool is not known, and so somebody's.
      assert.deepEqual((await find(knows(balancer), next.listener)).lost, []);
      assert.deepEqual((await find(knows(balancer, pool), next.listener)).lost, [listener]);
      const stopped = { ...ours, listener: "never-made", pool: "never-made" };
      assert.deepEqual(await find(knows(balancer), ...Object.values(wanted(stopped))), {
        lost: [],
        doubtful: [],
      });
      assert.equal((await cloud.ok("GET", `${LB}/pools/${theirs.pool}`)).id, theirs.pool);
    });

    it("is not deleted after a kill before the pool was made", async () => {
      const theirs = await tree();
      const balancer = await make("loadbalancers", "loadbalancer", {
        name: "prod-api",
        vip_subnet_id: subnet,
      });
      const front = { name: "prod-api", loadbalancer_id: balancer, protocol: "TCP", protocol_port: 6443 };
      const listener = await make("listeners", "listener", front);
      const state = killedAt(
        knows(balancer, listener),
        planned(TYPES.pool, "prod-api", { listenerId: listener }),
      );
      assert.deepEqual((await recovered({ client, state: () => state })).recovery.deleted, []);
      assert.equal((await cloud.ok("GET", `${LB}/pools/${theirs.pool}`)).id, theirs.pool);
    });

    it("is a load balancer in this cluster's subnet alone", async () => {
      const balancer = await make("loadbalancers", "loadbalancer", {
        name: "prod-api",
        vip_subnet_id: subnet,
      });
      const of = (vipSubnetId: string) => planned(TYPES.balancer, "prod-api", { vipSubnetId });
      assert.deepEqual((await find(knows(subnet), of(subnet))).lost, [balancer]);
      assert.deepEqual((await find(knows(subnet), of("another"))).lost, []);
    });
  });

  it("an interface of a shared router is this stack's in its own subnet alone", async () => {
    const router = await cloud.ok("POST", `${NETWORK}/routers`, { router: { name: "shared" } });
    const subnets = await Promise.all(
      ["10.1.0.0/24", "10.2.0.0/24"].map(async (cidr) => {
        const { id: network_id } = await cloud.network();
        const subnet = { network_id, cidr, ip_version: 4 };
        return (await cloud.ok("POST", `${NETWORK}/subnets`, { subnet })).id as string;
      }),
    );
    const ports: string[] = [];
    for (const subnet_id of subnets) {
      const path = `${NETWORK}/routers/${router.id}/add_router_interface`;
      ports.push(((await cloud.call("PUT", path, { subnet_id })).body as { port_id: string }).port_id);
    }
    const type = "openstack:networking/routerInterface:RouterInterface";
    const wanted = planned(type, "prod", { routerId: router.id, subnetId: subnets[0] });
    assert.deepEqual((await find(knows(), wanted)).lost, [ports[0]]);
  });

  it("a server or a volume that does not say whose it is was made by somebody else", async () => {
    const path = `/volume/v3/${cloud.session.projectId}/volumes`;
    const metadata = { "opencenter-organization": "acme", "opencenter-cluster": "prod" };
    const byHand = await cloud.ok("POST", path, { volume: { name: "prod-w-1-data", size: 1 } });
    const own = await cloud.ok("POST", path, { volume: { name: "prod-w-1-data", size: 1, metadata } });
    const wanted = planned(TYPES.volume, "prod-w-1-data", { metadata });
    assert.deepEqual((await find(knows(), wanted)).lost, [own.id]);
    const state = { resources: [{ ...wanted, id: own.id as string }], pending: [] };
    assert.deepEqual((await find(state)).lost, [], `the double ${String(byHand.id)}`);
  });

  it("a kind of which nothing is known is not free", async () => {
    const orphan = { type: "openstack:new/thing:Thing", what: "Thing", id: "t", remove: async () => {} };
    assert.equal(await isFree(client, knows(), orphan), false);
    assert.equal(await isFree(client, knows(), { ...orphan, type: TYPES.monitor }), true);
  });

  it("every kind that is looked for is known: the cloud is asked, or nobody can use it", async () => {
    const asked = new Error("asked");
    const deaf = {
      service: () => ({ get: () => Promise.reject(asked) }),
    } as unknown as OpenStackClient;
    for (const type of Object.keys(FINDERS)) {
      const orphan = { type, what: type, id: "t", remove: async () => {} };
      const answer = await isFree(deaf, knows(), orphan).catch((error: unknown) => error === asked);
      assert.equal(answer, true, type);
    }
  });

  it("a subnet with machines in it is in use; one with nothing but Neutron's own ports is free", async () => {
    const network = await cloud.network();
    const subnet = await cloud.subnet(network.id);
    const type = "openstack:networking/subnet:Subnet";
    const state = { resources: [{ urn: urn(type, "n"), type, id: network.id as string }], pending: [] };
    const wanted = planned(type, String(subnet.name), { networkId: network.id });
    assert.deepEqual((await find(state, wanted)).lost, [subnet.id]);
    await cloud.ok("POST", `${NETWORK}/ports`, { port: { name: "m", network_id: network.id } });
    assert.deepEqual((await find(state, wanted)).lost, []);
  });
});
