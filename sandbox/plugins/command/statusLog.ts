// By their parts: the SDK as a whole brings a compiler's and npm's code along, and each start of this program twice the work.
import * as log from "@pulumi/pulumi/log";
import { DependencyResource } from "@pulumi/pulumi/resource";
import { resetOptions } from "@pulumi/pulumi/runtime/settings";

/** Shows a line beside a resource while its operation runs. */
export type StatusLog = (urn: string, line: string) => Promise<void>;

/**
 * The engine's status column: informational and ephemeral, as from the official provider.
 *
 * @param engineAddress where the engine listens; without one nothing is shown
 */
export function engineStatusLog(engineAddress: string | undefined): StatusLog {
  if (engineAddress === undefined) return async () => {};
  // The SDK's server keeps the address to itself; pulumi.log looks for it here. Not in the environment, where the
  // SDK also looks: commands would inherit it.
  resetOptions("", "", 1, engineAddress, "", false, "");
  return (urn, line) => log.info(line, new DependencyResource(urn), undefined, true);
}
