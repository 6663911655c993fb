/** Whatever a user configures, the generated repository builds, in an order that works, and is the cluster's alone. */
import assert from "node:assert/strict";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { stringify } from "yaml";
import { catalogue, chartSettings, enabledServices } from "../../config/catalogue";
import { formatIssue } from "../../config/issue";
import type { ClusterConfig } from "../../config/resolve";
import type { ClusterInput } from "../../config/schema";
import { serviceNames, type ServiceName } from "../../config/services";
import { validateStackValues } from "../../config/validate";
import { baseDigest, renderTree, sealedFiles } from "../../gitops";
import { buildFolder, identityOf } from "../../gitops/compare/build";
import type { Files, Manifest } from "../../gitops/types";
import { CLUSTER_INFO_KEYS } from "../../plan/clusterInfo";
import { cluster, ORGANIZATION } from "../support/arbitraryCluster";
import { optional } from "../support/arbitraryNodes";
import { skip } from "../support/skip";
import {
  COMPONENTS,
  documents,
  kubectl,
  kustomize,
  NO_KUBECTL,
  reachable,
  stagesOf,
  substituted,
  withSealed,
  writeTree,
} from "../unit/gitops/renderSupport";

const RUNS = 200;
/** Half a second each: kubectl confirms some, our own builder, which is compared with it, does them all. */
const WITH_KUBECTL = 12;

/** With what Flux, YAML 1.1 and kustomize read in their own ways. */
const text = fc.oneof(
  fc.constantFrom(
    "on",
    "no",
    "1e3",
    "0777",
    "12:30",
    "2024-01-01",
    "~",
    "",
    "#x",
    "a: b",
    "${domain}",
    "$",
    "$${x}",
  ),
  fc.string({ unit: fc.constantFrom(..."ab${}$ :#\n'\"-é"), maxLength: 12 }),
);
const scalar = fc.oneof(text, fc.integer(), fc.boolean(), fc.constant(null));
const key = fc.constantFrom("image", "replicas", "resources", "a/b", "x~y", "on", "$patch", "config");
const { value: values } = fc.letrec<{ value: Record<string, unknown>; item: unknown }>((tie) => ({
  value: fc.dictionary<unknown>(key, tie("item"), { maxKeys: 3, noNullPrototype: true }),
  item: fc.oneof({ maxDepth: 2 }, scalar, fc.array(text, { maxLength: 2 }), tie("value")),
}));

const gitops = fc.record({
  repository: fc.constantFrom(
    { url: "https://git.example.com/acme/gitops.git" },
    { url: "ssh://git@git.example.com/acme/gitops.git", branch: "production" },
  ),
  base: fc.oneof(
    { weight: 4, arbitrary: fc.constant("embedded" as const) },
    { weight: 1, arbitrary: fc.constant({ url: "https://git.example.com/base.git", tag: "2026.01" }) },
  ),
  charts: optional(fc.constantFrom("oci://registry.example.com/charts", "https://charts.example.com")),
});

interface Choice {
  readonly enabled: boolean | undefined;
  readonly version: string | undefined;
  readonly values: Record<string, unknown> | undefined;
}

const choice: fc.Arbitrary<Choice> = fc.record({
  enabled: optional(fc.boolean()),
  version: optional(fc.constantFrom("9.9.9", "v0.1.0")),
  values,
});

/** What is on, with everything that it needs. */
function closed(choices: Readonly<Record<ServiceName, Choice>>): Record<string, Choice> {
  const result: Record<string, Choice> = { ...choices };
  const need = (name: ServiceName): void => {
    for (const needed of catalogue[name].needs) {
      result[needed] = { ...choices[needed], enabled: true };
      need(needed);
    }
  };
  for (const name of serviceNames) if (choices[name].enabled === true) need(name);
  return result;
}

/** Without a chart there is neither a version nor values. */
const choiceOf = (name: ServiceName) =>
  catalogue[name].chart !== undefined
    ? choice
    : choice.map(({ enabled }): Choice => ({ enabled, version: undefined, values: undefined }));

