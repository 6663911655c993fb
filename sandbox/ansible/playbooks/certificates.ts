/** The program's certificates.yml. One API server stands for all nodes; which certificates a node has is remembered. */
import { X509Certificate } from "node:crypto";
import { writeFileSync } from "node:fs";
import { localhost, type Play, type Run } from "../engine";
import { TaskFailure } from "../errors";
import { type Host, textOf } from "../inventory";
import { controlPlane } from "./common";

/** Files by whose certificate they have. */
const FILES = {
  apiserver: [
    "ssl/apiserver.crt",
    "ssl/apiserver-kubelet-client.crt",
    "ssl/front-proxy-client.crt",
    "served",
  ],
  user: ["admin.conf", "controller-manager.conf", "scheduler.conf"],
} as const;

function currentLines({ controlPlane: cluster }: Run): string {
  const lines = (["apiserver", "user"] as const).flatMap((whose) => {
    const { serialNumber, validTo } = new X509Certificate(cluster.certificate(whose));
    return FILES[whose].map((file) => `${file} serial=${serialNumber} notAfter=${validTo}`);
  });
  return lines.join("\n");
}

/** What the nodes have that were never asked before. */
function remember(run: Run): void {
  const lines = currentLines(run);
  run.memory.change(({ certificates }) => {
    for (const { name } of controlPlane(run.inventory)) certificates[name] ??= lines;
  });
}

async function renew(host: Host, run: Run): Promise<boolean> {
  if (!run.controlPlane.made) throw new TaskFailure("non-zero return code: kubeadm: command not found");
  remember(run);
  if (textOf(run.vars, "certificates_renew") !== host.name) return false;
  await run.controlPlane.renewCertificates();
  const lines = currentLines(run);
  run.memory.change(({ certificates }) => (certificates[host.name] = lines));
  return true;
}

async function writeAnswer(_: Host, run: Run): Promise<void> {
  const file = textOf(run.vars, "certificates_out");
  if (file === undefined) throw new TaskFailure("'certificates_out' is undefined");
  const known = run.memory.current.certificates;
  const nodes = controlPlane(run.inventory).map(({ name }) => [name, known[name] ?? ""] as const);
  writeFileSync(file, JSON.stringify({ nodes: Object.fromEntries(nodes) }), { mode: 0o600 });
}

export const certificatePlays: readonly Play[] = [
  {
    name: "Renew the certificates of a node",
    hosts: controlPlane,
    tasks: [{ name: "Make new certificates", tags: ["always"], work: renew }],
  },
  {
    name: "Write down what was seen",
    hosts: localhost,
    connects: false,
    tasks: [{ name: "Write the answer", tags: ["always"], work: writeAnswer }],
  },
];
