import { strict as assert } from "node:assert";
import { once } from "node:events";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { accessOf, type CloudAccess } from "../../../cli/cloud/access";
import { OpenStackClient } from "../../../cli/cloud/client";
import { CloudError } from "../../../cli/cloud/errors";
import { BROKEN, startCloud, type FakeCloud } from "./support/cloud";

async function refusal(action: Promise<unknown>): Promise<CloudError> {
  try {
    await action;
  } catch (error) {
    assert.ok(error instanceof CloudError, String(error));
    return error;
  }
  return assert.fail("nothing was refused");
}

describe("OpenStack client", () => {
  let cloud: FakeCloud;
  before(async () => {
    cloud = await startCloud();
  });
  after(() => cloud.close());
  afterEach(() => {
    cloud.state.failures = [];
    cloud.state.pageSize = undefined;
    cloud.state.servers = [];
  });

  const password = {
    username: "demo",
    password: "secret",
    user_domain_name: "Default",
    project_name: "demo",
  };
  const access = (settings: Record<string, string>): CloudAccess =>
    accessOf({ auth_url: `${cloud.url}/identity`, region_name: "RegionOne", ...settings }, "cloud test");
  const connect = (settings: Record<string, string> = password) => OpenStackClient.connect(access(settings));

  for (const [name, settings] of Object.entries<Record<string, string>>({
    password,
    "application credential": { application_credential_id: "cred", application_credential_secret: "secret" },
    token: { auth_type: "v3token", token: "good", project_id: "p" },
  })) {
    it(`logs in with a ${name}`, async () => {
      const client = await connect(settings);
      assert.equal((await client.service("compute").list("/flavors/detail", "flavors")).length, 4);
    });
  }

  for (const [what, settings, words] of [
    ["a wrong password", { ...password, password: "hunter2" }, /refuses user demo/],
    [
      "a wrong credential",
      { application_credential_id: "cred", application_credential_secret: "old" },
      /application credential cred/,
    ],
    ["an expired token", { auth_type: "token", token: "old", project_id: "p" }, /has expired or was revoked/],
  ] as const) {
    it(`says that ${what} is refused, without showing it`, async () => {
      const { kind, message, hint } = await refusal(connect(settings));
      assert.equal(kind, "wrong-credentials");
      assert.match(message, words);
      const secret =
        Object.entries(settings).find(([key]) => /^(password|token|.*_secret)$/.test(key))?.[1] ?? "";
      assert.ok(!`${message} ${hint}`.split(/\W+/).includes(`${secret}`), message);
    });
  }

  it("renews a token that ran out on the way", async () => {
    const client = await connect();
    cloud.state.tokens.clear();
    assert.equal((await client.service("network").list("/networks", "networks")).length, 2);
  });

  it("says that a token that cannot be renewed has expired", async () => {
    const client = await connect({ auth_type: "v3token", token: "good", project_id: "p" });
    cloud.state.tokens.clear();
    cloud.state.failures = [{ path: "/identity", statuses: [401] }];
    const { kind } = await refusal(client.service("network").list("/networks", "networks"));
    assert.equal(kind, "wrong-credentials");
  });

  it("reads all pages, through the endpoint that it knows and not the link's", async () => {
    cloud.state.servers = Array.from({ length: 7 }, (_, index) => ({ name: `s${index}` }));
    cloud.state.pageSize = 3;
    const servers = await (
      await connect()
    )
      .service("compute")
      .list<{ name: string }>("/servers/detail", "servers");
    assert.deepEqual(
      servers.map(({ name }) => name),
      ["s0", "s1", "s2", "s3", "s4", "s5", "s6"],
    );
  });

  it("tries again when a service is busy for a moment", async () => {
    cloud.state.failures = [{ path: "/compute", statuses: [503] }];
    const flavors = await (await connect()).service("compute").list("/flavors/detail", "flavors");
    assert.equal(flavors.length, 4);
  });

  it("asks again over a connection that broke, also at the login, and says so when it goes on", async () => {
    const client = await connect();
    cloud.state.failures = [
      { path: "/compute", statuses: [BROKEN, BROKEN] },
      { path: "/identity/v3/auth", statuses: [BROKEN] },
    ];
    assert.equal((await client.service("compute").list("/flavors/detail", "flavors")).length, 4);
    await connect();
    cloud.state.failures = [{ path: "/compute", statuses: [BROKEN, BROKEN, BROKEN] }];
    const { kind, message } = await refusal(client.service("compute").get("/limits"));
    assert.equal(kind, "cloud-unreachable");
    assert.match(message, /closed half-way/);
  });

  it("sends what makes something once only: it may have been made; what sets something again", async () => {
    const client = await connect();
    cloud.state.failures = [{ path: "/network", statuses: [BROKEN, 200] }];
    await client.service("network").change("PUT", "/subnets/a", { subnet: { host_routes: [] } });
    for (const lost of [BROKEN, 502, 504]) {
      cloud.state.failures = [{ path: "/compute", statuses: [lost] }];
      const before = cloud.requests.length;
      await refusal(client.service("compute").change("POST", "/servers", {}));
      assert.deepEqual(cloud.requests.slice(before), ["POST /compute/v2.1/servers"], String(lost));
    }
  });

  it("sends also what makes something again where the service did not take it, and the login in any case", async () => {
    const client = await connect();
    for (const [path, status] of [
      ["/network", 503],
      ["/network", 429],
      ["/identity/v3/auth", 504],
    ] as const) {
      cloud.state.failures = [{ path, statuses: [status] }];
      const before = cloud.requests.length;
      if (path === "/network") await client.service("network").change("POST", "/networks", { network: {} });
      else await connect();
      const sent = cloud.requests.slice(before).filter((request) => request.startsWith(`POST ${path}`));
      assert.equal(sent.length, 2, `${path} ${status}: ${sent.join(", ")}`);
    }
  });

  it("passes a service's own words on", async () => {
    cloud.state.failures = [{ path: "/compute", statuses: [403] }];
    const client = await connect();
    const { kind, message } = await refusal(client.service("compute").get("/limits"));
    assert.equal(kind, "not-allowed");
    assert.match(message, /HTTP 403: told to fail/);
  });

  it("counts what is gone as deleted", async () => {
    await (await connect()).service("network").delete("/ports/none");
    assert.equal(cloud.requests.at(-1), "DELETE /network/v2.0/ports/none");
  });

  it("says which service or region the cloud does not have", async () => {
    cloud.state.absent = ["dns"];
    const client = await connect();
    cloud.state.absent = [];
    assert.throws(() => client.service("dns"), /offers no Designate/);
    const elsewhere = await connect({ ...password, region_name: "RegionTwo" });
    assert.throws(() => elsewhere.service("compute"), /has no region RegionTwo/);
  });

  it("refuses an entry that switches verification off, unless told", async () => {
    const entry = access({ ...password, verify: "false" });
    assert.equal((await refusal(OpenStackClient.connect(entry))).kind, "insecure-cloud");
    assert.ok(await OpenStackClient.connect(entry, { insecure: true }));
  });

  it("says that nothing listens", async () => {
    const { kind, message } = await refusal(connect({ ...password, auth_url: "http://127.0.0.1:1/v3" }));
    assert.equal(kind, "cloud-unreachable");
    assert.match(message, /nothing listens there/);
  });

  it("says that the name is not known", async () => {
    const { kind, message } = await refusal(connect({ ...password, auth_url: "http://keystone.invalid/v3" }));
    assert.equal(kind, "cloud-unreachable");
    assert.match(message, /keystone\.invalid/);
  });

  it("does not wait for ever", async () => {
    // Unref'd connections, so that the one which is never answered does not keep the tests from ending.
    const silent = createServer((socket) => socket.unref()).listen(0, "127.0.0.1");
    await once(silent, "listening");
    const { port } = silent.address() as AddressInfo;
    const entry = access({ ...password, auth_url: `http://127.0.0.1:${port}/v3` });
    const { kind, message } = await refusal(OpenStackClient.connect(entry, { timeoutMs: 200 }));
    silent.close();
    assert.equal(kind, "cloud-unreachable");
    assert.match(message, /did not answer within 0\.2 s/);
  });

  it("says that an address is not Keystone's", async () => {
    cloud.state.failures = [{ path: "/nothing", statuses: [404] }];
    const { message } = await refusal(connect({ ...password, auth_url: `${cloud.url}/nothing` }));
    assert.match(message, /does not answer as Keystone v3 \(HTTP 404\)/);
  });

  it("tells a TLS failure from an unreachable host", async () => {
    const { kind } = await refusal(connect({ ...password, auth_url: cloud.url.replace("http:", "https:") }));
    assert.equal(kind, "tls-failure");
  });
});
