/** The control planes of the sandbox's clusters. */
import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { ApiClient } from "./apiClient";
import { type Backend, type BackendKind, encryptionFile, type Site } from "./backend";
import { Pki } from "./certificates";
import { Daemon } from "./daemons";
import { addEndpoints, publishEndpoints, withdrawEndpoints } from "./endpoints";
import { readJson, writeJson, writePrivate } from "./files";
import { kubeconfig } from "./kubeconfig";
import { anyTaken, freePorts } from "./ports";
import { readBinaries, RealBackend } from "./realBackend";
import { RecordedBackend } from "./recordedBackend";

/** How clients reach a control plane. */
export interface Access {
  /** Names and addresses in the serving certificate, beside 127.0.0.1 and `kubernetes`. */
  readonly names: readonly string[];
  /** `host:port` in the simulated cloud that lead to the API server. */
  readonly endpoints: readonly string[];
}

/** What is known about a control plane while it does not run. */
interface Settings extends Access {
  readonly backend: BackendKind;
  /** Of the API server, then of what runs beside it. */
  readonly ports: readonly number[];
}

export interface ControlPlaneStatus {
  /** Whether it was ever started. */
  readonly made: boolean;
  readonly running: boolean;
  /** @default what a start would take */
  readonly backend: BackendKind;
  /** Port on 127.0.0.1, once made. */
  readonly port?: number;
}

const PORTS = 3;

export class ControlPlane {
  /** Folder of everything that belongs to this control plane. */
  readonly directory: string;
  private readonly pki: Pki;

  private constructor(
    private readonly root: string,
    readonly organization: string,
    readonly cluster: string,
  ) {
    this.directory = join(root, "clusters", organization, cluster);
    this.pki = new Pki(join(this.directory, "pki"));
  }

  /** @param directory the workspace's `kubernetes/` folder, $OPENCENTER_SANDBOX_KUBERNETES */
  static of(directory: string, organization: string, cluster: string): ControlPlane {
    for (const name of [organization, cluster]) {
      if (!/^[A-Za-z0-9][\w.-]*$/.test(name)) throw new Error(`"${name}" is no name for a folder`);
    }
    return new ControlPlane(directory, organization, cluster);
  }

  /** All that were ever started below a folder. */
  static all(directory: string): ControlPlane[] {
    return foldersOf(join(directory, "clusters"))
      .flatMap((organization) =>
        foldersOf(join(directory, "clusters", organization)).map((cluster) =>
          ControlPlane.of(directory, organization, cluster),
        ),
      )
      .filter((controlPlane) => controlPlane.settings !== undefined);
  }

  private get settingsFile(): string {
    return join(this.directory, "control-plane.json");
  }
  private get settings(): Settings | undefined {
    return readJson<Settings>(this.settingsFile);
  }

  /** Whether it was ever started; it need not run. */
  get made(): boolean {
    return this.settings !== undefined;
  }

  /**
   * Starts what does not run, on the data of the last time. The same access again changes nothing; other names get a
   * new serving certificate and an API server that starts again.
   * @param access @default that of the last start
   * @throws Error with the end of the log of what did not start
   */
  async start(access?: Access): Promise<void> {
    const settings = await this.prepare(access);
    const site = this.site(settings);
    const restart = await this.pki.ensure(settings.names);
    await this.backend(settings.backend).start(site, restart);
    await this.bindAdministrators();
    publishEndpoints(this.root, settings.endpoints, site.port);
  }

  /**
   * The cloud leads there since it was changed: a load balancer's other port, another address. Certificates know new names
   * when they are made anew, which is a start's work.
   */
  leadFrom(endpoints: readonly string[]): void {
    const { settings } = this;
    if (settings !== undefined) addEndpoints(this.root, endpoints, settings.ports[0]!);
  }

  /** What kubeadm does, so that the certificate that it gives to people has rights. */
  private async bindAdministrators(): Promise<void> {
    const api = "rbac.authorization.k8s.io";
    const name = "kubeadm:cluster-admins";
    const client = this.client();
    const path = `/apis/${api}/v1/clusterrolebindings`;
    if ((await client.find(`${path}/${name}`)) === undefined) {
      const roleRef = { apiGroup: api, kind: "ClusterRole", name: "cluster-admin" };
      const subjects = [{ apiGroup: api, kind: "Group", name }];
      await client.create(path, { metadata: { name }, roleRef, subjects });
    }
    client.close();
  }

  /** Ends its processes; data stay. */
  async stop(): Promise<void> {
    const { settings } = this;
    if (settings === undefined) return;
    withdrawEndpoints(this.root, settings.ports[0]!);
    await this.backend(settings.backend).stop(this.site(settings));
  }

  /** Ends its processes and deletes everything that belongs to it. */
  async destroy(): Promise<void> {
    await this.stop();
    rmSync(this.directory, { recursive: true, force: true });
  }

  async status(): Promise<ControlPlaneStatus> {
    const { settings } = this;
    const backend = settings?.backend ?? this.choice();
    if (settings === undefined) return { made: false, running: false, backend };
    const client = this.client();
    const running = await client.isReady();
    client.close();
    return { made: true, running, backend, port: settings.ports[0]! };
  }

