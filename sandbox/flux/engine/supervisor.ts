/** Has the controllers run as long as the cluster has Deployments of them: what a kubelet would do with the pods. */
import { setTimeout as sleep } from "node:timers/promises";
import type { ApiClient, ApiObject } from "../../kubernetes/apiClient";
import type { FluxController } from "../../toolchain/kubernetesParts";
import { FLUX_NAMESPACE } from "../names";
import { CONTROLLERS, controllerDaemon, controllerOptions, type ControllerSite } from "./controllers";

export const POLL_MS = 1_000;
/** A controller that ends at its start must not be started every second. */
const RESTART_PAUSE_MS = 10_000;

export const DEPLOYMENTS = `/apis/apps/v1/namespaces/${FLUX_NAMESPACE}/deployments`;

export class Supervisor {
  private readonly started = new Map<FluxController, number>();

  constructor(
    private readonly client: Pick<ApiClient, "list">,
    private readonly site: ControllerSite,
  ) {}

  /** One look at the cluster. An API server that does not answer changes nothing: pods outlive it too. */
  async look(): Promise<void> {
    const deployments = await this.client.list(DEPLOYMENTS);
    for (const name of CONTROLLERS) {
      const deployment = deployments.find(({ metadata }) => metadata.name === name);
      if (deployment !== undefined && mayRun(deployment)) await this.start(name);
      else if (deployment === undefined || isOff(deployment))
        await controllerDaemon(this.site.directory, name).stop();
    }
  }

  private async start(name: FluxController): Promise<void> {
    const daemon = controllerDaemon(this.site.directory, name);
    if (daemon.pid !== undefined) return;
    if (Date.now() - (this.started.get(name) ?? 0) < RESTART_PAUSE_MS) return;
    this.started.set(name, Date.now());
    await daemon.start(controllerOptions(this.site, name));
    console.log(`${new Date().toISOString()} started ${name}`);
  }
}

/** Its pods are there: whatever keeps them from being so keeps the controller from starting. */
function mayRun({ spec, status }: ApiObject): boolean {
  return Number(spec?.["replicas"] ?? 1) > 0 && Number(status?.["availableReplicas"] ?? 0) > 0;
}

/** Not while a node is drained: the pod comes back elsewhere within a second. */
function isOff({ spec, metadata }: ApiObject): boolean {
  return Number(spec?.["replicas"] ?? 1) === 0 || metadata.deletionTimestamp !== undefined;
}

/** Looks again and again. @param stopped ends it */
export async function keepLooking(look: () => Promise<void>, stopped: AbortSignal): Promise<void> {
  let problem = "";
  while (!stopped.aborted) {
    try {
      await look();
      problem = "";
    } catch (error) {
      const said = error instanceof Error ? error.message : String(error);
      // Once for as long as it lasts: an API server that is away would fill the log.
      if (said !== problem) console.error(`${new Date().toISOString()} ${said}`);
      problem = said;
    }
    await sleep(POLL_MS, undefined, { signal: stopped }).catch(() => undefined);
  }
}
