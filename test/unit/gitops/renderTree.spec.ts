import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse, stringify } from "yaml";
import { baseDigest, fluxComponents, fluxSync, onlyOnce, renderTree, sealedFiles } from "../../../gitops";
import type { Definitions } from "../../../gitops/render/context";
import { serviceDefinitions } from "../../../gitops/services";
import type { ServiceDefinition } from "../../../gitops/services/definition";
import type { Manifest, SecretValues } from "../../../gitops/types";
import { skip } from "../../support/skip";
import {
  clusterWith,
  COMPONENTS,
  documents,
  kubectl,
  kustomize,
  NO_KUBECTL,
  stagesOf,
  writeTree,
} from "./renderSupport";

const only = (...names: string[]) => ({
  services: {
    ...Object.fromEntries(
      Object.keys(serviceDefinitions).map((name) => [name, { enabled: names.includes(name) }]),
    ),
  },
});

/** With definitions of a test in the place of some. */
const withDefinitions = (own: Partial<Record<string, ServiceDefinition>>): Definitions => ({
  ...serviceDefinitions,
  ...own,
});

const external = {
  gitops: {
    repository: { url: "https://git.example.com/acme/gitops.git" },
    base: { url: "https://git.example.com/base.git", tag: "2026.01" },
  },
};

const values: SecretValues = {
  credentials: {
    "cinder-csi": { authUrl: "https://keystone.example.com", region: "r", id: "id", secret: "a${b}" },
  },
  password: (name) => `${name}$$`,
};

describe("the tree of a cluster", () => {
  it("is nothing without a repository", () => {
    const config = clusterWith({ gitops: undefined });
    assert.equal(renderTree(config).size, 0);
    assert.deepEqual(sealedFiles(config), []);
    assert.deepEqual(fluxSync(config), []);
    assert.equal(onlyOnce(config).size, 0);
    assert.equal(baseDigest(config), undefined);
  });

  it("has the release with its defaults in the base, and the user's values over it", () => {
    const services = { "metrics-server": { version: "3.99.0", values: { replicas: 3, args: ["--x=${y}"] } } };
    const config = clusterWith({ services });
    const tree = renderTree(config);
    const base = `base/${baseDigest(config)}`;
    const [release] = documents(tree.get(`${base}/services/metrics-server/release.yaml`)!);
    const spec = release?.spec as any;
    assert.equal(release?.metadata.namespace, "metrics-server");
    assert.deepEqual(spec.chart.spec.sourceRef.namespace, "flux-system");
    assert.deepEqual(spec.install.crds, "CreateReplace");
    assert.deepEqual(spec.driftDetection, { mode: "enabled" });
    const [patch] = documents(tree.get("overlays/minimal/services/metrics-server/values.yaml")!);
    assert.deepEqual(patch?.metadata, release?.metadata);
    assert.deepEqual((patch?.spec as any).chart, { spec: { version: "3.99.0" } });
    assert.equal((patch?.spec as any).values.replicas, 3);
    assert.deepEqual((patch?.spec as any).values.args, ["--x=$${y}"]);
    const kustomization = parse(tree.get("overlays/minimal/services/metrics-server/kustomization.yaml")!);
    assert.deepEqual(kustomization.resources, [`../../../../${base}/services/metrics-server`]);
    assert.deepEqual(kustomization.patches, [{ path: "values.yaml" }]);
  });

  it("keeps the base the same whatever a cluster switches on", () => {
    const digests = [
      clusterWith(),
      clusterWith(only()),
      clusterWith(only("harbor")),
      clusterWith({ name: "other" }),
    ];
    assert.equal(new Set(digests.map((config) => baseDigest(config))).size, 1);
  });

  it("gives a base that says something else another folder", () => {
    const changed: ServiceDefinition = {
      ...serviceDefinitions.headlamp,
      release: { name: "headlamp", base: { replicas: 7 } },
    };
    const config = clusterWith();
    const definitions = withDefinitions({ headlamp: changed });
    assert.notEqual(baseDigest(config, { definitions }), baseDigest(config));
    const folders = [...renderTree(config, { definitions }).keys()].filter((path) =>
      path.startsWith("base/"),
    );
    assert.ok(folders.every((path) => path.startsWith(`base/${baseDigest(config, { definitions })}/`)));
  });

  it("applies what is configured behind the service, and others behind that", () => {
    const configuration = (): Manifest[] => [
      { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "x" } },
    ];
    const definitions = withDefinitions({
      "postgres-operator": { ...serviceDefinitions["postgres-operator"], configuration },
    });
    const tree = renderTree(clusterWith(only("postgres-operator", "keycloak")), { definitions });
    const stages = new Map(
      stagesOf(new Map([...tree, [COMPONENTS_PATH, COMPONENTS]]), "minimal").map((s) => [s.name, s]),
    );
    assert.deepEqual(stages.get("postgres-operator-config")?.dependsOn, ["postgres-operator"]);
    assert.ok(stages.get("keycloak")?.dependsOn.includes("postgres-operator-config"));
    assert.equal(
      stages.get("postgres-operator-config")?.path,
      "overlays/minimal/services/postgres-operator-config",
    );
  });

  const COMPONENTS_PATH = "clusters/minimal/flux-system/gotk-components.yaml";

  it("lists Flux's manifests although their text is not given, and has them as they are", () => {
    const config = clusterWith();
    const bare = renderTree(config);
    const kustomization = "clusters/minimal/flux-system/kustomization.yaml";
    assert.match(bare.get(kustomization)!, /gotk-components\.yaml/);
    assert.equal(bare.has(COMPONENTS_PATH), false);
    const full = renderTree(config, { fluxComponents: COMPONENTS });
    assert.equal(full.get(COMPONENTS_PATH), COMPONENTS);
    assert.equal(full.size, bare.size + 1);
    assert.deepEqual(documents(full.get("clusters/minimal/flux-system/gotk-sync.yaml")!), fluxSync(config));
  });

  it("takes Flux to the repository, branch and folder of the cluster", () => {
    const repository = { url: "ssh://git@git.example.com/a.git", branch: "live" };
    const [source, root] = fluxSync(clusterWith({ gitops: { repository, interval: "2m" } })) as any[];
    assert.deepEqual(source.spec, {
      interval: "2m",
      url: repository.url,
      ref: { branch: "live" },
      secretRef: { name: "flux-system" },
    });
    assert.equal(root.spec.path, "./clusters/minimal");
    assert.equal(root.spec.deletionPolicy, "Orphan");
    assert.equal(root.spec.decryption.secretRef.name, "sops-age");
  });

  it("lets Flux run on nodes that wait for the cloud controller which it brings, once", () => {
    assert.equal(fluxComponents(clusterWith(), COMPONENTS), COMPONENTS);
    const config = clusterWith({ services: { "openstack-ccm": { enabled: true } } });
    const text = fluxComponents(config, COMPONENTS);
    const [namespace, deployment] = documents(text) as any[];
    assert.equal(namespace.kind, "Namespace");
    assert.deepEqual(
      deployment.spec.template.spec.tolerations.map((toleration: { key: string }) => toleration.key),
      ["node.cloudprovider.kubernetes.io/uninitialized"],
    );
    assert.equal(fluxComponents(config, text), text);
  });

  it("takes every chart from the mirror", () => {
    const gitops = {
      repository: { url: "https://git.example.com/a.git" },
      charts: "oci://registry.example.com/charts",
    };
    const tree = renderTree(clusterWith({ gitops }));
    const repositories = [...tree].filter(([path]) => path.endsWith("/repository.yaml"));
    assert.equal(repositories.length, 1);
    const [[, text]] = repositories as [[string, string]];
    assert.deepEqual((documents(text)[0]?.spec as any).url, "oci://registry.example.com/charts");
    assert.deepEqual((documents(text)[0]?.spec as any).type, "oci");
    for (const [path, release] of tree)
      if (path.endsWith("/release.yaml"))
        assert.equal((documents(release)[0]?.spec as any).chart.spec.sourceRef.name, "charts", path);
  });

  it("begins the user's folder, with something that builds", function () {
    const config = clusterWith();
    const once = [...onlyOnce(config)];
    assert.deepEqual(once, [
      "overlays/minimal/customer-managed/README.md",
      "overlays/minimal/customer-managed/kustomization.yaml",
    ]);
    const program = kubectl() ?? skip(this, NO_KUBECTL);
    const root = writeTree(renderTree(config));
    assert.deepEqual(kustomize(program, join(root, "overlays/minimal/customer-managed")), []);
  });
});

