/** What ansible-playbook shows, and what the program's callback plugin writes down. */
import { appendFileSync } from "node:fs";

/** Variables of the environment whose values must not appear anywhere. */
const SECRET_NAMES =
  /^OS_.*(SECRET|PASSWORD|TOKEN|CREDENTIAL)|^OPENCENTER_.*(KEY|TOKEN|PASSWORD)|_TOKEN$|_SECRET$/;
/** Shorter values would blot out parts of ordinary words. */
const SHORTEST_SECRET = 6;
const WIDTH = 80;

interface Counts {
  ok: number;
  changed: number;
  failures: number;
  unreachable: number;
}

export class Output {
  private readonly recap = new Map<string, Counts>();
  private readonly secrets: readonly string[];

  constructor(
    /** File of the callback plugin; none, no events. */
    private readonly eventsFile = process.env.OPENCENTER_EVENTS,
    private readonly logFile = process.env.ANSIBLE_LOG_PATH,
    env: NodeJS.ProcessEnv = process.env,
  ) {
    this.secrets = Object.entries(env)
      .filter(([name, value]) => SECRET_NAMES.test(name) && (value ?? "").length >= SHORTEST_SECRET)
      .map(([, value]) => value!);
  }

  /** Text without any value of a secret variable. */
  clean(text: string): string {
    return this.secrets.reduce((cleaned, secret) => cleaned.replaceAll(secret, "********"), text);
  }

  print(text: string): void {
    const line = `${this.clean(text)}\n`;
    process.stdout.write(line);
    if (this.logFile) appendFileSync(this.logFile, line, { mode: 0o600 });
  }
  private event(event: Record<string, unknown>): void {
    if (this.eventsFile)
      appendFileSync(this.eventsFile, `${this.clean(JSON.stringify(event))}\n`, { mode: 0o600 });
  }
  private heading(text: string): void {
    this.print(`\n${text} ${"*".repeat(Math.max(3, WIDTH - text.length))}`);
  }

  playbook(playbook: string): void {
    this.event({ event: "playbook", playbook });
  }
  play(name: string): void {
    this.heading(`PLAY [${name}]`);
    this.event({ event: "play", name });
  }
  noHosts(): void {
    this.print("skipping: no hosts matched");
  }
  task(name: string, hosts: number): void {
    this.heading(`TASK [${name}]`);
    this.event({ event: "task", name, hosts });
  }
  result(host: string, changed: boolean): void {
    this.countsOf(host).ok += 1;
    if (changed) this.countsOf(host).changed += 1;
    this.print(`${changed ? "changed" : "ok"}: [${host}]`);
  }
  failed(host: string, task: string, message: string, ignored = false): void {
    if (!ignored) this.countsOf(host).failures += 1;
    this.print(`fatal: [${host}]: FAILED! => ${JSON.stringify({ changed: false, msg: message })}`);
    if (ignored) this.print("...ignoring");
    this.event({ event: "failed", host, task, message, ignored });
  }
  unreachable(host: string, task: string, message: string): void {
    this.countsOf(host).unreachable += 1;
    const result = JSON.stringify({ changed: false, msg: message, unreachable: true });
    this.print(`fatal: [${host}]: UNREACHABLE! => ${result}`);
    this.event({ event: "unreachable", host, task, message });
  }
  retrying(host: string, task: string, left: number): void {
    this.print(`FAILED - RETRYING: [${host}]: ${task} (${left} retries left).`);
  }
  warning(message: string): void {
    process.stderr.write(`[WARNING]: ${this.clean(message)}\n`);
  }
  error(message: string): void {
    process.stderr.write(`ERROR! ${this.clean(message)}\n`);
  }
  end(stopped: boolean): void {
    if (stopped) this.heading("NO MORE HOSTS LEFT");
    this.heading("PLAY RECAP");
    const width = Math.max(26, ...[...this.recap.keys()].map((name) => name.length));
    for (const [host, { ok, changed, failures, unreachable }] of this.recap) {
      this.print(
        `${host.padEnd(width)} : ok=${String(ok).padEnd(4)} changed=${String(changed).padEnd(4)} unreachable=${String(unreachable).padEnd(4)} failed=${String(failures).padEnd(4)} skipped=0    rescued=0    ignored=0`,
      );
    }
    this.event({ event: "recap", hosts: Object.fromEntries(this.recap) });
  }

  private countsOf(host: string): Counts {
    const known = this.recap.get(host) ?? { ok: 0, changed: 0, failures: 0, unreachable: 0 };
    this.recap.set(host, known);
    return known;
  }
}
