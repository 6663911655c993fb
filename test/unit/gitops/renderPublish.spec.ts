import { strict as assert } from "node:assert";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { validateStackFile } from "../../../config/validate";
import { publish } from "../../../delivery/publish";
import { decryptDocument, recipientsOf } from "../../../delivery/seal/document";
import * as renderer from "../../../gitops";
import type { DeliveryRequest, DeliveryResult } from "../../../plan/delivery";
import { Supervisor } from "../../../runner/supervisor/supervisor";
import { type Cluster, commitAs, files, git, newCluster, newRepository, show } from "../delivery/support";

const stack = readFileSync(join(__dirname, "..", "..", "..", "stacks", "Pulumi.production.yaml"), "utf8");
const COMPONENTS = "clusters/production/flux-system/gotk-components.yaml";
const GITOPS = /^ {4}gitops:\n(?: {6}.*\n)+/m;
const login = (id: string) => ({
  authUrl: "https://keystone.example.com",
  region: "here",
  id,
  secret: "PLANTED-x",
});

/** The production stack, with more services and with a repository on this machine. */
async function production(repository: string, services: string, before?: Cluster) {
  const { config } = validateStackFile(
    stack.replace(GITOPS, (gitops) => `${gitops}    services: ${services}\n`),
  );
  assert.ok(config !== undefined);
  const cluster = await newCluster(config.name, `file://${repository}`, before?.root);
  const { gitops } = cluster.request.config;
  const real = { ...config, gitops: { ...config.gitops!, ...gitops, base: config.gitops!.base } };
  const secrets = {
    ...(before ?? cluster).secrets,
    credentials: Object.fromEntries(
      ["cinder-csi", "velero", "cert-manager"].map((name) => [name, login(name)]),
    ),
  };
  return { ...cluster, secrets, request: { ...cluster.request, config: real } };
}

async function publishOf(
  { root, request, secrets }: Cluster,
  lifecycle: DeliveryRequest["lifecycle"] = "day-1",
) {
  const supervisor = new Supervisor();
  const lines: string[] = [];
  const original = console.error;
  console.error = (line: string) => void lines.push(line);
  try {
    const result: DeliveryResult = await publish({
      root,
      request: { ...request, lifecycle },
      secrets,
      renderer,
      supervisor,
    });
    return { result, said: lines.join("\n") };
  } finally {
    console.error = original;
    supervisor.close();
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.removeAllListeners(signal);
  }
}

describe("the rendered repository, published", function () {
  this.timeout(60_000);
  this.slow(20_000);

  const ON = "{harbor: {enabled: true}, headlamp: {enabled: true, values: {a: '${b}'}}}";

  it("is in Git as it was rendered, with its Secrets encrypted, and nothing is left to publish", async () => {
    const repository = newRepository();
    const cluster = await production(repository, ON);
    const { config } = cluster.request;
    await publishOf(cluster);
    const tree = renderer.renderTree(config, { fluxComponents: show(repository, COMPONENTS) });
    const sealed = renderer.sealedFiles(config).map(({ path }) => path);
    assert.ok(sealed.length >= 2);
    const all = [...tree.keys(), ...sealed, `overlays/${config.name}/.sops.yaml`];
    assert.deepEqual(files(repository), all.sort());
    for (const [path, text] of tree) assert.equal(show(repository, path), text, path);
    for (const { path, secret } of renderer.sealedFiles(config)) {
      const text = show(repository, path);
      assert.ok(!text.includes("PLANTED"), path);
      assert.deepEqual(recipientsOf(text), [cluster.secrets.identities[0]?.recipient]);
      const plain = await decryptDocument(text, [cluster.secrets.identities[0]!.identity]);
      assert.equal((plain.metadata as { name: string }).name, secret.name);
    }
    for (const lifecycle of ["day-1", "day-2"] as const)
      assert.equal((await publishOf(cluster, lifecycle)).result.published, false, lifecycle);
  });

  it("leaves the user's files, takes along what is switched off, and says what changed", async () => {
    const repository = newRepository();
    const cluster = await production(repository, ON);
    await publishOf(cluster);
    const README = "overlays/production/customer-managed/README.md";
    commitAs(repository, "main", { [README]: "mine\n" });
    const next = await production(repository, "{harbor: {enabled: true, version: 9.9.9}}", cluster);
    const { result } = await publishOf(next, "day-2");
    assert.equal(show(repository, README, result.branch), "mine\n");
    const now = files(repository, result.branch);
    assert.deepEqual(
      now.filter((path) => path.includes("headlamp") && !path.startsWith("base/")),
      [],
    );
    const bases = new Set(now.filter((path) => path.startsWith("base/")).map((path) => path.slice(0, 17)));
    assert.deepEqual([...bases], [`base/${renderer.baseDigest(cluster.request.config)}`]);
    const message = git(repository, "log", "-1", "--format=%B", result.branch);
    assert.match(message, /^- harbor: \S+ → 9\.9\.9 \(services\.harbor\.version\)$/m);
    assert.match(message, /^- headlamp: removed/m);
  });
});
