/** The two tools, with the same words for the same work. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Session } from "../../../sandbox/session";
import { projectRoot } from "../../../sandbox/workspace";
import { type CommandUsage, runMeasured } from "./processes";
import { hclFiles, type Size } from "./size";
import type { TofuPrograms } from "./tofuToolchain";

/** What is measured, in the order in which a cluster sees it. */
export const OPERATIONS = [
  "preview",
  "up",
  "preview again",
  "refresh",
  "preview --refresh",
  "destroy",
] as const;

export type Operation = (typeof OPERATIONS)[number];

export interface Side {
  readonly name: string;
  /** Project of the cloud that it works in. */
  readonly cloud: string;
  run(operation: Operation): Promise<CommandUsage>;
}

const PULUMI: Readonly<Record<Operation, readonly string[]>> = {
  preview: ["preview"],
  up: ["up", "--yes", "--skip-preview"],
  "preview again": ["preview", "--expect-no-changes"],
  refresh: ["refresh", "--preview-only", "--expect-no-changes"],
  "preview --refresh": ["preview", "--refresh", "--expect-no-changes"],
  destroy: ["destroy", "--yes", "--skip-preview"],
};

const TOFU: Readonly<Record<Operation, readonly string[]>> = {
  preview: ["plan"],
  up: ["apply", "-auto-approve"],
  "preview again": ["plan", "-refresh=false", "-detailed-exitcode"],
  // It shows what it learns even where nothing is to be done, and would call that a difference.
  refresh: ["plan", "-refresh-only"],
  "preview --refresh": ["plan", "-detailed-exitcode"],
  destroy: ["destroy", "-auto-approve", "-refresh=false"],
};

async function succeed(what: string, work: Promise<CommandUsage>): Promise<CommandUsage> {
  const usage = await work;
  if (usage.code === 0) return usage;
  throw new Error(`${what} failed (exit code ${usage.code}):\n${usage.output.slice(-4000)}`);
}

interface ProgramOptions {
  readonly parallel: number;
  /** With its Kubernetes part, which a tool that has none is not compared with. @default false */
  readonly whole?: boolean;
  /** Folder that gets a profile of the engine for each operation. @default none is made */
  readonly profile?: string;
}

export function programSide(
  name: string,
  session: Session,
  { parallel, whole = false, profile }: ProgramOptions,
): Side {
  const env = { ...process.env, ...session.pulumi.environment };
  const cwd = whole ? projectRoot : join(__dirname, "infrastructure");
  return {
    name,
    cloud: "sandbox",
    run: (operation) => {
      const file = profile && join(resolve(profile), operation.replaceAll(" ", "-"));
      const profiling = file ? ["--profiling", file] : [];
      const common = ["--non-interactive", "--parallel", String(parallel)];
      const args = [...PULUMI[operation], ...common, ...profiling];
      return succeed(`pulumi ${args.join(" ")}`, runMeasured(session.toolchain.pulumi, args, { cwd, env }));
    },
  };
}

/** OpenTofu at work in a folder of its own. */
export function tofuSide(
  { tofu, provider }: TofuPrograms,
  { workspace }: Session,
  size: Size,
  publicKeyFile: string,
  parallel: number,
): Side {
  const cloud = "other";
  const cwd = join(workspace.directory, "tofu");
  mkdirSync(cwd, { recursive: true, mode: 0o700 });
  for (const [name, text] of hclFiles()) writeFileSync(join(cwd, name), text);
  const variables = size.variables(cloud, publicKeyFile);
  writeFileSync(join(cwd, "terraform.tfvars.json"), JSON.stringify(variables));
  const config = join(cwd, "tofu.rc");
  // Served from where it was built, so that nothing is asked for in a registry.
  const overrides = `"terraform-provider-openstack/openstack" = "${join(provider, "..")}"`;
  writeFileSync(
    config,
    `provider_installation {\n  dev_overrides {\n    ${overrides}\n  }\n  direct {}\n}\n`,
  );
  const env = {
    ...process.env,
    TF_CLI_CONFIG_FILE: config,
    CHECKPOINT_DISABLE: "1",
    OS_CLIENT_CONFIG_FILE: workspace.cloudsYaml,
  };
  return {
    name: "OpenTofu",
    cloud,
    run: (operation) => {
      const flags = ["-input=false", "-no-color", `-parallelism=${parallel}`];
      const args = [...TOFU[operation], ...flags];
      return succeed(`tofu ${args.join(" ")}`, runMeasured(tofu, args, { cwd, env }));
    },
  };
}
