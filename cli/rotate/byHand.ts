/** Secrets that no verb rotates yet: refused, with where the procedure is, rather than done half. */
import { ExitCode, UserError } from "../errors";
import type { Rotation } from "./rotation";

const WHAT = {
  "encryption-key": "the key of encryption at rest",
} as const;

export function byHand(what: keyof typeof WHAT): () => Promise<Rotation> {
  return () => {
    throw new UserError(
      `${WHAT[what]}: this program does not rotate it; nothing was done.`,
      `The steps by hand: docs/operations/rotation.md, "${what}".`,
      ExitCode.failed,
    );
  };
}
