/** What Keystone says when a login is over, which is not 401 for all that is over. */
import { strict as assert } from "node:assert";
import { accessOf } from "../../../cli/cloud/access";
import { OpenStackClient } from "../../../cli/cloud/client";
import { CloudError } from "../../../cli/cloud/errors";
import { TestCloud } from "../sandbox/openstack-support";

describe("a login that Keystone no longer knows", () => {
  let cloud: TestCloud;
  before(async () => {
    cloud = await TestCloud.start();
  });
  after(() => cloud.stop());

  async function refusal(settings: Record<string, string>): Promise<CloudError> {
    const access = accessOf({ auth_url: `${cloud.simulator.url}/identity/v3`, ...settings }, "cloud test");
    const error: unknown = await OpenStackClient.connect(access).catch((reason: unknown) => reason);
    assert.ok(error instanceof CloudError, String(error));
    return error;
  }

  it("is a credential that was deleted, and no wrong address", async () => {
    const path = `/identity/v3/users/${cloud.session.userId}/application_credentials`;
    const made = await cloud.ok("POST", path, { application_credential: { name: "ci" } });
    await cloud.ok("DELETE", `${path}/${made.id}`);
    const { kind, message } = await refusal({
      application_credential_id: made.id,
      application_credential_secret: made.secret,
    });
    assert.equal(kind, "wrong-credentials");
    assert.match(message, new RegExp(`application credential ${made.id}`));
  });

  it("is a token that was revoked or never was one", async () => {
    const { kind } = await refusal({ auth_type: "v3token", token: "nonsense", project_id: "p" });
    assert.equal(kind, "wrong-credentials");
  });

  it("is still a wrong address where no Keystone answers", async () => {
    const settings = {
      auth_url: `${cloud.simulator.url}/nowhere`,
      auth_type: "v3token",
      token: "t",
      project_id: "p",
    };
    const { kind } = await refusal(settings);
    assert.equal(kind, "cloud-unreachable");
  });
});
