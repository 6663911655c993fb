/** Edits of a stack's file that no run has brought in yet. */
import { isChange, nameParts, parseDigest, type DigestStep } from "../drift/cloud/digest";
import { ExitCode, UserError } from "../errors";
import type { Target } from "./target";

export interface PendingOptions {
  /** Flags by which Pulumi keeps to a part of the stack. @default the whole stack */
  readonly flags?: readonly string[];
  /** URNs of which a change is expected. @default none */
  readonly expected?: ReadonlySet<string>;
  /** Whether a step is the verb's own, where its URN alone does not say so. @default none is */
  readonly own?: (step: DigestStep) => boolean;
  /** What else the person can do, as the end of a sentence. @default nothing */
  readonly instead?: string;
}

/**
 * @throws UserError that names what an `up` would do now: a verb that runs one for its own purpose would do it along with
 * that, without anybody having seen it
 */
export async function refusePending(
  target: Target,
  { flags = [], expected = new Set(), own = () => false, instead = "" }: PendingOptions = {},
): Promise<void> {
  const steps = parseDigest(await target.pulumi(["preview", "--json", ...flags]), "pulumi preview");
  const pending = steps.filter((step) => isChange(step) && !expected.has(step.urn) && !own(step));
  if (pending.length > 0) throw unfinished(target, pending, instead);
}

const MOST_NAMES = 5;

/** Bringing in an edit is `pulumi up`, with its own review; it must not slip in as a repair. */
function unfinished({ stack, file }: Target, pending: readonly DigestStep[], instead: string): UserError {
  const names = pending.map(({ op, urn }) => `${op} ${nameParts(urn).name}`);
  const more = names.length > MOST_NAMES ? `, and ${names.length - MOST_NAMES} more` : "";
  return new UserError(
    `${file.shown} asks for changes that were not brought in yet: ${names.slice(0, MOST_NAMES).join(", ")}${more}.`,
    `Bring them in first (pulumi up --stack ${stack}; also what a repair left for --replace), or undo the edit${instead}.`,
    ExitCode.failed,
  );
}
