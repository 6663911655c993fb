/** What all Commands have in common. */
import * as command from "@pulumi/command";
import type * as pulumi from "@pulumi/pulumi";

/**
 * No triggers, which would replace (and run `delete` after `create`); no output of the last run in the environment,
 * which a long log makes too large to start a process with; nothing on the live display but status lines.
 */
const QUIET = { addPreviousOutputInEnv: false, logging: command.local.Logging.None };

/** Status lines go to standard error; the result alone is on standard output. */
export const SHOW_STATUS = { logging: command.local.Logging.Stderr };

/** Relative, because the next run may be on another machine; one word follows. */
const program = (path: string) => ({
  ...QUIET,
  interpreter: ["node", "--require=./runner/typescript.cjs", path],
});

/** Commands that work on the cluster with Kubespray. */
export const KUBESPRAY = program("kubespray/main.ts");

/** Commands that deliver what runs inside the cluster: keys, Git, Flux. */
export const DELIVERY = program("delivery/main.ts");

/** A Command for its `delete` alone. Creating it does nothing, and neither does any change. */
export function onDelete({ interpreter, ...quiet }: typeof KUBESPRAY, verb: string) {
  return {
    ...quiet,
    ...SHOW_STATUS,
    create: "true",
    update: "true",
    delete: `exec ${interpreter.join(" ")} ${verb}`,
  };
}

/** Explicit, because stacks switch default providers off. */
export function commandOptions(
  parent: pulumi.Resource,
  provider: command.Provider,
): pulumi.CustomResourceOptions {
  return { parent, provider };
}
