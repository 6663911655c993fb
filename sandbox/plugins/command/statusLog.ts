import { DependencyResource, log, runtime } from "@pulumi/pulumi";

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
  runtime.resetOptions("", "", 1, engineAddress, "", false, "");
  return (urn, line) => log.info(line, new DependencyResource(urn), undefined, true);
}
