/** The linter of workflow files, built once per machine into the toolchain's cache. */
import { join } from "node:path";
import { progress } from "../../sandbox/progress";
import { build } from "../../sandbox/toolchain/goBuild";
import { findGo } from "../../sandbox/toolchain/goToolchain";
import type { BuildSource, Part } from "../../sandbox/toolchain/parts";
import { Cache, currentPlatform } from "../../sandbox/toolchain/paths";

const ACTIONLINT: Part = { name: "actionlint", kind: "cli", version: "1.7.7", program: "actionlint" };
const SOURCE: BuildSource = {
  module: "actionlint",
  package: "github.com/rhysd/actionlint/cmd/actionlint",
  variables: {},
};

/** @throws Error where there is no Go, neither here nor from a module proxy */
export async function actionlint(): Promise<string> {
  const [cache, platform, modules] = [new Cache(), currentPlatform(), join(__dirname, "modules")];
  return progress.step("actionlint", async (report) => {
    const go = await findGo(cache, platform, "1.25.0", { connectTimeoutMs: 10_000 }, report);
    const folder = await build(cache, ACTIONLINT, SOURCE, platform, go.command, modules, report);
    return join(folder, ACTIONLINT.program);
  });
}
