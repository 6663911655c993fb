import assert from "node:assert/strict";
import { join } from "node:path";
import { renderTree } from "../../../gitops";
import { buildFolder, identityOf } from "../../../gitops/compare/build";
import { differencesAsText, fileDifferences, objectDifferences } from "../../../gitops/compare/differences";
import { clusterObjects } from "../../../gitops/compare/objects";
import type { Manifest } from "../../../gitops/types";
import { skip } from "../../support/skip";
import {
  clusterWith,
  COMPONENTS,
  kubectl,
  kustomize,
  NO_KUBECTL,
  stagesOf,
  withSealed,
  writeTree,
} from "./renderSupport";

const render = (written: Readonly<Record<string, unknown>> = {}) =>
  renderTree(clusterWith(written), { fluxComponents: COMPONENTS });

const lines = (before: object, after: object) =>
  differencesAsText(objectDifferences(render({ services: before }), render({ services: after }), "minimal"));

describe("objects of a tree", () => {
  it("are those that kubectl builds", function () {
    this.timeout(60_000);
    const program = kubectl() ?? skip(this, NO_KUBECTL);
    const config = clusterWith({
      services: { kyverno: { values: { image: null, a: "${b}" }, version: "3.9.9" } },
    });
    const tree = withSealed(config, renderTree(config, { fluxComponents: COMPONENTS }));
    const root = writeTree(tree);
    const sorted = (objects: readonly Manifest[]) =>
      [...objects].sort((a, b) => (identityOf(a) < identityOf(b) ? -1 : 1));
    for (const { path } of stagesOf(tree, "minimal").filter(({ name }) => name !== "flux-system"))
      assert.deepEqual(sorted(buildFolder(tree, path)), sorted(kustomize(program, join(root, path))), path);
  });

  it("are told by service, and the rest by stage", () => {
    const objects = clusterObjects(render(), "minimal");
    assert.ok(objects.get("kyverno")?.has("HelmRelease kyverno/kyverno"));
    assert.ok(objects.get("kyverno")?.has("Kustomization flux-system/kyverno-config"));
    assert.ok(
      [...objects.get("kyverno")!.keys()].some((object) => /^(Cluster|Validating)Policy /.test(object)),
    );
    assert.ok(objects.get("namespaces")?.has("Namespace kyverno"));
    assert.ok(objects.get("flux-system")?.has("GitRepository flux-system/flux-system"));
    assert.deepEqual(
      [...objects.get("customer-managed")!.keys()],
      ["Kustomization flux-system/customer-managed"],
    );
  });
});

describe("differences of two trees", () => {
  it("are none between the same", () => {
    assert.deepEqual(lines({}, {}), []);
    assert.deepEqual(fileDifferences(render(), render()), { added: [], changed: [], removed: [] });
  });

  it("name the service, the object and the field", () => {
    const version = { "metrics-server": { version: "3.99.0", values: { replicas: 7 } } };
    assert.deepEqual(lines({ "metrics-server": { version: "3.98.0" } }, version).slice(0, 3), [
      "metrics-server",
      "  ~ HelmRelease metrics-server/metrics-server",
      "      spec.chart.spec.version: 3.98.0 → 3.99.0",
    ]);
  });

  it("say what comes and what goes", () => {
    const [on, off] = [{ headlamp: { enabled: true } }, { headlamp: { enabled: false } }];
    assert.ok(lines(off, on).includes("  + HelmRelease headlamp/headlamp"));
    assert.ok(lines(off, on).includes("  + Namespace headlamp"));
    assert.ok(lines(on, off).includes("  - HelmRelease headlamp/headlamp"));
  });

  it("are not in a folder's name alone: another mirror changes the base's", () => {
    const mirrored = (charts: string) =>
      render({ gitops: { repository: { url: "https://git.example.com/a.git" }, charts } });
    const [before, after] = [mirrored("https://one.example.com"), mirrored("https://two.example.com")];
    assert.ok(fileDifferences(before, after).added.length > 10);
    assert.deepEqual(differencesAsText(objectDifferences(before, after, "minimal")), [
      "sources",
      "  ~ HelmRepository flux-system/charts",
      "      spec.url: https://one.example.com → https://two.example.com",
    ]);
  });

  it("leave out what is encrypted, for it differs each time", () => {
    const tree = render();
    const path = "overlays/minimal/services/cinder-csi/secret-cinder-csi-cloud-config.yaml";
    const sealed = (mac: string) =>
      new Map([
        ...tree,
        [path, `apiVersion: v1\nkind: Secret\nmetadata: {name: s, namespace: n}\nsops: {mac: ${mac}}\n`],
      ]);
    assert.equal(objectDifferences(sealed("one"), sealed("two"), "minimal").size, 0);
    assert.deepEqual(fileDifferences(sealed("one"), sealed("two")).changed, [path]);
  });
});
