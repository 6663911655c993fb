/** The platform side of a testbed: the organisation's repository and what Flux made of it. */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parse, stringify } from "yaml";
import { standingOf } from "../../../delivery/flux/conditions";
import { KUSTOMIZATIONS, ROOT_KUSTOMIZATION, ROOT_REPOSITORY } from "../../../delivery/flux/names";
import { type AnyObject, ClusterObjects, type ObjectRef } from "../../../runner/kubernetes/objects";
import { repositoriesFolder, tokenFile } from "../../../sandbox/flux/sources/layout";
import type { KubernetesBed } from "./kubernetes";
import type { Testbed } from "./testbed";

const LIMIT_MS = 240_000;

export class GitOpsBed {
  constructor(
    private readonly bed: Testbed,
    private readonly kubernetes: KubernetesBed,
  ) {}

  get repository(): string {
    return join(repositoriesFolder(this.bed.session.workspace.git), `${this.bed.organization}.git`);
  }

  get token(): string {
    return readFileSync(tokenFile(this.bed.session.workspace.git), "utf8").trim();
  }

  git(...args: string[]): string {
    const options = { encoding: "utf8", maxBuffer: 64 * 1024 * 1024 } as const;
    return execFileSync("git", ["--git-dir", this.repository, ...args], options);
  }

  /** Whether a branch was pushed; a file, so that a watcher need not start a program each time. */
  hasBranch(name: string): boolean {
    return existsSync(join(this.repository, "refs/heads", name));
  }

  show(path: string, branch = "main"): string {
    return this.git("show", `${branch}:${path}`);
  }

  files(branch = "main"): string[] {
    return this.git("ls-tree", "-r", "--name-only", branch).trim().split("\n");
  }

  head(branch = "main"): string {
    return this.git("rev-parse", branch).trim();
  }

  proposals(): string[] {
    const prefix = `refs/heads/opencenter/${this.bed.session.workspace.stack}/`;
    return this.git("for-each-ref", "--format=%(refname:short)", prefix).trim().split("\n").filter(Boolean);
  }

  /** The one proposal that is not merged yet. */
  open(): string {
    const merged = this.git("branch", "--merged", "main", "--format=%(refname:short)").split("\n");
    const [name, ...more] = this.proposals().filter((proposal) => !merged.includes(proposal));
    if (name === undefined || more.length > 0)
      throw new Error(`open proposals: ${[name, ...more].join(", ")}`);
    return name;
  }

  /** As a person does it at the Git host; the branch is ahead of main, so nothing has to be merged by hand. */
  merge(branch: string): void {
    this.git("update-ref", "refs/heads/main", branch);
  }

  /** The API, by the user's own kubeconfig and the way through the simulated cloud. */
  objects(): ClusterObjects {
    type Kubeconfig = { clusters: { cluster: Record<string, string> }[] };
    const config = parse(readFileSync(this.kubernetes.path("kubeconfig"), "utf8")) as Kubeconfig;
    for (const { cluster } of config.clusters) cluster["proxy-url"] = this.bed.session.cloud;
    return new ClusterObjects(stringify(config));
  }

  async read(ref: ObjectRef): Promise<AnyObject> {
    const found = await this.objects().read(ref);
    if (found === undefined) throw new Error(`there is no ${ref.kind} ${ref.namespace}/${ref.name}`);
    return found;
  }

  /** Values of a Secret, decoded. */
  async secret(name: string, namespace = "flux-system"): Promise<Record<string, string>> {
    const { data } = await this.read({ apiVersion: "v1", kind: "Secret", name, namespace });
    const entries = Object.entries((data ?? {}) as Record<string, string>);
    return Object.fromEntries(entries.map(([key, text]) => [key, Buffer.from(text, "base64").toString()]));
  }

  /** The values that a release's double of a chart was given. */
  async valuesOf(release: string, namespace: string): Promise<string> {
    const ref = { apiVersion: "v1", kind: "ConfigMap", name: `${release}-values`, namespace };
    const found = await this.objects().read(ref);
    return (found?.["data"] as Record<string, string> | undefined)?.["values.yaml"] ?? "";
  }

  /** Waits until Flux has applied what the branch has, and everything is ready. */
  async applied(): Promise<void> {
    const api = this.objects();
    const wanted = `main@sha1:${this.head()}`;
    await this.look(api);
    await this.until(async () => {
      const all = await api.list(KUSTOMIZATIONS.apiVersion, KUSTOMIZATIONS.kind);
      const behind = all.filter(
        (stage) => !standingOf(stage).ready || stage.status?.["lastAppliedRevision"] !== wanted,
      );
      return behind.map((stage) => `${stage.metadata?.name}: ${standingOf(stage).message}`).join("; ");
    });
  }

  private async look(api: ClusterObjects): Promise<void> {
    const annotations = { "reconcile.fluxcd.io/requestedAt": new Date().toISOString() };
    for (const root of [ROOT_REPOSITORY, ROOT_KUSTOMIZATION]) {
      const { name, namespace } = root;
      await api.merge(root, { metadata: { name, namespace, annotations } });
    }
  }

  /** @param problem says what is missing, and nothing when all is well */
  async until(problem: () => Promise<string>, limitMs = LIMIT_MS): Promise<void> {
    for (const end = Date.now() + limitMs; ; await sleep(1_000)) {
      const missing = await problem();
      if (missing === "") return;
      if (Date.now() > end) throw new Error(`not within ${limitMs / 1000} s: ${missing}`);
    }
  }
}
