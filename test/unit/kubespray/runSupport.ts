/** A run whose Ansible answers the probe, writes down what it was called with, and succeeds. */
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import type { Server } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathsOf, type Run } from "../../../kubespray/run";
import type { ConvergeRequest } from "../../../plan/kubernetes/types";
import { Supervisor } from "../../../runner/supervisor/supervisor";
import { adminConf, type Answers, authority, type Made, serving, startApi } from "./apiSupport";

/** What a control-plane node says of itself; the administrator's kubeconfig comes by itself. */
export interface SeenHost {
  readonly manifest?: string;
  readonly members?: object;
  readonly health?: object;
  readonly encryption?: string;
}

const PROGRAM = `#!${process.execPath}
const { appendFileSync, copyFileSync, existsSync } = require("node:fs");
const { basename, join } = require("node:path");
const args = process.argv.slice(2);
const vars = args.includes("-e") ? JSON.parse(args[args.indexOf("-e") + 1]) : {};
const playbook = basename(args.at(-1));
appendFileSync(join(__dirname, "calls"), playbook + "\\n");
const inventory = args[args.indexOf("-i") + 1];
copyFileSync(inventory, join(__dirname, "inventory-" + playbook));
if (existsSync(join(__dirname, "fails-" + playbook))) process.exit(2);
if (vars.probe_out !== undefined) copyFileSync(join(__dirname, "probe.json"), vars.probe_out);
`;

export class RunLab {
  readonly folder = mkdtempSync(join(tmpdir(), "opencenter-run-"));
  private readonly supervisor = new Supervisor();
  private server?: Server;
  private trusted?: Made;

  async open(request: ConvergeRequest, answers: Answers): Promise<Run> {
    this.trusted = await authority();
    const { server, port } = await startApi(await serving(this.trusted, "kubernetes.default"), answers);
    this.server = server;
    const program = join(this.folder, "ansible-playbook");
    writeFileSync(program, PROGRAM);
    chmodSync(program, 0o700);
    const wanted = { ...request, api: { host: "127.0.0.1", port } };
    const paths = pathsOf(this.folder, wanted);
    mkdirSync(paths.state, { recursive: true });
    return {
      request: wanted,
      secrets: {
        cloud: {},
        credential: "c1",
        kubeadmCertificateKey: "k",
        encryptionToken: "t".repeat(32),
        encryptionTokens: {},
      },
      paths,
      ansible: {
        supervisor: this.supervisor,
        program,
        checkout: this.folder,
        inventory: paths.inventory,
        logs: paths.logs,
        factCache: paths.factCache,
        environment: {},
        forks: 1,
        timeoutSeconds: 60,
      },
    };
  }

  sees(hosts: Readonly<Record<string, SeenHost>>): void {
    const text = (value: object | undefined) => (value === undefined ? null : JSON.stringify(value));
    const answer = Object.entries(hosts).map(([name, { manifest, members, health, encryption }]) => [
      name,
      {
        reachable: true,
        adminConf: adminConf(this.trusted!),
        manifest: manifest ?? null,
        members: text(members),
        health: text(health),
        encryption: encryption ?? null,
      },
    ]);
    writeFileSync(join(this.folder, "probe.json"), JSON.stringify({ hosts: Object.fromEntries(answer) }));
  }

  /** Playbooks that ran, but for those that only look. */
  playbooks(): string[] {
    const file = join(this.folder, "calls");
    const calls = existsSync(file) ? readFileSync(file, "utf8").trim().split("\n") : [];
    return calls.filter((playbook) => playbook !== "probe.yml");
  }

  /** Has a playbook fail, or succeed again. */
  fails(playbook: string, does = true): void {
    const file = join(this.folder, `fails-${playbook}`);
    if (does) writeFileSync(file, "");
    else rmSync(file);
  }

  /** hosts.yaml of the last run of a playbook. */
  inventoryOf(playbook: string): string {
    return readFileSync(join(this.folder, `inventory-${playbook}`), "utf8");
  }

  close(): void {
    this.supervisor.close();
    this.server?.close();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** A node of the API, as the kubelet and the program left it. */
export function nodeObject(name: string, { cordoned = false } = {}): object {
  const serverId = `server-${name}`;
  const labels = name.includes("-cp-") ? { "node-role.kubernetes.io/control-plane": "" } : {};
  return {
    metadata: { name, labels, annotations: { "opencenter.io/joined": serverId } },
    spec: { providerID: `openstack:///${serverId}`, unschedulable: cordoned },
    status: {
      nodeInfo: { kubeletVersion: "v1.35.4" },
      addresses: [{ type: "InternalIP", address: "10.0.0.99" }],
      conditions: [{ type: "Ready", status: "True" }],
    },
  };
}
