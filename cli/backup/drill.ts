import type { Operation, Outcome } from "../operation";
import type { PlaceOptions } from "./place";
export interface DrillOptions extends PlaceOptions {
  readonly namespace?: string;
}
export async function drill(_: Operation, __: DrillOptions, ___?: string): Promise<Outcome> {
  throw new Error("todo");
}