describe("namespaces of the platform", () => {
  const namespaceOf = (definitions: Definitions, name: string) => {
    const config = clusterWith(only("harbor", "headlamp"));
    const tree = renderTree(config, { definitions });
    return documents(
      tree.get(`base/${baseDigest(config, { definitions })}/namespaces/${name}/namespace.yaml`)!,
    );
  };

  it("let nothing in or out but names and what is within", () => {
    const [namespace, ...policies] = namespaceOf(serviceDefinitions, "harbor");
    assert.equal(namespace?.kind, "Namespace");
    const byName = new Map(policies.map(({ metadata, spec }) => [metadata.name, spec as any]));
    assert.deepEqual([...byName.keys()].sort(), ["allow-dns", "allow-within-namespace", "default-deny"]);
    assert.deepEqual(byName.get("default-deny"), { podSelector: {}, policyTypes: ["Ingress", "Egress"] });
    assert.deepEqual(byName.get("allow-dns").policyTypes, ["Egress"]);
    assert.deepEqual(byName.get("allow-within-namespace").ingress, [{ from: [{ podSelector: {} }] }]);
  });

  it("enforce, warn about and audit what lets their services run", () => {
    for (const level of ["privileged", "baseline", "restricted"] as const) {
      const definitions = withDefinitions({ harbor: { ...serviceDefinitions.harbor, podSecurity: level } });
      const labels = namespaceOf(definitions, "harbor")[0]?.metadata.labels;
      for (const mode of ["enforce", "warn", "audit"])
        assert.equal(labels?.[`pod-security.kubernetes.io/${mode}`], level);
    }
  });

  it("let through what their services name", () => {
    const harbor: ServiceDefinition = {
      ...serviceDefinitions.harbor,
      allowedTraffic: () => [
        { name: "in", podSelector: { app: "x" }, ingress: [{ ports: [{ port: 1 }] }] },
        { name: "out", egress: [{}] },
      ],
    };
    const tree = renderTree(clusterWith(only("harbor")), { definitions: withDefinitions({ harbor }) });
    const [inwards, outwards] = documents(tree.get("overlays/minimal/namespaces/harbor-traffic.yaml")!);
    assert.deepEqual(inwards?.metadata, { name: "harbor-in", namespace: "harbor" });
    assert.deepEqual(inwards?.spec, {
      ingress: [{ ports: [{ port: 1 }] }],
      podSelector: { matchLabels: { app: "x" } },
      policyTypes: ["Ingress"],
    });
    assert.deepEqual((outwards?.spec as any).policyTypes, ["Egress"]);
  });
});

