/** What every service must keep to, whatever the configuration. */
import assert from "node:assert/strict";
import { isWorld } from "../../../config/address";
import { catalogue, enabledServices, isEnabled } from "../../../config/catalogue";
import type { ClusterInput } from "../../../config/schema";
import { serviceNames, type ServiceName } from "../../../config/services";
import type { ClusterConfig } from "../../../config/resolve";
import { serviceDefinitions } from "../../../gitops/services";
import type { AllowedTraffic, ServiceContext } from "../../../gitops/services/definition";
import type { Manifest, SecretValues } from "../../../gitops/types";
import { CLUSTER_INFO_KEYS } from "../../../plan/clusterInfo";
import { credentialServices } from "../../../plan/serviceCredentials";
import { configOf } from "../../support/arbitraryCluster";
import { small } from "../plan/support";

const gitops: ClusterInput["gitops"] = { repository: { url: "https://git.acme.org/platform/clusters.git" } };
const everyService = Object.fromEntries(serviceNames.map((name) => [name, { enabled: true }]));
const CA = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
const acme = { email: "ops@acme.org" };
const s3 = { store: "s3", bucket: "acme-backup", endpoint: "https://s3.acme.org", region: "one" } as const;

const minimal = configOf({ ...small, gitops });
const production = configOf({
  ...small,
  environment: "production",
  domain: "prod.acme.org",
  gitops,
  kubernetes: { cni: "cilium" },
  services: {
    "cert-manager": { acme },
    "gateway-api": { enabled: true },
    "kube-prometheus-stack": { enabled: true },
    loki: { enabled: true },
  },
  backup: { ...s3, schedule: "30 2 * * *", retention: "14d" },
});
const everything = configOf({
  ...small,
  environment: "production",
  domain: "prod.acme.org",
  openstack: { ...small.openstack, caCertificate: CA },
  gitops,
  services: {
    ...everyService,
    "cert-manager": { enabled: true, acme },
    metallb: { enabled: true, addressPools: ["10.0.0.60-10.0.0.80"] },
  },
});

const configurations: Readonly<Record<string, ClusterConfig>> = { minimal, production, everything };

/** Values that would be noticed wherever they were. */
const planted: SecretValues = {
  credentials: Object.fromEntries(
    credentialServices.map((name) => [
      name,
      {
        authUrl: "https://keystone.acme.org:5000",
        region: "one",
        id: `planted-id-${name}`,
        secret: `planted-${name} "#;\\`,
      },
    ]),
  ),
  store: { accessKey: "planted-access", secretKey: "planted-key" },
  password: (name) => `planted-password-of-${name}`,
};

const contextOf = (config: ClusterConfig): ServiceContext => ({
  config,
  isEnabled: (name) => isEnabled(config, name),
});

/** All that is rendered of a service, as far as it is not secret. */
function rendered(name: ServiceName, context: ServiceContext) {
  const definition = serviceDefinitions[name];
  const objects = [...(definition.objects?.(context) ?? []), ...(definition.configuration?.(context) ?? [])];
  const values = [definition.release?.base ?? {}, definition.release?.overlay?.(context) ?? {}];
  return { objects, values, traffic: definition.allowedTraffic?.(context) ?? [] };
}

function secretsOf(name: ServiceName, context: ServiceContext) {
  return (serviceDefinitions[name].secrets?.(context) ?? []).map((secret) => ({
    name: secret.name,
    data: secret.stringData(planted, context),
  }));
}

/** Every text in a value. */
function texts(value: unknown): string[] {
  if (typeof value === "string") return [value];
  if (typeof value !== "object" || value === null) return [];
  return Object.values(value).flatMap(texts);
}

/** Objects and lists with their path. */
function* walk(value: unknown, path = ""): Generator<[string, Record<string, unknown>]> {
  if (typeof value !== "object" || value === null) return;
  if (!Array.isArray(value)) yield [path, value as Record<string, unknown>];
  for (const [key, item] of Object.entries(value)) yield* walk(item, `${path}.${key}`);
}

