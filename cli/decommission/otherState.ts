/**
 * A state that is not the one which the running cluster was made with: another backend, an empty stack of the same name, a
 * copied file with the old name in it. Its end would pass by backup and teardown, and the sweep takes what carries the tags.
 */
import type { OpenStackClient } from "../cloud/client";
import { ExitCode, UserError } from "../errors";
import { currentBackend } from "../recover/backend";
import { serversOfOtherState } from "../recover/lost";
import type { StackState } from "../recover/state";

const MOST_NAMES = 5;

export interface Looked {
  readonly stack: string;
  readonly state: StackState;
  readonly cluster: { readonly organization: string; readonly name: string };
}

/**
 * @param lostState whoever says so has no other state; everything goes by its tags then
 * @returns names of the cluster's servers that the state does not know
 * @throws UserError when there are any, and nobody said that the state is lost
 */
export async function requireOwnState(
  cloud: OpenStackClient,
  { stack, state, cluster }: Looked,
  lostState: boolean,
  backend = currentBackend(),
): Promise<string[]> {
  const servers = await serversOfOtherState(cloud, state, cluster);
  const names = servers.map(({ id, name }) => name || id).sort();
  if (names.length === 0 || lostState) return names;
  const { organization, name } = cluster;
  const shown = `${names.slice(0, MOST_NAMES).join(", ")}${names.length > MOST_NAMES ? ", …" : ""}`;
  throw new UserError(
    `the state of stack ${stack} in ${shownBackend(backend)} knows nothing of ${names.length} servers in the cloud that are ` +
      `tagged as ${organization}/${name}: ${shown}. Nothing was done.`,
    [
      `Is the state elsewhere? pulumi login to its backend. Is the file a copy? Its name: ${name} is another cluster's.`,
      `Is it lost? npx opencenter restore ${stack} --backup NAME --state brings it back from a backup.`,
      "If nobody has it any more, or an earlier decommission left these servers: --lost-state deletes what carries the " +
        "cluster's tags, without a backup, and without asking Kubernetes for its load balancers and volumes.",
    ].join("\n  → "),
    ExitCode.failed,
  );
}

/** A backend's address may carry a password. */
const shownBackend = (url = "the present backend") => url.replace(/\/\/[^@/]*@/, "//");
