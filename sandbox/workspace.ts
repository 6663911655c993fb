/** Where a sandbox keeps its things, and the environment that makes plain `pulumi` commands work in it. */
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";

/** Passphrase of a state that protects nothing: the sandbox's cloud is a simulation and its keys open nothing. */
const PASSPHRASE = "sandbox";

export const projectRoot = resolve(__dirname, "..");

/** Files of one sandbox: simulated cloud, Pulumi state, the stack's file, logs. Everything is under one folder. */
export class Workspace {
  readonly directory: string;

  constructor(
    /** Folder of the sandbox. @default .sandbox in the project */
    directory = join(projectRoot, ".sandbox"),
    /** Stack whose file is copied from `stacks/`. */
    readonly stack = "sandbox",
  ) {
    this.directory = resolve(directory);
  }

  get template(): string {
    return join(projectRoot, "stacks", `Pulumi.${this.stack}.yaml`);
  }
  get stackFile(): string {
    return join(this.directory, `Pulumi.${this.stack}.yaml`);
  }
  get stateDirectory(): string {
    return join(this.directory, "state");
  }
  get cloudsYaml(): string {
    return join(this.directory, "clouds.yaml");
  }
  get envFile(): string {
    return join(this.directory, "env");
  }
  get simulator() {
    const file = (name: string) => join(this.directory, "cloud", name);
    return {
      state: file("state.json"),
      pid: file("pid"),
      log: file("requests.log"),
      address: file("address"),
    };
  }
  /** Control planes of the sandbox's clusters, and the record of what was asked of Ansible. */
  get kubernetes(): string {
    return join(this.directory, "kubernetes");
  }
  /** Git repositories of the sandbox's organisations, and the charts that Flux installs. */
  get git(): string {
    return join(this.directory, "git");
  }
  /** The product's cache, with the double in the place of Kubespray. */
  get cache(): string {
    return join(this.directory, "cache");
  }
  /** Address of the simulated cloud, when it was started once. */
  private get cloud(): string | undefined {
    const file = this.simulator.address;
    return existsSync(file) ? readFileSync(file, "utf8").trim() : undefined;
  }
  log(name: string): string {
    return join(this.directory, "logs", `${name}.log`);
  }
  /** A path as a person in the project's folder would type it. */
  show(path: string): string {
    const short = relative(process.cwd(), path);
    return short.startsWith("..") ? path : short;
  }

  /** Whether a sandbox was started here before. */
  get exists(): boolean {
    return existsSync(this.stackFile);
  }

  create(): void {
    for (const directory of [
      this.directory,
      this.stateDirectory,
      this.kubernetes,
      join(this.directory, "cloud"),
      join(this.directory, "logs"),
    ]) {
      mkdirSync(directory, { recursive: true, mode: 0o700 });
    }
    const passphrase = join(this.directory, "passphrase");
    writeFileSync(passphrase, PASSPHRASE, { mode: 0o600 });
    chmodSync(passphrase, 0o600);
  }

  /** What `pulumi` needs to know, beside what its installation needs. */
  environment(): Record<string, string> {
    const { cloud } = this;
    return {
      ...(cloud === undefined ? {} : dataPlane(cloud)),
      OPENCENTER_CACHE: this.cache,
      OPENCENTER_SANDBOX_KUBERNETES: this.kubernetes,
      // Without attributes beside each file: a kill would tear them, and Pulumi then refuses its own checkpoint.
      PULUMI_BACKEND_URL: `file://${this.stateDirectory}?metadata=skip`,
      PULUMI_CONFIG_PASSPHRASE_FILE: join(this.directory, "passphrase"),
      PULUMI_STACK: this.stack,
      // The copy, so that trying things out does not change a file of the repository.
      PULUMI_OPTION_CONFIG_FILE: this.stackFile,
      PULUMI_SKIP_UPDATE_CHECK: "1",
      OS_CLIENT_CONFIG_FILE: this.cloudsYaml,
    };
  }

  /** A file that a shell can read: `. .sandbox/env`. */
  writeEnvFile(environment: Readonly<Record<string, string>>): void {
    const quote = (value: string) => `'${value.replaceAll("'", `'\\''`)}'`;
    const lines = Object.entries(environment).map(([name, value]) => `export ${name}=${quote(value)}`);
    writeFileSync(this.envFile, `${lines.join("\n")}\n`, { mode: 0o600 });
  }
}

/** The cloud's addresses are no addresses of this machine: the simulator is the proxy that leads to them. */
function dataPlane(cloud: string): Record<string, string> {
  // gRPC, by which Pulumi talks to its plugins, goes through a proxy too if it is allowed to.
  const direct = "127.0.0.1,localhost,::1";
  return {
    OPENCENTER_SANDBOX_CLOUD: cloud,
    HTTPS_PROXY: cloud,
    https_proxy: cloud,
    NO_PROXY: direct,
    no_proxy: direct,
  };
}
