/** What services need of each other and of the rest. */
import type { ServiceName } from "../services";
import { at, when, type Problem, type Rule } from "./rule";

/** Services that cannot start without another one; the catalogue orders the rest. */
const needs: Readonly<Partial<Record<ServiceName, ServiceName>>> = { keycloak: "postgres-operator" };

const dependencies: Rule = {
  // openCenter accepted keycloak without an operator for its database; it waited for ever.
  code: "service-needs",
  check: ({ services }) =>
    (Object.entries(needs) as [ServiceName, ServiceName][]).flatMap(([name, needed]) =>
      when(services[name]?.enabled === true && services[needed]?.enabled !== true, {
        path: at("services", name),
        message: `${name} needs ${needed}, which is not enabled`,
        hint: `Add ${needed}: {enabled: true}.`,
        because: [at("services", name), at("services", needed)],
      }),
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
  check: ({ services }) =>
    Object.entries(services).flatMap(([name, service]) =>
      secretsIn(service?.values, at("services", name, "values")),
    ),
};

export const serviceRules: readonly Rule[] = [dependencies, withoutGitops, twoBalancers, secretValues];
