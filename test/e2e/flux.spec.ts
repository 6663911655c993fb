/**
 * Everything that the catalogue can generate, applied by real Flux on a real API: etcd, kube-apiserver, controller
 * manager, scheduler, source-, kustomize- and helm-controller. Charts are doubles with the kinds that the real ones
 * bring, and pods are played by kwok: what is proven is order, references, encryption and acceptance by the API, and not
 * that images exist.
 */
import assert from "node:assert/strict";
import type { ClusterConfig } from "../../config/resolve";
import { enabledServices } from "../../config/catalogue";
import { serviceNames } from "../../config/services";
import { sealedFiles } from "../../gitops";
import { configOf } from "../support/arbitraryCluster";
import { small } from "../unit/plan/support";
import { FluxBed, requirePrograms } from "./support/fluxbed";

describe("all services, applied by real Flux", function () {
  let bed: FluxBed;
  let config: ClusterConfig;

  before(async function () {
    requirePrograms(this, "real");
    bed = await FluxBed.open("acme");
    config = configOf({
      ...small,
      domain: "small.example.org",
      gitops: bed.gitops,
      services: Object.fromEntries(
        serviceNames.map((name) => [
          name,
          name === "metallb"
            ? { enabled: true, addressPools: ["10.20.2.10-10.20.2.50"] }
            : name === "cert-manager"
              ? { enabled: true, acme: { email: "ops@example.org" } }
              : { enabled: true },
        ]),
      ),
    });
    await bed.prepare(config);
  });
  after(() => bed?.close());

  it("become ready, every one of them", async () => {
    assert.equal(enabledServices(config).length, serviceNames.length);
    const { commit } = await bed.publish(config, "day-1");
    const { revision, kustomizations } = await bed.bootstrap(config);
    assert.equal(revision, `main@sha1:${commit}`);
    assert.deepEqual(kustomizations.waiting, []);
    assert.ok(kustomizations.total > serviceNames.length, String(kustomizations.total));
  });

  it("have their Secrets decrypted in the cluster, and nowhere else", async () => {
    const files = sealedFiles(config);
    assert.ok(files.length > 5);
    for (const { secret } of files) {
      const path = `/api/v1/namespaces/${secret.namespace}/secrets/${secret.name}`;
      const found = await bed.client.find(path);
      assert.ok(found, path);
      const values = Object.values((found["data"] ?? {}) as Record<string, string>);
      assert.ok(values.length > 0 && values.every((text) => !Buffer.from(text, "base64").includes("ENC[")));
    }
  });
});
