/** The end of a cluster, step by step; each can be killed and run again. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { durationSeconds } from "../../config/duration";
import { teardown } from "../../delivery/flux/teardown";
import type { FinalBackupOptions } from "../backup/final";
import type { Skippable } from "../backup/whole";
import { listBelongings, ownerOf } from "../belongings/list";
import { ExitCode, UserError } from "../errors";
import type { Operation, Target } from "../operation";
import type { StackState, StateResource } from "../recover/state";
import { idsIn, knownIds } from "./inside";
import { removeAll, sortLeftovers, type Leftovers, type Removal, type Testimony } from "./leftovers";
import { snapshotsIn } from "./snapshots";

export interface Ending {
  /** Takes a last backup; absent when none is wanted. @returns its name */
  readonly finalBackup?: (operation: Operation, options: FinalBackupOptions) => Promise<string | undefined>;
  /** Parts that it need not have. */
  readonly skip: readonly Skippable[];
  /** Go on when the Kubernetes API does not answer: what Kubernetes made may stay in the cloud. */
  readonly skipUnreachable: boolean;
}

export interface Ended {
  readonly backup?: string;
  /** Where the last state is kept. */
  readonly stateFile?: string;
  readonly leftovers: Leftovers;
}

const isResource = ({ type }: StateResource) => type !== "pulumi:pulumi:Stack";

const NOTHING: Testimony = { known: new Set(), kept: [] };

/** @returns what is left in the cloud afterwards */
export async function carryOut(operation: Operation, ending: Ending): Promise<Ended> {
  const { target } = operation;
  const state = await target.state();
  const { testimony, ...done } = state.resources.some(isResource)
    ? await takeDown(operation, state, ending)
    : { testimony: NOTHING };
  const leftovers = await operation.step("Looking for what is left in the cloud", async () =>
    sortLeftovers(await listBelongings(await target.cloud(), ownerOf(target.config)), testimony),
  );
  return { ...done, leftovers };
}

async function takeDown(
  operation: Operation,
  state: StackState,
  { finalBackup, skip, skipUnreachable }: Ending,
): Promise<Omit<Ended, "leftovers"> & { readonly testimony: Testimony }> {
  const { target, narrator } = operation;
  // The first thing to go: an earlier run came further, and there may be no API any more that could answer.
  const inside = teardownOf(state) !== undefined;
  if (!inside) narrator.note("Kubernetes was taken down before: no backup, and nothing to give back.");
  const backup = inside ? await finalBackup?.(operation, { skip, skipUnreachable }) : undefined;
  const stateFile = await operation.step("Keeping the stack's last state", () => keepState(target));
  const { known, kept } =
    inside && (await target.kubeconfig()) !== undefined
      ? await operation.step("Giving back load balancers and volumes", () =>
          giveBack(target, skipUnreachable),
        )
      : NOTHING;
  await operation.step("Taking protection away", () => unprotect(target));
  await letBackupsStay(operation, state);
  if (skipUnreachable) await forgetTeardown(target, state);
  await operation.step("pulumi destroy", () => destroy(target));
  const testimony = { known: new Set([...idsIn(state), ...known]), kept };
  return { ...(backup === undefined ? {} : { backup }), stateFile, testimony };
}

/** Its secrets stay encrypted, as Pulumi has them. */
async function keepState(target: Target): Promise<string> {
  const folder = join(target.project, target.paths.state);
  mkdirSync(folder, { recursive: true, mode: 0o755 });
  const day = new Date().toISOString().replace(/[:.]/g, "-");
  const file = join(folder, `decommissioned-${day}.json`);
  writeFileSync(file, await target.pulumi(["stack", "export"]), { mode: 0o600, flag: "wx" });
  return file;
}

/** `pulumi destroy` would do it too; here the operator sees it, and a failure comes before anything else has changed. */
async function giveBack(target: Target, skipUnreachable: boolean): Promise<Testimony> {
  const kubeconfig = await target.kubeconfig();
  const timeoutSeconds = durationSeconds(target.config.teardown.timeout);
  const known = await knownIds(await target.api()).catch((error: unknown) => {
    if (!skipUnreachable) throw error;
    return new Set<string>();
  });
  const snapshots = await snapshotsIn(await target.cloud());
  const run = { ...(kubeconfig && { kubeconfig }), timeoutSeconds, skipUnreachable, snapshots };
  return { known, kept: await teardown(run) };
}

async function unprotect(target: Target): Promise<void> {
  await target.pulumi(["state", "unprotect", "--all", "--yes"]);
}

const CONTAINER = "openstack:objectstorage/container:Container";

/** A container that is not empty cannot be deleted, and the backups in it are what is to be left. */
async function letBackupsStay({ target, step }: Operation, state: StackState): Promise<void> {
  const container = state.resources.find(({ type }) => type === CONTAINER);
  if (container?.id === undefined) return;
  const headers = await (
    await target.cloud()
  )
    .service("object-store")
    .head(`/${container.id}`)
    .catch(() => undefined);
  if (Number(headers?.["x-container-object-count"] ?? 0) === 0) return;
  await step(`Leaving container ${container.id}, which holds backups`, async () => {
    await target.pulumi(["state", "delete", container.urn, "--yes", "--force"]);
  });
}

/** What empties Kubernetes at the beginning of every destroy. */
const teardownOf = ({ resources }: StackState): StateResource | undefined =>
  resources.find(
    ({ urn, type }) => type === "command:local:Command" && urn.includes("opencenter:kubernetes:Teardown$"),
  );

/** It would wait for an API that nobody expects to come back. */
async function forgetTeardown(target: Target, state: StackState): Promise<void> {
  const command = teardownOf(state);
  if (command !== undefined) await target.pulumi(["state", "delete", command.urn, "--yes"]);
}

async function destroy(target: Target): Promise<void> {
  const code = await target.showPulumi(["destroy", "--yes", "--skip-preview", "--non-interactive"]);
  target.forget();
  if (code === 0) return;
  throw new UserError(
    `pulumi destroy ended with exit code ${code}; what is gone by then is out of the state.`,
    `Mend the cause that it names, then: npx opencenter decommission ${target.stack}`,
    ExitCode.failed,
  );
}

/** Deletes leftovers by id. */
export async function sweep(operation: Operation, { ours }: Leftovers): Promise<Removal> {
  const { target } = operation;
  return operation.step(`Deleting ${ours.length} leftovers`, async () =>
    removeAll(await target.cloud(), ownerOf(target.config), ours),
  );
}
