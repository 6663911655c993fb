/** OpenTofu and the OpenStack provider, built from Go modules by the toolchain's own code. */
import { join } from "node:path";
import type { Progress } from "../../../sandbox/progress";
import { Downloads } from "../../../sandbox/toolchain/download";
import { hadEarlier, obtain, type ObtainContext } from "../../../sandbox/toolchain/obtain";
import type { Part } from "../../../sandbox/toolchain/parts";
import { Cache, currentPlatform } from "../../../sandbox/toolchain/paths";

const TOFU: Part = {
  name: "OpenTofu",
  kind: "cli",
  version: "1.12.6",
  program: "tofu",
  build: {
    module: "tofu",
    package: "github.com/opentofu/opentofu/cmd/tofu",
    // Otherwise it calls itself a development version, and warns.
    variables: { "github.com/opentofu/opentofu/version.dev": "no" },
  },
};

/** The version that @pulumi/openstack 3.15.2 wraps: both tools run the same code against the cloud. */
const PROVIDER: Part = {
  name: "terraform-provider-openstack",
  kind: "plugin",
  version: "1.54.1",
  program: "terraform-provider-openstack",
  build: {
    module: "terraform-provider-openstack",
    package: "github.com/terraform-provider-openstack/terraform-provider-openstack",
    variables: {},
  },
};

/** `1` has tests build what is missing, too. */
export const TOFU_SWITCH = "OPENCENTER_BENCH_TOFU";

/** Absolute paths of the programs. */
export interface TofuPrograms {
  readonly tofu: string;
  readonly provider: string;
}

function contextOf(progress: Progress): ObtainContext {
  const cache = new Cache();
  const platform = currentPlatform();
  // Only for where it keeps its downloads: there is nothing to download.
  const limits = { connectTimeoutMs: 5_000 };
  const downloads = new Downloads(cache, platform, { site: "", allowed: false, limits, retry: false });
  const modules = join(__dirname, "..", "modules");
  return { cache, platform, downloads, progress, modules, connectTimeoutMs: limits.connectTimeoutMs };
}

/** The programs, where they were built before; asks nobody and builds nothing. */
export function findTofu(progress: Progress): TofuPrograms | undefined {
  const context = contextOf(progress);
  const [tofu, provider] = [hadEarlier(context, TOFU), hadEarlier(context, PROVIDER)];
  return tofu === undefined || provider === undefined ? undefined : { tofu, provider };
}

/**
 * Makes sure of both programs.
 * @throws ToolchainError when one cannot be built, with the reason
 */
export async function ensureTofu(progress: Progress): Promise<TofuPrograms> {
  const context = contextOf(progress);
  const tofu = await obtain(context, TOFU, []);
  const provider = await obtain(context, PROVIDER, []);
  return { tofu: tofu.path, provider: provider.path };
}
