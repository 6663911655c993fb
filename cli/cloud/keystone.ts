/** Logging in: from credentials to a token and the catalogue of services. */
import type { CloudAccess, Credentials, Domain } from "./access";
import { CloudError } from "./errors";
import type { Transport } from "./transport";

export interface Endpoint {
  readonly interface: string;
  readonly region?: string;
  readonly region_id?: string;
  readonly url: string;
}

/** A login: valid until the token expires. Holds a secret: never print it. */
export interface Session {
  readonly token: string;
  readonly projectId: string;
  readonly userId: string;
  readonly catalog: readonly {
    readonly type: string;
    readonly name?: string;
    readonly endpoints: readonly Endpoint[];
  }[];
}

/**
 * A token for the project that the settings name.
 * @throws CloudError `wrong-credentials`, `cloud-unreachable`, `tls-failure`, `cloud-entry-incomplete`.
 */
export async function logIn(access: CloudAccess, transport: Transport): Promise<Session> {
  const response = await transport.send({
    method: "POST",
    repeatable: true,
    url: `${keystoneV3(access.authUrl)}/auth/tokens`,
    body: JSON.stringify({ auth: { identity: identity(access.credentials), scope: scope(access) } }),
  });
  const { status } = response;
  // An application credential that was deleted, and a token that is none, are "not found" to Keystone.
  if (status === 401 || (status === 404 && parse(response.body)?.error?.code === 404)) throw refused(access);
  if (status === 404 || status === 405 || (status >= 300 && status < 400)) throw notKeystone(access, status);
  const token = response.headers["x-subject-token"];
  if (status !== 201 || typeof token !== "string") throw failed(access, status);
  const body = parse(response.body);
  if (body?.token?.project?.id === undefined)
    throw new CloudError(
      "cloud-entry-incomplete",
      `The login of ${access.source} gives no access to a project.`,
      "Name the project: project_name and project_domain_name, or project_id.",
    );
  const { project, user: who, catalog = [] } = body.token;
  return { token, projectId: project.id, userId: who?.id ?? "", catalog };
}

interface TokenDocument {
  token?: { project?: { id: string }; user?: { id: string }; catalog?: Session["catalog"] };
  error?: { code?: number };
}

function parse(text: string): TokenDocument | undefined {
  try {
    return JSON.parse(text) as TokenDocument;
  } catch {
    // A proxy's or a web server's page: reported as a login that gives no project.
    return undefined;
  }
}

/** Files name Keystone with and without the version. */
export function keystoneV3(authUrl: string): string {
  const base = authUrl.replace(/\/+$/, "").replace(/\/v2\.0$/, "");
  return base.endsWith("/v3") ? base : `${base}/v3`;
}

function identity(credentials: Credentials): unknown {
  switch (credentials.kind) {
    case "password":
      return {
        methods: ["password"],
        password: { user: { ...user(credentials.user), password: credentials.password } },
      };
    case "token":
      return { methods: ["token"], token: { id: credentials.token } };
    case "application-credential": {
      const { id, name, secret } = credentials;
      const which = id === undefined ? { name, user: user(credentials.user ?? {}) } : { id };
      return { methods: ["application_credential"], application_credential: { ...which, secret } };
    }
  }
}

function user({ id, name, domain }: { id?: string; name?: string; domain?: Domain }): object {
  return id === undefined ? { name, domain } : { id };
}

function scope({ project }: CloudAccess): unknown {
  if (project === undefined) return undefined;
  return {
    project: project.id === undefined ? { name: project.name, domain: project.domain } : { id: project.id },
  };
}

function refused({ credentials, source, project }: CloudAccess): CloudError {
  switch (credentials.kind) {
    case "password":
      return new CloudError(
        "wrong-credentials",
        `Keystone refuses user ${credentials.user.name ?? credentials.user.id} of ${source}.`,
        `The user name, its domain or the password is wrong, or project ${project?.name ?? project?.id} is not open to this user.`,
        401,
      );
    case "application-credential":
      return new CloudError(
        "wrong-credentials",
        `Keystone refuses application credential ${credentials.name ?? credentials.id} of ${source}.`,
        "Its id or secret is wrong, or it has expired or was deleted: make a new one and put it into clouds.yaml.",
        401,
      );
    case "token":
      return new CloudError(
        "wrong-credentials",
        `Keystone refuses the token of ${source}: it has expired or was revoked.`,
        "Get a new one (openstack token issue), or use an application credential, which does not expire by the hour.",
        401,
      );
  }
}

function notKeystone({ authUrl, source }: CloudAccess, status: number): CloudError {
  return new CloudError(
    "cloud-unreachable",
    `${keystoneV3(authUrl)} does not answer as Keystone v3 (HTTP ${status}).`,
    `Correct auth_url of ${source}; it usually ends in :5000/v3 or /identity/v3.`,
    status,
  );
}

function failed({ authUrl, source }: CloudAccess, status: number): CloudError {
  return new CloudError(
    status >= 500 ? "cloud-unreachable" : "wrong-credentials",
    `Keystone at ${authUrl} answers the login of ${source} with HTTP ${status}.`,
    status >= 500
      ? "The cloud has a problem of its own: try again later, or ask its operator."
      : "Check the settings of the entry against a file from the cloud's dashboard.",
    status,
  );
}
