/** How to log in to a cloud: the settings of a clouds.yaml entry and of `OS_*` variables under one set of names. */
import { CloudError } from "./errors";

/** Endpoint interface of the catalogue. */
export type Interface = "public" | "internal" | "admin";

/** What proves who is asking. */
export type Credentials =
  | {
      readonly kind: "password";
      readonly user: { readonly id?: string; readonly name?: string; readonly domain?: Domain };
      readonly password: string;
    }
  | {
      readonly kind: "application-credential";
      readonly id?: string;
      readonly name?: string;
      readonly user?: { readonly id?: string; readonly name?: string; readonly domain?: Domain };
      readonly secret: string;
    }
  | { readonly kind: "token"; readonly token: string };

/** A Keystone domain by id or name. */
export type Domain = { readonly id: string } | { readonly name: string };

/** Everything that a connection needs. Holds secrets: never print it. */
export interface CloudAccess {
  /** Where this comes from, for messages: `cloud prod of ~/clouds.yaml`, `the OS_* variables`. */
  readonly source: string;
  readonly authUrl: string;
  readonly credentials: Credentials;
  /** Absent for application credentials, which carry their own. */
  readonly project?: { readonly id?: string; readonly name?: string; readonly domain?: Domain };
  readonly region?: string;
  readonly interface: Interface;
  /** Path of a CA bundle. */
  readonly caFile?: string;
  readonly clientCertificate?: { readonly certFile: string; readonly keyFile: string };
  readonly verify: boolean;
}

/** Settings with the names of clouds.yaml (`auth` flattened), before they are understood. */
export type RawSettings = Readonly<Record<string, string | undefined>>;

const AUTH_TYPES: Readonly<Record<string, Credentials["kind"]>> = {
  password: "password",
  v3password: "password",
  v3applicationcredential: "application-credential",
  token: "token",
  v3token: "token",
};

/** The settings of clouds.yaml that an `OS_*` variable stands in for where the file is silent. */
const VARIABLES = {
  auth_url: "OS_AUTH_URL",
  auth_type: "OS_AUTH_TYPE",
  username: "OS_USERNAME",
  user_id: "OS_USER_ID",
  password: "OS_PASSWORD",
  user_domain_name: "OS_USER_DOMAIN_NAME",
  user_domain_id: "OS_USER_DOMAIN_ID",
  project_name: "OS_PROJECT_NAME",
  project_id: "OS_PROJECT_ID",
  tenant_name: "OS_TENANT_NAME",
  tenant_id: "OS_TENANT_ID",
  project_domain_name: "OS_PROJECT_DOMAIN_NAME",
  project_domain_id: "OS_PROJECT_DOMAIN_ID",
  domain_name: "OS_DOMAIN_NAME",
  domain_id: "OS_DOMAIN_ID",
  default_domain: "OS_DEFAULT_DOMAIN",
  application_credential_id: "OS_APPLICATION_CREDENTIAL_ID",
  application_credential_name: "OS_APPLICATION_CREDENTIAL_NAME",
  application_credential_secret: "OS_APPLICATION_CREDENTIAL_SECRET",
  token: "OS_TOKEN",
  region_name: "OS_REGION_NAME",
  interface: "OS_INTERFACE",
  cacert: "OS_CACERT",
  cert: "OS_CERT",
  key: "OS_KEY",
} as const;

/** The `OS_*` variables under the names of clouds.yaml; empty ones count as absent, as other clients have it. */
export function settingsOfEnvironment(env: NodeJS.ProcessEnv): RawSettings {
  const entries = Object.entries(VARIABLES).map(([name, variable]) => [name, env[variable] || undefined]);
  const settings = Object.fromEntries(entries) as Record<string, string | undefined>;
  if (settings["token"] === undefined && env["OS_AUTH_TOKEN"]) settings["token"] = env["OS_AUTH_TOKEN"];
  if (/^(1|true)$/i.test(env["OS_INSECURE"] ?? "")) settings["verify"] = "false";
  return settings;
}

/**
 * Understands raw settings.
 * @throws CloudError `cloud-entry-incomplete` that names what is missing.
 */
