/** Nova's microversions: the same call answers differently, so that old clients go on working. */
import { ApiError, type Request } from "../api";

export const MINIMUM = 1;
export const MAXIMUM = 93;

type Asking = Pick<Request, "headers">;

function asked(request: Asking): string | undefined {
  const general = /(?:^|,)\s*compute\s+([\w.]+)/.exec(request.headers["openstack-api-version"] ?? "")?.[1];
  return general ?? request.headers["x-openstack-nova-api-version"];
}

/** The version as it is asked for; undefined when it is none. */
export function askedVersion(request: Asking): string | undefined {
  const version = asked(request) || `2.${MINIMUM}`;
  if (version === "latest") return `2.${MAXIMUM}`;
  return /^2\.\d+$/.test(version) ? version : undefined;
}

/**
 * The minor version that the caller asks for; 1 when it asks for none.
 * @throws ApiError 400 for what is no version, 406 for one that is not supported
 */
export function microversion(request: Asking): number {
  const version = asked(request);
  if (version === undefined || version === "") return MINIMUM;
  if (version === "latest") return MAXIMUM;
  const minor = Number(/^2\.(\d+)$/.exec(version)?.[1]);
  if (!Number.isInteger(minor)) {
    throw new ApiError(
      400,
      `API Version String ${version} is of invalid format. Must be of format MajorNum.MinorNum.`,
    );
  }
  if (minor < MINIMUM || minor > MAXIMUM) {
    throw new ApiError(
      406,
      `Version ${version} is not supported by the API. Minimum is 2.${MINIMUM} and maximum is 2.${MAXIMUM}.`,
    );
  }
  return minor;
}
