/** The end of a cluster, asked for with a state that is not the one it was made with. */
import assert from "node:assert/strict";
import { requireOwnState } from "../../../../cli/decommission/otherState";
import type { UserError } from "../../../../cli/errors";
import type { StackState } from "../../../../cli/recover/state";
import { type Json, TestCloud } from "../../sandbox/openstack-support";

const BACKEND = "https://user:PLANTED@backend.example.org";

describe("a state that knows nothing of the cluster", function () {
  this.timeout(30_000);
  let cloud: TestCloud;
  beforeEach(async () => (cloud = await TestCloud.start()));
  afterEach(() => cloud.stop());

  /** A machine of a cluster, with its port. */
  const machine = async (name: string, cluster: string, organization = "acme") => {
    const net = (await cloud.network()).id as string;
    await cloud.subnet(net);
    const port = (await cloud.port(net)).id as string;
    const metadata = { "opencenter-organization": organization, "opencenter-cluster": cluster };
    const server: Json = await cloud.server({ name, metadata, networks: [{ port }] });
    return { port, server: server.id as string };
  };
  const knows = (...ids: string[]): StackState => ({
    resources: ids.map((id) => ({ urn: `urn:x::${id}`, type: "openstack:networking/port:Port", id })),
    pending: [],
  });
  const ask = async (state: StackState, lostState = false) => {
    const cluster = { organization: "acme", name: "prod" };
    return requireOwnState(await cloud.openstack(), { stack: "copy", state, cluster }, lostState, BACKEND);
  };

  it("stops the end of a cluster that runs, and says which state it is and what to do", async () => {
    await machine("prod-cp-1", "prod");
    await machine("prod-2-cp-1", "prod-2");
    await machine("prod-cp-9", "prod", "somebody-else");
    await assert.rejects(ask(knows()), (error: UserError) => {
      assert.match(
        error.message,
        /state of stack copy in https:\/\/backend\.example\.org knows nothing of 1 servers/,
      );
      assert.match(error.message, /tagged as acme\/prod: prod-cp-1\. Nothing was done/);
      assert.match(error.hint ?? "", /pulumi login.*restore copy --backup NAME --state.*--lost-state/s);
      assert.ok(!error.message.includes("PLANTED"));
      return true;
    });
  });

  it("is what somebody can say is lost, and then hears what goes", async () => {
    await machine("prod-cp-1", "prod");
    assert.deepEqual(await ask(knows(), true), ["prod-cp-1"]);
  });

  it("is not that of a cluster which it knows, or of which nothing runs any more", async () => {
    assert.deepEqual(await ask(knows()), []);
    const { port } = await machine("prod-cp-1", "prod");
    assert.deepEqual(await ask(knows(port)), [], "made by a run that got no answer");
  });
});
