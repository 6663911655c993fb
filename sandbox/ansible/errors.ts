/** How a run of ansible-playbook ends. */
export const EXIT = { ok: 0, error: 1, failed: 2, unreachable: 4, interrupted: 99, terminated: 143 } as const;

/** What stops Ansible before, or instead of, a play; it prints `ERROR!` and the message. */
export class AnsibleError extends Error {
  constructor(
    message: string,
    readonly exit: number = EXIT.error,
  ) {
    super(message);
  }
}

/** A task that failed on a host. */
export class TaskFailure extends Error {}