const rulesOf = (traffic: AllowedTraffic) =>
  [...(traffic.ingress ?? []), ...(traffic.egress ?? [])] as Record<string, any>[];

for (const [label, config] of Object.entries(configurations)) {
  describe(`services of a cluster: ${label}`, () => {
    const context = contextOf(config);
    const names = enabledServices(config);
    const each = (check: (name: ServiceName) => void) => () => names.forEach(check);

    it(
      "have objects with kind and name, each in its service's namespace or of the whole cluster",
      each((name) => {
        const seen = new Set<string>();
        for (const object of rendered(name, context).objects) {
          const { apiVersion, kind, metadata } = object;
          assert.match(apiVersion, /^([a-z0-9.-]+\/)?v\d/, `${name}: ${kind}`);
          assert.match(kind, /^[A-Za-z][A-Za-z0-9]+$/, name);
          assert.match(metadata.name, /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/, `${name}: ${kind}`);
          assert.notEqual(kind, "Secret", `${name}: a Secret outside of secrets()`);
          const namespaces = [undefined, catalogue[name].namespace];
          assert.ok(namespaces.includes(metadata.namespace), `${name}: ${kind} in ${metadata.namespace}`);
          const key = `${kind}/${metadata.namespace}/${metadata.name}`;
          assert.ok(!seen.has(key), `${name}: ${key} twice`);
          seen.add(key);
        }
      }),
    );

    it(
      "have a release exactly where the catalogue has a chart",
      each((name) =>
        assert.equal(
          serviceDefinitions[name].release === undefined,
          catalogue[name].chart === undefined,
          name,
        ),
      ),
    );

    it(
      "refer by ${…} to what cluster-info has, and to nothing else",
      each((name) => {
        for (const text of texts(rendered(name, context)))
          for (const [, variable] of text.matchAll(/\$\{([^}]*)\}/g))
            assert.ok(CLUSTER_INFO_KEYS.includes(variable as never), `${name}: \${${variable}}`);
      }),
    );

    it(
      "have nothing secret in what is plain, and nothing empty in what is secret",
      each((name) => {
        for (const text of texts(rendered(name, context)))
          assert.ok(!text.includes("planted"), `${name}: ${text}`);
        for (const { name: secret, data } of secretsOf(name, context)) {
          assert.ok(Object.keys(data).length > 0, `${name}: ${secret}`);
          for (const [key, text] of Object.entries(data))
            assert.ok(text.length > 0, `${name}: ${secret}.${key}`);
          assert.ok(
            texts(data).some((text) => text.includes("planted")),
            `${name}: ${secret} has no secret`,
          );
        }
      }),
    );

    it(
      "have no null among the values: a patch takes it for «delete this» and the chart never sees it",
      each((name) => {
        for (const value of rendered(name, context).values)
          for (const [path, object] of walk(value))
            for (const [key, item] of Object.entries(object))
              assert.notEqual(item, null, `${name}: ${path}.${key}`);
      }),
    );

    it(
      "have no password, token or key of their own in the values",
      each((name) => {
        for (const value of rendered(name, context).values)
          for (const [path, object] of walk(value))
            for (const [key, text] of Object.entries(object)) {
              const secret =
                /(password|secretkey|token|accesskey|clientsecret)$/i.test(key) &&
                !/^existingSecret/.test(key);
              assert.ok(!secret || typeof text !== "string" || text === "", `${name}: ${path}.${key}`);
            }
      }),
    );

    it(
      "make each Secret that their values and objects name, but those of operators",
      each((name) => {
        const made = secretsOf(name, context).map((secret) => secret.name);
        const { values, objects } = rendered(name, context);
        const named = [...values, ...objects].flatMap((value) =>
          [...walk(value)].flatMap(([path, object]) =>
            Object.entries(object)
              .filter(
                ([key]) =>
                  /^(existingSecret\w*|extraSecretRef|credentialsSecret)$/.test(key) && !key.endsWith("Key"),
              )
              .concat(
                path.endsWith(".secretKeyRef") || path.endsWith(".secretRef") ? [["name", object.name]] : [],
              )
              .map(([, text]) => text)
              .filter((text): text is string => typeof text === "string" && text !== ""),
          ),
        );
        for (const secret of named.filter((text) => !text.endsWith(".acid.zalan.do")))
          assert.ok(
            made.includes(secret),
            `${name} refers to the Secret ${secret}; made: ${made.join(", ")}`,
          );
      }),
    );

    it(
      "name images by a version, and never by one that moves",
      each((name) => {
        for (const part of [...rendered(name, context).objects, ...rendered(name, context).values])
          for (const [path, { image, tag }] of walk(part)) {
            if (typeof image === "string")
              assert.match(image, /:v?\d[\w.-]*$/, `${name}: ${path}.image ${image}`);
            if (typeof tag === "string") assert.match(tag, /^v?\d/, `${name}: ${path}.tag ${tag}`);
          }
      }),
    );

    it(
      "let nobody of the outside in, but to a Gateway, and out only by TCP and DNS to named ports",
      each((name) => {
        for (const traffic of rendered(name, context).traffic) {
          assert.match(traffic.name, /^[a-z][a-z0-9-]*$/);
          for (const { from } of (traffic.ingress ?? []) as any[])
            for (const { ipBlock } of from ?? [])
              assert.ok(!isWorld(ipBlock?.cidr ?? "10.0.0.0/8"), `${name}: ${traffic.name}`);
          for (const { to, ports } of (traffic.egress ?? []) as any[])
            assert.ok(ports?.length > 0 || to?.length > 0, `${name}: ${traffic.name} lets everything out`);
          for (const rule of rulesOf(traffic))
            for (const { ipBlock } of [...(rule.to ?? []), ...(rule.from ?? [])])
              if (ipBlock !== undefined && isWorld(ipBlock.cidr as string))
                assert.deepEqual(ipBlock.except, [config.kubernetes.podCidr, config.kubernetes.serviceCidr]);
          for (const rule of (traffic.ingress ?? []) as any[])
            assert.ok(rule.ports?.length > 0, `${name}: ${traffic.name} opens every port`);
        }
        const rules = rendered(name, context).traffic.map((traffic) => traffic.name);
        assert.deepEqual([...new Set(rules)], rules, `${name}: two rules of one name`);
      }),
    );
  });
}

