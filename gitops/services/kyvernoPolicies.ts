/**
 * What may run in the namespaces of users. ValidatingPolicy and not ClusterPolicy: Kyverno has deprecated the latter
 * and removes it, and the former's expressions are those of Kubernetes itself.
 */
import { catalogue } from "../../config/catalogue";
import type { ClusterConfig } from "../../config/resolve";
import type { Manifest } from "../types";

interface Policy {
  readonly name: string;
  /** Refused where the environment is enforced; the others are only reported. */
  readonly enforced: boolean;
  readonly resource: Resource;
  readonly message: string;
  /** True for what is right; CEL. */
  readonly expression: string;
}

interface Resource {
  readonly group: string;
  readonly version: string;
  readonly plural: string;
}

const POD: Resource = { group: "", version: "v1", plural: "pods" };
const SERVICE: Resource = { group: "", version: "v1", plural: "services" };
const ROLE: Resource = { group: "rbac.authorization.k8s.io", version: "v1", plural: "roles" };

/** Every container of a pod, whenever it runs. */
const ALL = ["containers", "initContainers", "ephemeralContainers"] as const;

const containers = ALL.map((list) => `object.spec.?${list}.orValue([])`).join(" + ");
const lasting = "object.spec.containers";

const eachOf = (list: string, condition: string) => `(${list}).all(container, ${condition})`;
const each = (condition: string) => eachOf(containers, condition);
/** A field of a container's security context. */
const secured = (field: string) => `container.?securityContext.?${field}`;
const podSecured = (field: string) => `object.spec.?securityContext.?${field}`;

/** Without the registry, whose port looks like a tag: a name without a digest must end in a tag that is not `latest`. */
const PINNED = String.raw`container.image.contains("@sha256:") || (container.image.matches(":[^/:]+$") && !container.image.endsWith(":latest"))`;

/** Capabilities of the level «baseline» of Pod Security. */
const BASELINE_CAPABILITIES = [
  "AUDIT_WRITE",
  "CHOWN",
  "DAC_OVERRIDE",
  "FOWNER",
  "FSETID",
  "KILL",
  "MKNOD",
  "NET_BIND_SERVICE",
  "SETFCAP",
  "SETGID",
  "SETPCAP",
  "SETUID",
  "SYS_CHROOT",
];

