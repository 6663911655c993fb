/** Plays, and the order in which their tasks meet their hosts. */
import type { Arguments } from "./arguments";
import { EXIT, TaskFailure } from "./errors";
import { delay, type Fault, takeFault } from "./faults";
import { addressOf, type Host, type Inventory, textOf, type Vars } from "./inventory";
import type { KnownHosts } from "./knownHosts";
import type { Logins } from "./logins";
import type { Machines } from "./machines";
import type { Memory } from "./memory";
import type { Output } from "./output";
import type { ApiClient } from "../kubernetes/apiClient";
import type { ControlPlane } from "../kubernetes/controlPlane";

/** One call of ansible-playbook. */
export interface Run {
  readonly args: Arguments;
  /** `cluster.yml`, also where the path is longer. */
  readonly playbook: string;
  /** Kubespray ref of the checkout. */
  readonly ref: string;
  /** $OPENCENTER_SANDBOX_KUBERNETES */
  readonly directory: string;
  readonly inventory: Inventory;
  /** Group variables under extra vars. */
  readonly vars: Vars;
  readonly controlPlane: ControlPlane;
  readonly memory: Memory;
  readonly machines: Machines;
  readonly logins: Logins;
  readonly knownHosts: KnownHosts;
  readonly output: Output;
  /** Client of the running control plane, which is started when it is not. */
  readonly api: () => Promise<ApiClient>;
  /** Nodes that this run cordoned, and has to uncordon. */
  readonly cordoned: Set<string>;
}

/** Whether the task changed something; nothing is no. */
export type Change = boolean | void;

export interface Task {
  readonly name: string;
  /** Tags of Kubespray's role; without any, `--tags` leaves the task out. `always` is never left out. */
  readonly tags?: readonly string[];
  /** Only the first host of the batch does it. */
  readonly once?: boolean;
  /** Where an injected fault strikes. @default the first task of the play */
  readonly faultPoint?: boolean;
  readonly work?: (host: Host, run: Run) => Change | Promise<Change>;
}

export interface Play {
  readonly name: string;
  readonly hosts: (inventory: Inventory, run: Run) => readonly Host[];
  /** Hosts at a time. @default all */
  readonly serial?: (run: Run, hosts: number) => number;
  /** Whether it opens connections to its hosts. @default true */
  readonly connects?: boolean;
  readonly tasks: readonly Task[];
}

const LOCALHOST: Host = { name: "localhost", vars: {} };
/** For plays that run where Ansible runs. */
export const localhost = (): readonly Host[] => [LOCALHOST];

/** @returns the exit code */
export async function runPlays(run: Run, plays: readonly Play[]): Promise<number> {
  const { output, inventory, args } = run;
  output.playbook(run.playbook);
  const within = args.limit && new Set(inventory.match(args.limit).hosts.map(({ name }) => name));
  for (const play of plays) {
    const hosts = play
      .hosts(inventory, run)
      .filter((host) => host === LOCALHOST || within === undefined || within.has(host.name));
    output.play(play.name);
    if (hosts.length === 0) output.noHosts();
    const size = play.serial?.(run, hosts.length) ?? hosts.length;
    for (let first = 0; first < hosts.length; first += size) {
      const exit = await new Batch(run, play, hosts.slice(first, first + size)).run();
      if (exit !== EXIT.ok) {
        output.end(true);
        return exit;
      }
    }
  }
  output.end(false);
  return EXIT.ok;
}

/** Hosts that go through a play together. All plays have `any_errors_fatal`: one host's failure is everybody's. */
class Batch {
  constructor(
    private readonly context: Run,
    private readonly play: Play,
    private readonly hosts: readonly Host[],
  ) {}

  async run(): Promise<number> {
    const { tags } = this.context.args;
    const tasks = this.play.tasks.filter(
      (task) =>
        tags === undefined || ["always", ...tags].some((tag) => task.tags?.includes(tag) || tag === "all"),
    );
    const struck = tasks.find(({ faultPoint }) => faultPoint === true) ?? tasks[0];
    for (const [index, task] of tasks.entries()) {
      const hosts = task.once === true ? this.hosts.slice(0, 1) : this.hosts;
      this.context.output.task(task.name, hosts.length);
      if (index === 0 && (await this.connect(task)) > 0) return EXIT.unreachable;
      const fault = task === struck ? this.takeFault() : undefined;
      const exit = fault === undefined ? EXIT.ok : await this.strike(fault, task);
      if (exit !== EXIT.ok) return exit;
      if ((await this.work(task, hosts)) > 0) return EXIT.failed;
    }
    return EXIT.ok;
  }

  /** @returns how many hosts do not answer */
  private async connect(task: Task): Promise<number> {
    if (this.play.connects === false) return 0;
    let silent = 0;
    for (const host of this.hosts.filter((candidate) => candidate !== LOCALHOST)) {
      const why = await silence(host, this.context);
      if (why === undefined) this.context.knownHosts.meet(host);
      else {
        silent += 1;
        this.context.output.unreachable(host.name, task.name, why);
      }
    }
    return silent;
  }

  private takeFault(): Fault | undefined {
    const { directory, playbook } = this.context;
    return takeFault(
      directory,
      playbook,
      this.play.name,
      this.hosts.map(({ name }) => name),
    );
  }

  private async strike(fault: Fault, task: Task): Promise<number> {
    const { output, directory } = this.context;
    const host = this.hosts.find(({ name }) => name === fault.host) ?? this.hosts[0]!;
    switch (fault.mode) {
      case "fail":
        output.failed(
          host.name,
          task.name,
          fault.message ?? `injected by the sandbox in "${this.play.name}"`,
        );
        return EXIT.failed;
      case "unreachable":
        output.unreachable(host.name, task.name, fault.message ?? sshTimeout(host));
        return EXIT.unreachable;
      default:
        await delay(fault, directory);
        return EXIT.ok;
    }
  }

  /** @returns on how many hosts it failed; as in Ansible, the others do the task all the same */
  private async work(task: Task, hosts: readonly Host[]): Promise<number> {
    let failures = 0;
    for (const host of hosts) {
      try {
        const changed = (await task.work?.(host, this.context)) === true;
        this.context.output.result(host.name, changed);
      } catch (error) {
        if (!(error instanceof TaskFailure)) throw error;
        failures += 1;
        this.context.output.failed(host.name, task.name, error.message);
      }
    }
    return failures;
  }
}

/** Why ssh gets nowhere; undefined when it logs in. */
export async function silence(
  host: Host,
  { machines, logins, knownHosts }: Run,
): Promise<string | undefined> {
  if (!(await machines.answers(host))) return sshTimeout(host);
  if (!knownHosts.accepts(host))
    return "Failed to connect to the host via ssh: REMOTE HOST IDENTIFICATION HAS CHANGED! Host key verification failed.";
  if (await logins.opens(host)) return undefined;
  const user = textOf(host.vars, "ansible_user") ?? "login";
  return `Failed to connect to the host via ssh: ${user}@${addressOf(host)}: Permission denied (publickey).`;
}

function sshTimeout(host: Host): string {
  const address = textOf(host.vars, "ansible_host") ?? addressOf(host);
  return `Failed to connect to the host via ssh: ssh: connect to host ${address} port 22: Connection timed out`;
}
