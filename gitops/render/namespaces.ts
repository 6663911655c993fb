/** The platform's namespaces: Pod Security and network policies, there before anything that runs in them. */
import { catalogue } from "../../config/catalogue";
import { serviceNames } from "../../config/services";
import type { Manifest } from "../types";
import { type Definitions, namespacesOf, overlayOf, type Rendering } from "./context";
import { KUSTOMIZATION_API } from "./fluxObjects";
import { defaultPolicies, trafficPolicy } from "./networkPolicies";
import { kustomizationFile, manifestsFile } from "./yaml";

/** From the strictest. */
const LEVELS = ["restricted", "baseline", "privileged"] as const;

/** The level that lets all services of the namespace run, whether they are on or not: the base is the same for all. */
function podSecurity(namespace: string, definitions: Definitions): (typeof LEVELS)[number] {
  const levels = serviceNames
    .filter((name) => catalogue[name].namespace === namespace)
    .map((name) => LEVELS.indexOf(definitions[name].podSecurity));
  return LEVELS[Math.max(0, ...levels)] ?? "restricted";
}

/** The namespace and its default policies. */
export function namespaceManifests(namespace: string, definitions: Definitions): readonly Manifest[] {
  const level = podSecurity(namespace, definitions);
  const labels = ["enforce", "warn", "audit"].map((mode) => [`pod-security.kubernetes.io/${mode}`, level]);
  return [
    {
      apiVersion: "v1",
      kind: "Namespace",
      metadata: {
        name: namespace,
        labels: Object.fromEntries(labels) as Record<string, string>,
        // A service that is switched off, or a mistake in Git, must not take the volumes of its namespace along.
        annotations: { [`${KUSTOMIZATION_API.split("/")[0]}/prune`]: "disabled" },
      },
    },
    ...defaultPolicies(namespace),
  ];
}

/**
 * The overlay's namespaces: those of the services that are on, and what these services let in and out.
 * @param inBase path of a namespace's folder in the base, from the folder of the overlay's; absent without a base of ours
 */
export function namespaceFiles(
  { config, context, definitions, enabled }: Rendering,
  inBase?: (namespace: string) => string,
): ReadonlyMap<string, string> {
  const folder = `${overlayOf(config)}/namespaces`;
  const files = new Map<string, string>();
  const resources: string[] = [];
  for (const namespace of namespacesOf(enabled)) {
    if (inBase !== undefined) resources.push(inBase(namespace));
    else files.set(`${folder}/${namespace}.yaml`, manifestsFile(namespaceManifests(namespace, definitions)));
    const traffic = enabled
      .filter((name) => catalogue[name].namespace === namespace)
      .flatMap((name) =>
        (definitions[name].allowedTraffic?.(context) ?? []).map((allowed) =>
          trafficPolicy(namespace, name, allowed),
        ),
      );
    if (traffic.length > 0) files.set(`${folder}/${namespace}-traffic.yaml`, manifestsFile(traffic));
  }
  if (enabled.length === 0) return files;
  resources.push(...[...files.keys()].map((path) => path.slice(folder.length + 1)));
  return files.set(`${folder}/kustomization.yaml`, kustomizationFile({ resources }));
}
