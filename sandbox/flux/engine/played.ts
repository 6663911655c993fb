/**
 * Flux where its programs are not: sources are looked at, and what Flux would report is written. Nothing of the
 * repository is applied, and every message says so.
 */
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { promisify } from "node:util";
import { type ApiClient, type ApiObject, KubernetesError } from "../../kubernetes/apiClient";
import { plainEnvironment } from "../../kubernetes/backend";
import { DEPLOYMENTS } from "./supervisor";

export const PLAYED = "played by the sandbox, which has no Flux programs: nothing was applied";

const GIT_LIMIT_MS = 10_000;
const SOURCE = "/apis/source.toolkit.fluxcd.io/v1";
const KUSTOMIZE = "/apis/kustomize.toolkit.fluxcd.io/v1";
const REQUESTED = "reconcile.fluxcd.io/requestedAt";

type Client = Pick<ApiClient, "list" | "find" | "patch">;

interface GitSpec {
  readonly url: string;
  readonly interval: string;
  readonly ref?: { readonly branch?: string; readonly tag?: string };
  readonly secretRef?: { readonly name: string };
  readonly suspend?: boolean;
}

export class Player {
  /** When a source was looked at, by the question that it was asked. */
  private readonly looked = new Map<string, number>();

  constructor(private readonly client: Client) {}

  async look(): Promise<void> {
    const running = await this.playDeployments();
    if (!running) return;
    const sources = await this.listed(`${SOURCE}/gitrepositories`);
    for (const source of sources) await this.playSource(source);
    for (const stage of await this.listed(`${KUSTOMIZE}/kustomizations`)) await this.playStage(stage);
  }

  /** Nobody else says that they run: with a controller manager, Flux is not played. @returns whether there are any */
  private async playDeployments(): Promise<boolean> {
    const found = await this.client.list(DEPLOYMENTS);
    const wanted = found.filter(({ spec }) => Number(spec?.["replicas"] ?? 1) > 0);
    for (const deployment of wanted) await this.playDeployment(deployment);
    return wanted.length > 0;
  }

  private async playDeployment({ metadata, spec, status }: ApiObject): Promise<void> {
    const generation = Number(metadata["generation"] ?? 1);
    if (Number(status?.["observedGeneration"]) === generation && Number(status?.["availableReplicas"]) > 0)
      return;
    const replicas = Number(spec?.["replicas"] ?? 1);
    const numbers = { replicas, updatedReplicas: replicas, readyReplicas: replicas };
    const conditions = ["Available", "Progressing"].map((type) => condition(type, "Played", PLAYED));
    await this.client.patch(`${DEPLOYMENTS}/${metadata.name}/status`, {
      status: { observedGeneration: generation, ...numbers, availableReplicas: replicas, conditions },
    });
  }

  private async playSource(source: ApiObject): Promise<void> {
    const { metadata, status } = source;
    const spec = source.spec as unknown as GitSpec;
    const path = `${SOURCE}/namespaces/${metadata.namespace}/gitrepositories/${metadata.name}`;
    const question = [path, ...state(source)].join(" ");
    const pause = intervalMs(spec.interval);
    if (spec.suspend === true || Date.now() - (this.looked.get(question) ?? 0) < pause) return;
    this.looked.set(question, Date.now());
    const answer = await this.revision(source, spec);
    const before = (status?.["artifact"] as { revision?: string } | undefined)?.revision;
    const artifact = "revision" in answer ? { artifact: artefactOf(answer.revision, before) } : {};
    const ready =
      "revision" in answer
        ? condition("Ready", "Succeeded", `stored artifact for revision '${answer.revision}' (${PLAYED})`)
        : { ...condition("Ready", "GitOperationFailed", answer.problem), status: "False" };
    await this.client.patch(`${path}/status`, {
      status: { ...observed(source), ...artifact, conditions: [ready] },
    });
  }

