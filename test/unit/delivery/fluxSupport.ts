/** A real API server with Flux's kinds, and hands that do what its controllers would. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Context } from "mocha";
import { stringify } from "yaml";
import { stopFlux } from "../../../sandbox/flux/engine/daemon";
import { ControlPlane, stopControlPlanes } from "../../../sandbox/kubernetes";
import type { ApiClient } from "../../../sandbox/kubernetes/apiClient";
import { skip } from "../../support/skip";
import { findBinaries } from "../sandbox/kubernetes-support";

export interface TestCluster {
  readonly kubeconfig: string;
  readonly client: ApiClient;
  end(): Promise<void>;
}

export async function startCluster(context: Context): Promise<TestCluster> {
  const found = findBinaries();
  if ("why" in found) skip(context, found.why);
  const directory = mkdtempSync(join(tmpdir(), "opencenter-flux-"));
  writeFileSync(join(directory, "binaries.json"), JSON.stringify(found.binaries));
  const controlPlane = ControlPlane.of(directory, "acme", "prod");
  await controlPlane.start({ names: [], endpoints: [] });
  // What Flux says is said by the tests.
  await stopFlux(controlPlane);
  const client = controlPlane.client();
  return {
    kubeconfig: controlPlane.adminKubeconfig(),
    client,
    end: async () => {
      client.close();
      await stopControlPlanes(directory);
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

const GROUPS = {
  GitRepository: ["source.toolkit.fluxcd.io", "v1", "gitrepositories"],
  Kustomization: ["kustomize.toolkit.fluxcd.io", "v1", "kustomizations"],
  HelmRelease: ["helm.toolkit.fluxcd.io", "v2", "helmreleases"],
  Gateway: ["gateway.networking.k8s.io", "v1", "gateways"],
  VolumeSnapshot: ["snapshot.storage.k8s.io", "v1", "volumesnapshots"],
  VolumeSnapshotContent: ["snapshot.storage.k8s.io", "v1", "volumesnapshotcontents"],
} as const;

export type Kind = keyof typeof GROUPS;

const CLUSTER_WIDE: readonly Kind[] = ["VolumeSnapshotContent"];

/** With a field that only exists under the name that the API has for it. */
export function crd(kind: Kind) {
  const [group, version, plural] = GROUPS[kind];
  const open = { type: "object", "x-kubernetes-preserve-unknown-fields": true };
  const approval =
    group.endsWith("k8s.io") && !group.includes("flux")
      ? { "api-approved.kubernetes.io": "unapproved, a test" }
      : {};
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `${plural}.${group}`, annotations: approval },
    spec: {
      group,
      names: { kind, plural, singular: kind.toLowerCase(), listKind: `${kind}List` },
      scope: CLUSTER_WIDE.includes(kind) ? "Cluster" : "Namespaced",
      versions: [
        {
          name: version,
          served: true,
          storage: true,
          subresources: { status: {} },
          schema: { openAPIV3Schema: open },
        },
      ],
    },
  };
}

/** Place of objects of a kind in the API. */
export function pathOf(kind: Kind, namespace: string, name = ""): string {
  const [group, version, plural] = GROUPS[kind];
  const place = CLUSTER_WIDE.includes(kind) ? "" : `/namespaces/${namespace}`;
  return `/apis/${group}/${version}${place}/${plural}${name && `/${name}`}`;
}

export function headOf(kind: Kind): { apiVersion: string; kind: Kind } {
  const [group, version] = GROUPS[kind];
  return { apiVersion: `${group}/${version}`, kind };
}

const deployment = {
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "kustomize-controller", namespace: "flux-system" },
  spec: {
    replicas: 1,
    selector: { matchLabels: { app: "kustomize-controller" } },
    template: {
      metadata: { labels: { app: "kustomize-controller" } },
      spec: { containers: [{ name: "manager", image: "example.org/kustomize-controller:1" }] },
    },
  },
};

const namespace = {
  apiVersion: "v1",
  kind: "Namespace",
  metadata: { name: "flux-system", labels: { "app.kubernetes.io/version": "v2.9.5" } },
};

/** What Flux is made of, in small: in an order in which it cannot be applied. */
export const INSTALL_YAML = [deployment, namespace, crd("GitRepository"), crd("Kustomization")]
  .map((object) => stringify(object))
  .join("---\n");

/** A status that says what Flux would say. */
export async function sayReady(
  client: ApiClient,
  kind: Kind,
  name: string,
  { ready = true, reason = "Succeeded", message = "", ...more }: Record<string, unknown> = {},
): Promise<void> {
  const path = pathOf(kind, "flux-system", name);
  const found = await client.find(path);
  const observedGeneration = found?.metadata["generation"];
  const condition = {
    type: "Ready",
    status: ready ? "True" : "False",
    reason,
    message,
    observedGeneration,
    lastTransitionTime: new Date().toISOString(),
  };
  await client.patch(`${path}/status`, { status: { observedGeneration, conditions: [condition], ...more } });
}

/** What the Deployment controller writes when the pods run. */
export async function sayAvailable(client: ApiClient): Promise<void> {
  const path = "/apis/apps/v1/namespaces/flux-system/deployments/kustomize-controller";
  const found = await client.find(path);
  const counts = { replicas: 1, updatedReplicas: 1, readyReplicas: 1, availableReplicas: 1 };
  const conditions = [{ type: "Available", status: "True" }];
  await client.patch(`${path}/status`, {
    status: { observedGeneration: found?.metadata["generation"], ...counts, conditions },
  });
}

export async function eventually(condition: () => Promise<boolean>, limitMs = 30_000): Promise<void> {
  for (const until = Date.now() + limitMs; !(await condition());) {
    if (Date.now() > until) throw new Error(`not within ${limitMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
