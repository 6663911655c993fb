/** How Cinder words what it refuses. */
import { ApiError } from "../api";
import type { Words } from "../requests";

export const inCindersWords: Words = (path, problem, value) =>
  `Invalid input for field/attribute ${path.split(".").at(-1)}. Value: ${String(value)}. ${problem}`;

export function invalidInput(reason: string): ApiError {
  return new ApiError(400, `Invalid input received: ${reason}`);
}

export function invalidVolume(reason: string): ApiError {
  return new ApiError(400, `Invalid volume: ${reason}`);
}

/** @param action as in Cinder's policy: `volume_extension:quotas:show` */
export function forbidden(action: string): ApiError {
  return new ApiError(403, `Policy doesn't allow ${action} to be performed.`);
}

/** Time as Cinder writes it: `2026-11-22T22:41:56.123000`. */
export const now = () => new Date().toISOString().replace("Z", "000");
