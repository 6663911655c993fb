/** Flux's controllers as processes: what they are called with, so that several clusters fit on one machine. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { plainEnvironment } from "../../kubernetes/backend";
import type { DaemonOptions } from "../../kubernetes/daemons";
import { Daemon } from "../../kubernetes/daemons";
import { FLUX_CONTROLLERS, type FluxController } from "../../toolchain/kubernetesParts";
import { FLUX_NAMESPACE } from "../names";

export const CONTROLLERS = Object.keys(FLUX_CONTROLLERS) as readonly FluxController[];

/** The controllers of one control plane. */
export interface ControllerSite {
  /** Folder of the control plane. */
  readonly directory: string;
  /** Of an administrator; Flux's own accounts have no tokens here. */
  readonly kubeconfig: string;
  /** Port of 127.0.0.1 at which source-controller gives away what it fetched. */
  readonly storagePort: number;
  readonly programs: Readonly<Record<FluxController, string>>;
}

export function controllerDaemon(directory: string, name: FluxController): Daemon {
  return new Daemon(directory, name);
}

export function controllerOptions(site: ControllerSite, name: FluxController): DaemonOptions {
  const temporary = join(site.directory, "flux", "tmp");
  mkdirSync(temporary, { recursive: true, mode: 0o700 });
  return {
    command: site.programs[name],
    args: Object.entries({ ...COMMON, ...OWN[name](site) }).map(([flag, value]) => `--${flag}=${value}`),
    env: {
      ...plainEnvironment(),
      KUBECONFIG: site.kubeconfig,
      RUNTIME_NAMESPACE: FLUX_NAMESPACE,
      // Check-outs and unpacked charts go with the cluster.
      TMPDIR: temporary,
      TUF_ROOT: join(temporary, "sigstore"),
    },
  };
}

const COMMON = {
  // Any port of theirs would be one that another cluster's has.
  "health-addr": "0",
  "metrics-addr": "0",
  "enable-leader-election": "false",
  "watch-all-namespaces": "true",
  // There is no notification-controller.
  "events-addr": "",
  "log-level": "info",
  "kube-api-qps": "200",
  "kube-api-burst": "500",
} as const;

/** With a release of two dozen services, the default of 30 s is what most of the time would go to. */
const QUICK_DEPENDENCIES = { "requeue-dependency": "2s" } as const;

const OWN: Readonly<Record<FluxController, (site: ControllerSite) => Readonly<Record<string, string>>>> = {
  "source-controller": ({ directory, storagePort }) => {
    const storage = join(directory, "flux", "storage");
    mkdirSync(storage, { recursive: true, mode: 0o700 });
    const address = `127.0.0.1:${storagePort}`;
    return { "storage-path": storage, "storage-addr": address, "storage-adv-addr": address };
  },
  "kustomize-controller": () => QUICK_DEPENDENCIES,
  "helm-controller": () => QUICK_DEPENDENCIES,
};
