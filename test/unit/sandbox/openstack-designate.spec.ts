import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { TestCloud, type Json } from "./openstack-support";

const V2 = "/dns/v2";

describe("simulated Designate", () => {
  let cloud: TestCloud;

  /** The answer itself: Designate has no envelope around an object. */
  async function send(method: string, path: string, body?: Json): Promise<Json> {
    const answer = await cloud.call(method, V2 + path, body);
    assert.ok(answer.status < 300, `${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer.body;
  }
  const zone = (more: Json = {}): Promise<Json> =>
    send("POST", "/zones", { name: "example.org.", email: "hostmaster@example.org", ...more });
  const record = (zoneId: string, more: Json = {}): Promise<Json> =>
    send("POST", `/zones/${zoneId}/recordsets`, {
      name: "api.example.org.",
      type: "A",
      records: ["192.0.2.10"],
      ...more,
    });
  const refused = (status: number, words: RegExp, method: string, path: string, body?: Json) =>
    cloud.refused(status, words, method, V2 + path, body);

  afterEach(() => cloud.stop());

  describe("at once", () => {
    beforeEach(async () => {
      cloud = await TestCloud.start();
    });

    it("makes a zone with its own records, changes it and deletes it with all of them", async () => {
      const made = await zone({ ttl: 600, description: "test" });
      const shown = await send("GET", `/zones/${made.id}`);
      assert.deepEqual(
        [
          shown.status,
          shown.action,
          shown.ttl,
          shown.type,
          shown.masters,
          shown.attributes,
          shown.project_id,
        ],
        ["ACTIVE", "NONE", 600, "PRIMARY", [], {}, cloud.session.projectId],
      );
      const { recordsets } = await send("GET", `/zones/${made.id}/recordsets`);
      assert.deepEqual(
        (recordsets as Json[]).map(({ type }) => type as string),
        ["SOA", "NS"],
      );
      assert.match((await send("GET", `/zones/${made.id}/nameservers`)).nameservers[0].hostname, /\.$/);
      const changed = await send("PATCH", `/zones/${made.id}`, { ttl: 300 });
      assert.deepEqual(
        [changed.ttl, changed.email, changed.description],
        [300, "hostmaster@example.org", "test"],
      );
      const { id } = await record(made.id);
      assert.equal((await cloud.call("DELETE", `${V2}/zones/${made.id}`)).status, 202);
      await refused(404, /zone_not_found.*Could not find Zone/, "GET", `/zones/${made.id}`);
      assert.deepEqual((await send("GET", "/recordsets")).recordsets, []);
      await refused(404, /Could not find/, "GET", `/zones/${made.id}/recordsets/${id}`);
    });

    it("makes, changes and deletes record sets", async () => {
      const { id: zoneId } = await zone();
      const made = await record(zoneId, { ttl: 60 });
      const path = `/zones/${zoneId}/recordsets/${made.id}`;
      const shown = await send("GET", path);
      assert.deepEqual(
        [shown.status, shown.records, shown.ttl, shown.zone_id, shown.zone_name],
        ["ACTIVE", ["192.0.2.10"], 60, zoneId, "example.org."],
      );
      const changed = await send("PUT", path, { records: ["192.0.2.11", "192.0.2.12"] });
      assert.deepEqual(
        [changed.records, changed.ttl, changed.version],
        [["192.0.2.11", "192.0.2.12"], 60, 2],
      );
      assert.equal((await cloud.call("DELETE", V2 + path)).status, 202);
      await refused(404, /recordset_not_found/, "GET", path);
    });

    it("refuses zones that are malformed or taken", async () => {
      await refused(400, /invalid_object.*must end with a dot/, "POST", "/zones", {
        name: "example.org",
        email: "a@example.org",
      });
      await refused(400, /'email' is a required property/, "POST", "/zones", { name: "example.org." });
      await refused(400, /invalid_object.*colour/, "POST", "/zones", {
        name: "example.org.",
        email: "a@example.org",
        colour: "red",
      });
      await refused(400, /invalid_object/, "POST", "/zones");
      await zone();
      await refused(409, /duplicate_zone.*Duplicate Zone/, "POST", "/zones", {
        name: "example.org.",
        email: "a@example.org",
      });
    });

    it("refuses record sets where DNS allows none", async () => {
      const { id } = await zone();
      await record(id);
      await record(id, { name: "www.example.org.", type: "CNAME", records: ["api.example.org."] });
      for (const [status, words, more] of [
        [409, /duplicate_recordset/, {}],
        [400, /not contained within it's parent zone/, { name: "api.example.com." }],
        [400, /not contained within/, { name: "notexample.org." }],
        [400, /must end with a dot/, { name: "api.example.org" }],
        [400, /zone apex/, { name: "example.org.", type: "CNAME", records: ["a.example.org."] }],
        [400, /may not share a name/, { type: "CNAME", records: ["a.example.org."] }],
        [400, /may not share a name/, { name: "www.example.org." }],
        [400, /'2001:db8::1' is not a 'a' record/, { name: "b.example.org.", records: ["2001:db8::1"] }],
        [
          400,
          /'192.0.2.1' is not a 'aaaa' record/,
          { name: "b.example.org.", type: "AAAA", records: ["192.0.2.1"] },
        ],
        [400, /invalid_object/, { name: "b.example.org.", records: [] }],
        [400, /invalid_object/, { name: "b.example.org.", type: "SOA" }],
      ] as const) {
        const wish: Json = {
          name: "api.example.org.",
          type: "A",
          records: ["192.0.2.10"],
          ...(more as Json),
        };
        await refused(status, words, "POST", `/zones/${id}/recordsets`, wish);
      }
      await record(id, { name: "*.apps.example.org." });
      const { recordsets } = await send("GET", `/zones/${id}/recordsets?type=SOA`);
      await refused(403, /Managed records/, "DELETE", `/zones/${id}/recordsets/${recordsets[0].id}`);
      await refused(
        400,
        /'nope' is not a 'a' record/,
        "PUT",
        `/zones/${id}/recordsets/${(await send("GET", "/recordsets?name=api.example.org.")).recordsets[0].id}`,
        {
          records: ["nope"],
        },
      );
    });

    it("finds zones and records by filter, with * for anything, page by page", async () => {
      const { id } = await zone();
      await zone({ name: "example.net.", email: "a@example.net" });
      const names = async (query: string) =>
        ((await send("GET", `/zones?${query}`)).zones as Json[]).map(({ name }) => name as string);
      const { id: alike } = await zone({ name: "example-org." });
      assert.deepEqual(await names("name=example.org."), ["example.org."]);
      await send("DELETE", `/zones/${alike}`);
      assert.deepEqual(await names("name=*.net."), ["example.net."]);
      assert.deepEqual(await names("status=ACTIVE&sort_key=name"), ["example.net.", "example.org."]);
      const first = await send("GET", "/zones?limit=1");
      assert.equal(first.metadata.total_count, 2);
      const next = new URL(first.links.next);
      const second = await cloud.call("GET", next.pathname + next.search);
      assert.deepEqual([second.body.zones.length, second.body.links.next], [1, undefined]);
      await record(id);
      const byData = await send("GET", `/zones/${id}/recordsets?data=192.0.2.*`);
      assert.equal(byData.recordsets.length, 1);
    });

    it("looks for a record set in the zone of the path only", async () => {
      const { id } = await zone();
      const other = await zone({ name: "example.net.", email: "a@example.net" });
      const made = await record(id);
      await refused(404, /recordset_not_found/, "GET", `/zones/${other.id}/recordsets/${made.id}`);
      await refused(404, /zone_not_found/, "GET", `/zones/nope/recordsets/${made.id}`);
    });

    it("keeps projects apart, and names too", async () => {
      const { id } = await zone();
      const mine = cloud.session;
      await cloud.client.ensureProject("other");
      cloud.session = await cloud.client.login("other");
      assert.deepEqual((await send("GET", "/zones")).zones, []);
      for (const method of ["GET", "DELETE"]) await refused(404, /zone_not_found/, method, `/zones/${id}`);
      await refused(409, /duplicate_zone/, "POST", "/zones", {
        name: "example.org.",
        email: "a@example.org",
      });
      await refused(403, /illegal_child/, "POST", "/zones", {
        name: "a.example.org.",
        email: "a@example.org",
      });
      await refused(403, /illegal_parent/, "POST", "/zones", { name: "org.", email: "a@example.org" });
      const all = { "x-auth-all-projects": "True" };
      assert.equal((await cloud.call("GET", `${V2}/zones`, undefined, all)).status, 403);
      cloud.session = await cloud.client.login("admin");
      assert.equal((await cloud.call("GET", `${V2}/zones`, undefined, all)).body.zones.length, 1);
      const sudo = { "x-auth-sudo-tenant-id": mine.projectId };
      assert.equal((await cloud.call("GET", `${V2}/zones`, undefined, sudo)).body.zones.length, 1);
      assert.deepEqual((await send("GET", "/zones")).zones, []);
    });

    it("stops at the quota", async () => {
      const mine = cloud.session;
      cloud.session = await cloud.client.login("admin");
      await send("PATCH", `/quotas/${mine.projectId}`, { zones: 1, zone_recordsets: 3 });
      cloud.session = mine;
      const { id } = await zone();
      await refused(413, /over_quota/, "POST", "/zones", { name: "example.net.", email: "a@example.net" });
      await record(id);
      await refused(413, /over_quota.*zone_recordsets/, "POST", `/zones/${id}/recordsets`, {
        name: "b.example.org.",
        type: "A",
        records: ["192.0.2.1"],
      });
      assert.equal((await send("GET", `/quotas/${mine.projectId}`)).zones, 1);
      await refused(403, /forbidden/, "PATCH", `/quotas/${mine.projectId}`, { zones: 9 });
    });
  });

  it("takes its time: PENDING until the name servers have it", async () => {
    cloud = await TestCloud.start(1);
    const { id, status, action } = await zone();
    assert.deepEqual([status, action], ["PENDING", "CREATE"]);
    const { id: recordId } = await record(id);
    const path = `/zones/${id}/recordsets/${recordId}`;
    assert.equal((await send("GET", path)).status, "PENDING");
    await sleep(350);
    assert.deepEqual(
      [(await send("GET", `/zones/${id}`)).status, (await send("GET", path)).status],
      ["ACTIVE", "ACTIVE"],
    );
    const gone = await send("DELETE", `/zones/${id}`);
    assert.deepEqual([gone.status, gone.action], ["PENDING", "DELETE"]);
    assert.equal((await send("GET", path)).action, "DELETE");
    await sleep(350);
    await refused(404, /zone_not_found/, "GET", `/zones/${id}`);
  });
});