export function accessOf(settings: RawSettings, source: string): CloudAccess {
  const { auth_url: authUrl, region_name: region, cacert: caFile, cert, key, verify } = settings;
  if (authUrl === undefined) throw incomplete(source, "auth_url");
  if (!URL.canParse(authUrl) || !/^https?:/.test(authUrl))
    throw new CloudError(
      "cloud-entry-incomplete",
      `auth_url of ${source} is not an http(s) address: ${authUrl}`,
      "Write Keystone's whole address, for example https://keystone.example.com:5000/v3.",
    );
  const credentials = credentialsOf(settings, source);
  return {
    source,
    authUrl,
    credentials,
    project: credentials.kind === "application-credential" ? undefined : projectOf(settings, source),
    region,
    interface: interfaceOf(settings, source),
    caFile,
    clientCertificate: cert === undefined ? undefined : { certFile: cert, keyFile: key ?? cert },
    verify: verify !== "false",
  };
}

function credentialsOf(settings: RawSettings, source: string): Credentials {
  const kind = kindOf(settings, source);
  const user = { id: settings["user_id"], name: settings["username"], domain: domainOf(settings, "user") };
  const needUser = () => {
    if (user.id === undefined && user.name === undefined) throw incomplete(source, "username");
    if (user.id === undefined && user.domain === undefined) throw incomplete(source, "user_domain_name");
  };
  if (kind === "token") return { kind, token: need(settings, source, "token") };
  if (kind === "password") {
    needUser();
    return { kind, user, password: need(settings, source, "password") };
  }
  const id = settings["application_credential_id"];
  const name = settings["application_credential_name"];
  if (id === undefined && name === undefined) throw incomplete(source, "application_credential_id");
  // A name is only unique for its user.
  if (id === undefined) needUser();
  return { kind, id, name, user, secret: need(settings, source, "application_credential_secret") };
}

function kindOf(settings: RawSettings, source: string): Credentials["kind"] {
  const type = settings["auth_type"];
  if (type === undefined) {
    if (settings["application_credential_secret"] !== undefined) return "application-credential";
    return settings["token"] !== undefined && settings["password"] === undefined ? "token" : "password";
  }
  const kind = AUTH_TYPES[type];
  if (kind !== undefined) return kind;
  throw new CloudError(
    "cloud-entry-incomplete",
    `auth_type of ${source} is ${type}, which this program cannot use.`,
    `Use one of ${Object.keys(AUTH_TYPES).join(", ")}; an application credential is best for automation.`,
  );
}

function domainOf(settings: RawSettings, of: "user" | "project"): Domain | undefined {
  const id = settings[`${of}_domain_id`] ?? settings["domain_id"];
  if (id !== undefined) return { id };
  const name = settings[`${of}_domain_name`] ?? settings["domain_name"];
  if (name !== undefined) return { name };
  const fallback = settings["default_domain"];
  return fallback === undefined ? undefined : { id: fallback };
}

function projectOf(settings: RawSettings, source: string): CloudAccess["project"] {
  const id = settings["project_id"] ?? settings["tenant_id"];
  const name = settings["project_name"] ?? settings["tenant_name"];
  if (id !== undefined) return { id };
  if (name === undefined) throw incomplete(source, "project_name");
  const domain = domainOf(settings, "project") ?? domainOf(settings, "user");
  if (domain === undefined) throw incomplete(source, "project_domain_name");
  return { name, domain };
}

function interfaceOf(settings: RawSettings, source: string): Interface {
  const value = (settings["interface"] ?? settings["endpoint_type"] ?? "public").replace(/URL$/, "");
  if (value === "public" || value === "internal" || value === "admin") return value;
  throw new CloudError(
    "cloud-entry-incomplete",
    `interface of ${source} is ${value}.`,
    "Use public, internal or admin.",
  );
}

function need(settings: RawSettings, source: string, name: string): string {
  const value = settings[name];
  if (value === undefined) throw incomplete(source, name);
  return value;
}

function incomplete(source: string, name: string): CloudError {
  const variable = (VARIABLES as Readonly<Record<string, string>>)[name];
  const otherwise = variable === undefined ? "" : `, or set ${variable}`;
  return new CloudError(
    "cloud-entry-incomplete",
    `${source} has no ${name}.`,
    `Add ${name}${otherwise}; the cloud's dashboard offers a complete file under "API access".`,
  );
}
