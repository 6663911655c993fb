/** The program: read the stack's configuration, build the cluster, say what came of it. */
import * as pulumi from "@pulumi/pulumi";
import { writeArtifacts } from "./components/artifacts";
import { Cluster } from "./components/cluster";
import { readStackConfig } from "./components/stackConfig";

const config = readStackConfig(__dirname);
const cluster = new Cluster(config.name, { config });
writeArtifacts(__dirname, config, cluster);

/** Where the Kubernetes API is: `url` for clients, `address` inside the subnet, `floatingIp` outside. */
export const endpoint = {
  url: cluster.endpoint.url,
  address: cluster.endpoint.address,
  floatingIp: cluster.endpoint.floatingIp,
};

/** The jump host and the host key to expect there; absent when `access.bastion.enabled` is false. */
export const bastion = cluster.bastion && {
  address: cluster.bastion.floatingIp,
  hostKey: cluster.bastion.hostKey,
};

/** Every Kubernetes node: name, role, pool, address, id, flavor, zone. */
export const nodes = cluster.nodes;

/** Ids of the network, its subnet and its router. */
export const network = {
  networkId: cluster.network.networkId,
  subnetId: cluster.network.subnetId,
  routerId: cluster.network.routerId,
};

/** Private key of the machines' default user, in OpenSSH format; secret. */
export const sshPrivateKey = pulumi.secret(cluster.sshKey.privateKey);

/** `day-1` until Flux has taken over what runs inside the cluster, then `day-2`. */
export const lifecycle = "day-1";
