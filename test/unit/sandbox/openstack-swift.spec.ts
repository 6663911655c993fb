import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { TestCloud, type Json } from "./openstack-support";

describe("simulated Swift", () => {
  let cloud: TestCloud;
  let root: string;
  beforeEach(async () => {
    cloud = await TestCloud.start();
    root = `/object-store/v1/AUTH_${cloud.session.projectId}`;
  });
  afterEach(() => cloud.stop());

  /** Objects are bytes of any type, which the session's own calls do not send. */
  function send(
    method: string,
    path: string,
    headers: Record<string, string> = {},
    body?: string,
  ): Promise<Response> {
    return fetch(cloud.simulator.url + root + path, {
      method,
      headers: { "x-auth-token": cloud.session.token, ...headers },
      body,
    });
  }
  async function status(method: string, path: string, headers?: Record<string, string>, body?: string) {
    const response = await send(method, path, headers, body);
    await response.arrayBuffer();
    return response.status;
  }
  const put = (path: string, text: string, headers: Record<string, string> = {}) =>
    send("PUT", path, { "content-type": "text/plain", ...headers }, text);
  const names = async (path: string) => (await (await send("GET", path)).text()).split("\n").filter(Boolean);

  it("makes containers, keeps what is said about them, and takes it back", async () => {
    assert.equal(
      await status("PUT", "/backups", {
        "x-container-meta-cluster": "demo",
        "x-container-read": ".r:*",
        "x-versions-enabled": "true",
        "x-ignored": "1",
      }),
      201,
    );
    assert.equal(await status("PUT", "/backups"), 202);
    const shown = await send("HEAD", "/backups");
    assert.equal(shown.status, 204);
    const header = (name: string) => shown.headers.get(name);
    assert.deepEqual(
      [
        "x-container-meta-cluster",
        "x-container-read",
        "x-versions-enabled",
        "x-storage-policy",
        "x-ignored",
      ].map(header),
      ["demo", ".r:*", "True", "Policy-0", null],
    );
    assert.equal(header("x-container-object-count"), "0");
    await status("POST", "/backups", {
      "x-remove-container-meta-cluster": "remove",
      "x-container-read": "",
      "x-versions-enabled": "false",
    });
    const changed = (await send("HEAD", "/backups")).headers;
    assert.deepEqual(
      ["x-container-meta-cluster", "x-container-read", "x-versions-enabled"].map((name) => changed.get(name)),
      [null, null, "False"],
    );
    assert.equal(await status("DELETE", "/backups"), 204);
    assert.equal(await status("HEAD", "/backups"), 404);
    assert.equal(await status("DELETE", "/backups"), 404);
  });

  it("keeps a storage policy for good and refuses one that it does not have", async () => {
    assert.equal(await status("PUT", "/a", { "x-storage-policy": "gold" }), 400);
    assert.equal(await status("PUT", "/a", { "x-storage-policy": "fast" }), 201);
    assert.equal((await send("HEAD", "/a")).headers.get("x-storage-policy"), "fast");
    assert.equal(await status("PUT", "/a", { "x-storage-policy": "Policy-0" }), 409);
    assert.equal(await status("PUT", "/a"), 202);
    const info = (await (await fetch(`${cloud.simulator.url}/object-store/info`)).json()) as Json;
    assert.deepEqual(
      info.swift.policies.map(({ name }: Json) => name),
      ["Policy-0", "fast"],
    );
  });

  it("keeps old versions in one way at a time", async () => {
    const has = async () => {
      const { headers } = await send("HEAD", "/a");
      return ["x-versions-location", "x-history-location", "x-versions-enabled"].map((name) =>
        headers.get(name),
      );
    };
    await status("PUT", "/a", { "x-versions-location": "old" });
    assert.deepEqual(await has(), ["old", null, null]);
    await status("POST", "/a", { "x-history-location": "older" });
    assert.deepEqual(await has(), [null, "older", null]);
    await status("POST", "/a", { "x-versions-location": "old" });
    assert.deepEqual(await has(), ["old", null, null]);
    await status("POST", "/a", { "x-history-location": "older" });
    assert.equal(await status("POST", "/a", { "x-versions-enabled": "true" }), 400);
    await status("POST", "/a", { "x-remove-history-location": "true" });
    assert.equal(await status("POST", "/a", { "x-versions-enabled": "true" }), 204);
    assert.deepEqual(await has(), [null, null, "True"]);
  });

  it("keeps a container that holds something", async () => {
    await status("PUT", "/a");
    await put("/a/dir/file", "content");
    assert.equal(await status("DELETE", "/a"), 409);
    assert.equal((await send("HEAD", "/a")).headers.get("x-container-bytes-used"), "7");
    assert.equal(await status("DELETE", "/a/dir/file?version-id=null"), 204);
    assert.equal(await status("DELETE", "/a"), 204);
  });

  it("gives objects back as they came, with their headers", async () => {
    await status("PUT", "/a");
    const hash = createHash("md5").update("content").digest("hex");
    const made = await put("/a/dir/file%201", "content", { "x-object-meta-key": "value", etag: hash });
    assert.deepEqual([made.status, made.headers.get("etag")], [201, hash]);
    const shown = await send("HEAD", "/a/dir/file%201");
    assert.deepEqual(
      ["content-length", "content-type", "etag", "x-object-meta-key"].map((name) => shown.headers.get(name)),
      ["7", "text/plain", hash, "value"],
    );
    assert.equal(await (await send("GET", "/a/dir/file%201")).text(), "content");
    assert.equal((await put("/a/dir/file%201", "other", { etag: hash })).status, 422);
    assert.equal((await put("/a/dir/file%201", "again", { "if-none-match": "*" })).status, 412);
    assert.equal(await (await send("GET", "/a/dir/file%201")).text(), "content");
    await status("POST", "/a/dir/file%201", { "x-object-meta-new": "1" });
    const { headers } = await send("HEAD", "/a/dir/file%201");
    assert.deepEqual([headers.get("x-object-meta-key"), headers.get("x-object-meta-new")], [null, "1"]);
    assert.equal((await put("/a/copy", "", { "x-copy-from": "/a/dir/file%201" })).status, 201);
    assert.equal(await (await send("GET", "/a/copy")).text(), "content");
    assert.equal(await status("GET", "/a/nope"), 404);
    assert.equal(await status("PUT", "/nope/file", { "content-type": "text/plain" }, "x"), 404);
  });

  it("lets an object go at its end", async () => {
    await status("PUT", "/a");
    await put("/a/past", "x", { "x-delete-at": "1" });
    await put("/a/future", "x", { "x-delete-after": "1000" });
    assert.deepEqual(await names("/a"), ["future"]);
    assert.ok(Number((await send("HEAD", "/a/future")).headers.get("x-delete-at")) > Date.now() / 1000);
  });

  it("lists in order of names, from marker to limit, folded at a delimiter", async () => {
    await status("PUT", "/a");
    assert.equal(await status("GET", "/a"), 204);
    for (const name of ["b/2", "a", "b/1", "c"]) await put(`/a/${name}`, "x");
    assert.deepEqual(await names("/a"), ["a", "b/1", "b/2", "c"]);
    assert.deepEqual(await names("/a?marker=b/1&limit=1"), ["b/2"]);
    assert.deepEqual(await names("/a?marker=bb&end_marker=d"), ["c"]);
    assert.deepEqual(await names("/a?prefix=b/"), ["b/1", "b/2"]);
    assert.deepEqual(await names("/a?delimiter=/"), ["a", "b/", "c"]);
    assert.equal(await status("GET", "/a?limit=many"), 412);
    const rows = (await (await send("GET", "/a?format=json&versions=true")).json()) as Json[];
    assert.deepEqual(
      [rows[0]?.name, rows[0]?.bytes, rows[0]?.version_id, rows[0]?.is_latest],
      ["a", 1, "null", true],
    );
    assert.match(rows[0]?.last_modified as string, /^\d{4}-\d\d-\d\dT[\d:.]{15}$/);
  });

  it("sums up the account and keeps its metadata", async () => {
    await status("PUT", "/b");
    await status("PUT", "/a");
    await put("/a/file", "content");
    await status("POST", "", { "x-account-meta-temp-url-key": "key" });
    const { headers } = await send("HEAD", "");
    assert.deepEqual(
      ["container-count", "object-count", "bytes-used", "meta-temp-url-key"].map((name) =>
        headers.get(`x-account-${name}`),
      ),
      ["2", "1", "7", "key"],
    );
    assert.deepEqual(await names(""), ["a", "b"]);
    const rows = (await (await send("GET", "?format=json")).json()) as Json[];
    const { last_modified, ...row } = rows[0]!;
    assert.deepEqual(row, { name: "a", count: 1, bytes: 7 });
    assert.match(last_modified as string, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}$/);
  });

  it("gives what calls itself JSON back byte by byte, and takes what calls itself so and is none", async () => {
    await status("PUT", "/a");
    const json = { "content-type": "application/json" };
    for (const text of ['{ "spaced" :  1 }\n', "no JSON"]) {
      assert.equal(await status("PUT", "/a/file", json, text), 201);
      assert.equal(await (await send("GET", "/a/file")).text(), text);
    }
  });

  it("keeps accounts closed to others, and their names free", async () => {
    await status("PUT", "/a");
    await cloud.client.ensureProject("other");
    cloud.session = await cloud.client.login("other");
    for (const method of ["HEAD", "GET", "PUT", "POST", "DELETE"])
      assert.equal(await status(method, "/a"), 403);
    assert.equal(await status("GET", "/a/file"), 403);
    root = `/object-store/v1/AUTH_${cloud.session.projectId}`;
    assert.equal(await status("HEAD", "/a"), 404);
    assert.equal(await status("PUT", "/a"), 201);
  });

  it("survives a restart", async () => {
    await status("PUT", "/a");
    await put("/a/file", "content");
    await cloud.restart();
    assert.equal(await (await send("GET", "/a/file")).text(), "content");
  });
});
