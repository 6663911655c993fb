/** What a cloud answers: ids and computed values that can be read in a failing assertion. */
import type { Registered } from "./mocks";

export const EXTERNAL_NETWORK_ID = "id-of-external-network";
/** Marks a private key: a test looks for it where none may be. */
export const PRIVATE_KEY_MARK = "OPENSSH PRIVATE KEY";

/** Marks the secret of the cloud controller's credential. */
export const CREDENTIAL_MARK = "application-credential-secret";
/** Marks what the cluster's own keys are made of. */
export const CLUSTER_KEY_MARK = "secret-key-of-the-cluster";

/** Marks the administrator's kubeconfig. */
export const KUBECONFIG_MARK = "client-key-of-the-administrator";

/** What a converge that came to its end prints: of a cluster without nodes, which is enough for who reads it. */
export const CONVERGE_RECORD = {
  version: "1.35.4",
  kubesprayRef: "v2.31.0",
  nodes: [],
  mark: {
    kubesprayRef: "v2.31.0",
    version: "1.35.4",
    variables: "variables",
    surroundings: "surroundings",
    credential: "credential",
    controlPlane: [],
    immutable: {},
  },
  hostKeys: [],
};

/** Marks a key that decrypts what is in Git. */
export const AGE_IDENTITY_MARK = "AGE-SECRET-KEY-1-of-the-cluster";
/** Marks what passwords of services are derived from. */
export const SEED_MARK = "seed-of-passwords";

/** What a publishing that came to its end prints. */
export const DELIVERY_RESULT = {
  lifecycle: "day-1",
  branch: "main",
  commit: "1".repeat(40),
  published: true,
  files: {},
  recipients: ["age1recipient"],
  knownHosts: "git.example.com ssh-ed25519 AAAA",
};

type State = Record<string, unknown>;

/** What the program's Commands print, by what they are told to do. */
const COMMAND_OUTPUT: Readonly<Record<string, string>> = {
  keys: JSON.stringify({ kubeadmCertificateKey: CLUSTER_KEY_MARK, encryptionToken: CLUSTER_KEY_MARK }),
  converge: JSON.stringify(CONVERGE_RECORD),
  kubeconfig: KUBECONFIG_MARK,
  "age-identity": JSON.stringify({ identity: AGE_IDENTITY_MARK, recipient: "age1recipient" }),
  seed: SEED_MARK,
  publish: JSON.stringify(DELIVERY_RESULT),
  bootstrap: JSON.stringify({ revision: "main@sha1:1", fluxVersion: "2.9.5" }),
};

const stateByType: Record<string, (resource: Registered) => State> = {
  "openstack:networking/port:Port": ({ name, inputs }) => ({
    // A fixed address when one was asked for, else one that cannot be guessed from the inputs.
    allFixedIps: [inputs.fixedIps?.[0]?.ipAddress ?? `address-of-${name}`],
  }),
  "openstack:compute/instance:Instance": ({ inputs }) => ({
    availabilityZone: inputs.availabilityZone ?? "nova",
  }),
  "openstack:loadbalancer/loadBalancer:LoadBalancer": ({ name, inputs }) => ({
    vipAddress: inputs.vipAddress ?? `address-of-${name}`,
    vipPortId: `port-of-${name}`,
  }),
  "openstack:networking/floatingIp:FloatingIp": ({ name }) => ({ address: `address-of-${name}` }),
  "tls:index/privateKey:PrivateKey": ({ name }) => ({
    privateKeyOpenssh: `-----BEGIN ${PRIVATE_KEY_MARK}-----\nof ${name}\n-----END ${PRIVATE_KEY_MARK}-----\n`,
    // The provider ends it with a line feed.
    publicKeyOpenssh: `ssh-ed25519 of-${name}\n`,
  }),
  "openstack:identity/applicationCredential:ApplicationCredential": ({ name }) => ({
    secret: `${CREDENTIAL_MARK}-of-${name}`,
  }),
  "command:local:Command": ({ inputs }) => ({ stdout: COMMAND_OUTPUT[inputs.create as string] ?? "" }),
};

/** Id and computed values of a resource that was made. */
export function computedState(resource: Registered): { id: string; state: State } {
  const state = stateByType[resource.type]?.(resource) ?? {};
  return { id: `id-of-${resource.name}`, state };
}

function endpoint(kind: string, region: string, host: string): State {
  return { interface: kind, region, url: `https://${host}.example.org/v3` };
}

/** The answer to a look-up. */
export function lookUp(token: string, inputs: Record<string, string>): State {
  switch (token) {
    case "openstack:networking/getNetwork:getNetwork":
      return { id: EXTERNAL_NETWORK_ID, name: inputs.name ?? "name-of-external-network" };
    case "openstack:images/getImage:getImage":
      return { id: `id-of-image-${inputs.name}` };
    case "openstack:identity/getAuthScope:getAuthScope":
      return {
        region: "RegionOne",
        serviceCatalogs: [
          { type: "compute", endpoints: [endpoint("public", "RegionOne", "nova")] },
          {
            type: "identity",
            // The right one is neither the first nor the last.
            endpoints: [
              endpoint("internal", "RegionOne", "inside"),
              endpoint("public", "RegionTwo", "two"),
              endpoint("public", "RegionOne", "one"),
              endpoint("admin", "RegionOne", "admin"),
            ],
          },
        ],
      };
    case "openstack:dns/getDnsZone:getDnsZone":
      return { id: `id-of-zone-${inputs.name}` };
    default:
      throw new Error(`the mocks know no look-up ${token}`);
  }
}
