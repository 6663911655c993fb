import { main } from "@pulumi/pulumi/provider";
import { endWithParent } from "../../../runner/orphan";
import { COMMAND_VERSION, CommandStandIn } from "./provider";
import { engineStatusLog } from "./statusLog";

const args = process.argv.slice(2);
// Between the flags that the engine may add; the SDK keeps what it reads there to itself.
const engineAddress = args.find((argument) => /^[^-].*:\d+$/.test(argument));
const standIn = new CommandStandIn(engineStatusLog(engineAddress));

void main(standIn, args).then(() =>
  // On stderr, and after the port: until it has the port, the engine keeps what a plugin says to itself.
  console.error(`Commands are run by the sandbox's stand-in for the command provider ${COMMAND_VERSION}.`),
);

endWithParent(() => standIn.cancel());