const table: readonly Policy[] = [
  {
    name: "pinned-images",
    enforced: true,
    resource: POD,
    message: "Images need a tag other than latest, or a digest: else a restart may change what runs.",
    expression: each(PINNED),
  },
  {
    name: "no-privileged-containers",
    enforced: true,
    resource: POD,
    message: "A privileged container owns its node; remove securityContext.privileged.",
    expression: each(`${secured("privileged")}.orValue(false) == false`),
  },
  {
    name: "no-host-namespaces",
    enforced: true,
    resource: POD,
    message: "hostNetwork, hostPID and hostIPC show the pod what other pods of the node do; remove them.",
    expression: ["hostNetwork", "hostPID", "hostIPC"]
      .map((field) => `object.spec.?${field}.orValue(false) == false`)
      .join(" && "),
  },
  {
    name: "no-host-paths",
    enforced: true,
    resource: POD,
    message: "hostPath volumes reach files of the node; use a PersistentVolumeClaim.",
    expression: "object.spec.?volumes.orValue([]).all(volume, !has(volume.hostPath))",
  },
  {
    name: "no-host-ports",
    enforced: true,
    resource: POD,
    message: "hostPort binds the pod to its node's address; use a Service.",
    expression: each("container.?ports.orValue([]).all(port, port.?hostPort.orValue(0) == 0)"),
  },
  {
    name: "baseline-capabilities",
    enforced: true,
    resource: POD,
    message: "Capabilities may be added only from the level baseline of Pod Security.",
    expression: each(
      `${secured("capabilities")}.?add.orValue([]).all(name, name in ${JSON.stringify(BASELINE_CAPABILITIES)})`,
    ),
  },
  {
    name: "no-external-ips",
    enforced: true,
    resource: SERVICE,
    message: "externalIPs let a Service take traffic that is meant for others; use type LoadBalancer.",
    expression: "object.spec.?externalIPs.orValue([]).size() == 0",
  },
  {
    name: "no-wildcard-roles",
    enforced: false,
    resource: ROLE,
    message: "A role with * grants what nobody has thought of yet; name resources and verbs.",
    expression:
      'object.?rules.orValue([]).all(rule, !("*" in rule.verbs) && !("*" in rule.?resources.orValue([])))',
  },
  {
    name: "non-root",
    enforced: false,
    resource: POD,
    message: "Set runAsNonRoot: true for the pod or for each container.",
    expression: each(`${secured("runAsNonRoot")}.orValue(${podSecured("runAsNonRoot")}.orValue(false))`),
  },
  {
    name: "no-privilege-escalation",
    enforced: false,
    resource: POD,
    message: "Set allowPrivilegeEscalation: false for each container.",
    expression: each(`${secured("allowPrivilegeEscalation")}.orValue(true) == false`),
  },
  {
    name: "seccomp-profile",
    enforced: false,
    resource: POD,
    message: "Set seccompProfile.type to RuntimeDefault or Localhost.",
    expression: each(
      `${secured("seccompProfile")}.?type.orValue(${podSecured("seccompProfile")}.?type.orValue("")) in ["RuntimeDefault", "Localhost"]`,
    ),
  },
  {
    name: "resource-requests",
    enforced: false,
    resource: POD,
    message: "Set requests of cpu and memory and a limit of memory: else one pod starves its node.",
    expression: eachOf(
      lasting,
      'container.?resources.?requests.orValue({}).exists(name, name == "cpu") && ' +
        'container.?resources.?requests.orValue({}).exists(name, name == "memory") && ' +
        'container.?resources.?limits.orValue({}).exists(name, name == "memory")',
    ),
  },
  {
    name: "readiness-probes",
    enforced: false,
    resource: POD,
    message: "Set a readinessProbe: else a Service sends requests to what has not started yet.",
    // Pods of Jobs serve nobody.
    expression:
      `object.metadata.?ownerReferences.orValue([]).exists(owner, owner.kind == "Job") || ` +
      eachOf(lasting, "has(container.readinessProbe)"),
  },
  {
    name: "no-default-namespace",
    enforced: false,
    resource: POD,
    message: "The namespace default has no owner, no policies and no quota; use one of your own.",
    expression: 'object.?metadata.?namespace.orValue("default") != "default"',
  },
];

/** Namespaces of the cluster and of its services, which the platform's own tests and Pod Security look after. */
export const platformNamespaces: readonly string[] = [
  "kube-system",
  "kube-public",
  "kube-node-lease",
  "flux-system",
  "calico-system",
  "tigera-operator",
  ...new Set(Object.values(catalogue).map(({ namespace }) => namespace)),
].sort();

/** Where a mistake reaches people who did not make it. */
const ENFORCED: Readonly<Record<ClusterConfig["environment"], boolean>> = {
  development: false,
  staging: true,
  production: true,
};

/** The policies of an environment: everything is reported, a part is refused in staging and production. */
export function policies(environment: ClusterConfig["environment"]): readonly Manifest[] {
  return table.map((policy) => validatingPolicy(policy, ENFORCED[environment] && policy.enforced));
}

function validatingPolicy({ name, resource, message, expression }: Policy, refused: boolean): Manifest {
  const { group, version, plural } = resource;
  return {
    apiVersion: "policies.kyverno.io/v1",
    kind: "ValidatingPolicy",
    metadata: { name: `platform-${name}` },
    spec: {
      validationActions: [refused ? "Deny" : "Audit"],
      // A Deployment is refused itself, and not only its pods, which nobody sees.
      autogen:
        resource === POD
          ? {
              podControllers: {
                controllers: ["deployments", "statefulsets", "daemonsets", "jobs", "cronjobs"],
              },
            }
          : { podControllers: { controllers: [] } },
      matchConstraints: {
        resourceRules: [
          {
            apiGroups: [group],
            apiVersions: [version],
            operations: ["CREATE", "UPDATE"],
            resources: [plural],
          },
        ],
        namespaceSelector: {
          matchExpressions: [
            { key: "kubernetes.io/metadata.name", operator: "NotIn", values: platformNamespaces },
          ],
        },
      },
      validations: [{ message, expression }],
    },
  };
}
