/** What runs a node: kubelet, container runtime, etcd, certificates. */
import type { ClusterConfig } from "../../../config/resolve";
import type { Variables } from "./variables";

export function nodeVariables(config: ClusterConfig): Variables {
  const { certificates } = config.kubernetes;
  return {
    container_manager: "containerd",
    etcd_deployment_type: "host",
    auto_renew_certificates: certificates.autoRenew,
    // The program reads the kubeconfig itself: Kubespray's would be another new certificate in a file at every run.
    kubeconfig_localhost: false,
    kubectl_localhost: false,
    // Nodes answer each other's ping: the security groups let ICMP pass between them.
    ping_access_ip: true,
    // Secrets that the program keeps. Undefined is an error there; an empty key would be one that everybody knows.
    kubeadm_certificate_key: fromEnvironment("OPENCENTER_KUBEADM_CERTIFICATE_KEY"),
    ...kubelet(config),
  };
}

/** A value that Ansible takes from its own environment, so that it is in no file and in no argument. */
export function fromEnvironment(name: string): string {
  return `{{ lookup('env', '${name}') or undef(hint='${name} is not set') }}`;
}

function kubelet({ kubernetes: { kubelet: settings } }: ClusterConfig): Variables {
  const { maxPods, reserved } = settings;
  return {
    kubelet_max_pods: maxPods,
    // Taken off what pods may use. `kube_reserved` is a cgroup beside, laid out as cgroup v1 has it: left alone.
    kube_cpu_reserved: `${reserved.cpuMillicores}m`,
    kube_memory_reserved: `${reserved.memoryMiB}Mi`,
  };
}
