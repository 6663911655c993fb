/** What the drift report is to look at with other eyes. */
import { z } from "zod";

/** A difference that is meant, or has to wait. */
const ignoredDrift = z.strictObject({
  subject: z
    .string()
    .min(1)
    .describe("What it is about, as the report calls it, for example Instance prod-general-1."),
  property: z.string().min(1).optional().describe("Only this property of it; without, whatever differs."),
  reason: z
    .string()
    .min(10, "must say why, in ten characters or more")
    .describe("Why, for whoever reads it next."),
  until: z.iso.date("must be a date, for example 2027-03-31").describe("Last day on which it is ignored."),
});

export const drift = z.strictObject({
  ignore: z
    .array(ignoredDrift)
    .default([])
    .describe("Differences that are known and left alone for a while."),
  certificateDays: z
    .int()
    .min(1)
    .max(365)
    .default(30)
    .describe("A certificate of the cluster that ends within so many days is drift."),
});
