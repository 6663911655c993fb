/** `opencenter status`: where one cluster stands, in a line. */
import { Command, Option } from "commander";
import { ExitCode } from "../errors";
import { asOperation, operate } from "../operation";
import { lookAtStatus, PARTS, type Part } from "../status/look";
import { isWhole, statusText } from "../status/show";
import { hasColours, painter } from "../style";

interface Options {
  readonly json: boolean;
  readonly quick: boolean;
  readonly look: readonly Part[];
}

const HELP = `
Exit codes: 0 everything was seen, 1 something could not be, 2 wrong usage.`;

export function statusCommand(): Command {
  const command = new Command("status")
    .argument("<stack>", "name of the stack")
    .option("--quick", "without pending changes and drift, which are runs of Pulumi", false)
    .addOption(new Option("--look <part...>", "only these").choices(PARTS).default([...PARTS], "all"))
    .action(status);
  return asOperation(command, "looks", HELP);
}

async function status(stack: string, options: Options): Promise<void> {
  const parts: readonly Part[] = options.quick ? ["cluster"] : options.look;
  await operate("status", stack, options, { effect: "looks" }, async ({ target }) => {
    const found = await lookAtStatus(target, parts);
    return {
      text: statusText([{ stack, status: found }], painter(hasColours(process.stdout))),
      json: { status: found },
      exitCode: isWhole(found) ? ExitCode.ok : ExitCode.failed,
      summary: `${found.lifecycle}, Kubernetes ${found.kubernetes ?? "none"}`,
    };
  });
}