describe("definitions", () => {
  it("are one for each service, under its name, with a level of Pod Security", () => {
    assert.deepEqual(Object.keys(serviceDefinitions).sort(), [...serviceNames].sort());
    for (const name of serviceNames) {
      assert.equal(serviceDefinitions[name].name, name);
      assert.ok(
        ["privileged", "baseline", "restricted"].includes(serviceDefinitions[name].podSecurity),
        name,
      );
    }
  });

  it("agree where they share a namespace", () => {
    const levels = new Map<string, string>();
    for (const name of serviceNames) {
      const { namespace } = catalogue[name];
      const level = serviceDefinitions[name].podSecurity;
      assert.equal(levels.get(namespace) ?? level, level, namespace);
      levels.set(namespace, level);
    }
  });

  it("have one default class of volumes at most", () => {
    for (const services of [
      {},
      { longhorn: { enabled: true } },
      { longhorn: { enabled: true }, "cinder-csi": { enabled: false } },
    ]) {
      const context = contextOf(configOf({ ...small, gitops, services }));
      const classes = context.isEnabled("cinder-csi") ? rendered("cinder-csi", context).objects : [];
      const ofCinder = classes.filter(
        ({ metadata }) => metadata.annotations?.["storageclass.kubernetes.io/is-default-class"] === "true",
      );
      const ofLonghorn = rendered("longhorn", context).values.some(
        (value) => (value.persistence as any)?.defaultClass === true,
      );
      assert.equal(ofCinder.length + Number(ofLonghorn && context.isEnabled("longhorn")), 1);
    }
  });
});

const find = (objects: readonly Manifest[], kind: string) =>
  objects.filter((object) => object.kind === kind) as any[];

