/** What a report must name when a cluster was changed by hand, by whatever hand. */

export function changedInEverything(stack: string): string[] {
  return [
    `Network ${stack}-network`,
    `Subnet ${stack}-network-subnet`,
    `Router ${stack}-network-router`,
    `SecGroup ${stack}-worker`,
    `Port ${stack}-general-2-port`,
    `LoadBalancer ${stack}-api`,
    `Listener ${stack}-api-listener`,
    `Pool ${stack}-api-pool`,
    `Monitor ${stack}-api-monitor`,
    `Member ${stack}-api-member-${stack}-cp-1`,
    `Instance ${stack}-general-1`,
    `Volume ${stack}-general-1-data`,
    `RecordSet ${stack}-dns-api`,
    `FloatingIp ${stack}-api-floating-ip`,
  ];
}

export function deletedOfSome(stack: string): string[] {
  return [
    `ApplicationCredential ${stack}-cloud-controller`,
    `Monitor ${stack}-api-monitor`,
    `RecordSet ${stack}-dns-api`,
  ];
}

/** @param members nodes that the API's load balancer led to */
export function lostWithMachine(stack: string, members: readonly string[]): string[] {
  return [
    `FloatingIp ${stack}-api-floating-ip`,
    `Instance ${stack}-general-2`,
    `Keypair ${stack}-ssh-g1-keypair`,
    `Listener ${stack}-api-listener`,
    `LoadBalancer ${stack}-api`,
    ...members.map((name) => `Member ${stack}-api-member-${name}`).sort(),
    `Monitor ${stack}-api-monitor`,
    `Pool ${stack}-api-pool`,
    `ServerGroup ${stack}-general-server-group`,
    `Volume ${stack}-general-2-data`,
    `VolumeAttach ${stack}-general-2-data-attach`,
  ];
}
