/** What services need of each other and of the rest. */
import { catalogue, chartSettings, isEnabled } from "../catalogue";
import type { ClusterConfig } from "../resolve";
import { serviceNames, type ServiceName } from "../services";
import { at, when, type Problem, type Rule } from "./rule";

const dependencies: Rule = {
  // openCenter accepted keycloak without an operator for its database; it waited for ever.
  code: "service-needs",
  check: (config) =>
    serviceNames
      .filter((name) => wanted(config, name))
      .flatMap((name) => catalogue[name].needs.map((needed) => ({ name, needed })))
      // Without a store there is more to say than that Velero is off, and another rule says it.
      .filter(
        ({ needed }) => !wanted(config, needed) && !(needed === "velero" && config.backup.store === "none"),
      )
      .map(({ name, needed }) => ({
        path: at("services", name),
        message: `${name} needs ${needed}, which is not enabled`,
        hint: `Add ${needed}: {enabled: true}${others(config, needed)}.`,
        because: [at("services", name), at("services", needed)],
      })),
};

/** As {@link isEnabled}, but whether or not there is a repository yet: that is another rule's matter. */
function wanted({ services, backup }: ClusterConfig, name: ServiceName): boolean {
  return isEnabled({ services, backup, gitops: ANY_GITOPS }, name);
}

const ANY_GITOPS = {} as NonNullable<ClusterConfig["gitops"]>;

/** What a service that is to be added needs in turn, so that one look at the message is enough. */
function others(config: ClusterConfig, name: ServiceName, seen: readonly ServiceName[] = [name]): string {
  const further = catalogue[name].needs.filter((needed) => !seen.includes(needed) && !wanted(config, needed));
  return further
    .map((needed) => ` and ${needed}: {enabled: true}${others(config, needed, [...seen, needed])}`)
    .join("");
}

const acmeNeeds: Rule = {
  // The solver would refer to a Gateway that nobody makes, and every certificate would stay pending.
  code: "acme-needs-gateway",
  check: (config) =>
    when(
      config.services["cert-manager"]?.acme?.solver === "http01-gateway" &&
        wanted(config, "cert-manager") &&
        !wanted(config, "gateway-api"),
      {
        path: at("services", "cert-manager", "acme", "solver"),
        message: "http01-gateway answers through gateway-api, which is not enabled",
        hint: "Add gateway-api: {enabled: true}, or write solver: dns01-designate.",
        because: [at("services", "gateway-api")],
      },
    ),
};

const withoutGitops: Rule = {
  // Flux installs services; without a repository there is no Flux.
  code: "services-need-gitops",
  check: ({ services, gitops }) =>
    Object.entries(services).flatMap(([name, service]) =>
      when(gitops === undefined && service?.enabled === true, {
        path: at("services", name, "enabled"),
        message: `${name} is enabled, but without gitops nothing installs it`,
        hint: "Add gitops.repository.url, or remove the service.",
        because: [at("gitops")],
      }),
    ),
};

const twoBalancers: Rule = {
  // Two controllers answer for one LoadBalancer Service; the first to write its status wins.
  code: "metallb-with-octavia",
  check: ({ services, apiEndpoint }) =>
    when(services.metallb?.enabled === true && apiEndpoint.type === "octavia", {
      severity: "warning",
      path: at("services", "metallb"),
      message: "MetalLB and the cloud's load balancers will both serve Services of type LoadBalancer",
      hint: "Keep one, or give each a loadBalancerClass.",
      because: [at("apiEndpoint", "type")],
    }),
};

const SECRET_NAME = /(password|passwd|secret|secretkey|token|apikey|privatekey|accesskey)$/i;

function secretsIn(value: unknown, path: Problem["path"]): Problem[] {
  if (typeof value !== "object" || value === null) return [];
  const entries: [string | number, unknown][] = Array.isArray(value)
    ? [...value.entries()]
    : Object.entries(value);
  return entries.flatMap(([key, item]) => {
    const here = [...path, key];
    const suspicious =
      typeof item === "string" && item !== "" && SECRET_NAME.test(String(key).replace(/[-_]/g, ""));
    if (!suspicious) return secretsIn(item, here);
    // The value stays out of the message: it may well be a real one.
    const message = "looks like a secret in plain text: values go to Git as they are";
    return [
      {
        severity: "warning" as const,
        path: here,
        message,
        hint: "Refer to a Secret instead (existingSecret).",
      },
    ];
  });
}

const secretValues: Rule = {
  // Secrets are encrypted before they touch Git; Helm values are not.
  code: "secret-in-values",
  check: (config) =>
    serviceNames.flatMap((name) =>
      secretsIn(chartSettings(config, name).values, at("services", name, "values")),
    ),
};

/** The layout of openCenter-gitops-base has these as plain manifests. */
const WITHOUT_CHART_THERE = ["external-snapshotter"] as const;

const externalValues: Rule = {
  // They would be in no file, and nobody would see that they do nothing.
  code: "external-base-without-chart",
  check: ({ gitops, services }) => {
    if (typeof gitops?.base !== "object") return [];
    return WITHOUT_CHART_THERE.flatMap((name) => {
      const { version, values = {} } = services[name] ?? {};
      return [
        ...(version === undefined ? [] : ["version"]),
        ...(Object.keys(values).length === 0 ? [] : ["values"]),
      ].map((key) => ({
        path: at("services", name, key),
        message: "has no effect: an external gitops-base has this service as plain manifests",
        hint: "Remove it, or use base: embedded.",
        because: [at("gitops", "base")],
      }));
    });
  },
};

export const serviceRules: readonly Rule[] = [
  dependencies,
  acmeNeeds,
  withoutGitops,
  twoBalancers,
  secretValues,
  externalValues,
];
