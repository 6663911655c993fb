import { strict as assert } from "node:assert";
import { teardown, type TeardownRun } from "../../../delivery/flux/teardown";
import type { RunFailure } from "../../../runner/errors";
import type { ApiClient, ApiObject } from "../../../sandbox/kubernetes/apiClient";
import { said } from "../../support/said";
import { crd, headOf, type Kind, pathOf, startCluster, type TestCluster } from "./fluxSupport";

const SERVICES = "/api/v1/namespaces/default/services";
const CLAIMS = "/api/v1/namespaces/default/persistentvolumeclaims";
const PODS = "/api/v1/namespaces/default/pods";
const VOLUMES = "/api/v1/persistentvolumes";
const SETS = "/apis/apps/v1/namespaces/default/statefulsets";
const LOAD_BALANCER_FINALIZER = "service.kubernetes.io/load-balancer-cleanup";

const KINDS: readonly Kind[] = [
  "Kustomization",
  "HelmRelease",
  "Gateway",
  "VolumeSnapshot",
  "VolumeSnapshotContent",
];

describe("what is taken back before a cluster goes", function () {
  this.timeout(90_000);
  this.slow(20_000);
  let cluster: TestCluster;
  let client: ApiClient;
  /** What it says in a cluster without any of the kinds. */
  let bare: string;

  before(async function () {
    cluster = await startCluster(this);
    client = cluster.client;
    for (const name of ["flux-system", "default"])
      await client.send("POST", "/api/v1/namespaces", { metadata: { name } });
    bare = await said(run);
    for (const kind of KINDS)
      await client.create("/apis/apiextensions.k8s.io/v1/customresourcedefinitions", crd(kind));
    for (const kind of KINDS) while (!(await served(kind))) await pause(100);
  });
  after(() => cluster?.end());

  const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
  const served = async (kind: Kind) => (await client.send("GET", pathOf(kind, "default"))).status === 200;
  const run = (settings: Partial<TeardownRun> = {}) =>
    teardown({ kubeconfig: cluster.kubeconfig, timeoutSeconds: 30, skipUnreachable: false, ...settings });

  /** A service that the cloud has given a load balancer, as the cloud controller marks it. */
  const loadBalancer = (name: string) =>
    client.create(SERVICES, {
      metadata: { name, finalizers: [LOAD_BALANCER_FINALIZER] },
      spec: { type: "LoadBalancer", ports: [{ port: 80 }] },
    });

  /** The API server has one of its own. */
  const services = async () =>
    (await client.list(SERVICES))
      .map(({ metadata }) => metadata.name)
      .filter((name) => name !== "kubernetes");

  const claim = async (name: string, policy: "Delete" | "Retain") => {
    const resources = { requests: { storage: "1Gi" } };
    const volumeName = `pv-${name}`;
    const common = { accessModes: ["ReadWriteOnce"], storageClassName: "" };
    await client.create(VOLUMES, {
      metadata: { name: volumeName },
      spec: {
        ...common,
        capacity: { storage: "1Gi" },
        persistentVolumeReclaimPolicy: policy,
        claimRef: { namespace: "default", name },
        csi: { driver: "cinder.csi.openstack.org", volumeHandle: `cinder-${name}` },
      },
    });
    await client.create(CLAIMS, { metadata: { name }, spec: { ...common, resources, volumeName } });
  };

  const pod = (name: string, claimName: string, owner?: object) =>
    client.create(PODS, {
      metadata: { name, ...(owner === undefined ? {} : { ownerReferences: [owner] }) },
      spec: {
        terminationGracePeriodSeconds: 0,
        containers: [{ name: "main", image: "x" }],
        volumes: [{ name: "data", persistentVolumeClaim: { claimName } }],
      },
    });

  const deleting = ({ metadata }: ApiObject) => metadata.deletionTimestamp !== undefined;
  const release = (path: string, { metadata }: ApiObject) =>
    client.patch(`${path}/${metadata.name}`, { metadata: { finalizers: null } });

  /** The cloud controller, the CSI driver and the protection of volumes, in small. */
  const playCloud = (until: Promise<unknown>, { cloudController = true } = {}) => {
    let over = false;
    void until.catch(() => undefined).finally(() => (over = true));
    const work = async () => {
      while (!over) {
        if (cloudController)
          for (const service of (await client.list(SERVICES)).filter(deleting))
            await release(SERVICES, service);
        const used = new Set((await client.list(PODS)).map(({ spec }) => JSON.stringify(spec?.["volumes"])));
        for (const object of (await client.list(CLAIMS)).filter(deleting))
          if (![...used].some((volumes) => volumes?.includes(`"claimName":"${object.metadata.name}"`))) {
            await release(CLAIMS, object);
            const volume = await client.find(`${VOLUMES}/pv-${object.metadata.name}`);
            if (volume?.spec?.["persistentVolumeReclaimPolicy"] === "Delete")
              await client.send("DELETE", `${VOLUMES}/${volume.metadata.name}`);
          }
        for (const object of (await client.list(VOLUMES)).filter(deleting)) await release(VOLUMES, object);
        await pause(200);
      }
    };
    return work();
  };

  const withCloud = async (work: Promise<unknown>, options?: { cloudController?: boolean }) => {
    await Promise.all([work, playCloud(work, options)]);
  };

  it("asks for neither Flux, Gateways nor snapshots where there are none", () => {
    assert.match(bare, /has taken back the cluster's load balancers and volumes/);
  });

  it("suspends Flux, the root first, and leaves what is suspended", async () => {
    for (const [kind, name] of [
      ["Kustomization", "apps"],
      ["Kustomization", "flux-system"],
      ["HelmRelease", "loki"],
    ] as const)
      await client.create(pathOf(kind, "flux-system"), {
        ...headOf(kind),
        metadata: { name },
        spec: { interval: "1m" },
      });
    assert.match(await said(run), /suspended Flux: 3 Kustomizations and HelmReleases/);
    const suspended = await client.list(pathOf("Kustomization", "flux-system"));
    assert.ok(suspended.every(({ spec }) => spec?.["suspend"] === true && spec["interval"] === "1m"));
    const stamp = (name: string) => {
      const fields = suspended.find(({ metadata }) => metadata.name === name)?.metadata["resourceVersion"];
      return Number(fields);
    };
    assert.ok(stamp("flux-system") < stamp("apps"), "the root has to be first");
    assert.doesNotMatch(await said(run), /suspended/);
  });

  it("waits until the cloud has taken back load balancers and volumes", async () => {
    await client.create("/api/v1/nodes", { metadata: { name: "n1" } });
    await client.create(pathOf("Gateway", "default"), { ...headOf("Gateway"), metadata: { name: "front" } });
    await loadBalancer("front");
    await claim("data", "Delete");
    await claim("photos", "Retain");
    const labels = { app: "db" };
    const set = await client.create(SETS, {
      metadata: { name: "db" },
      spec: {
        replicas: 2,
        serviceName: "db",
        selector: { matchLabels: labels },
        template: { metadata: { labels }, spec: { containers: [{ name: "main", image: "x" }] } },
      },
    });
    const uid = set.metadata["uid"];
    await pod("db-0", "data", { apiVersion: "apps/v1", kind: "StatefulSet", name: "db", uid });
    await pod("gallery", "photos");
    const lines = await said(() => withCloud(run()));
    assert.match(lines, /cordoned 1 nodes/);
    assert.match(lines, /waiting for the cloud to take back \d+: Gateway default\/front/);
    assert.match(lines, /volume cinder-photos of default\/photos stays in the cloud/);
    assert.deepEqual(await services(), []);
    const left = (await client.list(CLAIMS)).map(({ metadata }) => metadata.name);
    assert.deepEqual(left, ["photos"], "what is to be retained is not even asked for");
    assert.equal((await client.find(`${SETS}/db`))?.spec?.["replicas"], 0);
    const pods = (await client.list(PODS)).map(({ metadata }) => metadata.name);
    assert.deepEqual(pods, ["gallery"]);
    assert.deepEqual(await client.list(pathOf("Gateway", "default")), []);
    assert.equal((await client.find("/api/v1/nodes/n1"))?.spec?.unschedulable, true);
  });

  it("deletes snapshots that go with their cluster, and keeps those that are to stay", async () => {
    for (const [name, deletionPolicy] of [
      ["nightly", "Delete"],
      ["archive", "Retain"],
    ] as const) {
      await client.create(pathOf("VolumeSnapshot", "default"), {
        ...headOf("VolumeSnapshot"),
        metadata: { name },
      });
      await client.create(pathOf("VolumeSnapshotContent", ""), {
        ...headOf("VolumeSnapshotContent"),
        metadata: { name },
        spec: { deletionPolicy, volumeSnapshotRef: { namespace: "default", name } },
      });
    }
    await said(run);
    const left = await client.list(pathOf("VolumeSnapshot", "default"));
    assert.deepEqual(
      left.map(({ metadata }) => metadata.name),
      ["archive"],
    );
  });

  it("lets volumes stay that have snapshots which stay, with all that uses them, and takes back the others", async () => {
    for (const name of ["shop", "blog", "wiki", "cache"]) await claim(name, "Delete");
    await pod("shop-0", "shop");
    const content = async (name: string, deletionPolicy: string, snapshotHandle: string) => {
      const path = pathOf("VolumeSnapshotContent", "");
      const source = { volumeHandle: `cinder-${name}` };
      const spec = {
        deletionPolicy,
        source,
        volumeSnapshotRef: { namespace: "default", name: `of-${name}` },
      };
      await client.create(path, {
        ...headOf("VolumeSnapshotContent"),
        metadata: { name: `of-${name}` },
        spec,
      });
      await client.patch(`${path}/of-${name}/status`, { status: { snapshotHandle } });
    };
    await content("shop", "Retain", "snap-1");
    await content("wiki", "Delete", "snap-4");
    // As Velero leaves them: known to nobody but the cloud. The one of the wiki goes with its VolumeSnapshot.
    const snapshots = new Map([
      ["cinder-shop", ["snap-1", "snap-2"]],
      ["cinder-blog", ["snap-3"]],
      ["cinder-wiki", ["snap-4"]],
    ]);
    let kept: Awaited<ReturnType<typeof teardown>> = [];
    const lines = await said(() => withCloud(run({ snapshots }).then((found) => (kept = found))));
    const held = kept.filter(({ claim: of }) => !of.endsWith("/photos"));
    assert.deepEqual(held.map((one) => `${one.claim} ${one.volume} ${one.snapshots?.join()}`).sort(), [
      "default/blog cinder-blog snap-3",
      "default/shop cinder-shop snap-1,snap-2",
    ]);
    assert.match(
      lines,
      /cinder-shop of default\/shop stays.*snapshot delete snap-1 snap-2, and then.*delete cinder-shop/,
    );
    const claims = (await client.list(CLAIMS)).map(({ metadata }) => metadata.name).sort();
    assert.deepEqual(claims, ["blog", "photos", "shop"]);
    assert.ok((await client.find(`${PODS}/shop-0`)) !== undefined, "what uses a volume that stays goes on");
    const again = await said(run);
    assert.match(
      again,
      /cinder-blog of default\/blog stays.*snapshots snap-3/,
      "also when nobody asks the cloud",
    );
  });

  it("stops at its limit and says what holds what is left", async () => {
    await loadBalancer("stuck");
    const limited = said(() => run({ timeoutSeconds: 3 }));
    const refused = assert.rejects(limited, (error: RunFailure) => {
      assert.match(error.message, /did not take back everything in time \(teardown\.timeout\)/);
      assert.match(error.message, /Service default\/stuck \(being deleted, held by service\.kubernetes\.io/);
      assert.match(error.hints.join(" "), /Nothing was destroyed.*goes on from here/s);
      return true;
    });
    await withCloud(refused, { cloudController: false });
    await said(() => withCloud(run()));
    assert.deepEqual(await services(), []);
  });

  it("takes back what somebody makes again meanwhile", async () => {
    await loadBalancer("first");
    const again = async () => {
      while ((await client.find(`${SERVICES}/first`)) !== undefined) await pause(50);
      await loadBalancer("second");
    };
    const recreated = again();
    // Held by a second one until the first is gone, so that the work is not over in between.
    await loadBalancer("holder");
    let released = false;
    const work = said(run);
    const cloud = async () => {
      let over = false;
      void work.finally(() => (over = true));
      void recreated.then(() => (released = true));
      while (!over) {
        for (const service of (await client.list(SERVICES)).filter(deleting))
          if (service.metadata.name !== "holder" || released) await release(SERVICES, service);
        await pause(100);
      }
    };
    await Promise.all([work, cloud(), recreated]);
    assert.deepEqual(await services(), []);
  });
});

describe("the teardown of what does not answer", function () {
  this.timeout(30_000);
  const kubeconfig = `
apiVersion: v1
kind: Config
clusters: [{ name: c, cluster: { server: "https://127.0.0.1:1" } }]
users: [{ name: u, user: { token: PLANTED-token } }]
contexts: [{ name: x, context: { cluster: c, user: u } }]
current-context: x
`;

  it("stops the destruction and says what would stay behind, and how to go on", async () => {
    await assert.rejects(
      said(() => teardown({ kubeconfig, timeoutSeconds: 1, skipUnreachable: false })),
      (error: RunFailure) => {
        assert.match(error.message, /API at https:\/\/127\.0\.0\.1:1 does not answer: .*ECONNREFUSED/);
        assert.match(error.message, /Nothing was destroyed/);
        const hints = error.hints.join("\n");
        assert.match(hints, /teardown\.skipUnreachable: true/);
        assert.ok(!`${error.message}${hints}`.includes("PLANTED"));
        return true;
      },
    );
  });

  it("goes on when that is wanted, and says what stays", async () => {
    const lines = await said(() => teardown({ kubeconfig, timeoutSeconds: 1, skipUnreachable: true }));
    assert.match(lines, /load balancers and volumes stay in the cloud/);
  });

  it("has nothing to do where there never was a cluster", async () => {
    const lines = await said(() => teardown({ timeoutSeconds: 1, skipUnreachable: false }));
    assert.match(lines, /never was a cluster/);
  });
});
