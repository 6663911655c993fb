/** One run of ansible-playbook: started, watched, and explained when it fails. */
import { closeSync, mkdirSync, openSync } from "node:fs";
import { join } from "node:path";
import { once } from "node:events";
import type { PlaybookCall } from "../../plan/kubernetes/types";
import { RunFailure } from "../../runner/errors";
import { shorten, status } from "../../runner/output";
import { INTERRUPTED, type Supervisor } from "../../runner/supervisor/supervisor";
import { endTree } from "../../runner/supervisor/processTree.mjs";
import { type AnsibleEvent, EventReader } from "./events";

/** What every run of one cluster has in common. */
export interface AnsibleSurroundings {
  readonly supervisor: Supervisor;
  /** Path of ansible-playbook. */
  readonly program: string;
  /** Kubespray checkout: the working directory. */
  readonly checkout: string;
  /** Folder of hosts.yaml. */
  readonly inventory: string;
  readonly logs: string;
  /** Facts of this cluster's hosts; Kubespray's own place is shared by every cluster of a machine. */
  readonly factCache: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly forks: number;
  readonly timeoutSeconds: number;
}

/** How often new events are looked for, in milliseconds. */
const POLL = 300;
/** What is shown of a failure; the rest is in the log. */
const SHOWN_FAILURES = 5;
const SHOWN_MESSAGE = 1_000;

/** Prefix of the program's own playbooks in a {@link PlaybookCall}. */
const OWN = "opencenter/";

export function playbookArguments(
  call: Pick<PlaybookCall, "playbook" | "limit" | "tags" | "extraVars">,
  { inventory, forks }: Pick<AnsibleSurroundings, "inventory" | "forks">,
): string[] {
  const { playbook, limit, tags, extraVars } = call;
  return [
    "-i",
    join(inventory, "hosts.yaml"),
    "-b",
    "--forks",
    String(forks),
    ...(limit === undefined ? [] : ["--limit", limit.join(",")]),
    ...(tags === undefined ? [] : ["--tags", tags.join(",")]),
    // As JSON: with key=value every value is a string, and Ansible 12 refuses strings in conditions.
    ...(extraVars === undefined ? [] : ["-e", JSON.stringify(extraVars)]),
    playbook.startsWith(OWN) ? join(__dirname, "..", "playbooks", playbook.slice(OWN.length)) : playbook,
  ];
}

function ansibleEnvironment(surroundings: AnsibleSurroundings, events: string): NodeJS.ProcessEnv {
  return {
    ...process.env,
    ...surroundings.environment,
    ANSIBLE_CONFIG: join(surroundings.checkout, "ansible.cfg"),
    ANSIBLE_CACHE_PLUGIN_CONNECTION: surroundings.factCache,
    // Host keys are pinned by ssh_config; Kubespray's own setting would turn that off.
    ANSIBLE_HOST_KEY_CHECKING: "True",
    ANSIBLE_CALLBACK_PLUGINS: join(__dirname, "callback_plugins"),
    ANSIBLE_CALLBACKS_ENABLED: "opencenter_events",
    ANSIBLE_FORCE_COLOR: "0",
    ANSIBLE_NOCOLOR: "1",
    OPENCENTER_EVENTS: events,
  };
}

/**
 * Runs a playbook to its end.
 * @throws RunFailure that names the failed tasks and the log
 */
export async function runPlaybook(call: PlaybookCall, surroundings: AnsibleSurroundings): Promise<void> {
  const name = call.playbook.replace(OWN, "");
  mkdirSync(surroundings.logs, { recursive: true, mode: 0o700 });
  const stem = `${new Date().toISOString().replaceAll(":", "")}-${name.replaceAll("/", "-").replace(/\.yml$/, "")}`;
  const log = join(surroundings.logs, `${stem}.log`);
  const events = join(surroundings.logs, `${stem}.events.jsonl`);
  status(`${name}${call.limit ? ` on ${call.limit.join(", ")}` : ""}: ${call.why}. Log: ${log}`);
  const reader = new EventReader(events);
  const output = openSync(log, "a", 0o600);
  try {
    const code = await watch(call, name, surroundings, { reader, output, events });
    if (code.timedOut) throw timedOut(name, surroundings.timeoutSeconds, log);
    if (surroundings.supervisor.interrupted)
      throw new RunFailure(`${name} was interrupted.`, [`Log: ${log}`]);
    if (code.exit !== 0) throw failed(name, code, log);
  } finally {
    reader.close();
    closeSync(output);
  }
}

interface Outcome {
  readonly exit: number | null;
  readonly timedOut: boolean;
  readonly failures: readonly Failure[];
}

type Failure = Extract<AnsibleEvent, { event: "failed" | "unreachable" }>;

async function watch(
  call: PlaybookCall,
  name: string,
  surroundings: AnsibleSurroundings,
  files: { reader: EventReader; output: number; events: string },
): Promise<Outcome> {
  const child = surroundings.supervisor.start(surroundings.program, playbookArguments(call, surroundings), {
    cwd: surroundings.checkout,
    env: ansibleEnvironment(surroundings, files.events),
    stdio: ["ignore", files.output, files.output],
  });
  const failures: Failure[] = [];
  const readEvents = () => {
    for (const event of files.reader.read()) {
      if (event.event === "play") status(`${name}: ${event.name}`);
      if (event.event === "unreachable" || (event.event === "failed" && !event.ignored)) failures.push(event);
    }
  };
  let timedOut = false;
  const poll = setInterval(readEvents, POLL);
  const limit = setTimeout(() => {
    timedOut = true;
    if (child.pid !== undefined) void endTree(child.pid);
  }, surroundings.timeoutSeconds * 1000);
  try {
    const [exit] = (await once(child, "close")) as [number | null];
    readEvents();
    return { exit, timedOut, failures };
  } catch (error) {
    throw new RunFailure(`${surroundings.program} cannot be started: ${String(error)}`);
  } finally {
    clearInterval(poll);
    clearTimeout(limit);
  }
}

function timedOut(name: string, seconds: number, log: string): RunFailure {
  return new RunFailure(`${name} did not end within ${seconds} s and was stopped.`, [
    `Log: ${log}`,
    "Raise kubespray.timeout if the cluster is that large; the next pulumi up goes on where this one stopped.",
  ]);
}

function failed(name: string, { exit, failures }: Outcome, log: string): RunFailure {
  const shown = failures.slice(0, SHOWN_FAILURES).map(({ host, task, message, event }) => {
    const what = event === "unreachable" ? "is unreachable" : `failed at "${task}"`;
    return `  ${host} ${what}: ${shorten(message.replace(/\s*\n\s*/g, " · "), SHOWN_MESSAGE)}`;
  });
  const more = failures.length - shown.length;
  return new RunFailure(
    [
      `${name} failed${exit === INTERRUPTED ? " (interrupted)" : ` (exit code ${exit})`}.`,
      ...shown,
      ...(more > 0 ? [`  … and ${more} more`] : []),
    ].join("\n"),
    [`Log: ${log}`, "The next pulumi up goes on where this one stopped."],
  );
}
