/** The configuration file of OpenStack's own components. */
import type { CloudCredential } from "../../types";

type Section = Readonly<Record<string, string | boolean | undefined>>;

/** The format's own quotes, in which a backslash and a quote are escaped: a secret may hold a `#` or a `;`. */
const quoted = (value: string | boolean) => `"${String(value).replace(/[\\"]/g, "\\$&")}"`;

/** Own code: gcfg, the format of Git's configuration, has no writer in npm, and this is all of it that is used. */
export function cloudConf(sections: Readonly<Record<string, Section>>): string {
  return Object.entries(sections)
    .map(([title, section]) => {
      const lines = Object.entries(section).flatMap(([key, value]) =>
        value === undefined ? [] : [`${key} = ${quoted(value)}`],
      );
      return `[${title}]\n${lines.map((line) => `${line}\n`).join("")}`;
    })
    .join("\n");
}

/** Where a Secret with the file `ca.crt` is mounted by the charts of cloud-provider-openstack. */
const CA_FILE = "/etc/config/ca.crt";

export function loginSection(login: CloudCredential, caCertificate: string | undefined): Section {
  return {
    "auth-url": login.authUrl,
    region: login.region,
    "application-credential-id": login.id,
    "application-credential-secret": login.secret,
    "ca-file": caCertificate === undefined ? undefined : CA_FILE,
  };
}

/** Clients that are given a URL without a version take version 2, which knows no application credentials. */
function versionThree(authUrl: string): string {
  const url = authUrl.replace(/\/+$/, "");
  return url.endsWith("/v3") ? url : `${url}/v3`;
}

/** The environment that OpenStack's clients read. */
export function cloudEnvironment(login: CloudCredential): Readonly<Record<string, string>> {
  return {
    OS_AUTH_TYPE: "v3applicationcredential",
    OS_AUTH_URL: versionThree(login.authUrl),
    OS_REGION_NAME: login.region,
    OS_APPLICATION_CREDENTIAL_ID: login.id,
    OS_APPLICATION_CREDENTIAL_SECRET: login.secret,
  };
}