  private async playStage(stage: ApiObject): Promise<void> {
    const { metadata, spec, status } = stage;
    const reference = spec?.["sourceRef"] as { kind: string; name: string; namespace?: string };
    if (spec?.["suspend"] === true || reference.kind !== "GitRepository") return;
    const source = await this.client.find(
      `${SOURCE}/namespaces/${reference.namespace ?? metadata.namespace}/gitrepositories/${reference.name}`,
    );
    const revision = (source?.status?.["artifact"] as { revision?: string } | undefined)?.revision;
    const [generation] = state(stage);
    const done =
      status?.["lastAppliedRevision"] === revision &&
      Number(status?.["observedGeneration"]) === generation &&
      status?.["lastHandledReconcileAt"] === metadata.annotations?.[REQUESTED];
    if (revision === undefined || done) return;
    const path = `${KUSTOMIZE}/namespaces/${metadata.namespace}/kustomizations/${metadata.name}/status`;
    const ready = condition("Ready", "ReconciliationSucceeded", `Applied revision: ${revision} (${PLAYED})`);
    await this.client.patch(path, {
      status: {
        ...observed(stage),
        lastAppliedRevision: revision,
        lastAttemptedRevision: revision,
        conditions: [ready],
      },
    });
  }

  /** What the branch is at, or Git's own words. */
  private async revision(
    { metadata }: ApiObject,
    { url, ref, secretRef }: GitSpec,
  ): Promise<{ revision: string } | { problem: string }> {
    const name = ref?.tag ?? ref?.branch ?? "master";
    const login = secretRef && (await this.login(metadata.namespace ?? "", secretRef.name));
    if (secretRef !== undefined && login === undefined)
      return { problem: `failed to get secret '${metadata.namespace}/${secretRef.name}'` };
    const args = ["ls-remote", "--exit-code", url, `refs/${ref?.tag ? "tags" : "heads"}/${name}`];
    try {
      const { stdout } = await promisify(execFile)("git", args, {
        env: gitEnvironment(login),
        timeout: GIT_LIMIT_MS,
      });
      return { revision: `${name}@sha1:${stdout.slice(0, 40)}` };
    } catch (error) {
      const { stderr, message } = error as { stderr?: string; message: string };
      const said = (stderr || message).trim().split("\n").at(-1);
      return { problem: `failed to checkout and determine revision: ${said} (${name} of ${url})` };
    }
  }

  private async login(namespace: string, name: string): Promise<string | undefined> {
    const secret = await this.client.find(`/api/v1/namespaces/${namespace}/secrets/${name}`);
    if (secret === undefined) return undefined;
    const decoded = (key: string) =>
      Buffer.from(String((secret["data"] as Record<string, string>)?.[key] ?? ""), "base64").toString();
    return `${decoded("username")}:${decoded("password")}`;
  }

  /** Nothing, before the CRDs are there. */
  private async listed(path: string): Promise<ApiObject[]> {
    try {
      return await this.client.list(path);
    } catch (error) {
      if (error instanceof KubernetesError && error.status === 404) return [];
      throw error;
    }
  }
}

/** By the environment: arguments are for everybody to read. */
function gitEnvironment(login: string | undefined): Record<string, string> {
  const plain = { ...plainEnvironment(), GIT_TERMINAL_PROMPT: "0", GIT_CONFIG_NOSYSTEM: "1" };
  if (login === undefined) return plain;
  return {
    ...plain,
    GIT_CONFIG_COUNT: "1",
    GIT_CONFIG_KEY_0: "http.extraHeader",
    GIT_CONFIG_VALUE_0: `Authorization: Basic ${Buffer.from(login).toString("base64")}`,
  };
}

function state({ metadata }: ApiObject): readonly [number, string] {
  return [Number(metadata["generation"] ?? 1), metadata.annotations?.[REQUESTED] ?? ""];
}

function observed(object: ApiObject) {
  const [observedGeneration, requested] = state(object);
  return { observedGeneration, ...(requested === "" ? {} : { lastHandledReconcileAt: requested }) };
}

function condition(type: string, reason: string, message: string) {
  return { type, status: "True", reason, message, lastTransitionTime: now() };
}

/** The time stays while the revision does: otherwise every look would be a change. */
function artefactOf(revision: string, before: string | undefined) {
  const digest = `sha256:${createHash("sha256").update(revision).digest("hex")}`;
  const base = { revision, digest, path: "played", url: "http://played.invalid/" };
  return before === revision ? base : { ...base, lastUpdateTime: now() };
}

function now(): string {
  return new Date().toISOString().replace(/\.\d+Z$/, "Z");
}

/** `1m30s` as milliseconds; no more than a minute, since nobody wants to wait for a play. */
function intervalMs(interval: string): number {
  const units = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 } as const;
  const parts = [...interval.matchAll(/([\d.]+)(ms|s|m|h)/g)];
  const total = parts.reduce((sum, [, n, unit]) => sum + Number(n) * units[unit as keyof typeof units], 0);
  return Math.min(total, units.m);
}
