/** `opencenter doctor`: what this machine has and lacks, and how to mend it. */
import { Command } from "commander";
import { healthy, type Diagnosis, type DoctorContext } from "../doctor/check";
import { checkPulumi } from "../doctor/pulumi";
import { checkCloudsYaml, checkDisk } from "../doctor/surroundings";
import { checkNode, checkPackages, checkTools } from "../doctor/tools";
import { ExitCode } from "../errors";
import { findProject, programRoot } from "../project";
import { hasColours, painter, type Paint, type Style } from "../style";
import { table } from "../table";

export function doctorCommand(): Command {
  return new Command("doctor").option("--json", "print the result as JSON", false).action(doctor);
}

async function doctor({ json }: { json: boolean }): Promise<void> {
  const context = { project: findProject(process.cwd()), program: programRoot, env: process.env };
  const diagnoses = await diagnose(context);
  const ok = healthy(diagnoses);
  const report = json
    ? JSON.stringify({ ok, checks: diagnoses }, null, 2)
    : asText(diagnoses, ok, painter(hasColours(process.stdout)));
  process.stdout.write(`${report}\n`);
  process.exitCode = ok ? ExitCode.ok : ExitCode.failed;
}

async function diagnose(context: DoctorContext): Promise<Diagnosis[]> {
  const [pulumi, tools, disk] = await Promise.all([
    checkPulumi(context),
    checkTools(context),
    checkDisk(context),
  ]);
  return [checkNode(context), checkPackages(context), ...pulumi, ...tools, checkCloudsYaml(context), disk];
}

const COLOURS: Readonly<Record<Diagnosis["status"], Style>> = {
  ok: "green",
  warning: "yellow",
  missing: "red",
  "too old": "red",
};

function asText(diagnoses: readonly Diagnosis[], ok: boolean, paint: Paint): string {
  const rows = diagnoses.map(({ name, status, found, required, neededFor }) => [
    name,
    paint(required || status === "ok" ? COLOURS[status] : "yellow", status),
    found ?? "-",
    required ? neededFor : `optional: ${neededFor}`,
  ]);
  const fixes = diagnoses.flatMap(({ name, fix }) => (fix === undefined ? [] : [[name, fix]]));
  const parts = [table([["WHAT", "STATUS", "FOUND", "NEEDED FOR"], ...rows])];
  if (fixes.length > 0) parts.push(`To mend:\n${table(fixes, "  ")}`);
  parts.push(ok ? "Everything that is required is there." : "Something that is required is missing.");
  return parts.join("\n\n");
}
