/** Played: the cloud controller and the CSI driver of a cluster. What they ask the cloud for is the cloud's own. */
import { setTimeout as sleep } from "node:timers/promises";
import type { V1PersistentVolume, V1Service } from "@kubernetes/client-node";
import type { DayTwoBed, Named } from "./dayTwoBed";
import type { KubernetesBed } from "./kubernetes";

const NAMESPACE = "default";
const BALANCER = "loadbalancer.openstack.org/load-balancer-id";
const DRIVER = "cinder.csi.openstack.org";

/** As long as it is there, Kubernetes keeps the object: they take it away when the cloud has done its part. */
const FINALIZERS = {
  service: "service.kubernetes.io/load-balancer-cleanup",
  volume: "external-provisioner.volume.kubernetes.io/finalizer",
};

const SECOND = 1_000;

export class CloudControllers {
  constructor(
    private readonly ops: DayTwoBed,
    private readonly kubernetes: KubernetesBed,
  ) {}

  /** A Service of type LoadBalancer, with its load balancer. */
  async serve(name: string): Promise<void> {
    const balancers = await this.service("load-balancer");
    const subnet = await this.ops.one("network", "/subnets", "subnets", this.ops.stack);
    const wanted = { name: `kube_service_${this.ops.stack}_${NAMESPACE}_${name}`, vip_subnet_id: subnet.id };
    const { loadbalancer } = await balancers.change<{ loadbalancer: Named }>("POST", "/lbaas/loadbalancers", {
      loadbalancer: wanted,
    });
    const metadata = { name, finalizers: [FINALIZERS.service], annotations: { [BALANCER]: loadbalancer.id } };
    const spec = { type: "LoadBalancer", ports: [{ port: 80 }] };
    await this.kubernetes.core().createNamespacedService({ namespace: NAMESPACE, body: { metadata, spec } });
  }

  /** A claim and its volume. @returns the volume's id in the cloud */
  async claim(name: string): Promise<string> {
    const core = this.kubernetes.core();
    const cinder = await this.service("volume");
    const { volume } = await cinder.change<{ volume: Named }>("POST", "/volumes", {
      volume: { name: `pvc-${name}`, size: 1 },
    });
    await this.available(`/volumes/${volume.id}`, "volume");
    const [accessModes, storage] = [["ReadWriteOnce"], { storage: "1Gi" }];
    await core.createPersistentVolume({
      body: {
        metadata: { name: `pvc-${name}`, finalizers: [FINALIZERS.volume] },
        spec: {
          ...{ accessModes, capacity: storage, persistentVolumeReclaimPolicy: "Delete" },
          claimRef: { apiVersion: "v1", kind: "PersistentVolumeClaim", namespace: NAMESPACE, name },
          csi: { driver: DRIVER, volumeHandle: volume.id },
        },
      },
    });
    await this.phase(`pvc-${name}`, "Bound");
    const resources = { requests: storage };
    await core.createNamespacedPersistentVolumeClaim({
      namespace: NAMESPACE,
      body: {
        metadata: { name },
        spec: { accessModes, resources, storageClassName: "", volumeName: `pvc-${name}` },
      },
    });
    return volume.id;
  }

  /** A snapshot of which Kubernetes knows nothing, like a backup's. @returns its id */
  async snapshot(volume: string): Promise<string> {
    const cinder = await this.service("volume");
    const body = { snapshot: { volume_id: volume, name: "of a backup" } };
    const { snapshot } = await cinder.change<{ snapshot: Named }>("POST", "/snapshots", body);
    await this.available(`/snapshots/${snapshot.id}`, "snapshot");
    return snapshot.id;
  }

  /** While something is done, the cloud gets back what Kubernetes lets go. */
  async during<T>(work: () => Promise<T>): Promise<T> {
    let over = false;
    const done = work().finally(() => (over = true));
    const [result] = await Promise.all([done, this.giveBack(() => over)]);
    return result;
  }

  /** Until there is nothing more, or nobody waits for it. */
  private async giveBack(isOver: () => boolean): Promise<void> {
    const core = this.kubernetes.core();
    while (!isOver()) {
      const services = (await core.listServiceForAllNamespaces()).items.filter(isBalanced);
      for (const service of services.filter(isGoing)) await this.endService(service);
      const volumes = (await core.listPersistentVolume()).items.filter(
        ({ spec }) => spec?.persistentVolumeReclaimPolicy === "Delete",
      );
      if (services.length + volumes.length === 0) return;
      const claimed = new Set(
        (await core.listPersistentVolumeClaimForAllNamespaces()).items.map(({ metadata }) => metadata?.name),
      );
      for (const volume of volumes) if (!claimed.has(volume.spec?.claimRef?.name)) await this.release(volume);
      await sleep(2 * SECOND);
    }
  }

  private async endService({ metadata }: V1Service): Promise<void> {
    const balancers = await this.service("load-balancer");
    const id = metadata?.annotations?.[BALANCER];
    await balancers.delete(`/lbaas/loadbalancers/${id}?cascade=true`);
    const all = () => balancers.list<Named>("/lbaas/loadbalancers", "loadbalancers");
    while ((await all()).some((one) => one.id === id)) await sleep(SECOND);
    const body = [{ op: "remove", path: "/metadata/finalizers" }];
    const name = metadata?.name ?? "";
    await this.kubernetes.core().patchNamespacedService({ name, namespace: NAMESPACE, body });
  }

  /** Of a volume whose claim is gone: it goes too, unless the cloud refuses: then the driver says so, and tries again. */
  private async release({ metadata, spec }: V1PersistentVolume): Promise<void> {
    const core = this.kubernetes.core();
    const name = metadata?.name ?? "";
    await this.phase(name, "Released");
    try {
      await (await this.service("volume")).delete(`/volumes/${spec?.csi?.volumeHandle}`);
    } catch (error) {
      return this.refused(name, error instanceof Error ? error.message : String(error));
    }
    await core.patchPersistentVolume({
      name,
      body: [{ op: "replace", path: "/metadata/finalizers", value: [] }],
    });
    if (metadata?.deletionTimestamp === undefined) await core.deletePersistentVolume({ name });
  }

  /** As the external provisioner reports it. */
  private async refused(name: string, why: string): Promise<void> {
    const body = {
      metadata: { generateName: `${name}.` },
      ...{ type: "Warning", reason: "VolumeFailedDelete" },
      message: `rpc error: code = Internal desc = DeleteVolume failed with error ${why}`,
      involvedObject: { apiVersion: "v1", kind: "PersistentVolume", name },
    };
    await this.kubernetes.core().createNamespacedEvent({ namespace: NAMESPACE, body });
  }

  private async phase(name: string, phase: "Bound" | "Released"): Promise<void> {
    const body = [{ op: "replace", path: "/status", value: { phase } }];
    await this.kubernetes.core().patchPersistentVolumeStatus({ name, body });
  }

  private async available(path: string, key: string): Promise<void> {
    const cinder = await this.service("volume");
    const status = async () => (await cinder.get<Record<string, Named>>(path))[key]?.["status"];
    while ((await status()) !== "available") await sleep(SECOND);
  }

  private async service(name: "load-balancer" | "volume") {
    return (await this.ops.cloud()).service(name);
  }
}

const isBalanced = ({ spec }: V1Service) => spec?.type === "LoadBalancer";
const isGoing = ({ metadata }: V1Service) => metadata?.deletionTimestamp !== undefined;
