/** Every URN of a cluster of everything that makes resources, without its beginning (stack and project). */
export const productionUrns = {
  "opencenter:cluster:Cluster": ["prod"],
  "opencenter:cluster:Cluster$opencenter:access:ApplicationCredential": ["prod-cloud-controller"],
  "opencenter:cluster:Cluster$opencenter:access:ApplicationCredential$openstack:identity/applicationCredential:ApplicationCredential":
    ["prod-cloud-controller"],
  "opencenter:cluster:Cluster$opencenter:access:Bastion": ["prod-bastion-access"],
  "opencenter:cluster:Cluster$opencenter:access:Bastion$opencenter:compute:Machine": ["prod-bastion"],
  "opencenter:cluster:Cluster$opencenter:access:Bastion$opencenter:compute:Machine$openstack:compute/instance:Instance":
    ["prod-bastion"],
  "opencenter:cluster:Cluster$opencenter:access:Bastion$opencenter:compute:Machine$openstack:networking/port:Port":
    ["prod-bastion-port"],
  "opencenter:cluster:Cluster$opencenter:access:Bastion$openstack:networking/floatingIp:FloatingIp": [
    "prod-bastion-access-floating-ip",
  ],
  "opencenter:cluster:Cluster$opencenter:access:Bastion$tls:index/privateKey:PrivateKey": [
    "prod-bastion-access-host-key",
  ],
  "opencenter:cluster:Cluster$opencenter:access:SshKey": ["prod-ssh"],
  "opencenter:cluster:Cluster$opencenter:access:SshKey$openstack:compute/keypair:Keypair": [
    "prod-ssh-g1-keypair",
  ],
  "opencenter:cluster:Cluster$opencenter:access:SshKey$tls:index/privateKey:PrivateKey": ["prod-ssh-g1"],
  "opencenter:cluster:Cluster$opencenter:backup:Backup": ["prod-backup"],
  "opencenter:cluster:Cluster$opencenter:backup:Backup$openstack:objectstorage/container:Container": [
    "prod-backup",
  ],
  "opencenter:cluster:Cluster$opencenter:cloud:Cloud": ["prod-cloud"],
  "opencenter:cluster:Cluster$opencenter:cloud:Cloud$pulumi:providers:openstack": ["prod-cloud-openstack"],
  "opencenter:cluster:Cluster$opencenter:cloud:Cloud$pulumi:providers:tls": ["prod-cloud-tls"],
  "opencenter:cluster:Cluster$opencenter:compute:NodePool": ["prod-cp", "prod-general", "prod-storage"],
  "opencenter:cluster:Cluster$opencenter:compute:NodePool$opencenter:compute:Machine": [
    "prod-cp-1",
    "prod-cp-2",
    "prod-cp-3",
    "prod-general-1",
    "prod-general-3",
    "prod-storage-1",
    "prod-storage-2",
  ],
  "opencenter:cluster:Cluster$opencenter:compute:NodePool$opencenter:compute:Machine$openstack:blockstorage/volume:Volume":
    ["prod-storage-1-data", "prod-storage-2-data"],
  "opencenter:cluster:Cluster$opencenter:compute:NodePool$opencenter:compute:Machine$openstack:compute/instance:Instance":
    [
      "prod-cp-1",
      "prod-cp-2",
      "prod-cp-3",
      "prod-general-1",
      "prod-general-3",
      "prod-storage-1",
      "prod-storage-2",
    ],
  "opencenter:cluster:Cluster$opencenter:compute:NodePool$opencenter:compute:Machine$openstack:compute/volumeAttach:VolumeAttach":
    ["prod-storage-1-data-attach", "prod-storage-2-data-attach"],
  "opencenter:cluster:Cluster$opencenter:compute:NodePool$opencenter:compute:Machine$openstack:networking/port:Port":
    [
      "prod-cp-1-port",
      "prod-cp-2-port",
      "prod-cp-3-port",
      "prod-general-1-port",
      "prod-general-3-port",
      "prod-storage-1-port",
      "prod-storage-2-port",
    ],
  "opencenter:cluster:Cluster$opencenter:compute:NodePool$openstack:compute/serverGroup:ServerGroup": [
    "prod-cp-server-group",
    "prod-general-server-group",
    "prod-storage-server-group",
  ],
  "opencenter:cluster:Cluster$opencenter:gitops:Platform": ["prod-platform"],
  "opencenter:cluster:Cluster$opencenter:gitops:Platform$opencenter:access:ApplicationCredential": [
    "prod-platform-cinder-csi",
    "prod-platform-velero",
  ],
  "opencenter:cluster:Cluster$opencenter:gitops:Platform$opencenter:access:ApplicationCredential$openstack:identity/applicationCredential:ApplicationCredential":
    ["prod-platform-cinder-csi", "prod-platform-velero"],
  "opencenter:cluster:Cluster$opencenter:gitops:Platform$opencenter:gitops:Flux": ["prod-platform-flux"],
  "opencenter:cluster:Cluster$opencenter:gitops:Platform$opencenter:gitops:Flux$command:local:Command": [
    "prod-platform-flux-bootstrap",
  ],
  "opencenter:cluster:Cluster$opencenter:gitops:Platform$opencenter:gitops:Flux$kubernetes:core/v1:ConfigMap":
    ["prod-platform-flux-cluster-info"],
  "opencenter:cluster:Cluster$opencenter:gitops:Platform$opencenter:gitops:Flux$kubernetes:core/v1:Namespace":
    ["prod-platform-flux-namespace"],
  "opencenter:cluster:Cluster$opencenter:gitops:Platform$opencenter:gitops:Flux$kubernetes:core/v1:Secret": [
    "prod-platform-flux-git",
    "prod-platform-flux-sops-age",
  ],
  "opencenter:cluster:Cluster$opencenter:gitops:Platform$opencenter:gitops:Flux$pulumi:providers:kubernetes":
    ["prod-platform-flux-api"],
  "opencenter:cluster:Cluster$opencenter:gitops:Platform$opencenter:gitops:GitOpsRepository": [
    "prod-platform-repository",
  ],
  "opencenter:cluster:Cluster$opencenter:gitops:Platform$opencenter:gitops:GitOpsRepository$command:local:Command":
    ["prod-platform-repository-publish", "prod-platform-repository-seed"],
  "opencenter:cluster:Cluster$opencenter:gitops:Platform$opencenter:gitops:GitOpsRepository$tls:index/privateKey:PrivateKey":
    ["prod-platform-repository-deploy-key"],
  "opencenter:cluster:Cluster$opencenter:gitops:Platform$opencenter:secrets:AgeKeys": ["prod-platform-age"],
  "opencenter:cluster:Cluster$opencenter:gitops:Platform$opencenter:secrets:AgeKeys$command:local:Command": [
    "prod-platform-age-1",
  ],
  "opencenter:cluster:Cluster$opencenter:kubernetes:Kubernetes": ["prod-kubernetes"],
  "opencenter:cluster:Cluster$opencenter:kubernetes:Kubernetes$command:local:Command": [
    "prod-kubernetes-converge",
    "prod-kubernetes-keys",
    "prod-kubernetes-kubeconfig",
    "prod-kubernetes-member-prod-cp-1",
    "prod-kubernetes-member-prod-cp-2",
    "prod-kubernetes-member-prod-cp-3",
    "prod-kubernetes-member-prod-general-1",
    "prod-kubernetes-member-prod-general-3",
    "prod-kubernetes-member-prod-storage-1",
    "prod-kubernetes-member-prod-storage-2",
  ],
  "opencenter:cluster:Cluster$opencenter:kubernetes:Teardown": ["prod-teardown"],
  "opencenter:cluster:Cluster$opencenter:kubernetes:Teardown$command:local:Command": ["prod-teardown"],
  "opencenter:cluster:Cluster$opencenter:network:ApiEndpoint": ["prod-api"],
  "opencenter:cluster:Cluster$opencenter:network:ApiEndpoint$opencenter:network:ApiLoadBalancer": [
    "prod-api",
  ],
  "opencenter:cluster:Cluster$opencenter:network:ApiEndpoint$opencenter:network:ApiLoadBalancer$openstack:loadbalancer/listener:Listener":
    ["prod-api-listener"],
  "opencenter:cluster:Cluster$opencenter:network:ApiEndpoint$opencenter:network:ApiLoadBalancer$openstack:loadbalancer/loadBalancer:LoadBalancer":
    ["prod-api"],
  "opencenter:cluster:Cluster$opencenter:network:ApiEndpoint$opencenter:network:ApiLoadBalancer$openstack:loadbalancer/member:Member":
    ["prod-api-member-prod-cp-1", "prod-api-member-prod-cp-2", "prod-api-member-prod-cp-3"],
  "opencenter:cluster:Cluster$opencenter:network:ApiEndpoint$opencenter:network:ApiLoadBalancer$openstack:loadbalancer/monitor:Monitor":
    ["prod-api-monitor"],
  "opencenter:cluster:Cluster$opencenter:network:ApiEndpoint$opencenter:network:ApiLoadBalancer$openstack:loadbalancer/pool:Pool":
    ["prod-api-pool"],
  "opencenter:cluster:Cluster$opencenter:network:ApiEndpoint$openstack:networking/floatingIp:FloatingIp": [
    "prod-api-floating-ip",
  ],
  "opencenter:cluster:Cluster$opencenter:network:Dns": ["prod-dns"],
  "opencenter:cluster:Cluster$opencenter:network:Dns$openstack:dns/recordSet:RecordSet": ["prod-dns-api"],
  "opencenter:cluster:Cluster$opencenter:network:Dns$openstack:dns/zone:Zone": ["prod-dns-zone"],
  "opencenter:cluster:Cluster$opencenter:network:Network": ["prod-network"],
  "opencenter:cluster:Cluster$opencenter:network:Network$openstack:networking/network:Network": [
    "prod-network",
  ],
  "opencenter:cluster:Cluster$opencenter:network:Network$openstack:networking/router:Router": [
    "prod-network-router",
  ],
  "opencenter:cluster:Cluster$opencenter:network:Network$openstack:networking/routerInterface:RouterInterface":
    ["prod-network-router-interface"],
  "opencenter:cluster:Cluster$opencenter:network:Network$openstack:networking/subnet:Subnet": [
    "prod-network-subnet",
  ],
  "opencenter:cluster:Cluster$opencenter:network:Network$openstack:networking/subnetRoute:SubnetRoute": [
    "prod-network-route-192-168-50-0-24",
  ],
  "opencenter:cluster:Cluster$opencenter:network:SecurityGroups": ["prod"],
  "opencenter:cluster:Cluster$opencenter:network:SecurityGroups$openstack:networking/secGroup:SecGroup": [
    "prod-bastion",
    "prod-control-plane",
    "prod-general-node-ports",
    "prod-worker",
  ],
  "opencenter:cluster:Cluster$opencenter:network:SecurityGroups$openstack:networking/secGroupRule:SecGroupRule":
    [
      "prod-bastion-egress-ipv4",
      "prod-bastion-ssh-from-198-51-100-0-24",
      "prod-control-plane-api-from-10-20-0-0-22",
      "prod-control-plane-api-from-control-plane",
      "prod-control-plane-api-from-worker",
      "prod-control-plane-egress-ipv4",
      "prod-control-plane-etcd-from-control-plane",
      "prod-control-plane-icmp-from-control-plane",
      "prod-control-plane-icmp-from-worker",
      "prod-control-plane-kubelet-from-control-plane",
      "prod-control-plane-kubelet-from-worker",
      "prod-control-plane-ssh-from-bastion",
      "prod-control-plane-typha-from-control-plane",
      "prod-control-plane-typha-from-worker",
      "prod-control-plane-vxlan-from-control-plane",
      "prod-control-plane-vxlan-from-worker",
      "prod-general-node-ports-egress-ipv4",
      "prod-general-node-ports-tcp-30080-30080-from-203-0-113-0-24",
      "prod-worker-egress-ipv4",
      "prod-worker-icmp-from-control-plane",
      "prod-worker-icmp-from-worker",
      "prod-worker-kubelet-from-control-plane",
      "prod-worker-kubelet-from-worker",
      "prod-worker-node-ports-tcp-from-10-20-0-0-22",
      "prod-worker-node-ports-udp-from-10-20-0-0-22",
      "prod-worker-ssh-from-bastion",
      "prod-worker-typha-from-control-plane",
      "prod-worker-typha-from-worker",
      "prod-worker-vxlan-from-control-plane",
      "prod-worker-vxlan-from-worker",
    ],
  "opencenter:cluster:Cluster$pulumi:providers:command": ["prod-commands"],
};
