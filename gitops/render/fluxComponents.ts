/** Flux's own manifests, where the cluster needs them to be a little different. */
import { isMap, isSeq, parseAllDocuments } from "yaml";
import { isEnabled } from "../../config/catalogue";
import type { ClusterConfig } from "../../config/resolve";
import { uninitializedToleration } from "../services/support/workload";

interface PodTemplate {
  readonly spec?: { readonly template?: { readonly spec?: { readonly tolerations?: unknown } } };
}

/**
 * Where Flux brings the cloud controller, its pods have to run on nodes that no cloud controller has looked at: otherwise
 * each waits for the other.
 *
 * @param text the install.yaml of a release
 * @returns the same text for all other clusters
 */
export function fluxComponents(config: ClusterConfig, text: string): string {
  if (!isEnabled(config, "openstack-ccm")) return text;
  const documents = parseAllDocuments(text);
  const path = ["spec", "template", "spec", "tolerations"];
  for (const document of Array.isArray(documents) ? documents : []) {
    if (!isMap(document.contents) || document.get("kind") !== "Deployment") continue;
    const present: unknown = (document.toJS() as PodTemplate).spec?.template?.spec?.tolerations;
    if (JSON.stringify(present)?.includes(JSON.stringify(uninitializedToleration)) === true) continue;
    if (!isSeq(document.getIn(path))) document.setIn(path, document.createNode([]));
    document.addIn(path, document.createNode(uninitializedToleration));
  }
  return documents.map((document) => document.toString({ lineWidth: 0 })).join("");
}
