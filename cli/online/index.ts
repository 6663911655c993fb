/** `--online`: everything about a configuration that only the cloud knows, all findings at once. */
import type { Finding } from "../../config/issue";
import type { ClusterConfig } from "../../config/resolve";
import { planCluster } from "../../plan";
import { OpenStackClient, type ConnectOptions } from "../cloud/client";
import { findCloud } from "../cloud/cloudsYaml";
import { CloudError } from "../cloud/errors";
import { cannotLookUp, type Check, type CheckContext } from "./check";
import { Inventory } from "./inventory";
import { flavorCheck, imageCheck } from "./machines";
import { existingNetworkCheck, externalNetworkCheck, extraSecurityGroupsCheck } from "./network";
import { existingResources, type Existing } from "./need";
import { volumeTypeCheck, zoneCheck } from "./placement";
import { floatingIpCheck, quotaCheck } from "./quota";
import { dnsCheck, loadBalancerCheck, objectStoreCheck } from "./services";

const CHECKS: readonly Check[] = [
  externalNetworkCheck,
  imageCheck,
  zoneCheck,
  existingNetworkCheck,
  flavorCheck,
  volumeTypeCheck,
  extraSecurityGroupsCheck,
  loadBalancerCheck,
  dnsCheck,
  objectStoreCheck,
  quotaCheck,
  floatingIpCheck,
];

export interface OnlineOptions extends ConnectOptions {
  /** The project's folder: the first place where clouds.yaml is looked for. */
  readonly directory: string;
  /** @default process.env */
  readonly env?: NodeJS.ProcessEnv;
}

/** Checks a configuration against its cloud. A failure to log in is a finding too, and then the only one. */
export async function checkOnline(config: ClusterConfig, options: OnlineOptions): Promise<Finding[]> {
  let cloud: OpenStackClient;
  try {
    cloud = await connectTo(config, options);
  } catch (error) {
    if (!(error instanceof CloudError)) throw error;
    const key = config.openstack.cloud === undefined ? "authUrl" : "cloud";
    const { kind, message, hint } = error;
    return [{ code: kind, path: ["cluster", "openstack", key], message, hint }];
  }
  const context = contextOf(config, cloud);
  return (await Promise.all(CHECKS.map((check) => runCheck(check, context)))).flat();
}

function contextOf(config: ClusterConfig, cloud: OpenStackClient): CheckContext {
  const plan = planCluster(config);
  const inventory = new Inventory(cloud);
  let existing: Promise<Existing> | undefined;
  return {
    config,
    plan,
    cloud,
    inventory,
    existing: () => (existing ??= existingResources({ cloud, plan, inventory })),
  };
}

/** Logs in to the cloud of a configuration; also for the verbs that look at running clusters. */
export function connectTo(config: ClusterConfig, options: OnlineOptions): Promise<OpenStackClient> {
  const { cloud, authUrl, region, caCertificate } = config.openstack;
  const { directory, env } = options;
  const access = () => findCloud({ cloud, authUrl, region, directory, env });
  return Promise.resolve()
    .then(access)
    .then((found) =>
      OpenStackClient.connect(found, { ...options, caCertificate: caCertificate ?? options.caCertificate }),
    );
}

async function runCheck(check: Check, context: CheckContext): Promise<Finding[]> {
  try {
    return await check.run(context);
  } catch (error) {
    return [cannotLookUp(check.subject, check.path, error)];
  }
}
