/**
 * The verbs, in the order of the help. What each does is said here and not in its module: help, and what to say to a
 * mistyped word, must not wait for modules that take seconds to load.
 */

interface Verb {
  /** Words after it. */
  readonly takes: string;
  readonly does: string;
}

interface Group {
  readonly title: string;
  readonly verbs: Readonly<Record<string, Verb>>;
}

const GROUPS: readonly Group[] = [
  {
    title: "Before there is a cluster:",
    verbs: {
      doctor: {
        takes: "",
        does: "Say what this machine has and lacks. Exit code 0 when all that is required is there, else 1.",
      },
      init: {
        takes: "<cluster>",
        does: "Write a new stack's file, and make the stack. On a terminal, asks for what no flag says.",
      },
      validate: {
        takes: "<stack-name-or-file>",
        does: "Check a stack's file. Exit code 0: valid, 1: not valid, 2: wrong usage.",
      },
      topology: {
        takes: "<stack-name-or-file>",
        does: "Show the network, machines and rules that a stack's file describes, without asking a cloud.",
      },
      inventory: {
        takes: "<cluster>",
        does: "Write the Ansible inventory that pulumi up uses, with placeholders for what is not there yet.",
      },
      generate: {
        takes: "<cluster>",
        does: "Write what Flux applies, from the configuration alone: no cloud, no cluster, no secret. With --check, exit code 0: the folder is up to date, 1: it is not.",
      },
      adopt: {
        takes: "<stack>",
        does: "Take network, servers and load balancer of a cluster made elsewhere into a stack.",
      },
    },
  },
  {
    title: "Looking at clusters:",
    verbs: {
      status: {
        takes: "<stack>",
        does: "Where a cluster stands: lifecycle, versions, pending changes, drift, backup, certificates, Flux.",
      },
      drift: {
        takes: "<stack>",
        does: "Report what differs from what was made: in the cloud, on the nodes, in the platform.",
      },
      fleet: { takes: "<question>", does: "Ask every cluster of this project the same question." },
    },
  },
  {
    title: "Changing one:",
    verbs: {
      service: {
        takes: "<action>",
        does: "Platform services of a cluster: list, enable, disable, and what a change would do.",
      },
      upgrade: {
        takes: "<stack>",
        does: "Bring Kubernetes to a version, hop by hop. Run it again after a failure: it goes on where it stopped. Exit code 0: there, 1: stopped on the way, 2: wrong usage.",
      },
      reconcile: { takes: "<stack>", does: "Repair drift, take it into the configuration, or put it off." },
      rotate: {
        takes: "<what> <stack>",
        does: "Rotate a secret, step by step; the old one goes when nothing needs it any more.",
      },
    },
  },
  {
    title: "On a bad day, and at the end:",
    verbs: {
      recover: {
        takes: "<stack>",
        does: "After a run that was killed or failed: release its lock, delete what it made and did not write down, mark what the cloud gave up on.",
      },
      backup: {
        takes: "<cluster> [action] [name]",
        does: "Back up a cluster as one set: objects and volumes, etcd, Secrets, state, configuration.",
      },
      restore: {
        takes: "<cluster>",
        does: "Restore from a backup: objects, or explicitly the stack's state or etcd. Shows the plan and asks.",
      },
      decommission: {
        takes: "<stack>",
        does: "Take a cluster down: last backup, what Kubernetes made in the cloud, everything of the stack, leftovers.",
      },
    },
  },
  {
    title: "Where stacks are in Git:",
    verbs: {
      affected: {
        takes: "<base> [head]",
        does: "The stacks that a change can do something to, one per line: those to preview.",
      },
      report: {
        takes: "<what>",
        does: "For reviewers: what a change does to every stack; and a ticket for each that drifts.",
      },
      apply: {
        takes: "<stack>",
        does: "After the merge: pulumi up, if the preview is still the one that was reviewed, or nothing.",
      },
    },
  },
];

export interface NamedVerb extends Verb {
  readonly name: string;
  readonly group: string;
}

export const VERBS: readonly NamedVerb[] = GROUPS.flatMap(({ title, verbs }) =>
  Object.entries(verbs).map(([name, verb]) => ({ name, group: title, ...verb })),
);
