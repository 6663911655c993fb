/** Every URN of a cluster of the least that can be configured, without its beginning (stack and project). */
export const minimalUrns = {
  "opencenter:cluster:Cluster": ["test"],
  "opencenter:cluster:Cluster$opencenter:access:ApplicationCredential": ["test-cloud-controller"],
  "opencenter:cluster:Cluster$opencenter:access:ApplicationCredential$openstack:identity/applicationCredential:ApplicationCredential":
    ["test-cloud-controller"],
  "opencenter:cluster:Cluster$opencenter:access:SshKey": ["test-ssh"],
  "opencenter:cluster:Cluster$opencenter:access:SshKey$openstack:compute/keypair:Keypair": [
    "test-ssh-g1-keypair",
  ],
  "opencenter:cluster:Cluster$opencenter:access:SshKey$tls:index/privateKey:PrivateKey": ["test-ssh-g1"],
  "opencenter:cluster:Cluster$opencenter:cloud:Cloud": ["test-cloud"],
  "opencenter:cluster:Cluster$opencenter:cloud:Cloud$pulumi:providers:openstack": ["test-cloud-openstack"],
  "opencenter:cluster:Cluster$opencenter:cloud:Cloud$pulumi:providers:tls": ["test-cloud-tls"],
  "opencenter:cluster:Cluster$opencenter:compute:NodePool": ["test-cp", "test-general"],
  "opencenter:cluster:Cluster$opencenter:compute:NodePool$opencenter:compute:Machine": [
    "test-cp-1",
    "test-general-1",
  ],
  "opencenter:cluster:Cluster$opencenter:compute:NodePool$opencenter:compute:Machine$openstack:compute/instance:Instance":
    ["test-cp-1", "test-general-1"],
  "opencenter:cluster:Cluster$opencenter:compute:NodePool$opencenter:compute:Machine$openstack:networking/port:Port":
    ["test-cp-1-port", "test-general-1-port"],
  "opencenter:cluster:Cluster$opencenter:compute:NodePool$openstack:compute/serverGroup:ServerGroup": [
    "test-cp-server-group",
    "test-general-server-group",
  ],
  "opencenter:cluster:Cluster$opencenter:kubernetes:Kubernetes": ["test-kubernetes"],
  "opencenter:cluster:Cluster$opencenter:kubernetes:Kubernetes$command:local:Command": [
    "test-kubernetes-converge",
    "test-kubernetes-keys",
    "test-kubernetes-kubeconfig",
    "test-kubernetes-member-test-cp-1",
    "test-kubernetes-member-test-general-1",
  ],
  "opencenter:cluster:Cluster$opencenter:kubernetes:Teardown": ["test-teardown"],
  "opencenter:cluster:Cluster$opencenter:kubernetes:Teardown$command:local:Command": ["test-teardown"],
  "opencenter:cluster:Cluster$opencenter:network:ApiEndpoint": ["test-api"],
  "opencenter:cluster:Cluster$opencenter:network:ApiEndpoint$openstack:networking/floatingIp:FloatingIp": [
    "test-api-floating-ip",
  ],
  "opencenter:cluster:Cluster$opencenter:network:Network": ["test-network"],
  "opencenter:cluster:Cluster$opencenter:network:Network$openstack:networking/network:Network": [
    "test-network",
  ],
  "opencenter:cluster:Cluster$opencenter:network:Network$openstack:networking/router:Router": [
    "test-network-router",
  ],
  "opencenter:cluster:Cluster$opencenter:network:Network$openstack:networking/routerInterface:RouterInterface":
    ["test-network-router-interface"],
  "opencenter:cluster:Cluster$opencenter:network:Network$openstack:networking/subnet:Subnet": [
    "test-network-subnet",
  ],
  "opencenter:cluster:Cluster$opencenter:network:SecurityGroups": ["test"],
  "opencenter:cluster:Cluster$opencenter:network:SecurityGroups$openstack:networking/secGroup:SecGroup": [
    "test-control-plane",
    "test-worker",
  ],
  "opencenter:cluster:Cluster$opencenter:network:SecurityGroups$openstack:networking/secGroupRule:SecGroupRule":
    [
      "test-control-plane-api-from-198-51-100-0-24",
      "test-control-plane-api-from-control-plane",
      "test-control-plane-api-from-worker",
      "test-control-plane-egress-ipv4",
      "test-control-plane-etcd-from-control-plane",
      "test-control-plane-icmp-from-control-plane",
      "test-control-plane-icmp-from-worker",
      "test-control-plane-kubelet-from-control-plane",
      "test-control-plane-kubelet-from-worker",
      "test-control-plane-ssh-from-198-51-100-0-24",
      "test-control-plane-typha-from-control-plane",
      "test-control-plane-typha-from-worker",
      "test-control-plane-vxlan-from-control-plane",
      "test-control-plane-vxlan-from-worker",
      "test-worker-egress-ipv4",
      "test-worker-icmp-from-control-plane",
      "test-worker-icmp-from-worker",
      "test-worker-kubelet-from-control-plane",
      "test-worker-kubelet-from-worker",
      "test-worker-node-ports-tcp-from-10-20-0-0-22",
      "test-worker-node-ports-udp-from-10-20-0-0-22",
      "test-worker-ssh-from-198-51-100-0-24",
      "test-worker-typha-from-control-plane",
      "test-worker-typha-from-worker",
      "test-worker-vxlan-from-control-plane",
      "test-worker-vxlan-from-worker",
    ],
  "opencenter:cluster:Cluster$pulumi:providers:command": ["test-commands"],
};