const services = fc.tuple(...serviceNames.map(choiceOf)).map((choices) => {
  const entries = serviceNames.map((name, index) => [name, choices[index]!] as const);
  return closed(Object.fromEntries(entries) as unknown as Record<ServiceName, Choice>);
});

const acme = optional(
  fc.record({
    email: fc.constant("ops@example.com"),
    solver: fc.constantFrom("dns01-designate" as const, "http01-gateway" as const),
    zones: fc.constantFrom([], ["example.com"]),
  }),
);

/** Configurations that pass every rule. */
const config: fc.Arbitrary<ClusterConfig> = fc
  .tuple(cluster, gitops, services, acme)
  .map(([input, repository, chosen, issuer]) => {
    const certManager = { ...chosen["cert-manager"], acme: issuer };
    return validated({ ...input, gitops: repository, services: { ...chosen, "cert-manager": certManager } });
  })
  .filter((found) => found !== undefined);

/** In a row: where a new rule refuses everything, a filter would look for ever. */
const MOST_REFUSED = 200;
let refused = 0;

function validated(input: unknown): ClusterConfig | undefined {
  // Through JSON, as from the engine: what is undefined was not written.
  const written: unknown = JSON.parse(JSON.stringify(input));
  const { config: found, issues } = validateStackValues({ organization: ORGANIZATION, cluster: written });
  refused = found === undefined ? refused + 1 : 0;
  assert.ok(refused < MOST_REFUSED, issues.map((issue) => formatIssue(issue)).join("\n"));
  return found;
}

/** All services, or as many as may be on together, each with values. */
const everything = fc.sample(cluster, { numRuns: 1, seed: 7 })[0] as ClusterInput;
function all(changes: object = {}): ClusterConfig {
  const found = validated({
    ...everything,
    domain: "k8s.example.com",
    backup: { store: "s3", bucket: "acme-backups", endpoint: "https://s3.example.com", region: "here" },
    gitops: { repository: { url: "https://git.example.com/acme/gitops.git" } },
    services: {
      ...Object.fromEntries(serviceNames.map((name) => [name, { enabled: true }])),
      "cert-manager": { acme: { email: "ops@example.com" } },
      metallb: { enabled: true, addressPools: ["192.0.2.10-192.0.2.20"] },
    },
    ...changes,
  });
  assert.ok(found);
  return found;
}

const render = (config: ClusterConfig) => renderTree(config, { fluxComponents: COMPONENTS });

/** Objects that a stage applies, patches left out. */
function objectsOf(tree: Files, folder: string): Manifest[] {
  return reachable(tree, folder)
    .filter((path) => !path.endsWith("kustomization.yaml") && !path.endsWith("/values.yaml"))
    .flatMap((path) => documents(tree.get(path)!));
}

const ownStages = (tree: Files, { name }: ClusterConfig) =>
  stagesOf(tree, name).filter(
    ({ source, name: stage }) => source === "flux-system" && stage !== "flux-system",
  );

/** The same for all checks: making and rendering them is most of the work. */
const seed = Number(process.env.FC_SEED ?? Date.now() % 1_000_000_000);
let samples: readonly (readonly [Files, ClusterConfig])[] = [];

function sample(): typeof samples {
  if (samples.length === 0)
    samples = [...fc.sample(config, { numRuns: RUNS, seed }), all(), all({ services: {} })].map((found) => [
      render(found),
      found,
    ]);
  return samples;
}

function holds(check: (tree: Files, config: ClusterConfig) => void): void {
  for (const [index, [tree, found]] of sample().entries())
    try {
      check(tree, found);
    } catch (error) {
      (error as Error).message += `\nConfiguration ${index} of FC_SEED=${seed}: ${JSON.stringify(found)}`;
      throw error;
    }
}

/** What Flux applies in all stages together; fails where something refers to a file that is not there. */
function built(tree: Files, config: ClusterConfig): readonly Manifest[] {
  const complete = withSealed(config, tree);
  const folders = [`clusters/${config.name}`, ...ownStages(tree, config).map(({ path }) => path)];
  for (const folder of folders) reachable(complete, folder);
  return folders.flatMap((folder) => buildFolder(complete, folder));
}