describe("Secrets of a cluster", () => {
  it("are in the folder and namespace of their service, with texts that survive Flux", () => {
    const [file] = sealedFiles(clusterWith(only("cinder-csi")));
    assert.equal(file?.path, "overlays/minimal/services/cinder-csi/secret-cinder-csi-cloud-config.yaml");
    assert.deepEqual(file?.secret, { name: "cinder-csi-cloud-config", namespace: "openstack-csi" });
    assert.match(file.stringData(values)["cloud.conf"]!, /application-credential-secret = "?a\$\$\{b\}/);
    const own: ServiceDefinition = {
      ...serviceDefinitions["cinder-csi"],
      secrets: () => [{ name: "s", type: "Opaque", stringData: (given) => ({ p: given.password("x") }) }],
    };
    const [secret] = sealedFiles(clusterWith(only("cinder-csi")), {
      definitions: withDefinitions({ "cinder-csi": own }),
    });
    assert.equal(secret?.secret.type, "Opaque");
    assert.deepEqual(secret?.stringData(values), { p: "x$$$$" });
  });
});

describe("the tree beside an external base", () => {
  const config = clusterWith({
    ...external,
    services: { kyverno: { version: "3.9.9", values: { a: "b" } } },
  });
  const tree = renderTree(config, { fluxComponents: COMPONENTS });
  const stages = new Map(stagesOf(tree, "minimal").map((stage) => [stage.name, stage]));

  it("has no base of its own, and the other's by its tag", () => {
    assert.deepEqual(
      [...tree.keys()].filter((path) => path.startsWith("base/")),
      [],
    );
    assert.equal(baseDigest(config), undefined);
    const [source] = documents(tree.get("clusters/minimal/base.yaml")!);
    assert.deepEqual((source?.spec as any).ref, { tag: "2026.01" });
  });

  it("gives values to the other's releases, before them", () => {
    const [secret] = documents(tree.get("overlays/minimal/services/kyverno/values-override.yaml")!) as any[];
    assert.equal(secret.metadata.name, "kyverno-values-override");
    assert.equal(secret.metadata.namespace, "kyverno");
    assert.equal(parse(secret.stringData["override.yaml"]).a, "b");
    const base = stages.get("kyverno-base");
    assert.equal(base?.path, "applications/base/services/kyverno/policy-engine");
    assert.equal(base?.source, "opencenter-base");
    assert.deepEqual(base?.dependsOn, ["kyverno"]);
    assert.equal(base?.manifest.spec.postBuild, undefined);
    assert.deepEqual(stages.get("kyverno-config")?.dependsOn, ["kyverno-base"]);
  });

  it("keeps what the other base does not have", () => {
    const files = [...tree.keys()].filter((path) =>
      path.startsWith("overlays/minimal/services/metrics-server/"),
    );
    assert.ok(files.includes("overlays/minimal/services/metrics-server/release.yaml"));
    assert.equal(stages.has("metrics-server-base"), false);
    assert.ok(stages.get("metrics-server")?.dependsOn.includes("sources"));
  });

  it("leaves the namespaces ours, and sets the version, in what the other base has", function () {
    const program = kubectl() ?? skip(this, NO_KUBECTL);
    const release = { spec: { chart: { spec: { chart: "kyverno", version: "3.6.0" } } } };
    const theirs = [
      { apiVersion: "v1", kind: "Namespace", metadata: { name: "kyverno" } },
      {
        apiVersion: "helm.toolkit.fluxcd.io/v2",
        kind: "HelmRelease",
        metadata: { name: "kyverno" },
        ...release,
      },
    ];
    const root = writeTree(new Map([["all.yaml", theirs.map((object) => stringify(object)).join("---\n")]]));
    const { patches } = stages.get("kyverno-base")!.manifest.spec;
    writeFileSync(join(root, "kustomization.yaml"), stringify({ resources: ["all.yaml"], patches }));
    const built = kustomize(program, root) as any[];
    assert.deepEqual(
      built.map(({ kind }) => kind),
      ["HelmRelease"],
    );
    assert.equal(built[0].spec.chart.spec.version, "3.9.9");
  });
});
