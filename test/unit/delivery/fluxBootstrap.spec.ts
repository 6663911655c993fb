import { strict as assert } from "node:assert";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { bootstrap, type BootstrapLimits, type BootstrapResult } from "../../../delivery/flux/bootstrap";
import { hintFor, standingOf } from "../../../delivery/flux/conditions";
import { parseManifests } from "../../../delivery/flux/installation";
import * as renderer from "../../../gitops";
import type { RunFailure } from "../../../runner/errors";
import { configOf } from "../../support/arbitraryCluster";
import { small } from "../plan/support";
import {
  eventually,
  headOf,
  INSTALL_YAML,
  pathOf,
  sayAvailable,
  sayReady,
  startCluster,
  type TestCluster,
} from "./fluxSupport";
import { newFolder } from "./support";

const URL = "https://git.example.com/acme.git";
const LIMITS: BootstrapLimits = { api: 2_000, deployments: 15_000, root: 15_000, services: 200 };

function requestOf(root: string, url = URL) {
  const file = join(root, "install.yaml");
  writeFileSync(file, INSTALL_YAML);
  const config = configOf({ ...small, gitops: { repository: { url }, flux: { manifests: { file } } } });
  return { organization: config.organization, cluster: config.name, config, lifecycle: "day-1" as const };
}

