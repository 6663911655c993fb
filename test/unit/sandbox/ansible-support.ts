/** A folder with an installed double, inventories, and clusters that end with the test. */
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stringify } from "yaml";
import { installDouble } from "../../../sandbox/ansible/install";
import { endTree } from "../../../runner/supervisor/processTree.mjs";
import { read, type Probe } from "../../../kubespray/probe";
import type { Fault } from "../../../sandbox/ansible/faults";
import type { PlaybookRecord } from "../../../sandbox/ansible/record";
import { ControlPlane, stopControlPlanes, type Binaries } from "../../../sandbox/kubernetes";
import type { ApiObject } from "../../../sandbox/kubernetes/apiClient";

export const REF = "v2.31.0";

export interface TestHost {
  readonly name: string;
  readonly ip: string;
  readonly server?: string;
  readonly labels?: Record<string, string>;
  readonly taints?: string[];
  readonly etcd?: string;
}

export const cp = (number: number, more: Partial<TestHost> = {}): TestHost => ({
  name: `prod-cp-${number}`,
  ip: `10.0.0.${10 + number}`,
  server: `server-cp-${number}`,
  etcd: `etcd${number}`,
  ...more,
});
export const worker = (number: number, more: Partial<TestHost> = {}): TestHost => ({
  name: `prod-a-${number}`,
  ip: `10.0.0.${20 + number}`,
  server: `server-a-${number}`,
  ...more,
});

export interface Layout {
  readonly controlPlane: readonly TestHost[];
  readonly workers: readonly TestHost[];
  readonly version?: string;
  readonly vars?: Record<string, unknown>;
  readonly cluster?: string;
}

export interface Call {
  readonly limit?: string;
  readonly tags?: string;
  /** As JSON; text is given as it is. */
  readonly extraVars?: Record<string, unknown> | string;
  readonly ref?: string;
  readonly env?: Record<string, string>;
  /** Sends a signal when the output has this text. */
  readonly killAt?: {
    readonly text: string;
    readonly signal: NodeJS.Signals;
    /** As the program does it: with all its descendants. */
    readonly tree?: boolean;
  };
}

export interface Result {
  readonly exit: number | null;
  readonly output: string;
  readonly events: Record<string, any>[];
}

export class AnsibleLab {
  readonly directory = mkdtempSync(join(tmpdir(), "opencenter-double-"));
  readonly kubernetes = join(this.directory, "kubernetes");
  readonly inventory = join(this.directory, "inventory");
  readonly facts = join(this.directory, "facts");
  readonly own = join(this.directory, "kubespray", "playbooks");
  private readonly cache = join(this.directory, "cache");
  private calls = 0;

  /** @param binaries real Kubernetes programs; none, the stand-in */
  constructor(binaries?: Binaries) {
    mkdirSync(this.kubernetes, { recursive: true });
    mkdirSync(this.own, { recursive: true });
    for (const name of ["wait", "probe", "snapshot", "own-address"])
      writeFileSync(join(this.own, `${name}.yml`), "[]\n");
    if (binaries !== undefined)
      writeFileSync(join(this.kubernetes, "binaries.json"), JSON.stringify(binaries));
    installDouble(this.cache, [REF, "v2.32.0"]);
  }

  checkout(ref = REF): string {
    return join(this.cache, "kubespray", ref, "checkout");
  }

  controlPlane(cluster = "prod"): ControlPlane {
    return ControlPlane.of(this.kubernetes, "acme", cluster);
  }

  write({ controlPlane, workers, version = "1.34.3", vars = {}, cluster = "prod" }: Layout): void {
    const hostVars = (host: TestHost) => ({
      ansible_host: host.ip,
      ip: host.ip,
      access_ip: host.ip,
      ...(host.etcd === undefined ? {} : { etcd_member_name: host.etcd }),
      ...(host.labels === undefined ? {} : { node_labels: host.labels }),
      ...(host.taints === undefined ? {} : { node_taints: host.taints }),
      ...(host.server === undefined ? {} : { opencenter_server_id: host.server }),
    });
    const members = (hosts: readonly TestHost[]) => ({
      hosts: Object.fromEntries(hosts.map(({ name }) => [name, null])),
    });
    const all = [...controlPlane, ...workers];
    const document = {
      all: {
        hosts: Object.fromEntries(all.map((host) => [host.name, hostVars(host)])),
        children: {
          kube_control_plane: members(controlPlane),
          etcd: members(controlPlane),
          kube_node: members(workers),
          calico_rr: { hosts: {} },
          k8s_cluster: { children: { kube_control_plane: null, kube_node: null, calico_rr: null } },
        },
      },
    };
    const put = (path: string, value: unknown) => {
      const file = join(this.inventory, path);
      mkdirSync(join(file, ".."), { recursive: true });
      writeFileSync(file, stringify(value));
    };
    put("hosts.yaml", document);
    put("group_vars/all/all.yml", { opencenter_organization: "acme" });
    put("group_vars/k8s_cluster/k8s-cluster.yml", {
      cluster_name: cluster,
      ...(version === "" ? {} : { kube_version: version }),
      supplementary_addresses_in_ssl_keys: ["203.0.113.10"],
      loadbalancer_apiserver: { address: "10.0.0.5", port: 6443 },
      ...vars,
    });
  }

