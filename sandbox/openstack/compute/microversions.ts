/** Nova's microversions: the same call answers differently, so that old clients go on working. */
import { ApiError, type Request } from "../api";

export const MINIMUM = 1;
export const MAXIMUM = 90;

function asked(request: Request): string | undefined {
  const general = /(?:^|,)\s*compute\s+([\w.]+)/.exec(request.headers["openstack-api-version"] ?? "")?.[1];
  return general ?? request.headers["x-openstack-nova-api-version"];
}

/**
 * The minor version that the caller asks for; 1 when it asks for none.
 * @throws ApiError 400 for what is no version, 406 for one that is not supported
 */
export function microversion(request: Request): number {
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
