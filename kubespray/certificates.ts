/** Certificates that kubeadm makes: read on every control-plane node, renewed on one. */
import { z } from "zod";
import { RunFailure } from "../runner/errors";
import { askPlaybook, nodesOf } from "./ownPlaybook";
import type { Run } from "./run";

export const certificatesOrder = z.object({
  /** Control-plane node whose certificates are renewed. @default none: they are only read */
  renew: z.string().optional(),
});

export type CertificatesOrder = z.infer<typeof certificatesOrder>;

export interface NodeCertificate {
  /** Hexadecimal. */
  readonly serial: string;
  /** As OpenSSL writes it: `Nov 24 02:00:00 2027 GMT`. */
  readonly notAfter: string;
}

/** By control-plane node, then by file below /etc/kubernetes; `served` is what its API server shows. */
export type CertificatesAnswer = Readonly<Record<string, Readonly<Record<string, NodeCertificate>>>>;

const answer = z.object({ nodes: z.record(z.string(), z.string()) });
const LINE = /^(\S+) serial=([0-9A-Fa-f]+) notAfter=(.+)$/;

/** @throws RunFailure */
export async function certificates(run: Run, { renew }: CertificatesOrder): Promise<CertificatesAnswer> {
  if (renew !== undefined && !nodesOf(run).controlPlane.includes(renew))
    throw new RunFailure(`${renew} is no control-plane node of this cluster.`);
  const call = {
    playbook: "opencenter/certificates.yml",
    extraVars: { certificates_renew: renew ?? "" },
    why: renew === undefined ? "which certificates there are" : `new certificates for ${renew}`,
  };
  const { nodes } = answer.parse(await askPlaybook(run, call, "certificates_out"));
  return Object.fromEntries(Object.entries(nodes).map(([node, text]) => [node, parseCertificates(text)]));
}

/** Lines `file serial=… notAfter=…`. @throws RunFailure for anything else */
export function parseCertificates(text: string): Readonly<Record<string, NodeCertificate>> {
  return Object.fromEntries(
    text
      .split("\n")
      .filter((line) => line.trim() !== "")
      .map((line) => {
        const [, file, serial, notAfter] = LINE.exec(line.trim()) ?? [];
        if (file === undefined) throw new RunFailure(`Not a line about a certificate: ${line}`);
        return [file, { serial: serial!, notAfter: notAfter! }];
      }),
  );
}
