/** What the program wrote for the Commands of delivery. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { DeliveryRequest, DeliverySecrets } from "../plan/delivery";
import { statePaths } from "../plan/names";
import { RunFailure } from "../runner/errors";

/**
 * @param root folder of the project
 * @throws RunFailure when the files are not there
 */
export function readDelivery(
  root: string,
  environment: NodeJS.ProcessEnv = process.env,
): { readonly request: DeliveryRequest; readonly secrets: DeliverySecrets } {
  const { OPENCENTER_ORGANIZATION: organization = "", OPENCENTER_CLUSTER: name = "" } = environment;
  const paths = statePaths({ organization, name });
  const read = (path: string) => readFileSync(join(root, path), "utf8");
  try {
    return {
      request: JSON.parse(read(paths.delivery)) as DeliveryRequest,
      secrets: JSON.parse(environment.OPENCENTER_SECRETS || read(paths.deliverySecrets)) as DeliverySecrets,
    };
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code ?? "it is damaged";
    throw new RunFailure(`Cannot read what the program wrote for cluster ${name}: ${reason}.`, [
      "Run pulumi up for the whole stack: it writes these files first.",
    ]);
  }
}
