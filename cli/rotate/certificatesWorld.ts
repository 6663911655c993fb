/** What the renewal of kubeadm's certificates sees and changes: the nodes, a note in the cluster, the stack's kubeconfig. */
import { X509Certificate } from "node:crypto";
import { KubeConfig } from "@kubernetes/client-node";
import { z } from "zod";
import type { CertificatesAnswer, CertificatesOrder } from "../../kubespray/certificates";
import type { ClusterObjects } from "../../runner/kubernetes/objects";
import { ExitCode, UserError } from "../errors";
import { EngineFailure, runEngine } from "../operation/engine";
import type { Subject } from "./rotation";

/** Serial numbers before the renewal, by node, then by file. */
export type Serials = Readonly<Record<string, Readonly<Record<string, string>>>>;

export interface CertificatesWorld {
  /** By control-plane node. */
  read(): Promise<CertificatesAnswer>;
  renew(node: string): Promise<void>;
  /** What the renewal that is under way began with. */
  note(): Promise<Serials | undefined>;
  writeNote(serials: Serials): Promise<void>;
  dropNote(): Promise<void>;
  /** Serial number of the login in the stack's kubeconfig. */
  login(): Promise<string>;
  /** Reads the kubeconfig from the nodes again, into the stack. */
  refreshLogin(): Promise<void>;
}

const NOTE = {
  apiVersion: "v1",
  kind: "ConfigMap",
  namespace: "kube-system",
  name: "opencenter-certificates",
} as const;

const serials = z.record(z.string(), z.record(z.string(), z.string()));

export class CertificatesOfStack implements CertificatesWorld {
  constructor(private readonly subject: Subject) {}

  read(): Promise<CertificatesAnswer> {
    return this.ask({});
  }

  async renew(node: string): Promise<void> {
    await this.ask({ renew: node });
  }

  private async ask(input: CertificatesOrder): Promise<CertificatesAnswer> {
    const { target, narrator } = this.subject;
    try {
      const order = { word: "certificates", reach: "control-plane", input } as const;
      return JSON.parse(await runEngine(target, order, (line) => narrator.note(line))) as CertificatesAnswer;
    } catch (error) {
      if (!(error instanceof EngineFailure)) throw error;
      throw new UserError(
        `the certificates could not be ${input.renew === undefined ? "read" : `renewed on ${input.renew}`}: ${error.message}`,
        "Nodes that were not reached keep theirs, which are valid. Mend that, then run the same command again.",
        ExitCode.failed,
      );
    }
  }

  async note(): Promise<Serials | undefined> {
    const { data } = ((await (await this.api()).read(NOTE)) ?? {}) as { data?: { serials?: string } };
    return data?.serials === undefined ? undefined : serials.parse(JSON.parse(data.serials));
  }

  async writeNote(begun: Serials): Promise<void> {
    const { apiVersion, kind, namespace, name } = NOTE;
    const labels = { "app.kubernetes.io/managed-by": "opencenter" };
    const object = {
      apiVersion,
      kind,
      metadata: { namespace, name, labels },
      data: { serials: JSON.stringify(begun) },
    };
    await (await this.api()).apply(object, "opencenter");
  }

  async dropNote(): Promise<void> {
    await (await this.api()).remove(NOTE);
  }

  async login(): Promise<string> {
    const config = new KubeConfig();
    config.loadFromString((await this.subject.target.kubeconfig()) ?? "");
    const pem = Buffer.from(config.getCurrentUser()?.certData ?? "", "base64");
    return new X509Certificate(pem).serialNumber;
  }

  async refreshLogin(): Promise<void> {
    const { resources } = await this.subject.target.state();
    const urn = resources.find((one) =>
      one.urn.endsWith(`::${this.subject.target.config.name}-kubernetes-kubeconfig`),
    )?.urn;
    if (urn === undefined) throw new Error("the state has no kubeconfig");
    await this.subject.up(["--replace", urn]);
  }

  private api(): Promise<ClusterObjects> {
    return this.subject.target.api();
  }
}
