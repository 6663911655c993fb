/**
 * What a working `pulumi` for this project consists of, as data. To add a plugin, add an entry: `download` when the
 * official site has it, `build` when it has Go modules, `standIn` when neither is sure.
 */
export type PartKind = "cli" | "language" | "plugin" | "kubernetes";

export interface Part {
  /** The name in tables and errors; for a plugin, the name that the CLI knows it by. */
  readonly name: string;
  readonly kind: PartKind;
  /** Without the leading v. For a language host of the official installation: whatever comes with the CLI. */
  readonly version: string;
  /** File name of the program. */
  readonly program: string;
  readonly download?: DownloadSource;
  readonly build?: BuildSource;
  readonly standIn?: StandInSource;
}

/** Paths below a release site, for the official one and mirrors of the same shape. */
export interface DownloadSource {
  /** A .tar.gz, or the program itself. */
  readonly archive: (platform: Platform) => string;
  /** Lines of `<SHA-256>  <file name>`, or the SHA-256 alone. */
  readonly checksums: (platform: Platform) => string;
  /** Folder inside the archive that holds the programs. @default the archive's root */
  readonly folder?: (platform: Platform) => string;
}

export interface BuildSource {
  /** Folder below `modules/` with go.mod and go.sum. */
  readonly module: string;
  /** What `go build` is given: a package of the module, or one that its go.mod requires. */
  readonly package: string;
  /** What the linker writes into which variable: the version, which `go build` would leave empty. */
  readonly variables: Readonly<Record<string, string>>;
  /** How long a first build takes, for the person who waits. @default "a few minutes" */
  readonly duration?: string;
}

export interface StandInSource {
  /** The program's TypeScript, relative to `sandbox/`. */
  readonly entry: string;
}

/** In Go's terms: linux or darwin; amd64 or arm64. */
export interface Platform {
  readonly os: string;
  readonly arch: string;
}

const PULUMI = "3.259.0";

export const CLI: Part = {
  name: "pulumi",
  kind: "cli",
  version: PULUMI,
  program: "pulumi",
  download: {
    archive: ({ os, arch }) =>
      `pulumi/releases/download/v${PULUMI}/pulumi-v${PULUMI}-${os}-${arch === "amd64" ? "x64" : arch}.tar.gz`,
    checksums: () => `pulumi/releases/download/v${PULUMI}/pulumi-${PULUMI}-checksums.txt`,
    folder: () => "pulumi",
  },
  build: {
    module: "pulumi-cli",
    package: "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi",
    // The Automation API refuses a CLI that does not know its version.
    variables: { "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version": `v${PULUMI}` },
  },
};

/** Official installations bring theirs; it has no current Go module, so beside a CLI of our own stands one of our own. */
export const LANGUAGE_HOST: Part = {
  name: "nodejs",
  kind: "language",
  version: PULUMI,
  program: "pulumi-language-nodejs",
  standIn: { entry: "toolchain/language-host/main.ts" },
};

/** The versions are those of the npm packages: the SDK asks for the plugin of exactly its own version. */
export const PLUGINS: readonly Part[] = [
  plugin("openstack", "3.15.2", {
    build: {
      module: "pulumi-resource-openstack",
      package: ".",
      variables: { "main.version": "3.15.2" },
    },
  }),
  plugin("tls", "5.6.1", { standIn: { entry: "plugins/tls/main.ts" } }),
  plugin("command", "1.2.1", { standIn: { entry: "plugins/command/main.ts" } }),
  plugin("kubernetes", "4.34.2", { standIn: { entry: "plugins/kubernetes/main.ts" } }),
];

function plugin(name: string, version: string, sources: Pick<Part, "build" | "standIn">): Part {
  const release = `pulumi-${name}/releases/download/v${version}`;
  return {
    name,
    kind: "plugin",
    version,
    program: `pulumi-resource-${name}`,
    download: {
      archive: ({ os, arch }) => `${release}/pulumi-resource-${name}-v${version}-${os}-${arch}.tar.gz`,
      checksums: () => `${release}/pulumi-${name}_${version}_checksums.txt`,
    },
    ...sources,
  };
}
