/** What the Commands of delivery read from files, since their own inputs must change only with what is published. */
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import type { DeliveryRequest, DeliverySecrets } from "../plan/delivery";
import { statePaths } from "../plan/names";
import { writePrivate } from "../runner/files";

export interface DeliveryFiles {
  readonly root: string;
  readonly cluster: { readonly organization: string; readonly name: string };
  readonly request: DeliveryRequest;
  /** Secret. */
  readonly secrets: pulumi.Output<DeliverySecrets>;
  /** Of everything that is generated from the configuration alone. */
  readonly digest: string;
}

/**
 * Writes the files of a run, in an update.
 * @returns the digest, known only after everything was written: who waits for it finds the files
 */
export function writeDeliveryFiles(files: DeliveryFiles): pulumi.Output<string> {
  const { root, cluster, request, secrets, digest } = files;
  if (pulumi.runtime.isDryRun()) return pulumi.output(digest);
  const paths = statePaths(cluster);
  const written = secrets.apply((known) => {
    writePrivate(join(root, paths.delivery), JSON.stringify(request, null, 1));
    writePrivate(join(root, paths.deliverySecrets), JSON.stringify(known));
    const identities = known.identities.map(
      ({ generation, recipient, identity }) =>
        `# generation ${generation}, public key: ${recipient}\n${identity}\n`,
    );
    writePrivate(join(root, paths.ageKeys), identities.join(""));
    return digest;
  });
  // The files hold secrets, the digest does not.
  return pulumi.unsecret(written);
}
