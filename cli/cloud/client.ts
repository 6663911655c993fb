/** A small OpenStack client, because npm has no well-kept one: log in, find a service, get, list and delete. */
import { readFileSync } from "node:fs";
import { didYouMean } from "../suggest";
import type { CloudAccess } from "./access";
import { CloudError } from "./errors";
import { logIn, type Session } from "./keystone";
import { Service, type Send } from "./service";
import { Transport } from "./transport";

/** The services that a cluster uses. */
export type ServiceName =
  "compute" | "network" | "volume" | "image" | "load-balancer" | "dns" | "object-store" | "identity";

interface ServiceKind {
  /** What clouds call it in the catalogue. */
  readonly types: readonly string[];
  /** Version to add where the catalogue names the service without one. */
  readonly version?: string;
  /** Nova and Cinder show more when a newer behaviour is asked for. */
  readonly microversion?: string;
  readonly product: string;
}

const SERVICES: Readonly<Record<ServiceName, ServiceKind>> = {
  // 2.47 puts a server's flavor into the answer, also where the flavor is gone.
  compute: { types: ["compute"], microversion: "compute 2.47", product: "Nova (compute)" },
  network: { types: ["network"], version: "v2.0", product: "Neutron (network)" },
  volume: { types: ["volumev3", "block-storage", "volume"], product: "Cinder (volumes)" },
  image: { types: ["image"], version: "v2", product: "Glance (images)" },
  "load-balancer": { types: ["load-balancer"], version: "v2.0", product: "Octavia (load balancers)" },
  dns: { types: ["dns"], version: "v2", product: "Designate (DNS)" },
  "object-store": { types: ["object-store"], product: "Swift (object store)" },
  identity: { types: ["identity"], version: "v3", product: "Keystone (identity)" },
};

export interface ConnectOptions {
  /** Take a clouds.yaml entry that says `verify: false` at its word. @default false: refuse it */
  readonly insecure?: boolean;
  /** CA certificate in PEM form, before the entry's `cacert`. */
  readonly caCertificate?: string;
  /** Limit of one request in milliseconds. @default 20000 */
  readonly timeoutMs?: number;
}

export class OpenStackClient {
  private constructor(
    private readonly access: CloudAccess,
    private readonly transport: Transport,
    private session: Session,
  ) {}

  /**
   * Logs in.
   * @throws CloudError that says what to do: wrong credentials, unreachable, TLS, insecure entry.
   */
  static async connect(access: CloudAccess, options: ConnectOptions = {}): Promise<OpenStackClient> {
    if (!access.verify && options.insecure !== true)
      throw new CloudError(
        "insecure-cloud",
        `${access.source} says verify: false, so anybody on the way could read the credentials.`,
        "Name the cloud's CA with cacert instead. To go on without the check: --insecure.",
      );
    const transport = new Transport({
      ca: options.caCertificate ?? readPem(access.caFile, access),
      clientCertificate: clientCertificate(access),
      verify: access.verify,
      timeoutMs: options.timeoutMs,
    });
    return new OpenStackClient(access, transport, await logIn(access, transport));
  }

  /** Id of the project that everything is looked up in. */
  get projectId(): string {
    return this.session.projectId;
  }

  /** Id of the user that is logged in. */
  get userId(): string {
    return this.session.userId;
  }

  /** Whether the cloud's catalogue has a service. */
  has(name: ServiceName): boolean {
    return this.entryOf(name) !== undefined;
  }

  /**
   * A service of the cloud.
   * @throws CloudError `service-missing` or `region-not-found`.
   */
  service(name: ServiceName): Service {
    const { version, microversion, product } = SERVICES[name];
    const url = this.endpointUrl(name).replace(/\/+$/, "");
    const versioned = version === undefined || /\/v\d+(\.\d+)?(\/|$)/.test(url) ? url : `${url}/${version}`;
    return new Service(versioned, product, this.sender(microversion));
  }

  private entryOf(name: ServiceName) {
    for (const type of SERVICES[name].types) {
      const entry = this.session.catalog.find((candidate) => candidate.type === type);
      if (entry !== undefined) return entry;
    }
    return undefined;
  }

  private endpointUrl(name: ServiceName): string {
    const { product } = SERVICES[name];
    const { region, interface: wanted } = this.access;
    const here = (this.entryOf(name)?.endpoints ?? []).filter((endpoint) => endpoint.interface === wanted);
    const endpoint = here.find((one) => region === undefined || (one.region_id ?? one.region) === region);
    if (endpoint !== undefined) return endpoint.url;
    const regions = this.regions();
    if (region !== undefined && !regions.includes(region))
      throw new CloudError(
        "region-not-found",
        `The cloud has no region ${region}.`,
        `${didYouMean(region, regions)}It has: ${regions.join(", ")}. Correct openstack.region or region_name in clouds.yaml.`,
      );
    throw new CloudError(
      "service-missing",
      `The cloud offers no ${product}${region === undefined ? "" : ` in region ${region}`} (${wanted} interface).`,
    );
  }

  /** Names of all regions of the catalogue. */
  regions(): string[] {
    const all = this.session.catalog.flatMap((entry) => entry.endpoints);
    return [...new Set(all.flatMap((endpoint) => endpoint.region_id ?? endpoint.region ?? []))].sort();
  }

  /** Sends with the current token; a token that ran out on the way is renewed once. */
  private sender(microversion: string | undefined): Send {
    const headers = microversion === undefined ? undefined : { "openstack-api-version": microversion };
    const send: Send = (request) =>
      this.transport.send({
        ...request,
        headers: { ...headers, ...request.headers, "x-auth-token": this.session.token },
      });
    return async (request) => {
      const { token } = this.session;
      const response = await send(request);
      if (response.status !== 401) return response;
      // Of several requests that fail together only the first logs in again.
      if (this.session.token === token) this.session = await logIn(this.access, this.transport);
      return send(request);
    };
  }
}

function clientCertificate(access: CloudAccess) {
  if (access.clientCertificate === undefined) return undefined;
  const { certFile, keyFile } = access.clientCertificate;
  return { cert: readPem(certFile, access) ?? "", key: readPem(keyFile, access) ?? "" };
}

function readPem(file: string | undefined, access: CloudAccess): string | undefined {
  if (file === undefined) return undefined;
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw new CloudError(
      "tls-failure",
      `${file}, named by ${access.source}, cannot be read (${(error as NodeJS.ErrnoException).code}).`,
      "Correct cacert, cert or key of the entry; relative paths are seen from the file's own folder.",
    );
  }
}
