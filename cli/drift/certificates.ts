/** When the certificates end that a client sees: the API server's, the administrator's, their authorities'. */
import { X509Certificate } from "node:crypto";
import { request } from "node:https";
import type { PeerCertificate, TLSSocket } from "node:tls";
import { KubeConfig } from "@kubernetes/client-node";
import { HttpsProxyAgent } from "https-proxy-agent";
import { getProxyForUrl } from "proxy-from-env";
import type { Finding } from "./report";

export interface SeenCertificate {
  /** `API server prod.example.com:6443` */
  readonly subject: string;
  /** ISO 8601. */
  readonly notAfter: string;
}

/** What the API server says of itself. */
export interface ApiHealth {
  readonly certificates: readonly SeenCertificate[];
  /** Checks of `/readyz` that fail, `etcd` among them. */
  readonly failing: readonly string[];
}

const LIMIT_MS = 20_000;
const DAY_MS = 86_400_000;

/** @param kubeconfig secret */
export async function apiHealth(kubeconfig: string): Promise<ApiHealth> {
  const config = new KubeConfig();
  config.loadFromString(kubeconfig);
  const { cluster, user } = { cluster: config.getCurrentCluster(), user: config.getCurrentUser() };
  if (cluster === null || user === null) throw new Error("the kubeconfig names no cluster or no user");
  const pem = (text: string | undefined) => (text === undefined ? undefined : Buffer.from(text, "base64"));
  const [ca, cert, key] = [pem(cluster.caData), pem(user.certData), pem(user.keyData)];
  const { served, body } = await readyz(cluster.server, { ca, cert, key });
  const own = (subject: string, text: Buffer | undefined): SeenCertificate[] =>
    text === undefined
      ? []
      : [{ subject, notAfter: new Date(new X509Certificate(text).validTo).toISOString() }];
  return {
    certificates: [
      ...(served.valid_to === undefined
        ? []
        : [
            {
              subject: `API server at ${new URL(cluster.server).host}`,
              notAfter: new Date(served.valid_to).toISOString(),
            },
          ]),
      ...own("administrator's login in the stack's kubeconfig", cert),
      ...own("cluster's certificate authority", ca),
    ],
    failing: failingChecks(body),
  };
}

interface Answer {
  readonly served: Partial<PeerCertificate>;
  readonly body: string;
}

type Login = Record<"ca" | "cert" | "key", Buffer | undefined>;

/** Past the Kubernetes library, which shows no certificate. */
function readyz(server: string, login: Login): Promise<Answer> {
  const proxy = getProxyForUrl(server);
  const options = {
    ...login,
    // A connection of its own: one that is used again has shown its certificate before.
    agent: proxy === "" ? false : new HttpsProxyAgent(proxy, { keepAlive: false, ...login }),
    timeout: LIMIT_MS,
  } as const;
  return new Promise((resolve, reject) => {
    const call = request(new URL("/readyz?verbose", server), options, (response) => {
      const served = (response.socket as TLSSocket).getPeerCertificate();
      let body = "";
      response.setEncoding("utf8").on("data", (part: string) => (body += part));
      response.on("end", () => resolve({ served, body })).on("error", reject);
    });
    call.on("timeout", () => call.destroy(new Error(`no answer within ${LIMIT_MS / 1_000} s`)));
    call.on("error", reject).end();
  });
}

/** `[-]etcd failed: reason withheld`, a line each. */
export function failingChecks(body: string): string[] {
  return body.split("\n").flatMap((line) => /^\[-\](\S+)/.exec(line)?.[1] ?? []);
}

export const daysLeft = ({ notAfter }: SeenCertificate, now: Date): number =>
  Math.floor((Date.parse(notAfter) - now.getTime()) / DAY_MS);

const RENEW =
  "npx opencenter rotate kubeadm-certs; the monthly renewal on the nodes (k8s-certs-renew.timer) has failed.";

/** @param warnDays of life that a certificate must have left */
export function healthFindings(health: ApiHealth, warnDays: number, now: Date): Finding[] {
  const expiring = health.certificates
    .map((certificate) => ({ certificate, days: daysLeft(certificate, now) }))
    .filter(({ days }) => days < warnDays);
  return [
    ...expiring.map(({ certificate: { subject, notAfter }, days }): Finding => ({
      layer: "nodes",
      code: "certificate-expiry",
      subject: `Certificate of ${subject}`,
      message: days < 0 ? `ended on ${notAfter}` : `ends in ${days} days, on ${notAfter}`,
      repair: RENEW,
    })),
    ...health.failing.map((check): Finding => ({
      layer: "nodes",
      code: check.startsWith("etcd") ? "etcd-unhealthy" : "api-unhealthy",
      subject: `Check ${check} of the API server`,
      message: "fails",
      repair: check.startsWith("etcd")
        ? "On a control-plane node: etcdctl endpoint health --cluster. A lost majority: docs/operations/restore.md."
        : "kubectl get --raw '/readyz?verbose'; logs of the API servers.",
    })),
  ];
}
