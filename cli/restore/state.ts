/** The stack's state out of a set, in the place of the present one. */
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { writePrivate } from "../../runner/files";
import type { AgeIdentity } from "../backup/keys";
import { seal } from "../backup/sealing";
import { UserError } from "../errors";
import type { Target } from "../operation";
import { parseState } from "../recover/state";

/** When the engine wrote a state. */
export function timeOf(exported: string): string | undefined {
  const { deployment } = JSON.parse(exported) as { deployment?: { manifest?: { time?: string } } };
  return deployment?.manifest?.time;
}

/** Whether a state knows of nothing but the stack itself. */
export function isEmpty(exported: string): boolean {
  return parseState(exported).resources.every(({ type }) => type === "pulumi:pulumi:Stack");
}

/** Whether two states say the same; what is encrypted anew each time does not count. */
export function sameContent(one: string, other: string): boolean {
  const content = (exported: string) => {
    type Deployment = { resources?: unknown; pending_operations?: unknown };
    const plain = (key: string, value: unknown) => (key === "ciphertext" ? "" : value);
    const { deployment } = JSON.parse(exported, plain) as { deployment?: Deployment };
    return [deployment?.resources ?? [], deployment?.pending_operations ?? []];
  };
  return isDeepStrictEqual(content(one), content(other));
}

/** The present state; undefined where the stack has lost it. */
export async function presentState(target: Target): Promise<string | undefined> {
  try {
    return await target.pulumi(["stack", "export"]);
  } catch (error) {
    if (error instanceof UserError && /no stack named/.test(error.message)) return undefined;
    throw error;
  }
}

/** @returns where the present state is kept, for the way back */
export async function keepPresent(
  { project, paths }: Target,
  present: string,
  identities: readonly AgeIdentity[],
  now: Date,
): Promise<string> {
  const sealed = await seal(
    Buffer.from(present),
    identities.map(({ recipient }) => recipient),
  );
  const stamp = now.toISOString().replace(/[-:]|\.\d+/g, "");
  const file = join(paths.state, "before-restore", `${stamp}-state.json.gz.age`);
  writePrivate(join(project, file), sealed);
  return file;
}
