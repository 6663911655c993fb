/** How the program reaches the cloud and the cluster. */
import { isGiven, isTrue, number, text, TYPE } from "../graph";
import { ALWAYS, byEnvironment, integer, rule } from "../rule";

export const providers = [
  rule({
    name: "explicit-provider",
    family: "providers",
    summary: "Every resource names its provider.",
    fix: "Hand the provider over in the component's options, and keep pulumi:disable-default-providers in the stack's file.",
    severity: "high",
    levels: ALWAYS,
    options: {},
    resource: (resource) =>
      resource.provider !== undefined && /^default(_|$)/.test(resource.provider)
        ? ["uses the default provider, whose cloud is whatever the shell of the moment says."]
        : [],
  }),
  rule({
    name: "cluster-identifier",
    family: "providers",
    summary: "The Kubernetes provider knows its cluster by more than the kubeconfig.",
    fix: "Set clusterIdentifier to something that lives as long as the cluster.",
    severity: "critical",
    levels: ALWAYS,
    options: {},
    resource: (resource) =>
      resource.type === TYPE.kubernetes && !isGiven(resource, "clusterIdentifier")
        ? ["has no clusterIdentifier: a new certificate in the kubeconfig replaces every object under it."]
        : [],
  }),
  rule({
    name: "secrets-mutable",
    family: "providers",
    summary: "A rotated key changes a Secret in place.",
    fix: "Set enableSecretMutable: true and enableConfigMapMutable: true.",
    severity: "medium",
    levels: ALWAYS,
    options: {},
    resource: (resource) =>
      resource.type === TYPE.kubernetes && !isTrue(resource, "enableSecretMutable")
        ? ["replaces Secrets: between the old and the new one there is none."]
        : [],
  }),
  rule({
    name: "cloud-retries",
    family: "providers",
    summary: "A broken connection to the cloud is tried again.",
    fix: "Set maxRetries to 3 or more.",
    severity: "medium",
    levels: ALWAYS,
    options: { minimum: integer("Fewest retries.", byEnvironment(1, 1, 3)) },
    resource: (resource, { options: { minimum } }) =>
      resource.type === TYPE.openstack && resource.props["maxRetries"] !== undefined
        ? (number(resource, "maxRetries") ?? minimum) < minimum
          ? [`tries ${number(resource, "maxRetries")} time(s) again, and at least ${minimum} is wanted.`]
          : []
        : resource.type === TYPE.openstack
          ? ["never tries again: the provider's own default is 0."]
          : [],
  }),
  rule({
    name: "cloud-verified",
    family: "providers",
    summary: "The cloud's certificate is checked, and its answers are not logged.",
    fix: "Give openstack.caCertificate the cloud's CA; take insecure and enableLogging out.",
    severity: "critical",
    levels: ALWAYS,
    options: {},
    resource: (resource) =>
      resource.type !== TYPE.openstack
        ? []
        : [
            ...(isTrue(resource, "insecure") ? ["does not check the cloud's certificate (insecure)."] : []),
            ...(isTrue(resource, "enableLogging")
              ? ["logs requests with their bodies, credentials included (enableLogging)."]
              : []),
            ...(text(resource, "authUrl")?.startsWith("http://") === true
              ? ["sends credentials over plain http (authUrl)."]
              : []),
          ],
  }),
];
