/** GitOps as `pulumi up`: published, installed, handed over, changed through Git, taken down. */
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Context } from "mocha";
import { recipientsOf } from "../../delivery/seal/document";
import { startGitServer, stopGitServer } from "../../sandbox/flux";
import { findFlux, findKubernetes } from "../../sandbox/toolchain";
import { projectRoot } from "../../sandbox/workspace";
import { skip } from "../support/skip";
import { GitOpsBed } from "./support/gitopsbed";
import { KubernetesBed } from "./support/kubernetes";
import { opencenter, runToEnd, type StopOrder } from "./support/processes";
import { SMALL_CLUSTER, tail, Testbed } from "./support/testbed";

const missing = [findKubernetes(), findFlux()].flatMap((found) => ("why" in found ? [found.why] : []));

const off = { enabled: false };
const base = {
  ...SMALL_CLUSTER,
  network: {},
  gitops: { repository: { url: "http://127.0.0.1/" }, interval: "1m" },
  // Enough for every kind of file: releases, objects of their kinds, Secrets, logins of their own.
  services: { kyverno: off, "cert-manager": off, "etcd-backup": off },
};
type Settings = Record<string, any>;

describe(`GitOps (${missing.length === 0 ? "real Flux on a real API" : "Flux played"})`, () => {
  let bed: Testbed;
  let kubernetes: KubernetesBed;
  let gitops: GitOpsBed;
  let cluster: Settings = base;

  before(async () => {
    bed = await Testbed.open("gitops", cluster);
    kubernetes = new KubernetesBed(bed);
    gitops = new GitOpsBed(bed, kubernetes);
  });
  after(() => bed.close());

  const environment = () => ({ ...process.env, ...bed.session.pulumi.environment });
  const requireFlux = (context: Context) =>
    missing[0] === undefined ? undefined : skip(context, missing[0]);

  function change(settings: Settings): void {
    cluster = { ...cluster, ...settings };
    bed.writeCluster(cluster);
  }

  const service = (name: string, settings: Settings) => ({
    services: { ...cluster.services, [name]: settings },
  });

  async function killed(when: StopOrder["when"]): Promise<void> {
    const args = ["up", "--yes", "--skip-preview", "--non-interactive", "--parallel", "32"];
    const order = { signal: "SIGKILL", when } as const;
    const { stopped, output } = await runToEnd(bed.session.toolchain.pulumi, args, environment(), order);
    assert.ok(stopped, `pulumi up ended before it could be stopped:\n${tail(output)}`);
    const recovered = await opencenter(["recover", "gitops", "--yes"], environment());
    assert.equal(recovered.code, 0, recovered.output);
  }

  async function refused(pattern: RegExp): Promise<void> {
    const { code, output } = await bed.session.pulumi.try(["up", "--yes", "--skip-preview"]);
    assert.notEqual(code, 0, "pulumi up went through");
    assert.match(output, pattern);
  }

  it("survives kill -9 right after the push, and in the middle of Flux's installation", async function () {
    await killed(() => gitops.hasBranch("main"));
    const first = gitops.head();
    requireFlux(this);
    const { kubernetes: folder } = bed.session.workspace;
    const log = join(folder, "clusters", bed.organization, "gitops", "log", "source-controller.log");
    await killed(() => existsSync(log));
    assert.equal(gitops.head(), first, "the same was published twice");
  });

  it("publishes, installs Flux, waits until it is ready and hands over, in one pulumi up", async () => {
    await bed.up();
    const outputs = (await bed.session.pulumi.outputs()) as Settings;
    assert.equal(outputs.lifecycle, "day-2");
    assert.equal(outputs.gitops.branch, "main");
    assert.equal(outputs.gitops.commit, gitops.head());
    assert.deepEqual(gitops.proposals(), []);
    const files = gitops.files();
    for (const path of [
      "clusters/gitops/flux-system/gotk-components.yaml",
      "clusters/gitops/services/velero.yaml",
      "overlays/gitops/.sops.yaml",
      "overlays/gitops/services/velero/kustomization.yaml",
    ])
      assert.ok(files.includes(path), path);
    await gitops.applied();
    await bed.assertQuiet();
  });

  it("has in the cluster what was encrypted in Git", async function () {
    requireFlux(this);
    const files = gitops.files().filter((path) => recipientsOf(gitops.show(path)) !== undefined);
    assert.ok(files.length > 0);
    const { "cloud.conf": conf = "" } = await gitops.secret("cinder-csi-cloud-config", "openstack-csi");
    assert.match(conf, /application-credential-secret/);
    assert.match(await gitops.valuesOf("metrics-server", "metrics-server"), /replicas/);
  });

  it("leaves no secret in Git's history, in logs, or in the state", async () => {
    const identities = readFileSync(kubernetes.path("ageKeys"), "utf8");
    const [identity = ""] = /AGE-SECRET-KEY-1\w+/.exec(identities) ?? [];
    const { identity: _, ...login } = await gitops.secret("flux-system");
    assert.equal(login.password, gitops.token);
    const delivery = JSON.parse(readFileSync(kubernetes.path("deliverySecrets"), "utf8")) as Settings;
    const planted = [identity, gitops.token, delivery.seed, delivery.credentials.velero.secret] as string[];
    assert.ok(planted.every((secret) => secret.length > 20));
    const { directory, stateDirectory } = bed.session.workspace;
    const places = [
      stateDirectory,
      join(directory, "logs"),
      join(projectRoot, "clusters/state", bed.organization),
    ];
    const texts = [
      ...places.flatMap((place) => textsBelow(place)),
      ["Git's history", gitops.git("log", "-p", "--all")] as const,
      [
        "the work tree",
        textsBelow(kubernetes.path("gitops"))
          .map(([, text]) => text)
          .join("\n"),
      ] as const,
    ];
    assert.ok(texts.length > 5);
    for (const [place, text] of texts)
      for (const secret of planted) {
        assert.ok(!text.includes(secret), `a secret is in ${place}`);
        assert.ok(!text.includes(Buffer.from(secret).toString("base64")), `a secret is encoded in ${place}`);
      }
  });

  it("proposes a later change on a branch, and says in the preview which files", async () => {
    const main = gitops.head();
    change(service("metrics-server", { values: { replicas: 3 } }));
    const told = await bed.session.pulumi.try(["preview"]);
    assert.match(told.output, /proposed on a branch opencenter\/gitops\/…:/);
    assert.match(told.output, /\+ overlays\/gitops\/services\/metrics-server\/values\.yaml/);
    await bed.up();
    assert.equal(gitops.head(), main, "the branch that Flux reads was pushed to");
    const branch = gitops.open();
    assert.match(gitops.git("log", "-1", "--format=%B", branch), /metrics-server: .*values changed/);
    const outputs = (await bed.session.pulumi.outputs()) as Settings;
    assert.equal(outputs.gitops.branch, branch);
    await bed.assertQuiet();
  });

  it("applies what was merged, and is quiet afterwards", async function () {
    gitops.merge(gitops.open());
    await gitops.applied();
    await bed.assertQuiet();
    requireFlux(this);
    await gitops.until(async () =>
      (await gitops.valuesOf("metrics-server", "metrics-server")).includes("replicas: 3") ? "" : "old values",
    );
  });

  it("takes away what is switched off", async function () {
    change(service("metrics-server", off));
    await bed.up();
    gitops.merge(gitops.open());
    requireFlux(this);
    const release = {
      apiVersion: "helm.toolkit.fluxcd.io/v2",
      kind: "HelmRelease",
      name: "metrics-server",
      namespace: "metrics-server",
    };
    await gitops.applied();
    await gitops.until(async () =>
      (await gitops.objects().read(release)) === undefined ? "" : "it is there",
    );
  });

  it("rotates the age key with an overlap, and drops the old one only when nothing needs it", async () => {
    const age = (generations: number[], active: number) => ({ secrets: { age: { generations, active } } });
    const keys = async () => (await gitops.secret("sops-age"))["age.agekey"]?.trim().split("\n") ?? [];
    const [first] = await keys();
    change(age([1, 2], 2));
    await bed.up();
    assert.equal((await keys()).length, 2);
    assert.ok((await keys()).includes(first!));
    change(age([2], 2));
    await refused(/no age key of secrets\.age\.generations decrypts[^]*merge the pull request/);
    assert.equal((await keys()).length, 2, "the old key went before its time");
    gitops.merge(gitops.open());
    await gitops.applied();
    await bed.up();
    const left = await keys();
    assert.equal(left.length, 1);
    assert.ok(!left.includes(first!));
    await gitops.applied();
    await bed.assertQuiet();
  });

  it("says so when the Git server is away, loses nothing, and goes on when it is back", async () => {
    const { git } = bed.session.workspace;
    await stopGitServer(git);
    change(service("velero", { values: { podLabels: { tier: "gold" } } }));
    try {
      await refused(/127\.0\.0\.1[^]*(refused|connect|unable to access)/i);
    } finally {
      await startGitServer(git, bed.organization);
    }
    await bed.up();
    assert.match(gitops.show("overlays/gitops/services/velero/values.yaml", gitops.open()), /tier: gold/);
    gitops.merge(gitops.open());
    await gitops.applied();
  });

  it("finds Flux at work when the state has lost it, and leaves it alone", async () => {
    const deployments = async () =>
      (await gitops.objects().list("apps/v1", "Deployment"))
        .filter(({ metadata }) => metadata?.namespace === "flux-system")
        .map(({ metadata }) => [metadata?.name, metadata?.uid, metadata?.generation]);
    const before = await deployments();
    const resources = await bed.session.pulumi.resources();
    const lost = resources.filter(({ urn }) => urn.includes("gitops:Flux$"));
    assert.ok(lost.length >= 5, String(lost.length));
    for (const { urn } of lost)
      await bed.session.pulumi.try(["state", "delete", urn, "--yes", "--force", "--target-dependents"]);
    await bed.up();
    assert.deepEqual(await deployments(), before);
    await bed.assertQuiet();
  });

  it("lets a second cluster join without touching the first one's files or keys", async function () {
    const own = () => gitops.git("ls-tree", "-r", "main", "overlays/gitops", "clusters/gitops");
    const before = own();
    // Not under the first one's name in DNS.
    const other = await Testbed.open("second", { ...base, apiEndpoint: { type: "octavia" } }, bed);
    await other.up();
    assert.equal(own(), before);
    const [theirs, ours] = ["second", "gitops"].map((name) => gitops.show(`overlays/${name}/.sops.yaml`));
    assert.notEqual(theirs, ours);
    await gitops.applied();
    await other.destroy();
    assert.equal(own(), before);
  });

  it("has the cloud take back what Kubernetes asked for before anything is destroyed", async () => {
    const finalizer = "service.kubernetes.io/load-balancer-cleanup";
    const metadata = { name: "front", finalizers: [finalizer] };
    await kubernetes.core().createNamespacedService({
      namespace: "default",
      body: { metadata, spec: { type: "LoadBalancer", ports: [{ port: 80 }] } },
    });
    const front = { apiVersion: "v1", kind: "Service", name: "front", namespace: "default" };
    const destroyed = bed.session.pulumi.try(["destroy", "--yes", "--skip-preview", "--parallel", "32"]);
    const api = gitops.objects();
    await gitops.until(async () =>
      (await api.read(front))?.metadata?.deletionTimestamp === undefined ? "it is not asked for" : "",
    );
    // It would be gone by now if nobody waited.
    await sleep(5_000);
    const servers = (await bed.simulator.state("sandbox"))["compute.servers"] ?? [];
    assert.equal(servers.filter(({ name }) => String(name).startsWith("gitops-")).length, 4);
    const root = await gitops.read({
      apiVersion: "kustomize.toolkit.fluxcd.io/v1",
      kind: "Kustomization",
      name: "flux-system",
      namespace: "flux-system",
    });
    assert.equal(root.spec?.["suspend"], true);
    await api.merge(front, { metadata: { name: "front", namespace: "default", finalizers: null } });
    const { code, output } = await destroyed;
    assert.equal(code, 0, tail(output));
    assert.deepEqual(await bed.leftovers(), []);
    assert.ok(gitops.files().includes("overlays/gitops/.sops.yaml"), "Git stays as it is");
  });
});

/** Every file below a folder, with its text. */
function textsBelow(folder: string): (readonly [string, string])[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && !entry.parentPath.includes("/.git"))
    .map(({ parentPath, name }) => join(parentPath, name))
    .map((path) => [path, readFileSync(path, "utf8")] as const);
}
