/** A machine with a Git repository of Kubespray, a Python that only pretends, and nothing else. */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { ensureKubespray, type KubespraySource } from "../../../kubespray/source";

/** As the release has it, so that its list of hashes is found. */
export const REQUIREMENTS_2_31 = [
  "ansible==11.13.0",
  "# Needed for community.crypto module",
  "cryptography==46.0.7",
  "# Needed for jinja2 json_query templating",
  "jmespath==1.1.0",
  "# Needed for ansible.utils.ipaddr",
  "netaddr==1.3.0",
  "",
].join("\n");

/** Answers as Python does; writes down how it was called, and makes a venv of itself. */
const PYTHON = `#!/bin/sh
echo "$@" >> "$CALLS"
case "$1 $2" in
  "-m venv")
    [ -n "$VENV_FAILS" ] && echo "no ensurepip" >&2 && exit 1
    mkdir -p "$3/bin" && cp "$0" "$3/bin/python"
    printf '#!/bin/sh\\necho "ansible-playbook [core %s]"\\n' "\${CORE:-2.18.19}" > "$3/bin/ansible-playbook"
    chmod 755 "$3/bin/ansible-playbook" ;;
  "-m pip")
    [ -n "$PIP_WAITS" ] && echo $$ > "$PIP_WAITS" && exec sleep 60
    [ -n "$PIP_FAILS" ] && echo "first line" && echo "ERROR: no such package" >&2 && exit 1; exit 0 ;;
  -c*) echo "$PYTHON_VERSION"; echo "$PYTHON_LACKS" ;;
esac
`;

export class Machine {
  readonly folder = mkdtempSync(join(tmpdir(), "opencenter-source-"));
  readonly cache = join(this.folder, "cache");
  readonly repository = join(this.folder, "repository");
  readonly programs = join(this.folder, "bin");
  environment: Record<string, string>;

  constructor(requirements = REQUIREMENTS_2_31) {
    this.environment = {
      PATH: `${this.programs}:/usr/bin:/bin`,
      HOME: this.folder,
      OPENCENTER_CACHE: this.cache,
      CALLS: join(this.folder, "calls"),
      PYTHON_VERSION: "3.11.9",
    };
    this.write("repository/cluster.yml", "[]\n");
    this.write("repository/ansible.cfg", "");
    this.write("repository/requirements.txt", requirements);
    for (const minor of [13, 12, 10]) this.program(`python3.${minor}`, "#!/bin/sh\nexit 127\n");
    this.program("python3.11", PYTHON);
    this.program("python3", "#!/bin/sh\nexit 127\n");
    this.git("init", "--quiet", "--initial-branch=master");
    this.commit();
    this.git("tag", "v2.31.0");
  }

  write(path: string, text: string): void {
    const file = join(this.folder, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }

  program(name: string, script: string): void {
    this.write(join("bin", name), script);
    chmodSync(join(this.programs, name), 0o755);
  }

  git(...args: string[]): string {
    const who = ["-c", "user.name=test", "-c", "user.email=test@example.com", "-c", "commit.gpgsign=false"];
    const env = { PATH: "/usr/bin:/bin", HOME: this.folder };
    return execFileSync("git", [...who, "-C", this.repository, ...args], { encoding: "utf8", env }).trim();
  }

  commit(): string {
    this.git("add", "--all");
    this.git("commit", "--quiet", "--message=a release");
    return this.git("rev-parse", "HEAD");
  }

  /** Calls of Python so far. */
  calls(): string[] {
    const file = this.environment["CALLS"] ?? "";
    return existsSync(file) ? readFileSync(file, "utf8").trimEnd().split("\n") : [];
  }

  ensure(source: Partial<KubespraySource> = {}) {
    return ensureKubespray(this.wanted(source), {
      supervisor: {
        start: (program, args, options) => spawn(program, [...args], options),
        interrupted: false,
      },
      environment: this.environment,
    });
  }

  /** The same in a process of its own, with the program's own supervisor; prints what it made. */
  process(): ChildProcess {
    const program = join(__dirname, "sourceChild.ts");
    return spawn(
      process.execPath,
      ["--require=./runner/typescript.cjs", program, JSON.stringify(this.wanted())],
      {
        env: this.environment,
        stdio: ["ignore", "pipe", "pipe"],
      },
    );
  }

  private wanted(source: Partial<KubespraySource> = {}): KubespraySource {
    const url = `file://${this.repository}`;
    return { ref: "v2.31.0", source: "git", url, forks: 5, timeoutSeconds: 60, ...source };
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
