/** What makes pods of Deployments and gives them nodes: the controller manager and the scheduler. */
import { plainEnvironment, type Site } from "./backend";
import { Daemon } from "./daemons";

/** Paths of the programs. */
export interface ControllerPrograms {
  readonly "kube-controller-manager": string;
  readonly "kube-scheduler": string;
}

/**
 * Only what objects need to come to life and to go. No node lifecycle: it would taint and evict whenever kwok is late,
 * and the playbook double says which nodes are ready.
 */
const CONTROLLERS = [
  "clusterrole-aggregation-controller",
  "cronjob-controller",
  "daemonset-controller",
  "deployment-controller",
  "disruption-controller",
  "endpoints-controller",
  "endpointslice-controller",
  "garbage-collector-controller",
  "job-controller",
  "namespace-controller",
  "persistentvolume-protection-controller",
  "persistentvolumeclaim-protection-controller",
  "pod-garbage-collector-controller",
  "replicaset-controller",
  "root-ca-certificate-publisher-controller",
  "serviceaccount-controller",
  "serviceaccount-token-controller",
  "statefulset-controller",
  "ttl-after-finished-controller",
];

/** In the order of their start. */
export const CONTROLLER_NAMES = ["kube-controller-manager", "kube-scheduler"] as const;

/** @param kubeconfig file of an administrator's */
export async function startControllers(
  { directory, pki }: Site,
  programs: ControllerPrograms,
  kubeconfig: string,
): Promise<void> {
  const common = {
    kubeconfig,
    // One each per cluster; leases would only delay a restart.
    "leader-elect": "false",
    // Nobody asks them anything, and a port of theirs would be one that another cluster's has.
    "secure-port": "0",
    "kube-api-qps": "200",
    "kube-api-burst": "400",
  };
  const own = {
    "kube-controller-manager": {
      controllers: CONTROLLERS.join(","),
      "root-ca-file": pki.path("ca.crt"),
      "service-account-private-key-file": pki.path("sa.key"),
    },
    "kube-scheduler": {},
  };
  for (const name of CONTROLLER_NAMES) {
    const flags = Object.entries({ ...common, ...own[name] });
    const args = flags.map(([flag, value]) => `--${flag}=${value}`);
    await new Daemon(directory, name).start({ command: programs[name], args, env: plainEnvironment() });
  }
}
