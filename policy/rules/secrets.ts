/** Credentials and keys: encrypted, and out of everybody's sight. */
import { isGiven, isSecret, leaves, list, text, TYPE, type Resource } from "../graph";
import { ALWAYS, rule, strings } from "../rule";

const CREDENTIAL_NAME =
  /(^|[._-])(pass(word|wd|phrase)|admin_?pass|token|secret|secrets|kubeconfig|(private|secret|access|api)_?key)$/i;
const CAMEL_CREDENTIAL =
  /[a-z](Password|Passphrase|Token|Secret|Kubeconfig|PrivateKey|SecretKey|AccessKey|ApiKey)$/;
/** What is a credential whatever it is called. */
const CREDENTIAL_VALUE =
  /-----BEGIN [A-Z ]*PRIVATE KEY-----|AGE-SECRET-KEY-1|client-key-data:|\bgh[pousr]_[A-Za-z0-9]{30}/;

function isCredential(path: string, value: unknown): boolean {
  if (typeof value !== "string" || value === "" || value === "true" || value === "false") return false;
  return CREDENTIAL_NAME.test(path) || CAMEL_CREDENTIAL.test(path) || CREDENTIAL_VALUE.test(value);
}

/** Paths of credentials that everybody may read. Never with their values. */
export function plainCredentials(resource: Resource): string[] {
  return leaves(resource.props)
    .filter(({ path, value }) => isCredential(path, value) && !isSecret(resource, path))
    .map(({ path }) => path);
}

function volumeTypes(resource: Resource): (string | undefined)[] {
  if (resource.type === TYPE.volume) return [text(resource, "volumeType")];
  if (resource.type !== TYPE.instance) return [];
  return list(resource, "blockDevices")
    .map((device) => device as Record<string, unknown>)
    .filter((device) => device["destinationType"] === "volume")
    .map((device) => (typeof device["volumeType"] === "string" ? device["volumeType"] : undefined));
}

export const secrets = [
  rule({
    name: "no-plain-credential",
    family: "secrets",
    summary: "No credential is an ordinary argument, which the state and every preview show.",
    fix: "Wrap it in pulumi.secret(), or take it from `pulumi config set --secret`; then change the credential, it was written down.",
    severity: "critical",
    levels: ALWAYS,
    options: {},
    resource: (resource) =>
      plainCredentials(resource).map((path) => `has a credential in plain text at ${path}.`),
  }),
  rule({
    name: "secret-outputs",
    family: "secrets",
    summary: "Commands that print keys have secret outputs.",
    fix: 'Add additionalSecretOutputs: ["stdout", "stderr"] to its options.',
    severity: "critical",
    levels: ALWAYS,
    options: {
      commands: strings("`create` commands whose output is a credential.", [
        "keys",
        "kubeconfig",
        "seed",
        "age-identity",
      ]),
    },
    resource(resource, { options: { commands } }) {
      if (resource.type !== TYPE.command || !commands.includes(text(resource, "create") ?? "")) return [];
      const missing = ["stdout", "stderr"].filter((name) => !resource.additionalSecretOutputs.includes(name));
      return missing.map(
        (name) => `writes its ${name}, which holds a credential, into the state in plain text.`,
      );
    },
  }),
  rule({
    name: "key-pair-ours",
    family: "secrets",
    summary: "Nova gets the public half of a key and never makes the private one.",
    fix: "Make the key with tls.PrivateKey and hand its publicKeyOpenssh to the key pair.",
    severity: "high",
    levels: ALWAYS,
    options: {},
    resource: (resource) =>
      resource.type === "openstack:compute/keypair:Keypair" && !isGiven(resource, "publicKey")
        ? ["has no public key, so Nova makes the private key and knows it."]
        : [],
  }),
  rule({
    name: "volumes-encrypted",
    family: "secrets",
    summary: "Volumes are of a type that the cloud encrypts.",
    fix: "Choose one of those types for rootVolume.type and volumes[].type.",
    severity: "high",
    levels: ALWAYS,
    options: {
      encryptedTypes: strings(
        "Volume types that the cloud encrypts; an empty list is no rule, only you know them.",
      ),
    },
    resource(resource, { options: { encryptedTypes } }) {
      if (encryptedTypes.length === 0) return [];
      return volumeTypes(resource)
        .filter((type) => type === undefined || !encryptedTypes.includes(type))
        .map(
          (type) =>
            `has a volume of type ${type ?? "(the cloud's default)"}, not of ${encryptedTypes.join(", ")}.`,
        );
    },
  }),
  rule({
    name: "credential-restricted",
    family: "secrets",
    summary: "Application credentials cannot make further credentials.",
    fix: "Leave out unrestricted: true.",
    severity: "high",
    levels: ALWAYS,
    options: {},
    resource: (resource) =>
      resource.type === "openstack:identity/applicationCredential:ApplicationCredential" &&
      resource.props["unrestricted"] === true
        ? ["is unrestricted: whoever steals it makes others that outlive it."]
        : [],
  }),
];
