/** What each rotation changes of a stack; whatever else a preview has is somebody's edit, with a review of its own. */
import type { ClusterConfig } from "../../config/resolve";
import { generationName, generationOf, servicesWithLogin } from "../../plan/serviceCredentials";
import { nameParts, type DigestStep } from "../drift/cloud/digest";

/** Whether a step of a preview, of what the configuration says now, is the rotation's own. */
export type Own = (step: DigestStep, config: ClusterConfig) => boolean;

const COMMAND = "command:local:Command";
const CREDENTIAL = "openstack:identity/applicationCredential:ApplicationCredential";

/** What is rotated: it comes and goes. */
const rotated =
  (type: string, name: RegExp): Own =>
  ({ urn }) => {
    const parts = nameParts(urn);
    return parts.type === type && name.test(parts.name);
  };

/** What is handed the new one: it stays what it is. */
const told =
  (type: string, name: RegExp): Own =>
  (step, config) =>
    step.op === "update" && rotated(type, name)(step, config);

const any =
  (...all: readonly Own[]): Own =>
  (step, config) =>
    all.some((own) => own(step, config));

/**
 * The playbooks run again for another secret, which is in the environment. What is on standard input is the cluster as the
 * configuration wants it: a version or a node that changed there is no part of a rotation.
 */
const playbooks: Own = (step, config) =>
  told(COMMAND, /-kubernetes-converge$/)(step, config) &&
  step.oldState?.inputs?.["stdin"] !== undefined &&
  step.oldState.inputs["stdin"] === step.newState?.inputs?.["stdin"];

/** Of a purpose that the cluster still has: with a service that was taken out of the file, its login would go while it runs. */
const credentials: Own = ({ urn }, config) => {
  const { type, name } = nameParts(urn);
  const purposes = [
    `${config.name}-cloud-controller`,
    ...servicesWithLogin(config).map((service) => `${config.name}-platform-${service}`),
  ];
  return type === CREDENTIAL && purposes.some((base) => name === generationName(base, generationOf(name)));
};

/** Proposed on a branch, where it has its review. */
const published = told(COMMAND, /-platform-repository-publish$/);

/**
 * What Flux is given with what was published, or with where Keystone is; of all of it a preview cannot be sure while the
 * kubeconfig is about to be another.
 */
const ofFlux = any(
  told("kubernetes:core/v1:Secret", /-platform-flux-(sops-age|git)$/),
  told("kubernetes:core/v1:ConfigMap", /-platform-flux-cluster-info$/),
  told("kubernetes:core/v1:Namespace", /-platform-flux-namespace$/),
);

const KUBECONFIG = /-kubernetes-kubeconfig$/;

/** By what is rotated. */
export const OWN = {
  age: any(rotated(COMMAND, /-platform-age-\d+$/), published, ofFlux),
  "app-credential": any(credentials, playbooks, published, ofFlux),
  ssh: any(
    rotated("tls:index/privateKey:PrivateKey", /-ssh-g\d+$/),
    rotated("openstack:compute/keypair:Keypair", /-ssh-g\d+-keypair$/),
  ),
  "kubeadm-certs": any(
    rotated(COMMAND, KUBECONFIG),
    told("pulumi:providers:kubernetes", /-platform-flux-api$/),
    told(COMMAND, /-teardown$/),
    ofFlux,
  ),
  "encryption-key": any(rotated(COMMAND, /-kubernetes-encryption-key-g\d+$/), playbooks),
} as const satisfies Readonly<Record<string, Own>>;

export type Rotated = keyof typeof OWN;