/** What people and programs leave behind where something was to be put in. */
const PLACEHOLDER =
  /CHANGE-?ME|TODO|FIXME|XXX|placeholder|undefined|\[object Object\]|\bNaN\b|<[a-z][\w -]*>/i;

describe("the generated repository", function () {
  this.timeout(300_000);
  this.slow(60_000);

  it("has no path outside of the layout", () => {
    const stage = "[a-z0-9-]+";
    holds((tree, { name }) => {
      const layout = [
        `base/[0-9a-f]{12}/(namespaces|services|sources)/${stage}/[a-z]+\\.yaml`,
        `overlays/${name}/(namespaces|sources)/${stage}\\.yaml`,
        `overlays/${name}/services/${stage}/(kustomization|values|values-override|release|objects)\\.yaml`,
        `overlays/${name}/customer-managed/(README\\.md|kustomization\\.yaml)`,
        `clusters/${name}/(services/)?${stage}\\.yaml`,
        `clusters/${name}/flux-system/(gotk-components|gotk-sync|kustomization)\\.yaml`,
      ];
      const allowed = new RegExp(`^(${layout.join("|")})$`);
      for (const path of tree.keys()) assert.match(path, allowed);
      for (const [path, content] of tree)
        if (!/\/(gotk-components\.yaml|customer-managed\/.*)$/.test(path))
          assert.ok(content.startsWith("# Generated by opencenter; "), `${path} does not say whose it is`);
    });
  });

  it("refers to nothing that is not there, and has no file that nothing refers to", () => {
    holds((tree, config) => {
      const complete = withSealed(config, tree);
      const used = new Set([
        ...reachable(complete, `clusters/${config.name}`),
        ...ownStages(tree, config).flatMap(({ path }) => reachable(complete, path)),
      ]);
      const dead = [...complete.keys()].filter((path) => !used.has(path) && !path.startsWith("base/"));
      assert.deepEqual(dead, [`overlays/${config.name}/customer-managed/README.md`]);
    });
  });

  it("has no file in the base that a cluster with all services does not use", () => {
    const tree = withSealed(all(), render(all()));
    const used = new Set(ownStages(tree, all()).flatMap(({ path }) => reachable(tree, path)));
    assert.deepEqual(
      [...tree.keys()].filter((path) => path.startsWith("base/") && !used.has(path)),
      [],
    );
  });

  it("builds, without an object that two stages have, or one without a name", () => {
    holds((tree, found) => {
      const seen = new Set<string>();
      for (const object of built(tree, found)) {
        const group = object.apiVersion.split("/").slice(0, -1).join();
        const identity = `${group} ${identityOf(object)}`;
        assert.match(object.metadata.name, /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/, identity);
        assert.ok(!seen.has(identity), `${identity} is there twice`);
        seen.add(identity);
      }
    });
  });

  it("has nothing that was to be filled in", () => {
    for (const found of [all(), all({ services: {} })])
      for (const [path, content] of render(found)) assert.doesNotMatch(content, PLACEHOLDER, path);
  });

  it("orders its stages without a circle and without a name that is not there", () => {
    holds((tree, { name }) => {
      const stages = new Map(stagesOf(tree, name).map((stage) => [stage.name, stage]));
      const done = new Set<string>();
      const visit = (stage: string, above: readonly string[]): void => {
        assert.ok(!above.includes(stage), `a circle: ${[...above, stage].join(" → ")}`);
        assert.ok(stages.has(stage), `${above.at(-1)} waits for ${stage}, which is not there`);
        if (done.has(stage)) return;
        for (const first of stages.get(stage)!.dependsOn) visit(first, [...above, stage]);
        done.add(stage);
      };
      for (const stage of stages.keys()) visit(stage, []);
    });
  });

  it("makes every namespace before something is put into it", () => {
    holds((tree, config) => {
      const complete = withSealed(config, tree);
      const stages = new Map(stagesOf(tree, config.name).map((stage) => [stage.name, stage]));
      const namespaces = new Set(["flux-system", "kube-system"]);
      const comesAfter = (stage: string): boolean =>
        stage === "namespaces" || (stages.get(stage)?.dependsOn ?? []).some(comesAfter);
      const own = ownStages(tree, config);
      for (const { path } of own.filter(({ name }) => name === "namespaces"))
        for (const { kind, metadata } of objectsOf(complete, path))
          if (kind === "Namespace") namespaces.add(metadata.name);
      for (const { name, path } of own.filter(({ name: stage }) => stage !== "sources")) {
        const used = objectsOf(complete, path).flatMap(({ metadata }) => metadata.namespace ?? []);
        for (const namespace of used) assert.ok(namespaces.has(namespace), `${name} uses ${namespace}`);
        if (used.length > 0) assert.ok(comesAfter(name), `${name} does not wait for the namespaces`);
      }
    });
  });

  it("installs every service that is on, behind what it needs, and no other", () => {
    holds((tree, config) => {
      const stages = new Map(stagesOf(tree, config.name).map((stage) => [stage.name, stage]));
      const of = (service: string) =>
        [service, `${service}-base`, `${service}-config`].filter((stage) => stages.has(stage));
      const before = (stage: string): string[] =>
        (stages.get(stage)?.dependsOn ?? []).flatMap((first) => [first, ...before(first)]);
      const on = new Set(enabledServices(config));
      for (const service of serviceNames) {
        assert.equal(of(service).length > 0, on.has(service), service);
        if (!on.has(service)) continue;
        const { needs, after } = catalogue[service];
        const first = new Set(of(service).flatMap(before));
        for (const other of [...needs, ...after].filter((name) => on.has(name)))
          for (const stage of of(other)) assert.ok(first.has(stage), `${service} does not wait for ${stage}`);
      }
    });
  });

  it("pins every chart, from a repository that is there, and never forces", () => {
    holds((tree, config) => {
      const complete = withSealed(config, tree);
      const own = ownStages(tree, config);
      const objects = own.flatMap(({ path }) => objectsOf(complete, path));
      const repositories = objects
        .filter(({ kind }) => kind === "HelmRepository")
        .map(({ metadata }) => `${metadata.namespace}/${metadata.name}`);
      assert.equal(new Set(repositories).size, repositories.length, "a repository twice");
      for (const release of objects.filter(({ kind }) => kind === "HelmRelease")) {
        const { chart, valuesFrom } = release.spec as any;
        assert.match(chart.spec.version, /^v?\d+\.\d+\.\d+/);
        const { name, namespace = release.metadata.namespace } = chart.spec.sourceRef;
        assert.ok(repositories.includes(`${namespace}/${name}`), `${release.metadata.name}: no ${name}`);
        assert.equal(valuesFrom, undefined);
      }
      for (const { manifest, name } of stagesOf(tree, config.name)) {
        assert.equal(manifest.spec.force, undefined);
        assert.equal(manifest.spec.prune, true);
        assert.equal(manifest.spec.healthChecks, undefined);
        if (name === "namespaces") assert.equal(manifest.spec.deletionPolicy, "Orphan");
      }
      for (const { kind, metadata } of objects)
        if (kind === "Namespace")
          assert.equal(metadata.annotations?.["kustomize.toolkit.fluxcd.io/prune"], "disabled");
    });
  });

  it("uses no variable that cluster-info does not have, and leaves the user's text as it is", () => {
    const known = Object.fromEntries(CLUSTER_INFO_KEYS.map((name) => [name, `value-of-${name}`]));
    holds((tree, config) => {
      for (const [path, content] of tree)
        if (/^(overlays|base)\//.test(path) && !path.includes("/customer-managed/"))
          substituted(content, known);
      for (const service of enabledServices(config)) {
        const patch = tree.get(`overlays/${config.name}/services/${service}/values.yaml`);
        if (patch === undefined) continue;
        const { merge } = { merge: (documents(substituted(patch, known))[0] as any).spec.values ?? {} };
        const written = chartSettings(config, service).values;
        for (const [name, value] of Object.entries(written))
          // What a strategic merge cannot say is in the other patch; texts are always here.
          if (typeof value === "string" && name in merge && !name.includes("$"))
            assert.equal(merge[name], value);
      }
    });
  });

  it("has no Secret in clear text, and a place for each encrypted one", () => {
    holds((tree, config) => {
      for (const [path, content] of tree)
        for (const { kind, metadata } of documents(content))
          // What an external base calls a Secret of values has nothing secret in it.
          if (kind === "Secret")
            assert.match(`${path} ${metadata.name}`, /values-override\.yaml .*-values-override$/);
      for (const { path } of sealedFiles(config)) {
        assert.ok(!tree.has(path), path);
        const folder = path.slice(0, path.lastIndexOf("/"));
        assert.ok(reachable(withSealed(config, tree), folder).includes(path), path);
      }
    });
  });

  it("is the same for the same configuration, in whatever order it is written", () => {
    const reversed = (value: unknown): unknown =>
      Array.isArray(value)
        ? value.map(reversed)
        : typeof value === "object" && value !== null
          ? Object.fromEntries(
              Object.entries(value)
                .reverse()
                .map(([name, item]) => [name, reversed(item)]),
            )
          : value;
    holds((tree, config) => {
      const again = render(reversed(config) as ClusterConfig);
      assert.deepEqual([...again], [...tree]);
      assert.deepEqual([...tree.keys()], [...tree.keys()].sort());
    });
  });

  it("shares nothing but the base with another cluster of the organisation", () => {
    for (const [index, [first, one]] of sample().entries()) {
      const [second, two] = sample()[(index + 1) % sample().length]!;
      if (one.name === two.name) continue;
      for (const [path, content] of first)
        if (second.has(path)) {
          assert.match(path, /^base\//);
          assert.equal(second.get(path), content);
        }
      const [digest, other] = [baseDigest(one), baseDigest(two)];
      if (one.gitops?.charts === two.gitops?.charts && digest !== undefined && other !== undefined)
        assert.equal(digest, other);
    }
  });
});

describe("the generated repository, built by kubectl", function () {
  this.timeout(600_000);
  this.slow(120_000);

  let program: string;
  before(function () {
    program = kubectl() ?? skip(this, NO_KUBECTL);
  });

  /** All stages at once, which also fails where two of them have the same object. */
  function build(config: ClusterConfig): readonly Manifest[] {
    const tree = withSealed(config, render(config));
    const root = writeTree(tree);
    const folders = [`clusters/${config.name}`, ...ownStages(tree, config).map(({ path }) => path)];
    writeFileSync(join(root, "kustomization.yaml"), stringify({ resources: folders }));
    try {
      return kustomize(program, root);
    } finally {
      rmSync(root, { recursive: true });
    }
  }

  it("builds for arbitrary configurations to what our own builder says", () => {
    const identities = (objects: readonly Manifest[]) => objects.map(identityOf).sort();
    for (const [tree, found] of sample().slice(0, WITH_KUBECTL))
      assert.deepEqual(identities(build(found)), identities(built(tree, found)));
  });

  it("builds with each service alone", () => {
    for (const service of serviceNames) {
      const on = new Set<ServiceName>([service, ...catalogue[service].needs]);
      for (const name of [...on]) for (const needed of catalogue[name].needs) on.add(needed);
      const alone = all({
        services: Object.fromEntries(serviceNames.map((name) => [name, { enabled: on.has(name) }])),
      });
      const releases = build(alone).filter(({ kind }) => kind === "HelmRelease");
      assert.equal(releases.length > 0, catalogue[service].chart !== undefined || on.size > 1, service);
    }
  });

  it("builds every folder that Flux reads, with all services", () => {
    const config = all();
    const tree = withSealed(config, render(config));
    const root = writeTree(tree);
    for (const path of [
      `clusters/${config.name}`,
      ...ownStages(tree, config).map(({ path: folder }) => folder),
    ])
      assert.doesNotThrow(() => kustomize(program, join(root, path)), path);
  });
});
