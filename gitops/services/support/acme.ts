/** The issuer `letsencrypt`, and how the CA is shown that a name is ours. */
import type { Manifest } from "../../types";
import type { ServiceContext } from "../definition";
import { extraRelease, type ExtraChart } from "./extraRelease";
import { PLATFORM_GATEWAY } from "./gateway";
import { resources, restrictedContainer } from "./workload";

export const ISSUER = "letsencrypt";

/** The webhook for Designate that SysEleven keeps: cert-manager has none of its own. */
const chart: ExtraChart = {
  name: "designate-certmanager-webhook",
  repository: "https://syseleven.github.io/designate-certmanager-webhook",
  version: "0.9.2",
};

export const dnsSolver = {
  secret: "designate-credentials",
  /** Names that the chart registers. */
  groupName: "acme.syseleven.de",
  solverName: "designatedns",
} as const;

const acmeOf = ({ config }: ServiceContext) => config.services["cert-manager"]?.acme;

export function solverChart(context: ServiceContext): readonly Manifest[] {
  if (acmeOf(context)?.solver !== "dns01-designate") return [];
  const { capabilities, allowPrivilegeEscalation, runAsNonRoot, seccompProfile } = restrictedContainer;
  return extraRelease(context, "cert-manager", chart, {
    credentialsSecret: dnsSolver.secret,
    // The chart says `latest` for these two.
    alpine: { image: { repository: "docker.io/library/alpine", tag: "3.22.2" } },
    kubectl: { image: { repository: "registry.k8s.io/kubectl", tag: "v1.35.4" } },
    securityContext: {
      allowPrivilegeEscalation,
      capabilities,
      runAsNonRoot,
      seccompProfile,
      runAsUser: 1000,
    },
    resources: resources("10m", "32Mi", "128Mi"),
  });
}

/** @returns the ClusterIssuer, where `acme` is configured */
export function acmeIssuer(context: ServiceContext): readonly Manifest[] {
  const acme = acmeOf(context);
  if (acme === undefined) return [];
  const zones = acme.zones.length > 0 ? acme.zones : ["${domain}"];
  const known = acme.zones.length > 0 || context.config.domain !== undefined;
  const solver = {
    ...(known ? { selector: { dnsZones: zones } } : {}),
    ...(acme.solver === "dns01-designate" ? { dns01: designate } : { http01: gateway }),
  };
  return [
    {
      apiVersion: "cert-manager.io/v1",
      kind: "ClusterIssuer",
      metadata: { name: ISSUER },
      spec: {
        acme: {
          email: acme.email,
          server: acme.server,
          privateKeySecretRef: { name: `${ISSUER}-account` },
          solvers: [solver],
        },
      },
    },
  ];
}

const designate = {
  webhook: { groupName: dnsSolver.groupName, solverName: dnsSolver.solverName },
};

const gateway = {
  gatewayHTTPRoute: {
    parentRefs: [{ ...PLATFORM_GATEWAY, kind: "Gateway", sectionName: "http" }],
  },
};
