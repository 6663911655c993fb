import assert from "node:assert/strict";
import { validateStackValues } from "../../../../config/validate";
import { strangerFindings } from "../../../../cli/drift/cloud/unmanaged";
import { ownTags } from "../../../../plan/names";
import { infrastructure } from "../../../e2e/openstack/examples";
import { TestCloud } from "../../sandbox/openstack-support";

const TYPE = "openstack:networking/secGroup:SecGroup";

describe("what is in no state", () => {
  let cloud: TestCloud;
  beforeEach(async () => (cloud = await TestCloud.start()));
  afterEach(() => cloud.stop());

  const group = async (name: string) => {
    const body = { security_group: { name } };
    return ((await cloud.ok("POST", "/network/v2.0/security-groups", body)) as { id: string }).id;
  };

  it("is found as a double where its creation was sent twice, and by its tags alone where it has them", async () => {
    const cluster = { name: "prod", ...infrastructure("minimal") };
    const { config } = validateStackValues({ organization: "acme", cluster });
    assert.ok(config !== undefined);
    const [known, twin, tagged] = [await group("nodes"), await group("nodes"), await group("nodes")];
    await group("somebody's");
    await cloud.ok("PUT", `/network/v2.0/security-groups/${tagged}/tags`, { tags: ownTags(config) });
    const urn = `urn:pulumi:prod::opencenter::${TYPE}::prod-nodes`;
    const resource = { urn, type: TYPE, id: known, inputs: { name: "nodes" } };
    const found = await strangerFindings(await cloud.openstack(), config, {
      resources: [resource],
      pending: [],
    });
    assert.deepEqual(found.map(({ code, subject, id }) => `${code} ${subject} ${id}`).sort(), [
      `double Double of SecGroup prod-nodes ${twin}`,
      `unmanaged Unmanaged security group nodes ${tagged}`,
    ]);
  });
});