describe("velero", () => {
  const valuesOf = (config: ClusterConfig) =>
    serviceDefinitions.velero.release?.overlay?.(contextOf(config)) as any;

  it("goes to Swift with a login of its own", () => {
    const values = valuesOf(minimal);
    assert.match(values.initContainers[0].image, /velero-plugin-for-openstack:/);
    assert.equal(values.configuration.backupStorageLocation[0].bucket, "${backup_bucket}");
    const [{ name, data }] = secretsOf("velero", contextOf(minimal)) as any;
    assert.equal(values.credentials.extraSecretRef, name);
    assert.equal(data.OS_APPLICATION_CREDENTIAL_SECRET, planted.credentials.velero?.secret);
    assert.equal(data.OS_AUTH_URL, "https://keystone.acme.org:5000/v3");
  });

  it("goes to S3 with the access key of the store", () => {
    const values = valuesOf(production);
    assert.match(values.initContainers[0].image, /velero-plugin-for-aws:/);
    assert.equal(values.configuration.backupStorageLocation[0].config.s3Url, "${backup_endpoint}");
    const [{ data }] = secretsOf("velero", contextOf(production)) as any;
    assert.equal(
      data.cloud,
      "[default]\naws_access_key_id=planted-access\naws_secret_access_key=planted-key\n",
    );
  });

  it("keeps backups as long as the configuration says, at its times", () => {
    const { platform } = valuesOf(production).schedules;
    assert.equal(platform.schedule, "30 2 * * *");
    assert.equal(platform.template.ttl, `${14 * 24}h`);
  });

  it("trusts the cloud's own CA by a file", () => {
    const context = contextOf(everything);
    assert.deepEqual(find(rendered("velero", context).objects, "ConfigMap")[0].data, { "ca.crt": CA });
    assert.equal(valuesOf(everything).extraVolumes[0].configMap.name, "cloud-ca");
  });
});

describe("cloud.conf", () => {
  it("holds a secret with quotes, semicolons and backslashes as it is", () => {
    const [{ data }] = secretsOf("cinder-csi", contextOf(everything)) as any;
    const line = data["cloud.conf"]
      .split("\n")
      .find((text: string) => text.startsWith("application-credential-secret"));
    assert.equal(line, String.raw`application-credential-secret = "planted-cinder-csi \"#;\\"`);
    assert.equal(data["ca.crt"], CA);
    assert.match(data["cloud.conf"], /ca-file = "\/etc\/config\/ca\.crt"/);
  });
});

describe("cert-manager", () => {
  it("has an issuer that answers through Designate, for the cluster's domain", () => {
    const { objects } = rendered("cert-manager", contextOf(everything));
    const [issuer] = find(objects, "ClusterIssuer");
    assert.deepEqual(issuer.spec.acme.solvers[0].selector, { dnsZones: ["${domain}"] });
    assert.equal(issuer.spec.acme.solvers[0].dns01.webhook.solverName, "designatedns");
    assert.equal(find(objects, "HelmRelease").length, 1);
  });

  it("has one that answers through the platform's Gateway, without a solver or a login", () => {
    const context = contextOf(
      configOf({
        ...small,
        gitops,
        services: {
          "cert-manager": { acme: { ...acme, solver: "http01-gateway", zones: ["acme.org"] } },
          "gateway-api": { enabled: true },
        },
      }),
    );
    const { objects } = rendered("cert-manager", context);
    assert.deepEqual(
      objects.map(({ kind }) => kind),
      ["ClusterIssuer"],
    );
    const { parentRefs } = find(objects, "ClusterIssuer")[0].spec.acme.solvers[0].http01.gatewayHTTPRoute;
    const [gateway] = find(rendered("gateway-api", context).objects, "Gateway");
    assert.equal(parentRefs[0].name, gateway.metadata.name);
    assert.equal(parentRefs[0].namespace, gateway.metadata.namespace);
    assert.ok(gateway.spec.listeners.some(({ name }: any) => name === parentRefs[0].sectionName));
    assert.deepEqual(secretsOf("cert-manager", context), []);
  });

  it("takes charts from the site's own repository where there is one", () => {
    const context = contextOf(
      configOf({
        ...small,
        gitops: { ...gitops, repository: gitops.repository, charts: "oci://charts.acme.org/mirror" },
        services: { "cert-manager": { acme } },
      }),
    );
    const [{ spec }] = find(rendered("cert-manager", context).objects, "HelmRepository");
    assert.deepEqual([spec.url, spec.type], ["oci://charts.acme.org/mirror", "oci"]);
  });
});

