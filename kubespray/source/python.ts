/** A Python that the Ansible of a release runs on. */
import semver from "semver";
import type { SourceOptions } from "./types";
import { defaultKubesprayRef, kubesprayRelease } from "../../config/compatibility";
import { RunFailure } from "../../runner/errors";
import { runProgram } from "./program";

export interface Python {
  readonly program: string;
  readonly version: string;
}

/** Newest first: it is maintained for longest. `python3` may be any of them. */
const PROGRAMS = ["python3.13", "python3.12", "python3.11", "python3.10", "python3"];

/** Prints the version, then what a venv needs and is missing; distributions pack these apart. */
const QUESTION = [
  "import importlib.util, platform",
  "print(platform.python_version())",
  "print(' '.join(m for m in ('venv', 'ensurepip') if importlib.util.find_spec(m) is None))",
].join("\n");

/**
 * The newest Python on PATH that fits.
 * @throws RunFailure that says of each one why it does not
 */
export async function findPython(ref: string, options: SourceOptions): Promise<Python> {
  const range = (kubesprayRelease(ref) ?? kubesprayRelease(defaultKubesprayRef))?.python ?? ">=3.11";
  const reasons: string[] = [];
  for (const program of PROGRAMS) {
    const { code, stdout } = await runProgram(options, program, ["-c", QUESTION]);
    // Absent; or a launcher such as pyenv's, which is there for versions that are not.
    if (code !== 0) continue;
    const [version = "", missing = ""] = stdout.split("\n");
    if (!semver.satisfies(version.replace(/[^0-9.].*$/, ""), range)) reasons.push(`${program} is ${version}`);
    else if (missing.trim() !== "") reasons.push(`${program} lacks ${missing.trim().replace(" ", " and ")}`);
    else return { program, version };
  }
  const found = reasons.length === 0 ? "there is none on PATH" : reasons.join("; ");
  throw new RunFailure(`Kubespray ${ref} needs Python ${range} with venv: ${found}.`, [
    "On Debian and Ubuntu: apt-get install python3 python3-venv",
  ]);
}