describe("Flux's installation", function () {
  this.timeout(90_000);
  this.slow(20_000);
  let cluster: TestCluster;

  before(async function () {
    cluster = await startCluster(this);
  });
  after(() => cluster?.end());
  afterEach(async () => {
    // The next test begins with a cluster that has no Flux.
    for (const kind of ["Kustomization", "GitRepository"] as const)
      await cluster.client.send("DELETE", pathOf(kind, "flux-system", "flux-system"));
    await cluster.client.send(
      "DELETE",
      "/apis/apps/v1/namespaces/flux-system/deployments/kustomize-controller",
    );
  });

  const run = (limits: Partial<BootstrapLimits> = {}, url?: string): Promise<BootstrapResult> => {
    const root = newFolder("project");
    const request = requestOf(root, url);
    const { kubeconfig } = cluster;
    return bootstrap({ root, request, kubeconfig, renderer, limits: { ...LIMITS, ...limits } });
  };
  const there = async (path: string) => (await cluster.client.send("GET", path)).status === 200;
  const rootPath = pathOf("Kustomization", "flux-system", "flux-system");
  const deploymentPath = "/apis/apps/v1/namespaces/flux-system/deployments/kustomize-controller";

  /** What Flux does with what it finds: takes up the repository, then the root Kustomization. */
  const playFlux = async () => {
    await eventually(() => there(deploymentPath));
    await sayAvailable(cluster.client);
    await eventually(() => there(rootPath));
    await sayReady(cluster.client, "GitRepository", "flux-system", {
      artifact: { revision: "main@sha1:abc" },
    });
    await sayReady(cluster.client, "Kustomization", "flux-system", { lastAppliedRevision: "main@sha1:abc" });
  };

  it("applies what is in Git in an order that works, and waits until the root is ready", async () => {
    const [result] = await Promise.all([run(), playFlux()]);
    assert.equal(result.revision, "main@sha1:abc");
    assert.equal(result.fluxVersion, "2.9.5");
    assert.deepEqual(result.kustomizations, { ready: 1, total: 1, waiting: [] });
    const root = await cluster.client.find(rootPath);
    assert.match(String(root?.spec?.["path"]), /^\.\/clusters\//);
    // As Flux itself: a field that a later version drops is then really gone.
    const managers = root?.metadata["managedFields"] as { manager: string; operation: string }[];
    assert.ok(managers.some((m) => m.manager === "kustomize-controller" && m.operation === "Apply"));
    const crd = await cluster.client.find(
      "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/gitrepositories.source.toolkit.fluxcd.io",
    );
    assert.ok(JSON.stringify(crd?.spec).includes('"x-kubernetes-preserve-unknown-fields":true'));
  });

  it("leaves a Flux alone that is at work, and takes its word", async () => {
    await Promise.all([run(), playFlux()]);
    await cluster.client.patch(deploymentPath, { metadata: { annotations: { mine: "1" } } });
    await cluster.client.send("DELETE", deploymentPath);
    const again = await run();
    assert.equal(again.revision, "main@sha1:abc");
    assert.equal(await there(deploymentPath), false, "it was applied again");
  });

  it("does not take over a Flux that works for something else", async () => {
    await Promise.all([run(), playFlux()]);
    await assert.rejects(run({}, "https://git.example.com/other.git"), (error: RunFailure) => {
      assert.match(
        error.message,
        /reads clusters\/\S+ on branch main of https:\/\/git\.example\.com\/acme\.git/,
      );
      assert.match(error.message, /configuration says .*other\.git.*Nothing was changed/s);
      return true;
    });
    const repository = await cluster.client.find(pathOf("GitRepository", "flux-system", "flux-system"));
    assert.equal(repository?.spec?.["url"], URL);
  });

  it("goes on where an earlier run was cut off", async () => {
    await assert.rejects(run({ deployments: 10 }), /Flux does not start: kustomize-controller/);
    const [result] = await Promise.all([run(), playFlux()]);
    assert.equal(result.kustomizations.ready, 1);
  });

  it("says why the controllers do not start", async () => {
    const pod = {
      metadata: { name: "kustomize-controller-x", namespace: "flux-system" },
      spec: { containers: [{ name: "manager", image: "x" }] },
    };
    const pods = "/api/v1/namespaces/flux-system/pods";
    await cluster.client.create(pods, pod);
    const waiting = { reason: "ImagePullBackOff", message: "Back-off pulling ghcr.io/x" };
    const containerStatuses = [
      { name: "manager", ready: false, restartCount: 0, image: "", imageID: "", state: { waiting } },
    ];
    await cluster.client.patch(`${pods}/kustomize-controller-x/status`, { status: { containerStatuses } });
    await assert.rejects(run({ deployments: 10 }), (error: RunFailure) => {
      assert.match(error.message, /kustomize-controller-x: ImagePullBackOff: Back-off pulling ghcr\.io\/x/);
      assert.match(error.hints.join(" "), /reach the registry.*run pulumi up again/s);
      return true;
    });
    await cluster.client.send("DELETE", `${pods}/kustomize-controller-x`);
  });

  it("passes on what Flux complains about, with what to do", async () => {
    const refuse = async () => {
      await eventually(() => there(deploymentPath));
      await sayAvailable(cluster.client);
      await eventually(() => there(rootPath));
      await sayReady(cluster.client, "GitRepository", "flux-system", {
        ready: false,
        reason: "GitOperationFailed",
        message: "failed to checkout and determine revision: unable to clone: authentication required",
      });
    };
    const refused = assert.rejects(run({ root: 4_000 }), (error: RunFailure) => {
      assert.match(
        error.message,
        /GitRepository flux-system\/flux-system: GitOperationFailed: .*authentication/,
      );
      assert.match(error.hints.join("\n"), /opencenter:gitToken/);
      return true;
    });
    await Promise.all([refused, refuse()]);
  });

  it("believes no Ready that is about an older commit", async () => {
    const stale = async () => {
      await eventually(() => there(deploymentPath));
      await sayAvailable(cluster.client);
      await eventually(() => there(rootPath));
      await sayReady(cluster.client, "GitRepository", "flux-system", {
        artifact: { revision: "main@sha1:new" },
      });
      await sayReady(cluster.client, "Kustomization", "flux-system", {
        lastAppliedRevision: "main@sha1:old",
      });
    };
    await Promise.all([assert.rejects(run({ root: 4_000 }), /has not applied the newest commit/), stale()]);
  });

  it("does not fail for services that take longer, and names them", async () => {
    const slow = async () => {
      await playFlux();
      const metadata = { name: "loki", namespace: "flux-system" };
      await cluster.client.create(pathOf("Kustomization", "flux-system"), {
        ...headOf("Kustomization"),
        metadata,
        spec: { path: "./x" },
      });
      await sayReady(cluster.client, "Kustomization", "loki", {
        ready: false,
        reason: "DependencyNotReady",
        message: "dependency 'x' is not ready",
      });
    };
    const [result] = await Promise.all([run({ services: 2_500 }), slow()]);
    assert.equal(result.kustomizations.total, 2);
    assert.deepEqual(result.kustomizations.waiting, [
      "loki: DependencyNotReady: dependency 'x' is not ready",
    ]);
    await cluster.client.send("DELETE", pathOf("Kustomization", "flux-system", "loki"));
  });
});

describe("Flux's words", () => {
  it("are believed only about the object as it is now", () => {
    const condition = { type: "Ready", status: "True", observedGeneration: 1 };
    const object = { metadata: { generation: 2 }, status: { conditions: [condition] } };
    assert.deepEqual(standingOf(object), { ready: false, message: "not looked at yet" });
    assert.equal(standingOf({ ...object, metadata: { generation: 1 } }).ready, true);
    assert.deepEqual(standingOf({ ...object, metadata: { generation: 1 }, spec: { suspend: true } }), {
      ready: false,
      message: "suspended",
    });
  });

  for (const [message, advice] of [
    ["ssh: handshake failed: knownhosts: key mismatch", /knownHosts/],
    ["unable to clone 'ssh://…': ssh: unable to authenticate, attempted methods [publickey]", /deployKey/],
    ['couldn\'t find remote ref "refs/heads/main"', /\.branch/],
    ["tls: failed to verify certificate: x509: certificate signed by unknown authority", /trust/],
    ["dial tcp: lookup git.example.com: no such host", /reach the Git host/],
    ["kustomization path not found: stat /tmp/x/clusters/prod: no such file", /publishes it again/],
    ["decryption failed for 'a': Error getting data key: 0 successful groups required", /sops-age/],
    ['ClusterIssuer/x dry-run failed: no matches for kind "ClusterIssuer"', /which object/],
    [
      "health check failed after 30s: timeout waiting for: [Deployment/default/web]",
      /describe kustomization/,
    ],
  ] as const)
    it(`lead to advice: ${message.slice(0, 40)}…`, () => assert.match(hintFor(message) ?? "", advice));

  it("that nobody foresaw lead to none", () => assert.equal(hintFor("something else"), undefined));

  it("manifests that are none are refused before the cluster is touched", () => {
    assert.throws(() => parseManifests("a: [", "install.yaml"), /install\.yaml is no YAML/);
    assert.throws(() => parseManifests("<html></html>", "install.yaml"), /no Kubernetes object/);
    assert.equal(parseManifests(INSTALL_YAML, "x").length, 4);
  });
});
