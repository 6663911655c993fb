/** The program: read the stack's configuration, build the cluster, say what came of it. */
import "./components/sdkTuning";
import * as pulumi from "@pulumi/pulumi";
import { writeArtifacts } from "./components/artifacts";
import { Cluster } from "./components/cluster";
import { announceChanges, announceDelivery, readPreviousRun } from "./components/previousRun";
import { readCloudController, readGivenSecrets, readStackConfig } from "./components/stackConfig";

/** Asynchronous, because what must not be done is refused before the first resource is touched. */
export = async () => {
  const config = readStackConfig(__dirname);
  const previous = await readPreviousRun();
  const playbooks = announceChanges(config, previous);
  const files = announceDelivery(config, previous);
  const cluster = new Cluster(config.name, {
    config,
    root: __dirname,
    previous,
    cloudController: readCloudController(),
    secrets: readGivenSecrets(config),
  });
  if (playbooks !== "") void pulumi.log.info(playbooks, cluster.kubernetes);
  if (files !== "") void pulumi.log.info(files, cluster.platform?.repository);
  writeArtifacts(__dirname, config, cluster);
  return outputsOf(cluster);
};

function outputsOf(cluster: Cluster) {
  const { bastion, endpoint, network, sshKey, kubernetes } = cluster;
  return {
    /** Where the Kubernetes API is: `url` for clients, `address` inside the subnet, `floatingIp` outside. */
    endpoint: { url: endpoint.url, address: endpoint.address, floatingIp: endpoint.floatingIp },

    /** The jump host and the host key to expect there; absent when `access.bastion.enabled` is false. */
    bastion: bastion && { address: bastion.floatingIp, hostKey: bastion.hostKey },

    /** Every Kubernetes node: name, role, pool, address, id, flavor, zone. */
    nodes: cluster.nodes,

    /** Ids of the network, its subnet and its router, and of the network that floating IPs come from. */
    network: {
      networkId: network.networkId,
      subnetId: network.subnetId,
      routerId: network.routerId,
      externalNetworkId: cluster.externalNetworkId,
    },

    /** Private key of the machines' default user, in OpenSSH format; secret. */
    sshPrivateKey: pulumi.secret(sshKey.privateKey),

    /** The administrator's kubeconfig; its server is the endpoint. Secret. */
    kubeconfig: kubernetes.kubeconfig,

    /** What the last run converged: versions, nodes, host keys. The next preview compares with it. */
    kubernetes: kubernetes.record,

    /** What was published last: branch, commit, pull request, digests of files; and the deploy key, if one was made. */
    gitops: cluster.platform?.record,

    /** Generation of the application credentials that the last run handed to the cluster, and proposed to Git. */
    cloudCredential: cluster.credentialGeneration,

    /** `day-1` until Flux has taken over what runs inside the cluster, then `day-2`. */
    lifecycle: cluster.platform?.lifecycle ?? "day-1",
  };
}
