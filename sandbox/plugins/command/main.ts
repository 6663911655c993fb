import { main } from "@pulumi/pulumi/provider";
import { COMMAND_VERSION, CommandStandIn } from "./provider";
import { engineStatusLog } from "./statusLog";

/** How often it looks whether the engine that started it still lives. */
const ORPHAN_CHECK_MS = 1_000;

const args = process.argv.slice(2);
// Between the flags that the engine may add; the SDK keeps what it reads there to itself.
const engineAddress = args.find((argument) => /^[^-].*:\d+$/.test(argument));
const standIn = new CommandStandIn(engineStatusLog(engineAddress));
const engine = process.ppid;

void main(standIn, args).then(() =>
  // On stderr, and after the port: until it has the port, the engine keeps what a plugin says to itself.
  console.error(`Commands are run by the sandbox's stand-in for the command provider ${COMMAND_VERSION}.`),
);

// A killed engine can tell nobody, and a gRPC server runs on for ever.
setInterval(() => {
  if (process.ppid === engine) return;
  void standIn.cancel().then(() => process.exit(1));
}, ORPHAN_CHECK_MS).unref();
