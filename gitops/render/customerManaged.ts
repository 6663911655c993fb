/** A folder that is the user's: written once, so that there is a place to begin, and never again. */
import { overlayOf, type Rendering } from "./context";

/** Relative to the repository; everything below is applied by Flux and left alone by the program. */
export const customerFolder = (config: Rendering["config"]) => `${overlayOf(config)}/customer-managed`;

function readme(cluster: string): string {
  return `# What you run on ${cluster}

This folder is yours: the program that generates the rest of the repository neither changes nor deletes anything in it.
Flux applies what \`kustomization.yaml\` lists, once the platform's namespaces are there. Secrets that are encrypted for
\`../.sops.yaml\` are decrypted, and \`\${cluster_name}\` and the other keys of ConfigMap \`cluster-info\` are put in place.
`;
}

/** With a label, for Flux takes a list of nothing for an empty file and fails. */
const FIRST_KUSTOMIZATION = `# Yours: list your manifests and folders here.
apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
labels:
  - pairs:
      app.kubernetes.io/managed-by: customer
resources: []
`;

export function customerFiles({ config }: Pick<Rendering, "config">): ReadonlyMap<string, string> {
  const folder = customerFolder(config);
  return new Map([
    [`${folder}/README.md`, readme(config.name)],
    [`${folder}/kustomization.yaml`, FIRST_KUSTOMIZATION],
  ]);
}