  faults(...faults: Fault[]): void {
    writeFileSync(join(this.kubernetes, "faults.json"), JSON.stringify(faults));
  }

  records(): PlaybookRecord[] {
    const file = join(this.kubernetes, "playbooks.jsonl");
    if (!existsSync(file)) return [];
    return readFileSync(file, "utf8")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as PlaybookRecord);
  }

  run(playbook: string, call: Call = {}): Promise<Result> {
    const { ref = REF, killAt } = call;
    const events = join(this.directory, `events-${(this.calls += 1)}.jsonl`);
    const vars = typeof call.extraVars === "string" ? call.extraVars : JSON.stringify(call.extraVars);
    const args = [
      ...["-i", join(this.inventory, "hosts.yaml"), "-b", "--forks", "10"],
      ...(call.limit === undefined ? [] : ["--limit", call.limit]),
      ...(call.tags === undefined ? [] : ["--tags", call.tags]),
      ...(vars === undefined ? [] : ["-e", vars]),
      playbook,
    ];
    const child = spawn(join(this.cache, "kubespray", ref, "venv/bin/ansible-playbook"), args, {
      cwd: this.checkout(ref),
      detached: true,
      stdio: ["ignore", "pipe", "pipe"],
      env: {
        ...process.env,
        OPENCENTER_SANDBOX_KUBERNETES: this.kubernetes,
        OPENCENTER_EVENTS: events,
        ANSIBLE_CACHE_PLUGIN_CONNECTION: this.facts,
        ...call.env,
      },
    });
    let output = "";
    let killed = false;
    const read = (chunk: Buffer) => {
      output += chunk.toString();
      if (killAt === undefined || killed || !output.includes(killAt.text)) return;
      killed = true;
      setTimeout(() => void (killAt.tree === true ? endTree(child.pid!) : child.kill(killAt.signal)), 200);
    };
    child.stdout.on("data", read);
    child.stderr.on("data", read);
    return new Promise((resolve, reject) => {
      child.on("error", reject);
      child.on("exit", (exit) => {
        const lines = existsSync(events) ? readFileSync(events, "utf8").trim().split("\n") : [];
        setImmediate(() => resolve({ exit, output, events: lines.map((line) => JSON.parse(line)) }));
      });
    });
  }

  async list(path: string, cluster = "prod"): Promise<ApiObject[]> {
    const client = this.controlPlane(cluster).client();
    try {
      return await client.list(path);
    } finally {
      client.close();
    }
  }
  /** `{"prod-cp-1": "v1.34.3"}` */
  async kubelets(cluster = "prod"): Promise<Record<string, string>> {
    const nodes = await this.list("/api/v1/nodes", cluster);
    return Object.fromEntries(
      nodes.map((node) => [node.metadata.name, node.status!.nodeInfo!.kubeletVersion!]),
    );
  }
  async node(name: string): Promise<ApiObject> {
    const nodes = await this.list("/api/v1/nodes");
    const found = nodes.find(({ metadata }) => metadata.name === name);
    if (found === undefined) throw new Error(`there is no node ${name}`);
    return found;
  }
  /** `{"prod-cp-1": "v1.34.3"}`, from the static pods. */
  async apiServers(): Promise<Record<string, string>> {
    const pods = await this.list(
      "/api/v1/namespaces/kube-system/pods?labelSelector=component%3Dkube-apiserver",
    );
    return Object.fromEntries(
      pods.map(({ spec }) => [spec!.nodeName!, spec!.containers![0]!.image.split(":")[1]!]),
    );
  }
  async addPod(name: string, nodeName: string, more: Record<string, unknown> = {}): Promise<void> {
    const client = this.controlPlane().client();
    await client.create("/api/v1/namespaces/default/pods", {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name, ...more },
      spec: { nodeName, containers: [{ name: "main", image: "example.org/app:1" }] },
    });
    client.close();
  }
  /** What the program itself reads from its probe, and the raw answer. */
  async probe(env: Record<string, string> = {}): Promise<Probe & { readonly hosts: Record<string, any> }> {
    const out = join(this.directory, "probe.json");
    const result = await this.run(join(this.own, "probe.yml"), { extraVars: { probe_out: out }, env });
    if (result.exit !== 0) throw new Error(result.output);
    const text = readFileSync(out, "utf8");
    return { ...read(text), hosts: JSON.parse(text).hosts };
  }

  async close(): Promise<void> {
    await stopControlPlanes(this.kubernetes);
    rmSync(this.directory, { recursive: true, force: true });
  }
}

export function lastLines(result: Result): string {
  return result.output.split("\n").slice(-25).join("\n");
}

/** Whether a process runs; one that ended and was not yet waited for does not. */
export function isRunning(pid: number): boolean {
  const stat = spawnSync("ps", ["-o", "stat=", "-p", String(pid)], { encoding: "utf8" }).stdout.trim();
  return stat !== "" && !stat.startsWith("Z");
}

export async function until(condition: () => boolean | Promise<boolean>, limitMs = 15_000): Promise<void> {
  const deadline = Date.now() + limitMs;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`it did not come true within ${limitMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
