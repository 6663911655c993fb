/** A stack file without a problem that writes a bit of everything; bad ones are edits of it. */
export const good = `# A comment, so that the first line is not the first key.
config:
  pulumi:disable-default-providers: ["*"]
  opencenter:organization: acme
  opencenter:gitToken:
    secure: v1:AAAA:BBBB
  opencenter:backupAccessKey:
    secure: v1:AAAA:CCCC
  opencenter:cloudControllerCredentialId: 0123456789abcdef
  opencenter:cluster:
    name: prod
    environment: production
    domain: prod.acme.org
    tags: [team-a]
    openstack:
      cloud: acme-cloud
      region: one
      externalNetwork: public
      image: ubuntu-24.04
      availabilityZones: [az1, az2, az3]
    network:
      cidr: 10.20.0.0/22
      allocationPool:
        start: 10.20.0.10
        end: 10.20.3.250
      dnsServers: [9.9.9.9, 1.1.1.1]
      ntpServers: [time.acme.org]
      mtu: 1450
      hostRoutes:
        - destination: 192.168.50.0/24
          nextHop: 10.20.3.251
    access:
      sshAllowedCidrs: [198.51.100.0/24]
      apiAllowedCidrs: [198.51.100.0/24, 203.0.113.7/32]
      bastion:
        flavor: tiny
        image: ubuntu-24.04-minimal
      sshUser: debian
    controlPlane:
      count: 3
      flavor: medium
      rootVolume: {sizeGiB: 40, type: fast}
      metadata: {owner: ops}
      serverGroupPolicy: anti-affinity
    pools:
      general:
        count: 3
        flavor: large
        labels:
          workload: general
          acme.org/tier: gold
        tags: [general-pool]
        volumes:
          - name: data
            sizeGiB: 100
          - name: logs
            sizeGiB: 20
        nodePorts:
          - from: 30080
            allowedCidrs: [203.0.113.0/24]
          - from: 30443
            to: 30450
            allowedCidrs: [203.0.113.0/24]
      gpu:
        nodes: [1, 3]
        flavor: gpu
        availabilityZones: [az1]
        serverGroupPolicy: soft-anti-affinity
        taints:
          - key: acme.org/gpu
            value: "true"
            effect: NoSchedule
          - key: acme.org/gpu
            effect: NoExecute
        extraSecurityGroupIds: [3f0c5bb1-8c5d-4d0a-9c7e-1f6a0a8e9b21]
    apiEndpoint:
      type: octavia
      provider: amphora
      flavorId: 7d1c5a52-14f0-4a69-8d0b-2f1a5a0e6c33
      vip: 10.20.0.6
      port: 443
      hostname: api.prod.acme.org
      dns: designate
      manageZone: true
      monitor: {delaySeconds: 10, timeoutSeconds: 5}
    kubernetes:
      version: 1.35.4
      podCidr: 10.42.0.0/16
      serviceCidr: 10.43.0.0/16
      podPrefixPerNode: 24
      cni: calico
      encapsulation: vxlan
      clusterDomain: cluster.local
      oidc:
        issuerUrl: https://login.acme.org/realm
        clientId: kubernetes
      kubelet:
        maxPods: 100
        reserved: {cpuMillicores: 200, memoryMiB: 512}
      certificates: {autoRenew: true}
      registryMirrors:
        - prefix: docker.io
          hosts:
            - url: https://mirror.acme.org
              capabilities: [pull]
      proxy:
        https: http://proxy.acme.org:3128
        noProxy: [.acme.org]
      extraVars:
        kube_proxy_mode: ipvs
        retry_stagger: 60
    kubespray:
      ref: v2.31.0
      source: git
      url: https://git.acme.org/mirror/kubespray.git
      forks: 10
      timeout: 3h
      offline:
        files: https://files.acme.org/k8s
    gitops:
      repository:
        url: ssh://git@git.acme.org/platform/clusters.git
        branch: main
      auth: ssh
      base:
        url: https://git.acme.org/platform/base.git
        tag: v1.2.0
      interval: 10m
    services:
      loki: {enabled: true}
      harbor:
        enabled: true
        values:
          expose: {type: ingress}
    secrets:
      age:
        generations: [1, 2]
        active: 2
    backup:
      store: s3
      bucket: acme-prod
      endpoint: https://s3.acme.org
      region: one
      schedule: "30 2 * * 1-5"
      retention: 14d
`;

/** Text to find, which must be there exactly once, and what takes its place. */
export type Edit = readonly [find: string, replace: string];

export function edited(text: string, edits: readonly Edit[]): string {
  return edits.reduce((result, [find, replace]) => {
    const parts = result.split(find);
    if (parts.length !== 2) throw new Error(`${parts.length - 1} places to edit instead of 1: ${find}`);
    return parts.join(replace);
  }, text);
}

/**
 * What a text expects of its own lines: the comment `# ! code` says that the line has this problem, `# ~ code` that
 * it has this warning; several codes are separated by commas.
 */
export function marked(text: string): string[] {
  return text.split("\n").flatMap((line, index) => {
    const mark = /# ([!~]) (.+)$/.exec(line);
    const severity = mark?.[1] === "!" ? "error" : "warning";
    return (mark?.[2] ?? "")
      .split(", ")
      .filter(Boolean)
      .map((code) => `${index + 1} ${severity} ${code}`);
  });
}

/** A bad configuration: its title, then edits of {@link good} that mark the lines with the codes they expect. */
export type Case = readonly [title: string, ...edits: Edit[]];
