/** The Kubernetes side of a testbed: the API through the stack's own kubeconfig, Ansible's calls, faults. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { AppsV1Api, CoreV1Api, KubeConfig } from "@kubernetes/client-node";
import { statePaths } from "../../../plan/names";
import { observeNodes } from "../../../kubespray/kubernetes/nodes";
import type { ObservedNode } from "../../../plan/kubernetes/types";
import { type Fault, faultsFile } from "../../../sandbox/ansible/faults";
import { type PlaybookRecord, recordsFile } from "../../../sandbox/ansible/record";
import { projectRoot } from "../../../sandbox/workspace";
import type { Testbed } from "./testbed";

export class KubernetesBed {
  constructor(private readonly bed: Testbed) {}

  private get paths() {
    const { organization, session } = this.bed;
    return statePaths({ organization, name: session.workspace.stack });
  }

  path(name: keyof ReturnType<typeof statePaths>): string {
    return join(projectRoot, this.paths[name]);
  }

  /** As a user has it: the file, and the way through the simulated cloud. */
  core(): CoreV1Api {
    return this.config().makeApiClient(CoreV1Api);
  }

  private config(): KubeConfig {
    const config = new KubeConfig();
    config.loadFromFile(this.path("kubeconfig"));
    config.clusters = config.clusters.map((cluster) => ({ ...cluster, proxyUrl: this.bed.session.cloud }));
    return config;
  }

  nodes(): Promise<ObservedNode[]> {
    return observeNodes({ core: this.core(), apps: this.config().makeApiClient(AppsV1Api) });
  }

  async nodeNames(): Promise<string[]> {
    return (await this.nodes()).map(({ name }) => name).sort();
  }

  /** Calls of ansible-playbook so far; looking does not count. */
  playbooks(): PlaybookRecord[] {
    const file = recordsFile(this.bed.session.workspace.kubernetes);
    if (!existsSync(file)) return [];
    return readFileSync(file, "utf8")
      .split("\n")
      .filter(Boolean)
      .map((line) => JSON.parse(line) as PlaybookRecord)
      .filter(
        ({ playbook, cluster }) => playbook !== "probe.yml" && cluster === this.bed.session.workspace.stack,
      );
  }

  /** Names of the playbooks that ran while something was done. */
  async during(work: () => Promise<unknown>): Promise<string[]> {
    const before = this.playbooks().length;
    await work();
    return this.playbooks()
      .slice(before)
      .map(({ playbook, limit }) => `${playbook}${limit === undefined ? "" : ` ${limit.join(",")}`}`);
  }

  addFault(fault: Fault): void {
    writeFileSync(faultsFile(this.bed.session.workspace.kubernetes), JSON.stringify([fault]));
  }

  /** Processes that a hanging playbook has left word of. */
  hanging(): number[] {
    const file = join(this.bed.session.workspace.kubernetes, "hanging.jsonl");
    if (!existsSync(file)) return [];
    return readFileSync(file, "utf8")
      .split("\n")
      .filter(Boolean)
      .flatMap((line) => Object.values(JSON.parse(line) as Record<string, number>));
  }

  async addPod(name: string, node: string, labels: Record<string, string> = {}): Promise<void> {
    const body = {
      metadata: { name, labels },
      spec: { nodeName: node, containers: [{ name: "main", image: "registry.example.org/app:1" }] },
    };
    await this.core().createNamespacedPod({ namespace: "default", body });
  }

  async pods(): Promise<string[]> {
    const { items } = await this.core().listNamespacedPod({ namespace: "default" });
    return items.map(({ metadata }) => metadata?.name ?? "").sort();
  }
}
