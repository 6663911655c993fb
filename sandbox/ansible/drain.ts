/** `kubectl cordon`, `drain` and `uncordon`. */
import { setTimeout as sleep } from "node:timers/promises";
import { type ApiClient, type ApiObject, KubernetesError } from "../kubernetes/apiClient";
import type { Run } from "./engine";
import { nodePath, podsOn } from "./nodes";

/** Label of pods that refuse to be evicted. The double looks at it itself, so that it works on every backend. */
const BLOCKED = { name: "sandbox/pdb", value: "blocked" };
const RETRIES = 3;
const RETRY_DELAY_S = 10;
/** The real waits are for pods that need minutes to end; here nothing does. */
const LONGEST_DELAY_MS = 300;
const GONE_LIMIT_MS = 20_000;
const POLL_MS = 50;

/** @returns whether it was schedulable before */
export async function cordon(run: Run, name: string): Promise<boolean> {
  const client = await run.api();
  const node = await client.find(nodePath(name));
  if (node === undefined || node.spec?.unschedulable === true) return false;
  await client.patch(nodePath(name), { spec: { unschedulable: true } });
  return true;
}

export async function uncordon(run: Run, name: string): Promise<void> {
  await (await run.api()).patch(nodePath(name), { spec: { unschedulable: null } });
}

/**
 * Evicts a node's pods, and again as often as `drain_retries` says.
 * @returns why it did not become empty; undefined when it did
 */
export async function drain(run: Run, name: string, task: string): Promise<string | undefined> {
  const retries = numberOf(run.vars.drain_retries, RETRIES);
  const pause = Math.min(
    LONGEST_DELAY_MS,
    1000 * numberOf(run.vars.drain_retry_delay_seconds, RETRY_DELAY_S),
  );
  for (let left = retries; ; left -= 1) {
    const problem = await evictAll(await run.api(), name);
    if (problem === undefined || left <= 0) return problem;
    run.output.retrying(name, task, left);
    await sleep(pause);
  }
}

async function evictAll(client: ApiClient, node: string): Promise<string | undefined> {
  const problems: string[] = [];
  const evicted: string[] = [];
  for (const pod of (await podsOn(client, node)).filter(mustGo)) {
    const { namespace, name } = pod.metadata;
    const problem = await evict(client, pod);
    if (problem === undefined) evicted.push(`/api/v1/namespaces/${namespace}/pods/${name}`);
    else problems.push(`error when evicting pods/"${name}" -n "${namespace}": ${problem}`);
  }
  const deadline = Date.now() + GONE_LIMIT_MS;
  for (const path of evicted) {
    while ((await client.find(path)) !== undefined) {
      if (Date.now() > deadline)
        return `global timeout reached: ${GONE_LIMIT_MS / 1000}s: ${path} is still there`;
      await sleep(POLL_MS);
    }
  }
  return problems.length === 0 ? undefined : problems.join("\n");
}

/** With `--ignore-daemonsets`; the pods of static manifests cannot be evicted either. */
function mustGo({ metadata, status }: ApiObject): boolean {
  if (metadata.annotations?.["kubernetes.io/config.mirror"] !== undefined) return false;
  if (metadata.ownerReferences?.some(({ kind }) => kind === "DaemonSet") === true) return false;
  return !["Succeeded", "Failed"].includes(status?.phase ?? "");
}

async function evict(client: ApiClient, { metadata }: ApiObject): Promise<string | undefined> {
  const { namespace, name, labels } = metadata;
  const refusal = "Cannot evict pod as it would violate the pod's disruption budget.";
  if (labels?.[BLOCKED.name] === BLOCKED.value) return refusal;
  const { status, body } = await client.send(
    "POST",
    `/api/v1/namespaces/${namespace}/pods/${name}/eviction`,
    {
      apiVersion: "policy/v1",
      kind: "Eviction",
      metadata: { name, namespace },
    },
  );
  if (status < 400 || status === 404) return undefined;
  if (status === 429) return body.message ?? refusal;
  throw new KubernetesError(status, body.message ?? `HTTP ${status}`);
}

function numberOf(value: unknown, otherwise: number): number {
  const number = Number(value ?? otherwise);
  return Number.isFinite(number) ? number : otherwise;
}