describe("monitors", () => {
  it("are there for enabled services alone, where Prometheus is let in", () => {
    const context = contextOf(production);
    const monitors = find(rendered("kube-prometheus-stack", context).objects, "PodMonitor");
    const watched = monitors.flatMap(({ spec }) => spec.namespaceSelector.matchNames as string[]);
    const on = enabledServices(production).map((name) => catalogue[name].namespace);
    assert.deepEqual(
      watched.filter((namespace) => namespace !== "flux-system" && !on.includes(namespace)),
      [],
    );
    assert.ok(watched.includes(catalogue.velero.namespace) && watched.includes("flux-system"));
    for (const name of enabledServices(production).filter((one) =>
      watched.includes(catalogue[one].namespace),
    ))
      assert.ok(
        rendered(name, context).traffic.some((traffic) => traffic.name === "metrics"),
        name,
      );
    assert.ok(!rendered("velero", contextOf(minimal)).traffic.some((traffic) => traffic.name === "metrics"));
  });
});

describe("traffic to the API server", () => {
  const rule = (config: ClusterConfig) =>
    rendered("kyverno", contextOf(config)).traffic.find(({ name }) => name === "to-api-server")
      ?.egress as any[];

  it("is to the nodes' network, and with Cilium, which knows nodes by no address, to the port", () => {
    assert.deepEqual(rule(minimal)[0].to, [{ ipBlock: { cidr: minimal.network.cidr } }]);
    assert.equal(rule(production)[0].to, undefined);
    assert.deepEqual(rule(production)[0].ports, [{ protocol: "TCP", port: 6443 }]);
  });
});

describe("metrics-server", () => {
  const argumentsOf = (sections: Partial<ClusterInput>) =>
    (
      serviceDefinitions["metrics-server"].release?.overlay?.(
        contextOf(configOf({ ...small, gitops, ...sections })),
      ) as any
    ).args;

  it("checks kubelets' certificates but where nobody signs them", () => {
    assert.equal(argumentsOf({}), undefined);
    assert.deepEqual(argumentsOf({ kubernetes: { hardening: false } }), ["--kubelet-insecure-tls"]);
    assert.deepEqual(argumentsOf({ kubespray: { offline: { registry: "registry.acme.org" } } }), [
      "--kubelet-insecure-tls",
    ]);
  });
});

describe("policies", () => {
  const policiesOf = (environment: ClusterInput["environment"]) =>
    find(
      rendered("kyverno", contextOf(configOf({ ...small, gitops, environment }))).objects,
      "ValidatingPolicy",
    );
  const refusing = (environment: ClusterInput["environment"]) =>
    policiesOf(environment).filter(({ spec }) => spec.validationActions[0] === "Deny");

  it("refuse in production and staging, a part of them, and only report in development", () => {
    assert.ok(refusing("production").length > 0);
    assert.ok(refusing("production").length < policiesOf("production").length);
    assert.deepEqual(refusing("staging"), refusing("production"));
    assert.deepEqual(refusing("development"), []);
  });

  it("leave the namespaces of the platform alone, all of them", () => {
    for (const { spec } of policiesOf("production")) {
      const [{ operator, values }] = spec.matchConstraints.namespaceSelector.matchExpressions;
      assert.equal(operator, "NotIn");
      for (const namespace of [
        "kube-system",
        "flux-system",
        ...serviceNames.map((name) => catalogue[name].namespace),
      ])
        assert.ok(values.includes(namespace), namespace);
    }
  });
});
