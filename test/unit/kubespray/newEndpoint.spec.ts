/** A cluster that gets a new endpoint is asked there before its certificate has the address. */
import assert from "node:assert/strict";
import type { Server } from "node:https";
import { connect } from "../../../runner/kubernetes/client";
import { adminConf, authority, type Made, serving, startApi } from "./apiSupport";

describe("the API at an endpoint that its certificate does not name yet", () => {
  const servers: Server[] = [];
  after(() => servers.forEach((server) => server.close()));

  async function ask(trusted: Made, served: Made) {
    const { server, port } = await startApi(served, () => ({
      kind: "NodeList",
      apiVersion: "v1",
      metadata: {},
      items: [],
    }));
    servers.push(server);
    return connect(adminConf(trusted), { host: "127.0.0.1", port }).core.listNode();
  }

  it("answers, by the name that every API server has", async () => {
    const own = await authority();
    const { items } = await ask(
      own,
      await serving(own, "kubernetes", "kubernetes.default", "old.example.org"),
    );
    assert.deepEqual(items, []);
  });

  it("is not believed with a certificate of another authority, or of something else in the cluster", async () => {
    const own = await authority();
    await assert.rejects(
      ask(own, await serving(await authority(), "kubernetes.default")),
      /certificate|signature/,
    );
    await assert.rejects(ask(own, await serving(own, "kubelet.example.org")), /altnames/);
  });
});
