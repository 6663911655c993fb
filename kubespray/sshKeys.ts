/** The keys that open the machines, on the machines. */
import { z } from "zod";
import { RunFailure } from "../runner/errors";
import { askPlaybook } from "./ownPlaybook";
import type { Run } from "./run";

export const sshKeysOrder = z.object({
  /** Public keys to have, one line each. */
  present: z.array(z.string()),
  /** Public keys not to have. */
  absent: z.array(z.string()),
  /** Absolute path of the private key to log in with. @default the one in use */
  privateKey: z.string().optional(),
});

export type SshKeysOrder = z.infer<typeof sshKeysOrder>;

const answer = z.object({ machines: z.record(z.string(), z.array(z.string())) });

/** Lines of authorized_keys, by machine; the bastion is called `bastion`. */
export type SshKeysAnswer = z.infer<typeof answer>;

/** A shared connection that is still open would let anybody in, whatever key was asked for. */
const NEW_CONNECTION = "-o ControlMaster=no -o ControlPath=none -o ConnectionAttempts=3";

/** @throws RunFailure with the machines that were not reached, or that the key does not open */
export async function sshKeys(run: Run, order: SshKeysOrder): Promise<SshKeysAnswer> {
  const { present, absent, privateKey } = order;
  const both = absent.filter((key) => present.includes(key));
  if (both.length > 0)
    throw new RunFailure(`A key cannot be wanted and unwanted at once: ${both.join(", ")}`);
  // Both ssh_config and the inventory name it; the way through the bastion knows the first alone.
  const login =
    privateKey === undefined ? run : { ...run, paths: { ...run.paths, sshPrivateKey: privateKey } };
  const extraVars = {
    ssh_bastion: run.request.facts.bastion !== undefined,
    ssh_present: present,
    ssh_absent: absent,
    ansible_ssh_args: NEW_CONNECTION,
    ansible_ssh_private_key_file: login.paths.sshPrivateKey,
  };
  const why = present.length + absent.length === 0 ? "which keys open the machines" : "keys of the machines";
  const call = { playbook: "opencenter/ssh-keys.yml", extraVars, why };
  return answer.parse(await askPlaybook(login, call, "ssh_out"));
}
