/** Commands of the command provider: the traps that cost clusters. */
import { at, isSecret, leaves, text, TYPE, type Resource } from "../graph";
import { ALWAYS, rule } from "../rule";

/** What becomes words on a command line, which every user of the machine can read. */
const ARGV = ["create", "update", "delete", "interpreter", "dir"];

function onCommands(check: (command: Resource) => string[]) {
  return (resource: Resource) =>
    resource.type.startsWith("command:") && isCommand(resource) ? check(resource) : [];
}

function isCommand({ type }: Resource): boolean {
  return type === TYPE.command || type === "command:remote:Command";
}

/** A secret that is written into a script by its value; `$TOKEN` from the environment is fine. */
const IN_SCRIPT =
  /(--?(password|token|secret|api-?key)[= ]+|[?&](token|key)=|:\/\/[^/\s:$]+:)(?!["']?\$)[^\s"'$]{4,}/i;

export const commands = [
  rule({
    name: "command-no-triggers",
    family: "commands",
    summary: "Commands have no triggers.",
    fix: "Feed what should cause a new run through `environment`, as a digest.",
    severity: "critical",
    levels: ALWAYS,
    options: {},
    resource: onCommands((command) =>
      leaves(command.props["triggers"]).length > 0
        ? ["has triggers: a change makes a new Command and then runs the `delete` of the old one."]
        : [],
    ),
  }),
  rule({
    name: "command-no-previous-output",
    family: "commands",
    summary: "Commands do not get their last output in the environment.",
    fix: "Set addPreviousOutputInEnv: false.",
    severity: "high",
    levels: ALWAYS,
    options: {},
    resource: onCommands((command) =>
      at(command, "addPreviousOutputInEnv") === false
        ? []
        : ["gets its last output in the environment, where a long log is too large to start a process with."],
    ),
  }),
  rule({
    name: "command-no-secret-argv",
    family: "commands",
    summary: "No secret is part of a command line.",
    fix: "Hand it over in `environment` or `stdin`.",
    severity: "critical",
    levels: ALWAYS,
    options: {},
    resource: onCommands((command) =>
      ARGV.flatMap((field) => leaves(command.props[field], [field]))
        .filter(({ path, value }) => isSecret(command, path) || IN_SCRIPT.test(String(value)))
        .map(
          ({ path }) =>
            `has a secret on its command line (${path}), which every user of the machine can read.`,
        ),
    ),
  }),
  rule({
    name: "command-quiet",
    family: "commands",
    summary: "Commands keep their output out of the log.",
    fix: "Set logging to none, or to stderr where standard error is made for people.",
    severity: "high",
    levels: ALWAYS,
    options: {},
    resource: onCommands((command) =>
      ["none", "stderr"].includes(text(command, "logging") ?? "")
        ? []
        : ["logs its standard output: one line over 64 KiB stops it for ever, and secrets show."],
    ),
  }),
  rule({
    name: "command-delete-harmless",
    family: "commands",
    summary: "Deleting a Command does not reset the cluster.",
    fix: "Take reset.yml out of `delete`; machines go with their cluster, and their data with them.",
    severity: "critical",
    levels: ALWAYS,
    options: {},
    resource: onCommands((command) =>
      /\breset\.ya?ml\b|kubeadm\s+reset/.test(text(command, "delete") ?? "")
        ? ["resets the cluster when it is deleted or replaced."]
        : [],
    ),
  }),
];
