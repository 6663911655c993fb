/** `opencenter recover`: after a run that was killed, so that the next `pulumi up` makes nothing twice. */
import { Command } from "commander";
import { asOperation, operate, type OperationOptions } from "../operation";
import { settle, type RecoverOptions } from "../recover/settle";

interface Options extends OperationOptions, RecoverOptions {}

const HELP = `
What is not this stack's for certain is left and named, with the command that deletes it. It stops where another run begins.

Exit codes: 0 settled, 1 failed or refused, 2 wrong usage. Run it again after a failure: it goes on from there.`;

export function recoverCommand(): Command {
  const command = new Command("recover")
    .argument("<stack>", "name of the stack")
    .option(
      "--delete-volumes",
      "delete volumes, too, that no run has written down: they may be somebody's data",
      false,
    )
    .action(recover);
  return asOperation(command, "unlocks", HELP);
}

async function recover(stack: string, options: Options): Promise<void> {
  const { deleteVolumes } = options;
  await operate(
    "recover",
    stack,
    options,
    { effect: "unlocks", asked: { deleteVolumes } },
    async (operation) => {
      const recovery = await settle(operation, options);
      const { deleted, replaced, volumes, doubtful, inUse, unmended } = recovery;
      const left = volumes.length + doubtful.length + inUse.length + unmended.length;
      return {
        text: options.dryRun
          ? "Nothing was changed. Without --dry-run the above is done."
          : `Settled. Go on with: pulumi up --stack ${stack}, or the command that was interrupted.`,
        json: { recovery },
        summary: `${deleted.length} deleted, ${replaced.length} to be replaced, ${left} left`,
      };
    },
  );
}
