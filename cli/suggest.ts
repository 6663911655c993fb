/** "Did you mean …" as the beginning of a hint. */
import { nearest } from "../config/checking/nearest";

/** `Did you mean prod? `, or nothing. */
export function didYouMean(typed: string, candidates: readonly string[]): string {
  const candidate = nearest(typed, candidates);
  return candidate === undefined ? "" : `Did you mean ${candidate}? `;
}
