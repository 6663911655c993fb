import { KUBERNETES_VERSION, KubernetesStandIn } from "./provider";
import { serve } from "./server";

/** How often it looks whether the engine that started it still lives. */
const ORPHAN_CHECK_MS = 1_000;

const standIn = new KubernetesStandIn();
const engine = process.ppid;

void serve(standIn).then((port) => {
  // The engine reads the port from the first line.
  console.log(port);
  // On stderr, and after the port: until it has the port, the engine keeps what a plugin says to itself.
  console.error(
    `Objects are applied by the sandbox's stand-in for the kubernetes provider ${KUBERNETES_VERSION}.`,
  );
});

// A killed engine can tell nobody, and a gRPC server runs on for ever.
setInterval(() => {
  if (process.ppid === engine) return;
  standIn.cancel();
  process.exit(1);
}, ORPHAN_CHECK_MS).unref();
