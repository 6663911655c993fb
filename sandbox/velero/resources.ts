/** Everything in namespaces that an API server keeps and lets others make, by discovery as Velero finds it. */
import type { ApiClient, ApiObject } from "../kubernetes/apiClient";

export interface ResourceKind {
  /** `plural.group`, or only the plural of the core's. */
  readonly resource: string;
  readonly apiVersion: string;
  readonly kind: string;
  readonly plural: string;
  /** `/api/v1` or `/apis/<group>/<version>`. */
  readonly root: string;
}

type Client = Pick<ApiClient, "send" | "list">;

interface Discovered {
  readonly name: string;
  readonly kind: string;
  readonly namespaced: boolean;
  readonly verbs: readonly string[];
}

/** Velero's own objects, and what only exists for a moment. */
const LEFT_OUT = /(^events(\.|$)|\.velero\.io$|^(endpoints|endpointslices\.discovery\.k8s\.io)$|^leases\.)/;

export async function resourceKinds(client: Client): Promise<ResourceKind[]> {
  const { body } = await client.send("GET", "/apis");
  const groups = (body["groups"] ?? []) as { preferredVersion: { groupVersion: string } }[];
  const versions = ["v1", ...groups.map(({ preferredVersion }) => preferredVersion.groupVersion)];
  const found: ResourceKind[] = [];
  for (const apiVersion of versions) {
    const root = apiVersion === "v1" ? "/api/v1" : `/apis/${apiVersion}`;
    const { body: list } = await client.send("GET", root);
    const group = apiVersion.includes("/") ? `.${apiVersion.split("/")[0]}` : "";
    for (const { name, kind, namespaced, verbs } of (list["resources"] ?? []) as Discovered[]) {
      const resource = `${name}${group}`;
      const usable = namespaced && !name.includes("/") && verbs.includes("list") && verbs.includes("create");
      if (usable && !LEFT_OUT.test(resource)) found.push({ resource, apiVersion, kind, plural: name, root });
    }
  }
  return found;
}

/** Of every namespace; items of a list say neither version nor kind. */
export async function objectsOf(
  client: Client,
  { root, plural, apiVersion, kind }: ResourceKind,
): Promise<ApiObject[]> {
  const items = await client.list(`${root}/${plural}`);
  return items.map((item) => ({ ...item, apiVersion, kind }));
}
