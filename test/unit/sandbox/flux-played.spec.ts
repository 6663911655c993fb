/** Flux where its programs are not: the way to the hand-over is the same, and everything says that it is played. */
import assert from "node:assert/strict";
import type { ClusterConfig } from "../../../config/resolve";
import { PLAYED } from "../../../sandbox/flux/engine/played";
import { FluxBed, requirePrograms } from "../../e2e/support/fluxbed";
import { configOf } from "../../support/arbitraryCluster";
import { small } from "../plan/support";
import { said } from "../../support/said";

for (const [mode, title] of [
  ["played", "a real API without Flux's programs"],
  ["recorded", "the stand-in for the API"],
] as const) {
  describe(`Flux, played on ${title}`, function () {
    this.timeout(180_000);
    let bed: FluxBed;
    let config: ClusterConfig;

    before(async function () {
      requirePrograms(this, mode);
      bed = await FluxBed.open("acme", mode);
      config = configOf({ ...small, gitops: bed.gitops });
      await bed.prepare(config);
    });
    after(() => bed?.close());

    it("is installed, becomes ready at the published commit, and says what it is", async () => {
      await said(async () => {
        const { commit } = await bed.publish(config, "day-1");
        const { revision, kustomizations } = await bed.bootstrap(config);
        assert.equal(revision, `main@sha1:${commit}`);
        assert.deepEqual(kustomizations, { ready: 1, total: 1, waiting: [] });
      });
      const [root] = await bed.kustomizations();
      assert.ok(JSON.stringify(root?.status).includes(PLAYED));
    });

    it("is left alone by a second installation", async () => {
      const lines = await said(() => bed.bootstrap(config));
      assert.match(lines, /at work on this cluster already/);
    });

    it("says what Git says when the login is wrong", async () => {
      const secret = "/api/v1/namespaces/flux-system/secrets/flux-system";
      const password = Buffer.from("wrong").toString("base64");
      await bed.client.patch(secret, { data: { password } });
      await bed.lookAgain();
      await bed.until(async () =>
        /Authentication failed|401|could not read/i.test(await bed.sourceMessage()),
      );
    });
  });
}
