/** Every URN of a cluster of defaults, without its beginning (stack and project). */
export const usualUrns = {
  "opencenter:cluster:Cluster": ["test"],
  "opencenter:cluster:Cluster$opencenter:access:ApplicationCredential": ["test-cloud-controller"],
  "opencenter:cluster:Cluster$opencenter:access:ApplicationCredential$openstack:identity/applicationCredential:ApplicationCredential":
    ["test-cloud-controller"],
  "opencenter:cluster:Cluster$opencenter:access:Bastion": ["test-bastion-access"],
  "opencenter:cluster:Cluster$opencenter:access:Bastion$opencenter:compute:Machine": ["test-bastion"],
  "opencenter:cluster:Cluster$opencenter:access:Bastion$opencenter:compute:Machine$openstack:compute/instance:Instance":
    ["test-bastion"],
  "opencenter:cluster:Cluster$opencenter:access:Bastion$opencenter:compute:Machine$openstack:networking/port:Port":
    ["test-bastion-port"],
  "opencenter:cluster:Cluster$opencenter:access:Bastion$openstack:networking/floatingIp:FloatingIp": [
    "test-bastion-access-floating-ip",
  ],
  "opencenter:cluster:Cluster$opencenter:access:Bastion$tls:index/privateKey:PrivateKey": [
    "test-bastion-access-host-key",
  ],
  "opencenter:cluster:Cluster$opencenter:access:SshKey": ["test-ssh"],
  "opencenter:cluster:Cluster$opencenter:access:SshKey$openstack:compute/keypair:Keypair": [
    "test-ssh-g1-keypair",
  ],
  "opencenter:cluster:Cluster$opencenter:access:SshKey$tls:index/privateKey:PrivateKey": ["test-ssh-g1"],
  "opencenter:cluster:Cluster$opencenter:backup:Backup": ["test-backup"],
  "opencenter:cluster:Cluster$opencenter:backup:Backup$openstack:objectstorage/container:Container": [
    "test-backup",
  ],
  "opencenter:cluster:Cluster$opencenter:cloud:Cloud": ["test-cloud"],
  "opencenter:cluster:Cluster$opencenter:cloud:Cloud$pulumi:providers:openstack": ["test-cloud-openstack"],
  "opencenter:cluster:Cluster$opencenter:cloud:Cloud$pulumi:providers:tls": ["test-cloud-tls"],
  "opencenter:cluster:Cluster$opencenter:compute:NodePool": ["test-cp", "test-general"],
  "opencenter:cluster:Cluster$opencenter:compute:NodePool$opencenter:compute:Machine": [
    "test-cp-1",
    "test-cp-2",
    "test-cp-3",
    "test-general-1",
    "test-general-2",
  ],
  "opencenter:cluster:Cluster$opencenter:compute:NodePool$opencenter:compute:Machine$openstack:compute/instance:Instance":
    ["test-cp-1", "test-cp-2", "test-cp-3", "test-general-1", "test-general-2"],
  "opencenter:cluster:Cluster$opencenter:compute:NodePool$opencenter:compute:Machine$openstack:networking/port:Port":
    ["test-cp-1-port", "test-cp-2-port", "test-cp-3-port", "test-general-1-port", "test-general-2-port"],
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
    "test-kubernetes-member-test-cp-2",
    "test-kubernetes-member-test-cp-3",
    "test-kubernetes-member-test-general-1",
    "test-kubernetes-member-test-general-2",
  ],
  "opencenter:cluster:Cluster$opencenter:kubernetes:Teardown": ["test-teardown"],
  "opencenter:cluster:Cluster$opencenter:kubernetes:Teardown$command:local:Command": ["test-teardown"],
  "opencenter:cluster:Cluster$opencenter:network:ApiEndpoint": ["test-api"],
  "opencenter:cluster:Cluster$opencenter:network:ApiEndpoint$opencenter:network:ApiLoadBalancer": [
    "test-api",
  ],
  "opencenter:cluster:Cluster$opencenter:network:ApiEndpoint$opencenter:network:ApiLoadBalancer$openstack:loadbalancer/listener:Listener":
    ["test-api-listener"],
  "opencenter:cluster:Cluster$opencenter:network:ApiEndpoint$opencenter:network:ApiLoadBalancer$openstack:loadbalancer/loadBalancer:LoadBalancer":
    ["test-api"],
  "opencenter:cluster:Cluster$opencenter:network:ApiEndpoint$opencenter:network:ApiLoadBalancer$openstack:loadbalancer/member:Member":
    ["test-api-member-test-cp-1", "test-api-member-test-cp-2", "test-api-member-test-cp-3"],
  "opencenter:cluster:Cluster$opencenter:network:ApiEndpoint$opencenter:network:ApiLoadBalancer$openstack:loadbalancer/monitor:Monitor":
    ["test-api-monitor"],
  "opencenter:cluster:Cluster$opencenter:network:ApiEndpoint$opencenter:network:ApiLoadBalancer$openstack:loadbalancer/pool:Pool":
    ["test-api-pool"],
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
    "test-bastion",
    "test-control-plane",
    "test-worker",
  ],
  "opencenter:cluster:Cluster$opencenter:network:SecurityGroups$openstack:networking/secGroupRule:SecGroupRule":
    [
      "test-bastion-egress-ipv4",
      "test-bastion-ssh-from-198-51-100-0-24",
      "test-control-plane-api-from-10-20-0-0-22",
      "test-control-plane-api-from-control-plane",
      "test-control-plane-api-from-worker",
      "test-control-plane-egress-ipv4",
      "test-control-plane-etcd-from-control-plane",
      "test-control-plane-icmp-from-control-plane",
      "test-control-plane-icmp-from-worker",
      "test-control-plane-kubelet-from-control-plane",
      "test-control-plane-kubelet-from-worker",
      "test-control-plane-ssh-from-bastion",
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
      "test-worker-ssh-from-bastion",
      "test-worker-typha-from-control-plane",
      "test-worker-typha-from-worker",
      "test-worker-vxlan-from-control-plane",
      "test-worker-vxlan-from-worker",
    ],
  "opencenter:cluster:Cluster$pulumi:providers:command": ["test-commands"],
};
