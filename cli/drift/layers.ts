/** Looks at the three layers of a cluster, each on its own: one that cannot be seen hides nothing of the others. */
import { AppsV1Api, CoreV1Api, KubeConfig } from "@kubernetes/client-node";
import { observeNodes } from "../../kubespray/kubernetes/nodes";
import { planDrift } from "../../plan/drift";
import { parseRecord } from "../../plan/kubernetes/record";
import { RunFailure } from "../../runner/errors";
import { throughProxy } from "../../runner/kubernetes/client";
import type { ClusterObjects } from "../../runner/kubernetes/objects";
import { Unreachable, reasonOf } from "../../runner/kubernetes/objects";
import { CloudError } from "../cloud/errors";
import { UserError } from "../errors";
import type { Target } from "../operation";
import { apiHealth, healthFindings } from "./certificates";
import { blindFindings } from "./cloud/blindSpots";
import { countChecked, refreshFindings } from "./cloud/findings";
import { refreshed } from "./cloud/refreshed";
import { namedRoutes } from "./cloud/routes";
import { strangerFindings } from "./cloud/unmanaged";
import { gitHeads } from "../git/asFlux";
import { expiryFindings, sift } from "./ignores";
import { nodeFindings, type SeenNode } from "./nodes";
import { PLATFORM_KINDS, platformFindings } from "./platform";
import { LAYERS, type DriftReport, type Finding, type Layer, type LayerReport } from "./report";

export interface Look {
  /** @default all */
  readonly layers?: readonly Layer[];
  readonly now?: Date;
}

/** What one layer's look gave; the findings may be about another one. */
interface Seen {
  readonly checked: number;
  readonly findings: readonly Finding[];
}

/** Changes nothing: neither the cloud nor the state. */
export async function lookForDrift(target: Target, { layers = LAYERS, now = new Date() }: Look = {}) {
  const policy = planDrift(target.config, now.toISOString().slice(0, 10));
  const lookers: Readonly<Record<Layer, () => Promise<Seen>>> = {
    cloud: () => seeCloud(target),
    nodes: () => seeNodes(target, policy.certificateDays, now),
    platform: () => seePlatform(target),
  };
  const reports = await Promise.all(layers.map((layer) => looked(layer, lookers[layer])));
  const sorted = toTheirLayer(reports);
  const { layers: kept, ignored } = sift(withExpired(sorted, expiryFindings(policy)), policy);
  const report: DriftReport = {
    organization: target.config.organization,
    cluster: target.config.name,
    at: now.toISOString(),
    layers: kept,
    ignored,
  };
  return report;
}

async function looked(layer: Layer, look: () => Promise<Seen>): Promise<LayerReport> {
  try {
    return { layer, looked: true, ...(await look()) };
  } catch (error) {
    if (error instanceof UserError || error instanceof CloudError)
      return { layer, looked: false, reason: error.message, hint: error.hint };
    if (error instanceof RunFailure)
      return { layer, looked: false, reason: error.message, hint: error.hints[0] };
    throw error;
  }
}

/** Pulumi's look finds changed Secrets of the platform, too. */
function toTheirLayer(reports: readonly LayerReport[]): LayerReport[] {
  const all = reports.flatMap((report) => (report.looked ? report.findings : []));
  const present = new Set(reports.filter(({ looked }) => looked).map(({ layer }) => layer));
  return reports.map((report) => {
    if (!report.looked) return report;
    const own = all.filter(({ layer }) => layer === report.layer);
    // A layer that was not looked at cannot show them.
    const homeless = report.layer === "cloud" ? all.filter(({ layer }) => !present.has(layer)) : [];
    return { ...report, findings: [...own, ...homeless] };
  });
}

function withExpired(reports: readonly LayerReport[], expired: readonly Finding[]): LayerReport[] {
  const first = reports.findIndex(({ looked }) => looked);
  return reports.map((report, index) =>
    report.looked && index === first ? { ...report, findings: [...report.findings, ...expired] } : report,
  );
}

async function seeCloud(target: Target): Promise<Seen> {
  const [{ steps, unreadable }, state, cloud] = await Promise.all([
    refreshed(target),
    target.state(),
    target.cloud(),
  ]);
  if (state.resources.length === 0) throw new UserError(`stack ${target.stack} has no resources.`);
  const [unread, blind, strangers] = await Promise.all([
    namedRoutes(cloud, state, unreadable),
    blindFindings(cloud, state),
    strangerFindings(cloud, target.config, state),
  ]);
  return {
    checked: countChecked(steps),
    findings: [...refreshFindings(steps), ...unread, ...blind, ...strangers],
  };
}

async function seeNodes(target: Target, certificateDays: number, now: Date): Promise<Seen> {
  const record = parseRecord((await target.outputs())["kubernetes"]);
  const kubeconfig = await target.kubeconfig();
  if (record === undefined || kubeconfig === undefined)
    throw new UserError(`stack ${target.stack} has no running cluster.`, "Build it with pulumi up.");
  const api = await target.api();
  const seen = await asked(api, () => seenNodes(kubeconfig, api));
  const health = await asked(api, () => apiHealth(kubeconfig));
  return {
    checked: seen.length + health.certificates.length,
    findings: [...nodeFindings(record, seen), ...healthFindings(health, certificateDays, now)],
  };
}

/** Libraries fail in their own ways; an API that is not there is no fault of this program. */
async function asked<T>(api: ClusterObjects, question: () => Promise<T>): Promise<T> {
  try {
    return await question();
  } catch (error) {
    if (error instanceof RunFailure) throw error;
    throw new Unreachable(api.server, reasonOf(error));
  }
}

async function seenNodes(kubeconfig: string, api: ClusterObjects): Promise<SeenNode[]> {
  const config = new KubeConfig();
  config.loadFromString(kubeconfig);
  throughProxy(config);
  const apis = { core: config.makeApiClient(CoreV1Api), apps: config.makeApiClient(AppsV1Api) };
  const [nodes, raw] = await Promise.all([observeNodes(apis), api.list("v1", "Node")]);
  const statuses = new Map(raw.map(({ metadata, status }) => [metadata?.name, status]));
  return nodes.map((node) => ({ ...node, ...moreOf(statuses.get(node.name)) }));
}

interface NodeStatus {
  readonly nodeInfo?: { readonly containerRuntimeVersion?: string };
  readonly conditions?: readonly {
    readonly type: string;
    readonly reason?: string;
    readonly message?: string;
  }[];
}

function moreOf(status: NodeStatus = {}): Pick<SeenNode, "runtime" | "notReady"> {
  const ready = status.conditions?.find(({ type }) => type === "Ready");
  const said = [ready?.reason, ready?.message].filter((part) => part).join(": ");
  return {
    runtime: status.nodeInfo?.containerRuntimeVersion ?? "",
    ...(said === "" ? {} : { notReady: said }),
  };
}

async function seePlatform(target: Target): Promise<Seen> {
  const { gitops } = target.config;
  if (gitops === undefined) return { checked: 0, findings: [] };
  const api = await target.api();
  const objects = await platformObjects(api);
  const head = (await gitHeads(target, api)).get(gitops.repository.branch);
  const git = head === undefined ? undefined : { branch: gitops.repository.branch, commit: head };
  return { checked: objects.length, findings: platformFindings(objects, git) };
}

export async function platformObjects(api: ClusterObjects) {
  const lists = await Promise.all(PLATFORM_KINDS.map(([version, kind]) => api.list(version, kind)));
  return lists.flat();
}
