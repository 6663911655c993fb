/** What can go wrong between here and a cloud, told so that somebody can act on it. */

/** The kinds double as issue codes of `validate --online`. */
export type CloudErrorKind =
  | "clouds-yaml-missing"
  | "clouds-yaml-unreadable"
  | "cloud-not-found"
  | "cloud-entry-incomplete"
  | "insecure-cloud"
  | "wrong-credentials"
  | "cloud-unreachable"
  | "tls-failure"
  | "region-not-found"
  | "service-missing"
  | "not-found"
  | "not-allowed"
  | "request-failed";

/** An expected failure. Never holds a token, a password or a request's body. */
export class CloudError extends Error {
  constructor(
    readonly kind: CloudErrorKind,
    message: string,
    /** What to do about it. */
    readonly hint?: string,
    /** HTTP status, where one was answered. */
    readonly status?: number,
    /** The connection broke, so whether the request was carried out is not known. @default false */
    readonly broken = false,
  ) {
    super(message);
  }
}

/** Whether a look-up failed because the thing is not there, which for most callers is an answer. */
export function isNotFound(error: unknown): boolean {
  return error instanceof CloudError && error.kind === "not-found";
}
