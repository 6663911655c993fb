/** Which protocols, algorithms and checks go together. */
import { ApiError, type Resource } from "../api";
import { text } from "../requests";

/** Octavia's name of a fault in what was asked for. */
export function invalid(detail: string): ApiError {
  return new ApiError(400, `Validation failure: ${detail}`);
}

const POOLS_OF_LISTENERS: Readonly<Record<string, readonly string[]>> = {
  TCP: ["HTTP", "HTTPS", "PROXY", "PROXYV2", "TCP"],
  HTTP: ["HTTP", "PROXY", "PROXYV2"],
  HTTPS: ["HTTPS", "PROXY", "PROXYV2", "TCP"],
  TERMINATED_HTTPS: ["HTTP", "PROXY", "PROXYV2"],
  UDP: ["UDP"],
  SCTP: ["SCTP"],
  PROMETHEUS: [],
};

const DATAGRAM = ["UDP", "SCTP"];

/** Two listeners may share a port number only when these differ. */
export function transportOf(protocol: string): string {
  return DATAGRAM.includes(protocol) ? protocol : "TCP";
}

/** @throws ApiError 400 */
export function refusePool(listenerProtocol: string, poolProtocol: string): void {
  if (listenerProtocol === "PROMETHEUS")
    throw new ApiError(400, "Protocol PROMETHEUS listeners cannot have child objects.");
  if (POOLS_OF_LISTENERS[listenerProtocol]?.includes(poolProtocol) === true) return;
  throw invalid(
    `The pool protocol '${poolProtocol}' is invalid while the listener protocol is '${listenerProtocol}'.`,
  );
}

interface Persistence {
  readonly type: string;
  readonly cookie_name?: string | null;
}

/** @throws ApiError 400 */
export function refusePersistence(protocol: string, persistence: Persistence | null | undefined): void {
  if (persistence == null) return;
  const { type, cookie_name } = persistence;
  if (DATAGRAM.includes(protocol) && type !== "SOURCE_IP")
    throw invalid(`Session persistence of type ${type} is not supported for UDP/SCTP protocol pools.`);
  if (cookie_name && type !== "APP_COOKIE")
    throw invalid('Field "cookie_name" can only be specified with session persistence of type "APP_COOKIE".');
  if (!cookie_name && type === "APP_COOKIE")
    throw invalid(
      'Field "cookie_name" must be specified when using the "APP_COOKIE" session persistence type.',
    );
}

const HTTP_FIELDS = ["http_method", "url_path", "expected_codes"];

/** @throws ApiError 400 */
export function refuseMonitor(poolProtocol: string, type: string, values: Record<string, unknown>): void {
  const isDatagram = DATAGRAM.includes(poolProtocol);
  if (isDatagram && !["UDP-CONNECT", "SCTP", "TCP", "HTTP"].includes(type))
    throw invalid(
      `The associated pool protocol is ${poolProtocol}, so only a UDP-CONNECT/SCTP/TCP/HTTP health monitor is supported.`,
    );
  if (!isDatagram && ["UDP-CONNECT", "SCTP"].includes(type))
    throw invalid(`The ${type} type is only supported for pools of type UDP/SCTP.`);
  for (const field of HTTP_FIELDS) {
    if (values[field] != null && !["HTTP", "HTTPS"].includes(type))
      throw new ApiError(400, `${field} is not a valid option for health monitors of type ${type}`);
  }
  if (values["domain_name"] != null && values["http_version"] == null)
    throw invalid("'http_version' must be specified when 'domain_name' is provided.");
}

function unsupported(option: string): ApiError {
  return new ApiError(501, `Provider 'ovn' does not support a requested option: ${option}`);
}

/** What the OVN provider balances without a machine of its own is less. @throws ApiError 501 */
export function refuseForProvider(
  balancer: Resource,
  wish: { protocol?: string; algorithm?: string; allowedCidrs?: unknown; monitor?: string },
): void {
  if (text(balancer["provider"]) !== "ovn") return;
  const { protocol = "TCP", algorithm = "SOURCE_IP_PORT", allowedCidrs, monitor = "TCP" } = wish;
  if (!["TCP", "UDP", "SCTP"].includes(protocol))
    throw unsupported(`OVN provider does not support ${protocol} protocol`);
  if (algorithm !== "SOURCE_IP_PORT")
    throw unsupported(`OVN provider does not support ${algorithm} algorithm`);
  if (Array.isArray(allowedCidrs) && allowedCidrs.length > 0)
    throw unsupported("OVN provider does not support allowed_cidrs option");
  if (!["TCP", "UDP-CONNECT"].includes(monitor))
    throw unsupported(`OVN provider does not support ${monitor} health monitor type`);
}
