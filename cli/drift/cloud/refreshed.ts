/** Pulumi's look at the cloud. A resource that the provider cannot read ends its whole look: it is left out, and named. */
import { UserError } from "../../errors";
import type { Target } from "../../operation";
import type { Finding } from "../report";
import { kindOf, nameParts, parseDigest, type DigestStep } from "./digest";

const COMMAND = ["refresh", "--preview-only", "--json", "--suppress-progress"];

export interface Refreshed {
  readonly steps: readonly DigestStep[];
  readonly unreadable: readonly Finding[];
}

/** More than that is no broken resource, but a cloud that is away. */
const MOST_UNREADABLE = 5;

export async function refreshed(target: Target): Promise<Refreshed> {
  const unreadable: Finding[] = [];
  for (;;) {
    const excluded = unreadable.flatMap(({ urn }) => ["--exclude", urn ?? ""]);
    try {
      const steps = parseDigest(await target.pulumi([...COMMAND, ...excluded]), "pulumi refresh");
      return { steps, unreadable };
    } catch (error) {
      const next = error instanceof UserError ? unreadableIn(error.message) : [];
      const news = next.filter(({ urn }) => !unreadable.some((one) => one.urn === urn));
      if (news.length === 0 || unreadable.length + news.length > MOST_UNREADABLE) throw error;
      unreadable.push(...news);
    }
  }
}

const REFUSED = /refreshing (urn:\S+?): (?:\d+ errors? occurred:\s*)?\*?\s*(.*)/g;

/** @param said by Pulumi, of a look that failed */
export function unreadableIn(said: string): Finding[] {
  return [...said.matchAll(REFUSED)].map(([, urn = "", reason = ""]): Finding => {
    const { type, name } = nameParts(urn);
    return {
      layer: "cloud",
      code: "unreadable",
      subject: `${kindOf(type)} ${name}`,
      urn,
      message: `cannot be read: ${reason.trim()}`,
      repair: `Mend what the cloud says, or make it again there by hand as the state has it (pulumi stack export).`,
    };
  });
}
