/**
 * What the Commands of delivery run. One word says what; everything else comes from files that the program wrote before
 * or through the environment, so that no secret is ever an argument.
 */
import { createRequire } from "node:module";
import type * as gitops from "../gitops";
import type * as bootstrapModule from "./flux/bootstrap";
import type * as teardownModule from "./flux/teardown";
import { makeAgeIdentity, makeSeed } from "./identity";
import type * as publishModule from "./publish";
import { readDelivery } from "./request";
import { RunFailure } from "../runner/errors";
import { complain } from "../runner/output";
import { endWithParent } from "../runner/orphan";
import { Supervisor } from "../runner/supervisor/supervisor";

const ROOT = process.cwd();

/** What a verb alone needs: with the client of Kubernetes and the renderer all of them would take a second of a core. */
const load = createRequire(__filename);
const loadRenderer = () => load("../gitops") as typeof gitops;

/** What each verb prints is its result; what people read goes to standard error. */
const VERBS: Readonly<Record<string, () => Promise<string>>> = {
  "age-identity": makeAgeIdentity,
  seed: async () => makeSeed(),
  publish: async () => {
    const { publish } = load("./publish") as typeof publishModule;
    const supervisor = new Supervisor();
    try {
      const order = { root: ROOT, ...readDelivery(ROOT), renderer: loadRenderer(), supervisor };
      const result = await publish(order);
      // Many short lines: a reader of one long one might stop in the middle.
      return JSON.stringify(result, null, 1);
    } finally {
      supervisor.close();
    }
  },
  bootstrap: async () => {
    const { bootstrap } = load("./flux/bootstrap") as typeof bootstrapModule;
    const { request } = readDelivery(ROOT);
    const kubeconfig = process.env.OPENCENTER_KUBECONFIG ?? "";
    const order = { root: ROOT, request, kubeconfig, renderer: loadRenderer() };
    return JSON.stringify(await bootstrap(order), null, 1);
  },
  // Everything from the environment: a destroy may be on a machine that has none of the files.
  teardown: async () => {
    const { teardown } = load("./flux/teardown") as typeof teardownModule;
    const { OPENCENTER_KUBECONFIG: kubeconfig, OPENCENTER_TEARDOWN_SECONDS: seconds = "" } = process.env;
    const skipUnreachable = process.env.OPENCENTER_SKIP_UNREACHABLE === "true";
    await teardown({ kubeconfig, timeoutSeconds: Number(seconds), skipUnreachable });
    return "";
  },
};

function isDiskFull(error: unknown): boolean {
  return ["ENOSPC", "EDQUOT"].includes((error as NodeJS.ErrnoException | null)?.code ?? "");
}

async function main(word: string | undefined): Promise<void> {
  const verb = VERBS[word ?? ""];
  if (verb === undefined)
    throw new RunFailure(`Unknown verb ${word}: one of ${Object.keys(VERBS).join(", ")} is wanted.`);
  endWithParent();
  process.stdout.write(await verb());
}

main(process.argv[2]).catch((error: unknown) => {
  if (error instanceof RunFailure) complain(error.message, error.hints);
  else if (isDiskFull(error))
    complain("There is no room left on this machine's disk.", ["Make room, then run pulumi up again."]);
  else complain(error instanceof Error ? (error.stack ?? error.message) : String(error), []);
  process.exitCode = 1;
});