  /** What `etcdctl snapshot save` writes. */
  snapshot(): Promise<Buffer> {
    const { settings } = this;
    if (settings === undefined) throw new Error(`${this.organization}/${this.cluster} was never started`);
    return this.backend(settings.backend).snapshot(this.site(settings));
  }

  /** New certificates, and an API server that shows them. */
  async renewCertificates(): Promise<void> {
    const { settings } = this;
    if (settings === undefined) throw new Error(`${this.organization}/${this.cluster} was never started`);
    await this.pki.renew();
    await this.backend(settings.backend).start(this.site(settings), true);
  }

  /** Gives the API server other keys of encryption at rest. @returns whether they are others */
  async encrypt(file: string): Promise<boolean> {
    const path = encryptionFile(this.directory);
    if (existsSync(path) && readFileSync(path, "utf8") === file) return false;
    writePrivate(path, file);
    const { settings } = this;
    if (settings !== undefined) await this.backend(settings.backend).start(this.site(settings), true);
    return true;
  }

  /** Takes it back to a snapshot, as etcd's own tools do. */
  async restore(snapshot: Buffer, id: string): Promise<void> {
    const { settings } = this;
    if (settings === undefined) throw new Error(`${this.organization}/${this.cluster} was never started`);
    await this.backend(settings.backend).restore(this.site(settings), snapshot, id);
  }

  /** How many Secrets are stored, by the name of the key that they are encrypted with. */
  storedSecrets(): Promise<Readonly<Record<string, number>>> {
    const { settings } = this;
    if (settings === undefined) throw new Error(`${this.organization}/${this.cluster} was never started`);
    return this.backend(settings.backend).storedSecrets(this.site(settings));
  }

  /** Certificate of the API server, or of the administrator's login, in PEM. */
  certificate(of: "apiserver" | "user"): string {
    return this.pki.read(`${of}.crt`);
  }

  /** A client with the highest rights, on the loopback. */
  client(): ApiClient {
    const ca = this.pki.read("ca.crt");
    return new ApiClient(this.port, { ca, ...this.pki.pair("admin") });
  }

  /**
   * Kubeconfig of an administrator, of group `kubeadm:cluster-admins`.
   * @param server @default the API server on the loopback
   */
  adminKubeconfig(server = `https://127.0.0.1:${this.port}`): string {
    return kubeconfig(this.cluster, server, this.pki, "user");
  }

  private get port(): number {
    const { settings } = this;
    if (settings === undefined)
      throw new Error(`${this.organization}/${this.cluster} has no control plane yet`);
    return settings.ports[0]!;
  }

  /** A running cluster keeps its ports; one that was stopped may find them taken, and gets others. */
  private async prepare(access: Access | undefined): Promise<Settings> {
    const known = this.settings;
    let ports = known?.ports;
    if (ports === undefined || (!this.runs(known) && (await anyTaken(ports)))) {
      if (ports !== undefined) withdrawEndpoints(this.root, ports[0]!);
      ports = await freePorts(PORTS);
    }
    const { names = [], endpoints = [] } = access ?? known ?? {};
    const settings: Settings = { backend: known?.backend ?? this.choice(), ports, names, endpoints };
    writeJson(this.settingsFile, settings);
    return settings;
  }

  /** Any of its processes, since a start may have stopped half-way. */
  private runs(settings: Settings | undefined): boolean {
    if (settings === undefined || !existsSync(join(this.directory, "run"))) return false;
    return readdirSync(join(this.directory, "run"))
      .filter((file) => file.endsWith(".json"))
      .some((file) => new Daemon(this.directory, file.slice(0, -".json".length)).pid !== undefined);
  }

  private choice(): BackendKind {
    return readBinaries(this.root) === undefined ? "recorded" : "real";
  }

  private backend(kind: BackendKind): Backend {
    if (kind === "recorded") return new RecordedBackend();
    const binaries = readBinaries(this.root);
    if (binaries === undefined) {
      throw new Error(
        `${this.organization}/${this.cluster} was made with the real Kubernetes programs, and ${this.root}/binaries.json, which says where they are, is gone. Write it again, or remove ${this.directory} to begin anew.`,
      );
    }
    return new RealBackend(binaries);
  }

  private site(settings: Settings): Site {
    const [port, ...otherPorts] = settings.ports;
    const { directory, pki } = this;
    return { directory, pki, port: port!, otherPorts, client: () => this.client() };
  }
}

/** Starts again all that were made: after a restart of the machine. */
export async function startControlPlanes(directory: string): Promise<void> {
  for (const controlPlane of ControlPlane.all(directory)) await controlPlane.start();
}

export async function stopControlPlanes(directory: string): Promise<void> {
  for (const controlPlane of ControlPlane.all(directory)) await controlPlane.stop();
}

function foldersOf(path: string): string[] {
  if (!existsSync(path)) return [];
  return readdirSync(path, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name);
}
